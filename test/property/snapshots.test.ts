/** Opening an actor from a snapshot and the rest comes to what opening it from the start does, whatever became of the snapshots. */
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { Effect, Layer, Logger, Stream } from "effect"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Committer } from "../../actors/committer.ts"
import { type Conference, openConference } from "../../actors/conference.ts"
import { EventStore, keptScopeOf } from "../../actors/event-store.ts"
import { SnapshotCache } from "../../actors/snapshot-cache.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { foldIdentity } from "../../infra/projections/fold-identity.ts"
import { snapshotsFile, sqliteSnapshotCache } from "../../infra/projections/snapshot-cache-sqlite.ts"
import { conferenceEvents } from "../golden/golden.ts"
import { freshFolder } from "../server/core.ts"

let folder: string
beforeEach(() => {
  folder = freshFolder()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Without who owned it and without the report: a running actor says both by itself. */
const story = conferenceEvents("c", "anna", "boris").slice(1, -1)
const begunAt = story[0]!.at
/** The story cut where the machine may be told: frames stay whole. */
const cuts = story.flatMap((event, index) => (event.type === "FrameReceived" ? [index] : []))

/** Opens the conference as a process of its own would; with `cached` it may use and make snapshots. */
function open<A>(
  cached: boolean,
  use: (conference: Conference) => Effect.Effect<A, unknown, SnapshotCache | EventStore>,
  fold = "fold"
) {
  const steps = Effect.gen(function* () {
    const cache = yield* SnapshotCache
    let loaded = false
    const watched = SnapshotCache.of({
      ...cache,
      load: (stream) =>
        Effect.map(cached ? cache.load(stream) : Effect.succeed(null), (found) => {
          loaded = found !== null
          return found
        }),
      save: (...snapshot) => (cached ? cache.save(...snapshot) : Effect.void)
    })
    const options = { id: "c", subject: "anna", startedAt: begunAt, owner: "test", snapshotEveryEvents: 60 }
    const conference = yield* Effect.provideService(openConference(options), SnapshotCache, watched)
    const answer = yield* use(conference)
    yield* conference.hosted.close
    return { answer, loaded }
  })
  const layers = Committer.layer.pipe(
    Layer.provideMerge(sqliteSnapshotCache(folder, fold)),
    Layer.provideMerge(embeddedEventStore({ folder }))
  )
  return Effect.runPromise(
    steps.pipe(Effect.scoped, Effect.provide(layers), Effect.provide(Logger.layer([]))) as Effect.Effect<{
      answer: A
      loaded: boolean
    }>
  )
}

const tell = (from: number, to: number) => (conference: Conference) =>
  Effect.gen(function* () {
    for (let index = from; index < to; index++) {
      expect(conference.tell(story[index]!)).toBe(null)
      // Some commits hold little and some much.
      if (index % 25 === 0) yield* conference.hosted.durable
    }
    yield* conference.hosted.durable
  })
const seen = (conference: Conference) =>
  Effect.sync(() => {
    const { hosted, report, live } = conference
    const { value, context } = hosted.snapshot()
    // Opening appends who owns it: that differs from one opening to the next.
    return { value, context, report: report(), live: live(begunAt + 10_000) }
  })

describe("an actor opened from a snapshot", () => {
  it("is what it is when opened from the start, at any point of its life", async () => {
    let loadedCount = 0
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...cuts), { minLength: 1, maxLength: 4 }), async (points) => {
        rmSync(folder, { recursive: true, force: true })
        const ends = [...points.sort((one, other) => one - other), story.length]
        let from = 0
        for (const to of ends) {
          await open(true, tell(from, to))
          const { answer: cached, loaded } = await open(true, seen)
          expect(cached).toEqual((await open(false, seen)).answer)
          loadedCount += Number(loaded)
          from = to
        }
      }),
      { numRuns: 6 }
    )
    // The property says nothing if it never met a snapshot.
    expect(loadedCount).toBeGreaterThan(0)
  })

  it("is the same when snapshots were deleted, damaged, or made by other code", async () => {
    const half = cuts[80]!
    await open(true, tell(0, half))
    const { answer: expected, loaded } = await open(true, seen)
    expect(loaded).toBe(true)
    expect(await open(true, seen, "another fold")).toEqual({ answer: expected, loaded: false })
    const bytes = readFileSync(snapshotsFile(folder))
    for (let at = 5000; at < bytes.length; at += 7) bytes[at]! ^= 1
    for (const end of ["-wal", "-shm"]) rmSync(`${snapshotsFile(folder)}${end}`, { force: true })
    writeFileSync(snapshotsFile(folder), bytes)
    expect((await open(true, seen)).answer).toEqual(expected)
    for (const end of ["", "-wal", "-shm"]) rmSync(`${snapshotsFile(folder)}${end}`, { force: true })
    expect(await open(true, seen)).toEqual({ answer: expected, loaded: false })
    writeFileSync(snapshotsFile(folder), "no database")
    expect(await open(true, seen)).toEqual({ answer: expected, loaded: false })
  })

  it("does not use one of another history: a journal restored from a copy and continued differently", async () => {
    await open(true, tell(0, cuts[80]!))
    await open(true, () =>
      Effect.gen(function* () {
        const cache = yield* SnapshotCache
        const kept = (yield* cache.load("conference-c"))!
        const keyScope = keptScopeOf("anna", "expressionAnalysis", begunAt)
        yield* cache.save("conference-c", keyScope, { ...kept, commandId: "of another commit" })
      })
    )
    const { answer } = await open(true, seen)
    expect(answer).toEqual((await open(false, seen)).answer)
    // It was thrown away, and one of this history took its place.
    await open(true, () =>
      Effect.gen(function* () {
        const kept = yield* (yield* SnapshotCache).load("conference-c")
        expect(kept?.commandId).not.toBe("of another commit")
      })
    )
  })
})

