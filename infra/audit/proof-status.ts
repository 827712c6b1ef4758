/** Whether the commit that holds an event stands in the log that proves the journal. It proves nothing by itself: `audit proof` does. */
import { Effect } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { parseNote } from "../../models/proof/signed-note.ts"
import type { ProofStatus } from "../../projections/past.ts"

const sizeOf = (note: string | null) => (note === null ? 0 : parseCheckpoint(parseNote(note).text).size)

export const proofStatusOf = Effect.fnUntraced(function* (stream: string, version: number) {
  const commits = yield* CommitStore
  const log = yield* ProofLog
  const [commit] = yield* commits.readStream(stream, version, 1)
  const leafNumber = commit === undefined ? null : yield* log.leafNumberOf(commit.cursor)
  const { signed, cosigned } = yield* log.checkpoints()
  const treeSize = sizeOf(signed)
  const status: ProofStatus =
    leafNumber === null || leafNumber >= treeSize
      ? { state: "waiting" }
      : { state: "proven", leafNumber, treeSize, cosigned: leafNumber < sizeOf(cosigned) }
  return status
})
