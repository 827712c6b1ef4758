/**
 * The one sequencer: gives every commit of the journal its leaf number in the order of the store, and signs a checkpoint
 * at most `checkpointEveryMs` and a poll after it became durable. It reads sealed commits only and changes nothing in the
 * journal; it refuses to go on when another sequencer took over or the journal is not the one it knew.
 */
import { Effect, type Scope } from "effect"
import { formatCheckpoint } from "../models/proof/checkpoint.ts"
import { entryOf } from "../models/proof/commit-entry.ts"
import { type Frontier, frontierOf, grown, rootOfFrontier, sameHash } from "../models/proof/merkle-tree.ts"
import { formatNote, parseNote } from "../models/proof/signed-note.ts"
import { CommitStore, pageCommitsMax } from "./commit-store.ts"
import type { StoreUnavailable } from "./event-store.ts"
import { LogDisagrees, LogIdentity, ProofLog, type SequencerSuperseded } from "./proof-log.ts"
import { withTiles } from "./tile-reads.ts"

/** Between two checkpoints, in milliseconds: with a poll and the work it stays under the promised 2 s. */
export const checkpointEveryMs = 1_000

export interface Sequencer {
  /** Takes in everything that is durable now, and answers the tree's size. */
  readonly catchUp: Effect.Effect<number, SequencerSuperseded | StoreUnavailable>
}

export const makeSequencer = Effect.gen(function* () {
  const commits = yield* CommitStore
  const log = yield* ProofLog
  const { key, hasher, sign, signedBefore } = yield* LogIdentity

  const signedCheckpoint = (tree: Frontier): string => {
    const root = rootOfFrontier(tree, hasher)
    const text = formatCheckpoint({ origin: key.name, size: tree.size, root, extensions: [] })
    return formatNote({ text, signatures: [{ ...key, signature: sign(new TextEncoder().encode(text)) }] })
  }

  const { term, size } = yield* log.takeOver()
  let frontier: Frontier = yield* withTiles(log.tile, hasher, (read) => frontierOf(size, read))
  let cursor = ""
  const disagrees = (why: string) => new LogDisagrees({ origin: key.name, leafCount: size, why })
  const { signed } = yield* log.checkpoints()
  // Ed25519 signs the same text in the same way, so the checkpoint is ours only if we would write it again.
  const own = signedCheckpoint(frontier)
  const isOfEarlierKey =
    signed !== null && parseNote(signed).text === parseNote(own).text && signedBefore?.(signed) === true
  if (signed !== own && !isOfEarlierKey && !(size === 0 && signed === null)) {
    return yield* disagrees("its last checkpoint is not what this key signs for these leaves")
  }
  if (size > 0) {
    const [before, last] = size === 1 ? ["", ...(yield* log.cursors(0, 1))] : yield* log.cursors(size - 2, 2)
    const [commit] = yield* commits.readAll(before!, 1)
    const hash = yield* withTiles(log.tile, hasher, (read) => read(0, size - 1))
    if (commit === undefined || commit.cursor !== last)
      return yield* disagrees("its last commit is not in the journal any more")
    if (!sameHash(hasher.leaf(entryOf(commit, hasher.sha256)), hash))
      return yield* disagrees("its last leaf is of another commit")
    cursor = commit.cursor
  }

  // From the first moment there is something signed, so that a log without a checkpoint is never innocent.
  // What a key that was replaced since has signed of these very leaves, its successor signs as well.
  if (signed === null || isOfEarlierKey) yield* log.extend(term, size, [], own)

  /** Takes in one page; whether there may be more. Whole or not at all, so that what is held is what is stored. */
  const takePage = Effect.uninterruptible(
    Effect.gen(function* () {
      const page = yield* commits.readAll(cursor, pageCommitsMax)
      if (page.length === 0) return false
      const leaves = page.map((commit) => ({
        cursor: commit.cursor,
        hash: hasher.leaf(entryOf(commit, hasher.sha256))
      }))
      const hashes = leaves.map(({ hash }) => hash)
      const next = grown(frontier, hashes, hasher)
      yield* log.extend(term, frontier.size, leaves, signedCheckpoint(next))
      frontier = next
      cursor = page.at(-1)!.cursor
      return page.length === pageCommitsMax
    })
  )

  const sequencer: Sequencer = {
    catchUp: Effect.gen(function* () {
      while (yield* takePage) {
        // A long journal met for the first time must not hold up the conferences.
        yield* Effect.yieldNow
      }
      return frontier.size
    })
  }
  return sequencer
})

/** Sequences for as long as the scope lives, and once more when it closes, so that a stopped journal is proven to its end. */
export const runSequencer: Effect.Effect<
  void,
  LogDisagrees | SequencerSuperseded | StoreUnavailable,
  CommitStore | ProofLog | LogIdentity | Scope.Scope
> = Effect.gen(function* () {
  const commits = yield* CommitStore
  const { catchUp } = yield* makeSequencer
  let superseded = false
  const round = Effect.suspend(() => (superseded ? Effect.void : catchUp)).pipe(
    Effect.catchTag("SequencerSuperseded", (error) => {
      superseded = true
      return Effect.annotateLogs(Effect.logError("Commits are not being proven any more"), { why: error.message })
    }),
    Effect.catchTag("StoreUnavailable", (error) =>
      Effect.annotateLogs(Effect.logError("Commits wait to be proven; trying again"), { why: error.message })
    )
  )
  yield* Effect.addFinalizer(() => round)
  const forever = Effect.gen(function* () {
    while (!superseded) {
      const wake = commits.nextAppend()
      yield* round
      yield* Effect.raceFirst(wake, Effect.sleep(commits.pollMs))
      yield* Effect.sleep(checkpointEveryMs)
    }
  })
  yield* Effect.forkScoped(forever)
})
