/** Verifies the journal at a place with public keys alone, along the notes by which keys followed one another, and says it in plain JSON. */
import { join } from "node:path"
import { Effect } from "effect"
import { toBase64 } from "../../models/proof/base64.ts"
import { successionOf } from "../../models/proof/key-replacement.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import type { NoteKey } from "../../models/proof/signed-note.ts"
import { verifyJournal } from "./audit-verify.ts"
import { checkEd25519, replacementsIn, sha256 } from "./log-key.ts"
import { type ProvenPlace, provenReaders } from "./proof-log.ts"

/** The keys before and after this one, as the folder has the words of each on the next; a key that was taken away long ago leads to today's. */
export const succeeding = (folder: string, key: NoteKey) =>
  successionOf(key, replacementsIn(join(folder, "keys")), checkEd25519, sha256)

export interface VerificationWish {
  readonly key: NoteKey
  readonly witnesses: readonly NoteKey[]
  /** Checkpoints kept elsewhere. */
  readonly kept: readonly string[]
  readonly progress: (done: number, total: number) => void
}

export const verifyPlace = Effect.fnUntraced(function* (place: ProvenPlace, wish: VerificationWish) {
  const { key, witnesses, kept, progress } = wish
  const { keys, latest: log, replacements } = succeeding(place.folder, key)
  const verdict = yield* Effect.provide(
    verifyJournal({ log, earlier: keys.slice(0, -1), witnesses, kept, hasher: treeHasher(sha256), progress }),
    provenReaders(place)
  )
  const { covered, waiting, root, cosignedAt, findings, findingCount } = verdict
  const told = {
    log: log.name,
    sound: findingCount === 0,
    covered,
    waiting,
    root: root && toBase64(root),
    /** Seconds since 1970, by witness. */
    cosigned: Object.fromEntries(cosignedAt),
    keys: keys.map(({ keyId }) => keyId),
    findings,
    findingCount
  }
  return { told, log, replacements }
})

export type ToldVerdict = Effect.Success<ReturnType<typeof verifyPlace>>["told"]
