/**
 * Group commit: what all actors have to say goes out together, at least every `commitEveryMs`, one commit per stream.
 * A commit that is refused fails alone; while the store is away everything waits, bounded by the writers themselves.
 */
import { Clock, Context, Effect, Latch, Layer, type Result } from "effect"
import { type Commit, type CommitRefused, EventStore, type StoreUnavailable } from "./event-store.ts"

/** The contract's bound on how far what is shown may run ahead of what is durable, in milliseconds. */
export const commitEveryMs = 250
/** Between two tries while the store is away, in milliseconds. */
const retryEveryMs = 250
/** After this long without a commit, frames are answered *journal* instead of being read, in milliseconds. */
export const journalSilenceMsMax = 2_000
/** Commits of one transaction: fifty conferences with two actors each, and as many again. */
const commitsPerGroupMax = 256

/** Something that has events to be made durable. The same commit is answered by `take` until it is settled. */
export interface CommitSource {
  take(): Commit | null
  settle(outcome: Result.Result<number, CommitRefused>): void
}

export class Committer extends Context.Service<
  Committer,
  {
    /** The source has something; it goes out with the next group. */
    add(source: CommitSource): void
    /** Somebody waits for durability: the next group goes out at once. */
    hurry(): void
    /** False after `journalSilenceMsMax` in which something waited and nothing could be committed. */
    readonly isRecording: () => boolean
    /** Everything said so far is durable or refused. */
    readonly flushed: Effect.Effect<void>
  }
>()("actors/Committer") {
  static readonly layer = Layer.effect(
    Committer,
    Effect.gen(function* () {
      const store = yield* EventStore
      const clock = yield* Clock.Clock
      const waiting = new Set<CommitSource>()
      const hurried = Latch.makeUnsafe(false)
      const idle = Latch.makeUnsafe(true)
      let silentSince: number | null = null
      let complained = false

      const commitGroup = Effect.gen(function* () {
        const sources: CommitSource[] = []
        const commits: Commit[] = []
        for (const source of waiting) {
          if (commits.length === commitsPerGroupMax) break
          const commit = source.take()
          if (commit === null) waiting.delete(source)
          else {
            sources.push(source)
            commits.push(commit)
          }
        }
        if (commits.length === 0) return
        silentSince ??= clock.currentTimeMillisUnsafe()
        const outcomes = yield* store.appendAll(commits)
        silentSince = null
        complained = false
        outcomes.forEach((outcome, index) => {
          const source = sources[index]!
          waiting.delete(source)
          source.settle(outcome)
        })
      })

      /** Once for each time that the store is away, not once a try. */
      const complain = (error: StoreUnavailable) =>
        Effect.suspend(() => {
          if (complained) return Effect.void
          complained = true
          return Effect.annotateLogs(Effect.logError("The journal cannot be written; trying again until it can"), {
            why: error.message
          })
        })

      const round = Effect.gen(function* () {
        yield* Effect.raceFirst(Effect.sleep(commitEveryMs), Latch.await(hurried))
        Latch.closeUnsafe(hurried)
        while (waiting.size > 0) {
          yield* commitGroup.pipe(
            Effect.catchTag("StoreUnavailable", (error) => Effect.andThen(complain(error), Effect.sleep(retryEveryMs)))
          )
          if (!Latch.isOpen(hurried)) break
          Latch.closeUnsafe(hurried)
        }
        if (waiting.size === 0) Latch.openUnsafe(idle)
      })
      yield* Effect.forkScoped(Effect.forever(round))

      const hurry = () => Latch.openUnsafe(hurried)
      return Committer.of({
        add(source) {
          waiting.add(source)
          Latch.closeUnsafe(idle)
        },
        hurry,
        isRecording: () => silentSince === null || clock.currentTimeMillisUnsafe() - silentSince < journalSilenceMsMax,
        flushed: Effect.suspend(() => {
          hurry()
          return Latch.await(idle)
        })
      })
    })
  )
}
