/**
 * Copies a journal from one store into another, commit by commit as it is sealed, and its proof log after it. It goes on
 * where an earlier copy stopped, having compared what that one left, and refuses a store that holds anything else.
 */
import { Effect, Layer } from "effect"
import { CommitStore, pageCommitsMax, type StoredCommit } from "../../actors/commit-store.ts"
import { LogIdentity, ProofLog } from "../../actors/proof-log.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { type NoteKey, parseNote } from "../../models/proof/signed-note.ts"
import { type JournalWriter, journalWriterAt } from "../journal/journal-writer.ts"
import { sha256 } from "./log-key.ts"
import { type ProvenPlace, proofLogAt, provenReaders, sealedReaders } from "./proof-log.ts"
import { type Checkpoints, CopyDisagrees, copyProofLog } from "./proof-log-copy.ts"

export interface Copied {
  readonly commits: number
  readonly transitions: number
  /** Of the commits, those that an earlier copy had brought. */
  readonly foundCommits: number
  /** Leaves of the log that came along; 0 when the journal was never proven. */
  readonly proven: number
}

export interface CopyOptions {
  readonly from: ProvenPlace
  readonly to: ProvenPlace
  /** Public key of the log; without one the log stays behind. */
  readonly key: NoteKey | null
  /** Commits done, how many the log knew when it began, and transitions done. */
  readonly progress: (commits: number, known: number, transitions: number) => void
}

export const copyJournal = Effect.fnUntraced(function* ({ from, to, key, progress }: CopyOptions) {
  const hasher = treeHasher(sha256)
  // Before the commits: all that they cover is in the journal by then.
  const checkpoints = key === null ? none : yield* Effect.provide(checkpointsLeft, provenReaders(from))
  const source = yield* Layer.build(sealedReaders(from))
  const known = sizeOf(checkpoints)
  const copied = yield* Effect.provide(
    copyCommits(to, (commits, transitions) => progress(commits, known, transitions)),
    source
  )
  if (key === null || checkpoints.signed === null) return { ...copied, proven: 0 }
  const identity = Layer.succeed(LogIdentity, {
    key,
    hasher,
    sign: () => {
      throw new Error("a copy signs nothing")
    }
  })
  const target = Layer.provideMerge(proofLogAt(to), Layer.merge(identity, sealedReaders(to)))
  const proven = yield* Effect.provide(copyProofLog(checkpoints, { key, hasher }), target)
  return { ...copied, proven } satisfies Copied
}, Effect.scoped)

const none = { signed: null, cosigned: null }
const checkpointsLeft = Effect.flatMap(ProofLog, (log) => log.checkpoints())
const sizeOf = ({ signed }: Checkpoints) => (signed === null ? 0 : parseCheckpoint(parseNote(signed).text).size)

const copyCommits = Effect.fnUntraced(function* (
  to: ProvenPlace,
  progress: (commits: number, transitions: number) => void
) {
  const { storeId, readAll } = yield* CommitStore
  const writer = yield* Effect.acquireRelease(
    attempt(() => journalWriterAt(to, storeId)),
    (opened: JournalWriter) => Effect.promise(() => opened.close())
  )
  let [commits, transitions, foundCommits, cursor] = [0, 0, 0, ""]
  /** What an earlier copy left, read beside the source until it ends. */
  const left = yield* Effect.map(Layer.build(sealedReaders(to)), (context) => Effect.provide(CommitStore, context))
  const held = yield* left
  let heldCursor: string | null = ""
  while (true) {
    const page = yield* readAll(cursor, pageCommitsMax)
    if (page.length === 0) break
    const known: readonly StoredCommit[] = heldCursor === null ? [] : yield* held.readAll(heldCursor, page.length)
    const odd = known.findIndex((commit, index) => !isSame(commit, page[index]!))
    if (odd >= 0) {
      const { stream, firstVersion } = known[odd]!
      const why = `it holds a commit of "${stream}" at version ${firstVersion} that is not the source's`
      return yield* Effect.fail(new CopyDisagrees(why))
    }
    const rest = page.slice(known.length)
    if (rest.length > 0) {
      heldCursor = null
      yield* attempt(() => writer.add(rest))
    } else heldCursor = known.at(-1)!.cursor
    commits += page.length
    foundCommits += known.length
    for (const { eventCount } of page) transitions += eventCount
    cursor = page.at(-1)!.cursor
    progress(commits, transitions)
  }
  if (heldCursor !== null && (yield* held.readAll(heldCursor, 1)).length > 0) {
    return yield* Effect.fail(new CopyDisagrees("it goes on where the source ends: somebody has written to it since"))
  }
  return { commits, transitions, foundCommits }
})

const isSame = (one: StoredCommit, other: StoredCommit): boolean =>
  one.stream === other.stream &&
  one.firstVersion === other.firstVersion &&
  one.eventCount === other.eventCount &&
  one.committedAt === other.committedAt &&
  one.commandId === other.commandId &&
  Buffer.compare(one.sealed, other.sealed) === 0

const attempt = <A>(steps: () => Promise<A>) =>
  Effect.tryPromise({ try: steps, catch: (error) => (error instanceof Error ? error : new Error(String(error))) })
