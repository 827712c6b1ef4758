/**
 * Group commit: what an actor has to say goes out at most `commitEveryMs` after it began to wait, one commit per stream, together with
 * whatever else is due then. Actors are spread over the marks of a clock, so that none waits until all others are encoded and sealed.
 * A commit that is refused fails alone; while the store is away everything waits, bounded by the writers themselves.
 */
import { Clock, Context, Effect, Latch, Layer, type Result } from "effect"
import { type Commit, type CommitRefused, EventStore, type StoreUnavailable } from "./event-store.ts"

/** The contract's bound on how far what is shown may run ahead of what is durable, in milliseconds. */
export const commitEveryMs = 250
/**
 * Groups leave at multiples of this on the monotonic clock, in milliseconds: at most twenty durable steps a second, which the slowest
 * disk that was measured does in a tenth of the time.
 */
const groupEveryMs = 50
const marksAhead = commitEveryMs / groupEveryMs
/**
 * Commits of one mark before an earlier one is taken: fifty conferences fill the five marks, and encoding and sealing ten commits takes
 * about as long as one fsync. A few conferences go out together, four times a second.
 */
const commitsPerMark = 10
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

/** When a source's commit leaves. */
interface Due {
  /** Which mark it counts for; none when it was hurried. */
  readonly mark: number | null
  /** By the monotonic clock, in milliseconds. */
  readonly atMs: number
}

export class Committer extends Context.Service<
  Committer,
  {
    /** The source has something; it goes out within `commitEveryMs`. */
    add(source: CommitSource): void
    /** Somebody waits for what this source has said: it goes out at once, or right behind what is on its way. */
    hurry(source: CommitSource): void
    /** Calls for every commit that was settled: milliseconds from when it was due, by the schedule and not by the first look, until then. */
    observe(call: (lateMs: number) => void): void
    /** For how long what waits longest has been due, in milliseconds; 0 when nothing is. */
    readonly lagMs: () => number
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
      const waiting = new Map<CommitSource, Due>()
      const commitsAtMark = new Map<number, number>()
      const inFlight = new Set<CommitSource>()
      /** Of those in flight: whatever they say meanwhile goes out at once. */
      const hurriedAgain = new Set<CommitSource>()
      const woken = Latch.makeUnsafe(false)
      const idle = Latch.makeUnsafe(true)
      const observers: ((lateMs: number) => void)[] = []
      let sleepsUntilMs = 0
      let silentSince: number | null = null
      let complained = false

      const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
      const countAt = (mark: number) => commitsAtMark.get(mark) ?? 0

      /** The latest mark that keeps the bound; when that is full the latest that is not, and when all are, the emptiest. */
      const nextDue = (): Due => {
        const last = Math.floor(nowMs() / groupEveryMs) + marksAhead
        let mark = last
        for (let other = last - 1; countAt(mark) >= commitsPerMark && other > last - marksAhead; other--) {
          if (countAt(other) < countAt(mark)) mark = other
        }
        return { mark, atMs: mark * groupEveryMs }
      }
      const forget = (source: CommitSource) => {
        const mark = waiting.get(source)?.mark
        waiting.delete(source)
        if (mark === undefined || mark === null) return
        if (countAt(mark) > 1) commitsAtMark.set(mark, countAt(mark) - 1)
        else commitsAtMark.delete(mark)
      }
      const wait = (source: CommitSource, due: Due) => {
        forget(source)
        waiting.set(source, due)
        if (due.mark !== null) commitsAtMark.set(due.mark, countAt(due.mark) + 1)
        Latch.closeUnsafe(idle)
        if (due.atMs < sleepsUntilMs) Latch.openUnsafe(woken)
      }

      const add = (source: CommitSource) => {
        if (!waiting.has(source)) wait(source, nextDue())
      }
      const hurry = (source: CommitSource) => {
        if (inFlight.has(source)) hurriedAgain.add(source)
        else if (waiting.has(source)) wait(source, { mark: null, atMs: Math.min(waiting.get(source)!.atMs, nowMs()) })
      }

      const commitDue = Effect.gen(function* () {
        const commits: Commit[] = []
        const now = nowMs()
        inFlight.clear()
        for (const [source, { atMs }] of waiting) {
          if (commits.length === commitsPerGroupMax) break
          if (atMs > now) continue
          const commit = source.take()
          if (commit === null) {
            forget(source)
            hurriedAgain.delete(source)
          } else {
            inFlight.add(source)
            commits.push(commit)
          }
        }
        if (commits.length === 0) return
        silentSince ??= clock.currentTimeMillisUnsafe()
        const outcomes = yield* store.appendAll(commits)
        silentSince = null
        complained = false
        const sources = [...inFlight]
        inFlight.clear()
        const settledAtMs = nowMs()
        outcomes.forEach((outcome, index) => {
          const source = sources[index]!
          const lateMs = settledAtMs - waiting.get(source)!.atMs
          forget(source)
          source.settle(outcome)
          if (hurriedAgain.delete(source)) hurry(source)
          for (const call of observers) call(lateMs)
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
        Latch.closeUnsafe(woken)
        sleepsUntilMs = Number.POSITIVE_INFINITY
        for (const { atMs } of waiting.values()) sleepsUntilMs = Math.min(sleepsUntilMs, atMs)
        const sleepMs = Math.ceil(sleepsUntilMs - nowMs())
        if (waiting.size === 0) yield* Latch.await(woken)
        else if (sleepMs > 0) yield* Effect.raceFirst(Effect.sleep(sleepMs), Latch.await(woken))
        yield* commitDue.pipe(
          Effect.catchTag("StoreUnavailable", (error) => Effect.andThen(complain(error), Effect.sleep(retryEveryMs)))
        )
        if (waiting.size === 0) Latch.openUnsafe(idle)
      })
      yield* Effect.forkScoped(Effect.forever(round))

      return Committer.of({
        add,
        hurry,
        observe: (call) => void observers.push(call),
        lagMs() {
          const now = nowMs()
          let lag = 0
          for (const { atMs } of waiting.values()) lag = Math.max(lag, now - atMs)
          return lag
        },
        isRecording: () => silentSince === null || clock.currentTimeMillisUnsafe() - silentSince < journalSilenceMsMax,
        flushed: Effect.suspend(() => {
          for (const source of [...waiting.keys()]) hurry(source)
          return Latch.await(idle)
        })
      })
    })
  )
}