describe("a snapshot", () => {
  it("goes when the conference has ended", async () => {
    await open(true, tell(0, cuts[80]!))
    const kept = () =>
      open(false, () => Effect.flatMap(SnapshotCache, (cache) => cache.load("conference-c"))).then(
        ({ answer }) => answer
      )
    expect(await kept()).not.toBe(null)
    const end = (conference: Conference) =>
      Effect.andThen(tell(cuts[80]!, story.length)(conference), conference.hosted.finished)
    await open(true, end)
    expect(await kept()).toBe(null)
  })

  it("cannot be opened once the key of its purpose is destroyed", async () => {
    const keyScope = keptScopeOf("anna", "expressionAnalysis", begunAt)
    const steps = Effect.gen(function* () {
      const cache = yield* SnapshotCache
      yield* cache.save("conference-c", keyScope, { version: 1, commandId: "1", value: { secret: "looks happy" } })
      expect(yield* cache.load("conference-c")).toMatchObject({ version: 1 })
      yield* (yield* KeyStore).destroyDataKey(keyScope)
      expect(yield* cache.load("conference-c")).toBe(null)
      yield* cache.save("conference-c", keyScope, { version: 2, commandId: "2", value: {} })
      expect(yield* cache.load("conference-c")).toBe(null)
      expect(yield* Stream.runCollect((yield* EventStore).streams())).toEqual([])
    })
    const layers = sqliteSnapshotCache(folder, "fold").pipe(Layer.provideMerge(embeddedEventStore({ folder })))
    await Effect.runPromise(steps.pipe(Effect.scoped, Effect.provide(layers), Effect.provide(Logger.layer([]))))
  })

  it("is bound to the code that folds", () => {
    expect(foldIdentity()).toMatch(/^[0-9a-f]{64}$/)
    expect(foldIdentity()).toBe(foldIdentity())
  })
})
