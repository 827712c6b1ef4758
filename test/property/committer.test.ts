/** What group commit promises on any schedule: the bound, the spreading, and who may go at once. */
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect, it } from "vitest"
import { type CommitSource, Committer, commitEveryMs } from "../../actors/committer.ts"
import { type Commit, EventStore, type StoredEvent } from "../../actors/event-store.ts"
import { MemoryStore } from "../server/memory-store.ts"

const streamCount = 50
/** Commits of a group once conferences are spread over a store that is fast. */
const groupCommitsMax = 2
/** The most groups in a second that a slow store gets, but for the one at the end. */
const slowGroupsMax = 20

interface Group {
  readonly atMs: number
  readonly commits: readonly Commit[]
}

/** A committer over a store whose appends take so long, on the test's clock, and pay that far apart; `say` says one event of a stream that bears its time. */
function withCommitter<A>(
  appendMs: number,
  use: (rig: {
    say: (stream: number) => void
    source: (stream: number) => CommitSource
    committer: (typeof Committer)["Service"]
    groups: Group[]
    nowMs: () => number
    pass: (ms: number) => Effect.Effect<void>
    appendsTake: (ms: number) => void
  }) => Effect.Effect<A>,
  appendEveryMs = 10
): Promise<A> {
  const groups: Group[] = []
  let now = 0
  let takesMs = appendMs
  const slow = Layer.effect(
    EventStore,
    Effect.gen(function* () {
      const store = yield* EventStore
      return EventStore.of({
        ...store,
        appendEveryMs,
        appendAll: (commits) =>
          Effect.andThen(
            Effect.suspend(() => {
              groups.push({ atMs: now, commits })
              return takesMs === 0 ? Effect.void : Effect.sleep(takesMs)
            }),
            store.appendAll(commits)
          )
      })
    })
  )
  const program = Effect.gen(function* () {
    const committer = yield* Committer
    const made = new Map<number, { source: CommitSource; say: () => void }>()
    const streamOf = (number: number) => {
      let [version, pending, inFlight] = [0, [] as StoredEvent[], null as Commit | null]
      const source: CommitSource = {
        take() {
          if (inFlight === null && pending.length > 0) {
            const commandId = globalThis.crypto.randomUUID()
            const keyScope = { kind: "operations" } as const
            inFlight = { stream: `s-${number}`, expectedVersion: version, commandId, keyScope, events: pending }
            pending = []
          }
          return inFlight
        },
        settle(outcome) {
          inFlight = null
          if (outcome._tag === "Success") version = outcome.success
          if (pending.length > 0) committer.add(source)
        }
      }
      const say = () => {
        pending.push({ type: "Said", at: now })
        committer.add(source)
      }
      const stream = { source, say }
      made.set(number, stream)
      return stream
    }
    const stream = (number: number) => made.get(number) ?? streamOf(number)
    const pass = Effect.fnUntraced(function* (ms: number) {
      for (let passed = 0; passed < ms; passed++) {
        now += 1
        yield* TestClock.adjust(1)
      }
    })
    return yield* use({
      say: (number) => stream(number).say(),
      source: (number) => stream(number).source,
      committer,
      groups,
      nowMs: () => now,
      pass,
      appendsTake(ms) {
        takesMs = ms
      }
    })
  })
  const layers = Committer.layer.pipe(
    Layer.provideMerge(Layer.provide(slow, new MemoryStore().layer)),
    Layer.provideMerge(TestClock.layer())
  )
  return Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(layers)) as Effect.Effect<A>)
}

const utterances = fc.array(fc.record({ stream: fc.nat({ max: 79 }), pauseMs: fc.nat({ max: 40 }) }), { maxLength: 80 })

it("sends whatever is said within the bound, once, and in its order, on any schedule", async () => {
  await fc.assert(
    fc.asyncProperty(utterances, async (said) => {
      await withCommitter(0, ({ say, groups, pass }) =>
        Effect.gen(function* () {
          for (const { stream, pauseMs } of said) {
            say(stream)
            yield* pass(pauseMs)
          }
          yield* pass(commitEveryMs)
          for (const { atMs, commits } of groups) {
            for (const { events } of commits) {
              for (const { at } of events) expect(atMs - (at as number)).toBeLessThanOrEqual(commitEveryMs)
            }
          }
          const events = groups.flatMap(({ commits }) => commits.flatMap(({ events }) => events))
          expect(events.length).toBe(said.length)
        })
      )
    }),
    { numRuns: 25 }
  )
})

