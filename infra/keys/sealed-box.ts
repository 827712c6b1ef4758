/**
 * Seals what is derived from the journal and kept beside it (rows of projections, snapshots) under the data key of its
 * scope, so that it dies with that key like the events it came from. AES-256-GCM; key by HKDF-SHA-256 from the data key and
 * the use; random nonce; the place is bound as associated data, so nothing can be moved. It stores nothing.
 *
 * Bytes: suite (1), key id (8), nonce (12), ciphertext, tag (16), as in a sealed commit.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes
} from "node:crypto"
import type { KeyScope } from "../../actors/event-store.ts"
import type { DataKey, KeyStore } from "./key-store.ts"

const suite = 1
const keyIdAt = 1
const nonceAt = 9
const bodyAt = 21
const tagBytes = 16
/** Enough that no two of a bank's people share one. */
const fingerprintBytes = 16

export interface SealedBox {
  /** Null when the scope's key was destroyed: then there is nothing to keep. Throws when the key store fails. */
  seal(keyScope: KeyScope, place: string, plain: Uint8Array): Uint8Array | null
  /** Null when it does not open: its key is gone, or it was changed or moved. Derived things are made anew then. */
  open(place: string, sealed: Uint8Array): Uint8Array | null
}

/** A keyed fingerprint of a text that must not be kept in clear but is to be found again. Null when the operations' key is gone. */
export function fingerprintOf(keys: KeyStore["Service"], use: string, text: string): Uint8Array | null {
  const key = keys.keyOf({ kind: "operations" })
  if (key === "destroyed") return null
  const secret = hkdfSync("sha256", key.secret, "", `mimika ${use}`, 32)
  return createHmac("sha256", new Uint8Array(secret)).update(text).digest().subarray(0, fingerprintBytes)
}

/** A box for one use; what is sealed for another does not open in it. */
export function makeSealedBox(keys: KeyStore["Service"], use: string): SealedBox {
  /** For as long as the key store holds the data key, and no longer. */
  const derived = new WeakMap<DataKey, KeyObject>()
  const keyFrom = (key: DataKey): KeyObject => {
    const held = derived.get(key)
    if (held !== undefined) return held
    const made = createSecretKey(Buffer.from(hkdfSync("sha256", key.secret, "", `mimika ${use}`, 32)))
    derived.set(key, made)
    return made
  }
  const boundOf = (keyId: string, place: string) => Buffer.from(JSON.stringify([use, suite, keyId, place]))
  return {
    seal(keyScope, place, plain) {
      const key = keys.keyOf(keyScope)
      if (key === "destroyed") return null
      const head = Buffer.alloc(nonceAt)
      head[0] = suite
      head.write(key.id, keyIdAt, "hex")
      const nonce = randomBytes(bodyAt - nonceAt)
      const cipher = createCipheriv("aes-256-gcm", keyFrom(key), nonce)
      cipher.setAAD(boundOf(key.id, place))
      return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(place, sealed) {
      const tagAt = sealed.length - tagBytes
      if (tagAt < bodyAt || sealed[0] !== suite) return null
      const keyId = Buffer.from(sealed.subarray(keyIdAt, nonceAt)).toString("hex")
      try {
        const key = keys.keyById(keyId)
        if (key === "destroyed" || key === "unknown") return null
        const decipher = createDecipheriv("aes-256-gcm", keyFrom(key), sealed.subarray(nonceAt, bodyAt))
        decipher.setAAD(boundOf(keyId, place))
        decipher.setAuthTag(sealed.subarray(tagAt))
        return Buffer.concat([decipher.update(sealed.subarray(bodyAt, tagAt)), decipher.final()])
      } catch {
        return null
      }
    }
  }
}
