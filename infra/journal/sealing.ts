/**
 * Encrypts a commit so that it opens only in its own place. AES-256-GCM (NIST SP 800-38D); the key of a stream is
 * derived from the data key of its scope by HKDF-SHA-256 (RFC 5869); the nonce is random. Store, stream, versions,
 * command, time, key and suite are bound as associated data, so a commit that was moved or relabelled does not open.
 *
 * Bytes: suite (1), key id (8), nonce (12), ciphertext, tag (16).
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto"
import type { SealedCommit } from "../../actors/commit-store.ts"
import { DamagedKey, type DataKey, type KeyStore } from "../keys/key-store.ts"

const suite = 1
const keyIdAt = 1
const nonceAt = 9
const bodyAt = 21
const tagBytes = 16
/** Derived keys held. Fifty conferences write to a hundred streams; a miss costs about 10 µs. */
const streamKeysHeldMax = 4096

export type SealedPlace = Omit<SealedCommit, "sealed">

/** The sealed bytes do not open; `why` and `advice` are parts of a sentence for the operator. */
export interface NotOpened {
  readonly why: string
  readonly advice: string
}

export interface Sealer {
  /** Drops derived keys when data keys may have changed; takes the answer of `KeyStore.refresh`. */
  heed(generation: number): void
  seal(place: SealedPlace, key: DataKey, plain: Uint8Array): Uint8Array
  /** The plain bytes, or why not. */
  open(commit: SealedCommit): Uint8Array | "destroyed" | NotOpened
}

export function makeSealer(storeId: string, keys: KeyStore["Service"]): Sealer {
  let generationSeen = 0
  const streamKeys = new Map<string, KeyObject>()

  const streamKeyOf = (key: DataKey, stream: string): KeyObject => {
    const name = `${key.id}/${stream}`
    const held = streamKeys.get(name)
    if (held !== undefined) {
      // Moved to the end, so that the first is the one used longest ago.
      streamKeys.delete(name)
      streamKeys.set(name, held)
      return held
    }
    const derived = createSecretKey(Buffer.from(hkdfSync("sha256", key.secret, storeId, `mimika stream ${stream}`, 32)))
    if (streamKeys.size === streamKeysHeldMax) streamKeys.delete(streamKeys.keys().next().value!)
    streamKeys.set(name, derived)
    return derived
  }

  const keyOf = (id: string) => {
    try {
      return keys.keyById(id)
    } catch (error) {
      if (error instanceof DamagedKey) return error
      throw error
    }
  }

  return {
    heed(generation) {
      if (generation !== generationSeen) streamKeys.clear()
      generationSeen = generation
    },

    seal(place, key, plain) {
      const nonce = randomBytes(bodyAt - nonceAt)
      const cipher = createCipheriv("aes-256-gcm", streamKeyOf(key, place.stream), nonce)
      cipher.setAAD(boundOf(storeId, place, key.id))
      const head = Buffer.alloc(nonceAt)
      head[0] = suite
      head.write(key.id, keyIdAt, "hex")
      return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },

    open(commit) {
      const { sealed } = commit
      if (sealed.length < bodyAt + tagBytes) {
        return { why: "it is shorter than any sealed commit", advice: damaged }
      }
      if (sealed[0] !== suite) {
        return {
          why: `it is sealed by suite ${sealed[0]}, unknown to this version`,
          advice: "Read it with the version that wrote it, or treat it as damaged"
        }
      }
      const keyId = keyIdOf(sealed)
      const key = keyOf(keyId)
      if (key instanceof DamagedKey) {
        return { why: `its data key ${keyId} is damaged`, advice: "Restore the key store from its own backup" }
      }
      if (key === "destroyed") return "destroyed"
      if (key === "unknown") {
        return {
          why: `its data key ${keyId} is not in the key store`,
          advice: "Open the journal with the key store it was written with, or treat the commit as damaged"
        }
      }
      const tagStart = sealed.length - tagBytes
      const decipher = createDecipheriv(
        "aes-256-gcm",
        streamKeyOf(key, commit.stream),
        sealed.subarray(nonceAt, bodyAt)
      )
      decipher.setAAD(boundOf(storeId, commit, keyId))
      decipher.setAuthTag(sealed.subarray(tagStart))
      try {
        const plain = decipher.update(sealed.subarray(bodyAt, tagStart))
        decipher.final()
        return plain
      } catch {
        return { why: "it was changed or moved since it was written", advice: damaged }
      }
    }
  }
}

/** The id of the data key that sealed these bytes, read without opening them. */
export function keyIdOf(sealed: Uint8Array): string {
  return Buffer.from(sealed.subarray(keyIdAt, nonceAt)).toString("hex")
}

const damaged = "Restore the journal from a backup, and find out who or what wrote to its files"

/** What a commit is bound to, in a form that no other place has. */
function boundOf(storeId: string, place: SealedPlace, keyId: string): Buffer {
  const { stream, firstVersion, eventCount, commandId, committedAt } = place
  return Buffer.from(
    JSON.stringify(["mimika commit", suite, keyId, storeId, stream, firstVersion, eventCount, commandId, committedAt])
  )
}
