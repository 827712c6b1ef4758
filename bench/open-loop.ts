/**
 * Conferences that make frames by a schedule, whatever becomes of the earlier ones, and the product's own group committer behind them: what
 * a commit takes at a rate that is asked for, not at the highest there is. Every time counts from the schedule, so that what was asked
 * for while something hung counts as waiting (Tene's "coordinated omission"). A bare fsync of as many bytes follows every group, in a thread of its own.
 */
import { randomUUID } from "node:crypto"
import { Worker } from "node:worker_threads"
import { Context, Effect, Layer } from "effect"
import { type CommitSource, Committer, commitEveryMs } from "../actors/committer.ts"
import { type Commit, EventStore, type StoredEvent } from "../actors/event-store.ts"
import { transitionsPerFrame } from "./conference-story.ts"
import { framesFrom } from "./journal-frames.ts"
import { sumOf } from "./measure.ts"

/** Before anything counts: connections, compilers, the first commits of all streams. */
const warmUpMs = 6_000
/** Between two looks at the schedule. */
const lookEveryMs = 2

export interface OpenLoop {
  readonly streams: number
  /** Transitions a second that the schedule makes. */
  readonly offered: number
  readonly seconds: number
  /** A file for the bare fsync, on the disk of the journal. */
  readonly bareFile: string
  /** Bytes of the bare fsync for each transition of the group before it. */
  readonly bytesPerTransition: number
}

export interface Sustained {
  /** Transitions that became durable in a second, while the schedule ran. */
  readonly durable: number
  /** From when a commit was due until it was durable. */
  readonly commitMs: readonly number[]
  /** From when a frame was due until it was durable; by design up to `commitEveryMs` more. */
  readonly frameMs: readonly number[]
  readonly fsyncMs: readonly number[]
}

export const sustain = Effect.fnUntraced(function* (asked: OpenLoop) {
  const { streams, offered, seconds, bareFile, bytesPerTransition } = asked
  const store = yield* EventStore
  const bare = new Worker(new URL("./bare-fsync.ts", import.meta.url), { workerData: bareFile })
  const commitMs: number[] = []
  const frameMs: number[] = []
  const fsyncMs: number[] = []
  let durable = 0
  const startMs = performance.now() + 10
  const countsFrom = startMs + warmUpMs
  const endMs = countsFrom + seconds * 1_000

  const withBareFsync = EventStore.of({
    ...store,
    appendAll: (commits) =>
      Effect.tap(store.appendAll(commits), () =>
        Effect.sync(() => {
          const transitions = sumOf(commits.map(({ events }) => events.length))
          bare.postMessage(Math.round(transitions * bytesPerTransition))
        })
      )
  })
  bare.on("message", (ms: number) => performance.now() >= countsFrom && fsyncMs.push(ms))

  const loop = Effect.gen(function* () {
    const committer = yield* Committer
    /** How far the last commit that was settled missed the contract's bound, counted from its first frame's place in the schedule. */
    let overBoundMs = 0
    committer.observe((lateMs) => {
      if (performance.now() >= countsFrom) commitMs.push(Math.max(lateMs, overBoundMs))
    })
    const everyMs = (1_000 * streams * transitionsPerFrame) / offered
    const conferences = Array.from({ length: streams }, (_, index) => {
      const made = conference(index + 1, committer, (dueMs) => {
        const now = performance.now()
        overBoundMs = now - dueMs[0]! - commitEveryMs
        if (now < countsFrom) return
        if (now < endMs) durable += dueMs.length * transitionsPerFrame
        for (const due of dueMs) frameMs.push(now - due)
      })
      return { nextMs: startMs + (everyMs * index) / streams, frame: made }
    })
    while (performance.now() < endMs) {
      const now = performance.now()
      for (const one of conferences) {
        for (; one.nextMs <= now; one.nextMs += everyMs) one.frame(one.nextMs)
      }
      yield* Effect.sleep(lookEveryMs)
    }
    // The last leave at their marks like all before: hurried together they would be one group that no schedule asked for.
    yield* Effect.sleep(commitEveryMs)
    yield* committer.flushed
  })
  const own = yield* Layer.build(Committer.layer.pipe(Layer.provide(Layer.succeed(EventStore)(withBareFsync))))
  yield* loop.pipe(Effect.provideService(Committer, Context.get(own, Committer)))
  yield* Effect.promise(() => bare.terminate())
  return { durable: Math.round(durable / seconds), commitMs, frameMs, fsyncMs } satisfies Sustained
}, Effect.scoped)

/** One stream; answers what makes its next frame, due at that moment. `settled` hears when the frames of each commit were due. */
function conference(
  seed: number,
  committer: (typeof Committer)["Service"],
  settled: (dueMs: readonly number[]) => void
): (dueMs: number) => void {
  const subject = randomUUID()
  const keyScope = { kind: "subject", subject, kept: { purpose: "expressionAnalysis", month: "2026-11" } } as const
  const stream = `conference-${randomUUID()}`
  const frames = framesFrom(seed)
  let version = 0
  let pending: { events: StoredEvent[]; dueMs: number[] } = { events: [], dueMs: [] }
  let inFlight: { readonly commit: Commit; readonly dueMs: readonly number[] } | null = null
  const source: CommitSource = {
    take() {
      if (inFlight === null && pending.events.length > 0) {
        const { events, dueMs } = pending
        inFlight = { commit: { stream, expectedVersion: version, commandId: randomUUID(), keyScope, events }, dueMs }
        pending = { events: [], dueMs: [] }
      }
      return inFlight?.commit ?? null
    },
    settle(outcome) {
      if (outcome._tag === "Failure") throw outcome.failure
      version = outcome.success
      settled(inFlight!.dueMs)
      inFlight = null
      if (pending.events.length > 0) committer.add(source)
    }
  }
  return (dueMs) => {
    pending.events.push(...frames(1))
    pending.dueMs.push(dueMs)
    committer.add(source)
  }
}
