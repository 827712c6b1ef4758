/**
 * The log's signing key: Ed25519, in a file that only its owner may read, made at first use; and the check of such
 * signatures. What it signs is a claim about the journal, so it is refused when others could have signed in its name.
 */
import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { LogIdentity } from "../../actors/proof-log.ts"
import { successionOf } from "../../models/proof/key-replacement.ts"
import { type Sha256, treeHasher } from "../../models/proof/merkle-tree.ts"
import {
  type CheckEd25519,
  checkNote,
  ed25519Type,
  formatVerifierKey,
  type NoteKey,
  NoteRefused,
  noteKey,
  parseVerifierKey
} from "../../models/proof/signed-note.ts"
import { signingKeyIn } from "../keys/signing-key.ts"

export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** Public keys kept ready; checking a chain of checkpoints meets two or three. */
const keysHeldMax = 16

/**
 * In one call, because a hash object for each of a million short inputs costs ten times the hashing; and by way of text, because a
 * buffer that native code answers has memory of its own to allocate, which costs more than the hashing too.
 */
export const sha256: Sha256 = (bytes) => Buffer.from(hash("sha256", bytes, "hex"), "hex")

const held = new Map<string, KeyObject>()

export const checkEd25519: CheckEd25519 = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString("base64url")
  let key = held.get(x)
  if (key === undefined) {
    key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" })
    if (held.size === keysHeldMax) held.clear()
    held.set(x, key)
  }
  return verify(null, message, key, signature)
}

export function logKeyIn(file: string): SigningKey {
  const privateKey = signingKeyIn(file)
  const { x } = createPublicKey(privateKey).export({ format: "jwk" })
  return {
    publicKey: Uint8Array.from(Buffer.from(x!, "base64url")),
    sign: (message) => sign(null, message, privateKey)
  }
}

/** What is handed to auditors, best before the first conference: whoever can write the folder could replace it later. */
export const publicKeyFileIn = (keysFolder: string) => join(keysFolder, "log-key.pub")

/** What the key said of the one that followed it: public, and kept beside the key. */
export const replacementFileIn = (keysFolder: string, keyId: string) => join(keysFolder, `log-key-${keyId}.replaced`)

/** All of them, unchecked. */
export function replacementsIn(keysFolder: string): readonly string[] {
  if (!existsSync(keysFolder)) return []
  const names = readdirSync(keysFolder).filter((name) => /^log-key-[0-9a-f]{8}\.replaced$/.test(name))
  return names.sort().map((name) => readFileSync(join(keysFolder, name), "utf8"))
}

/** Leaves what is there alone: a published key that no longer fits is for `audit verify` to notice. */
export function publishKey(file: string, key: NoteKey): void {
  if (!existsSync(file)) writeFileSync(file, `${formatVerifierKey(key)}\n`, { mode: 0o644, flush: true })
}

/** A public key from a line or from a file that holds one. */
export function readVerifierKey(lineOrFile: string): NoteKey {
  const line = existsSync(lineOrFile) ? readFileSync(lineOrFile, "utf8").trim() : lineOrFile
  return parseVerifierKey(line, sha256)
}

function isSignedBy(note: string, key: NoteKey): boolean {
  try {
    checkNote(note, key, checkEd25519)
    return true
  } catch (error) {
    if (error instanceof NoteRefused) return false
    throw error
  }
}

/**
 * Who signs this journal's log: the key in the folder, under the name that the log has already (`origin`), or that the published key bears; a new
 * log gets the short one.
 */
export const fileLogIdentity = (keysFolder: string, origin?: string) =>
  Layer.effect(
    LogIdentity,
    Effect.gen(function* () {
      const { storeId } = yield* CommitStore
      const signing = yield* Effect.sync(() => logKeyIn(join(keysFolder, "log-key.pem")))
      const published = publicKeyFileIn(keysFolder)
      const known = origin ?? (existsSync(published) ? readVerifierKey(published).name : "")
      const name = logNamesOf(storeId).find((one) => one === known) ?? logNamesOf(storeId)[0]!
      const key = noteKey(name, ed25519Type, signing.publicKey, sha256)
      const replacements = yield* Effect.sync(() => replacementsIn(keysFolder))
      const before = successionOf(key, replacements, checkEd25519, sha256).keys.filter(
        ({ keyId }) => keyId !== key.keyId
      )
      yield* Effect.sync(() => {
        // A key that this one replaced is published no more.
        const isOutdated =
          existsSync(published) && before.some(({ keyId }) => keyId === readVerifierKey(published).keyId)
        if (isOutdated) writeFileSync(published, `${formatVerifierKey(key)}\n`, { mode: 0o644, flush: true })
        else publishKey(published, key)
      })
      const signedBefore = (note: string) => before.some((earlier) => isSignedBy(note, earlier))
      return LogIdentity.of({ key, hasher: treeHasher(sha256), sign: signing.sign, replacements, signedBefore })
    })
  )

/** Bytes of the store's id that the short name tells: one in 16 million logs of one witness has another's. */
const namedBytes = 3

/**
 * Names that this journal's log may have; a new one has the first, because every proof carries it twice. Logs of earlier versions have the second.
 * The key's id tells two logs of one name apart.
 */
export function logNamesOf(storeId: string): readonly string[] {
  const hex = storeId.replaceAll("-", "")
  return [Buffer.from(hex.slice(0, 2 * namedBytes), "hex").toString("base64url"), `mimika/${hex.slice(0, 8)}`]
}
