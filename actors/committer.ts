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
 * Milliseconds between two marks of the monotonic clock at which groups leave, the closest first: the closer, the less is encoded and
 * sealed before a commit is sent. Each divides `commitEveryMs`; which is the closest, the store says.
 */
const markSpacingsMs = [10, 25, 50] as const
/** Steps take at most this share of the time: a disk that is slow, or a store that holds this thread meanwhile, gets fewer and larger groups. */
const stepShareMax = 1 / 3
/** A mark has room for one commit for each so many milliseconds to the one before it: fifty conferences fill all of them. */
const msPerCommit = 5
/** The running median of a step's time moves by this share with each, so one that hung counts no more than any other. */
const medianShare = 0.05
/** Where that median begins, and its least, in milliseconds: less than any disk takes. */
const stepMsMin = 0.5
/** A timer of the runtime ends up to this much too late, so what is due sooner leaves at once, in milliseconds. */
const timerMs = 1
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
  /** By the monotonic clock, in milliseconds. */
  readonly atMs: number
  /** Then it takes no room at a mark. */
  readonly hurried: boolean
}

export class Committer extends Context.Service<
  Committer,
  {
    /** The source has something; it goes out within `commitEveryMs`. */
    add(source: CommitSource): void
    /** Somebody waits for what this source has said: it goes out at once, or right behind what is on its way. */
    hurry(source: CommitSource): void
    /** Calls for every commit that was settled: milliseconds from when it was due, by the schedule and not by the first look, or taken when that was sooner, until then. */
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
      let stepMs = stepMsMin
      let silentSince: number | null = null
      let complained = false

      const spacingsMs = markSpacingsMs.filter((ms) => ms >= store.appendEveryMs)
      const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
      const countAt = (markMs: number) => commitsAtMark.get(markMs) ?? 0

      /** The latest mark that keeps the bound; when that is full the latest that is not, and when all are, the emptiest. */
      const nextDue = (): Due => {
        const spacingMs = spacingsMs.find((ms) => stepMs <= ms * stepShareMax) ?? markSpacingsMs.at(-1)!
        const now = nowMs()
        const lastMs = Math.floor((now + commitEveryMs) / spacingMs) * spacingMs
        let atMs = lastMs
        for (
          let other = lastMs - spacingMs;
          countAt(atMs) >= spacingMs / msPerCommit && other > now;
          other -= spacingMs
        ) {
          if (countAt(other) < countAt(atMs)) atMs = other
        }
        return { atMs, hurried: false }
      }
      const forget = (source: CommitSource) => {
        const due = waiting.get(source)
        waiting.delete(source)
        if (due === undefined || due.hurried) return
        if (countAt(due.atMs) > 1) commitsAtMark.set(due.atMs, countAt(due.atMs) - 1)
        else commitsAtMark.delete(due.atMs)
      }
      const wait = (source: CommitSource, due: Due) => {
        forget(source)
        waiting.set(source, due)
        if (!due.hurried) commitsAtMark.set(due.atMs, countAt(due.atMs) + 1)
        Latch.closeUnsafe(idle)
        if (due.atMs < sleepsUntilMs) Latch.openUnsafe(woken)
      }

      const add = (source: CommitSource) => {
        if (!waiting.has(source)) wait(source, nextDue())
      }
      const hurry = (source: CommitSource) => {
        if (inFlight.has(source)) hurriedAgain.add(source)
        else if (waiting.has(source))
          wait(source, { atMs: Math.min(waiting.get(source)!.atMs, nowMs()), hurried: true })
      }

      const commitDue = Effect.gen(function* () {
        const commits: Commit[] = []
        const now = nowMs()
        inFlight.clear()
        for (const [source, { atMs }] of waiting) {
          if (commits.length === commitsPerGroupMax) break
          if (atMs >= now + timerMs) continue
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
        stepMs = Math.max(stepMsMin, stepMs * (settledAtMs - now > stepMs ? 1 + medianShare : 1 - medianShare))
        outcomes.forEach((outcome, index) => {
          const source = sources[index]!
          const lateMs = settledAtMs - Math.min(waiting.get(source)!.atMs, now)
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
        const sleepMs = Math.floor(sleepsUntilMs - nowMs())
        if (waiting.size === 0) yield* Latch.await(woken)
        else if (sleepMs >= timerMs) yield* Effect.raceFirst(Effect.sleep(sleepMs), Latch.await(woken))
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