it("spreads fifty conferences that all begin at once, each still committing four times a second", async () => {
  await withCommitter(3, ({ say, groups, pass }) =>
    Effect.gen(function* () {
      for (let frame = 0; frame < 60; frame++) {
        for (let stream = 0; stream < streamCount; stream++) say(stream)
        yield* pass(33)
      }
      expect(Math.max(...groups.map(({ commits }) => commits.length))).toBeLessThanOrEqual(groupCommitsMax)
      const seconds = (60 * 33) / 1_000
      const ofFirst = groups.flatMap(({ commits }) => commits).filter(({ stream }) => stream === "s-0").length
      expect(ofFirst / seconds).toBeLessThanOrEqual(5)
    })
  )
})

it("gives a slow store fewer and larger groups, and goes back to small ones when it is fast again", async () => {
  await withCommitter(24, ({ say, groups, pass, appendsTake }) =>
    Effect.gen(function* () {
      const play = Effect.fnUntraced(function* (frames: number) {
        const before = groups.length
        for (let frame = 0; frame < frames; frame++) {
          for (let stream = 0; stream < streamCount; stream++) say(stream)
          yield* pass(33)
        }
        return (groups.length - before) / ((frames * 33) / 1_000)
      })
      yield* play(240)
      expect(yield* play(60)).toBeLessThan(slowGroupsMax + 1)
      appendsTake(1)
      yield* play(240)
      expect(yield* play(60)).toBeGreaterThan(4 * slowGroupsMax)
    })
  )
})

it("keeps two conferences together, so that they cost few durable steps", async () => {
  await withCommitter(0, ({ say, groups, pass }) =>
    Effect.gen(function* () {
      for (let frame = 0; frame < 60; frame++) {
        for (let stream = 0; stream < 2; stream++) say(stream)
        yield* pass(33)
      }
      expect(groups.length).toBeLessThanOrEqual((60 * 33) / commitEveryMs + 1)
    })
  )
})

it("hurry() sends this source at once and leaves the others their time", async () => {
  await withCommitter(0, ({ say, source, committer, groups, pass }) =>
    Effect.gen(function* () {
      say(1)
      say(2)
      committer.hurry(source(1))
      yield* pass(1)
      expect(groups.map(({ commits }) => commits.map(({ stream }) => stream))).toEqual([["s-1"]])
      yield* pass(commitEveryMs)
      expect(groups.length).toBe(2)
    })
  )
})

it("hurry() sends what was said while a commit was on its way right behind it", async () => {
  await withCommitter(20, ({ say, source, committer, groups, pass }) =>
    Effect.gen(function* () {
      say(1)
      committer.hurry(source(1))
      yield* pass(5)
      say(1)
      committer.hurry(source(1))
      yield* pass(18)
      expect(groups.map(({ atMs }) => atMs)).toEqual([1, 20])
    })
  )
})

it("observe() counts from when a commit was due, also when the one before it was slow", async () => {
  await withCommitter(120, ({ say, committer, pass }) =>
    Effect.gen(function* () {
      const late: number[] = []
      committer.observe((lateMs) => late.push(lateMs))
      for (let stream = 0; stream < 20; stream++) say(stream)
      yield* pass(500)
      // Two are due at each tenth millisecond from 160 to 250; all others wait for the first, which take until 280.
      const others = Array.from({ length: 18 }, (_, index) => 150 + 10 * Math.floor(index / 2))
      expect(late).toEqual([120, 120, ...others])
    })
  )
})

it("keeps groups as far apart as pays in the store, and the bound", async () => {
  await fc.assert(
    fc.asyncProperty(utterances, fc.constantFrom(10, 25, 50), async (said, everyMs) => {
      await withCommitter(
        0,
        ({ say, groups, pass }) =>
          Effect.gen(function* () {
            for (const { stream, pauseMs } of said) {
              say(stream)
              yield* pass(pauseMs)
            }
            yield* pass(commitEveryMs)
            for (const { atMs, commits } of groups) {
              expect(atMs % everyMs).toBe(0)
              for (const { at } of commits.flatMap(({ events }) => events)) {
                expect(atMs - (at as number)).toBeLessThanOrEqual(commitEveryMs)
              }
            }
          }),
        everyMs
      )
    }),
    { numRuns: 30 }
  )
})
