/**
 * Moves a proof log with its journal: the copy's leaves are computed from the copied commits themselves, and the last signed
 * checkpoint goes with them only when they give the very root that it signs. It signs nothing and needs no secret key.
 */
import { Effect } from "effect"
import { CommitStore, pageCommitsMax } from "../../actors/commit-store.ts"
import { type Leaf, ProofLog } from "../../actors/proof-log.ts"
import { withTiles } from "../../actors/tile-reads.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { entryOf } from "../../models/proof/commit-entry.ts"
import {
  emptyFrontier,
  grown,
  rootOf,
  rootOfFrontier,
  sameHash,
  type TreeHasher
} from "../../models/proof/merkle-tree.ts"
import { checkNote, type NoteKey } from "../../models/proof/signed-note.ts"
import { checkEd25519 } from "./log-key.ts"

/** The last checkpoints of the log that is left, as notes. */
export interface Checkpoints {
  readonly signed: string | null
  readonly cosigned: string | null
}

export class CopyDisagrees extends Error {}

/** `key`: the log's public one. The stores are the copy's. Answers how many leaves are proven in it. */
export const copyProofLog = Effect.fnUntraced(function* (
  { signed, cosigned }: Checkpoints,
  { key, hasher }: { readonly key: NoteKey; readonly hasher: TreeHasher }
) {
  if (signed === null) return 0
  const commits = yield* CommitStore
  const log = yield* ProofLog
  const { size, root } = parseCheckpoint(checkNote(signed, key, checkEd25519).text)
  const { term, size: held } = yield* log.takeOver()
  if (held > size) {
    return yield* Effect.fail(new CopyDisagrees(`the copy's log has ${held} leaves, the one to copy only ${size}`))
  }
  const added: Leaf[] = []
  let tree = emptyFrontier
  let cursor = ""
  while (tree.size < size) {
    const page = yield* commits.readAll(cursor, Math.min(pageCommitsMax, size - tree.size))
    if (page.length === 0) {
      return yield* Effect.fail(new CopyDisagrees(`${size} commits were proven, and only ${tree.size} are here`))
    }
    const leaves = page.map((commit) => ({ cursor: commit.cursor, hash: hasher.leaf(entryOf(commit, hasher.sha256)) }))
    added.push(...leaves.slice(Math.max(0, held - tree.size)))
    const hashes = leaves.map(({ hash }) => hash)
    tree = grown(tree, hashes, hasher)
    cursor = page.at(-1)!.cursor
  }
  if (!sameHash(rootOfFrontier(tree, hasher), root)) {
    return yield* Effect.fail(new CopyDisagrees("the copied commits do not give the root that was signed"))
  }
  yield* log.extend(term, held, added, signed)
  if (cosigned !== null) yield* log.keepCosigned(cosigned)
  // What is stored must give it again: an earlier copy may have left leaves of something else.
  const stored = yield* withTiles(log.tile, hasher, (read) => rootOf(size, read, hasher))
  return sameHash(stored, root)
    ? size
    : yield* Effect.fail(new CopyDisagrees("the copy's log held leaves of another journal"))
})
