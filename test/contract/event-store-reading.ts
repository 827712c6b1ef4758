/** What every event store gives to those who read. */
import { Effect, Result, Stream } from "effect"
import { describe, expect, it } from "vitest"
import {
  beginning,
  type Checkpoint,
  type CommitRecord,
  EventStore,
  type StoredEvent
} from "../../actors/event-store.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { commitOf, type FreshStorage, recordsOf, run, ticks } from "./journal-storage.ts"

export function describeReading(name: string, freshStorage: FreshStorage): void {
  const inFreshStore = async (steps: Parameters<typeof run>[1]) => run(await freshStorage(), steps)

  describe(`${name}: reading`, () => {
    it("read() begins with the commit that holds the version asked for, and is empty behind the end", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          for (let count = 0; count < 5; count++) yield* store.append(commitOf("a", count * 3, ticks(3)))
          for (const [fromVersion, firstVersions] of [
            [1, [1, 4, 7, 10, 13]],
            [6, [4, 7, 10, 13]],
            [13, [13]],
            [15, [13]],
            [16, []],
            [99, []]
          ] as const) {
            const records = yield* recordsOf(store.read("a", fromVersion))
            expect(records.map((record) => record.firstVersion)).toEqual(firstVersions)
          }
          expect(yield* recordsOf(store.read("nobody wrote it"))).toEqual([])
        })
      ))

    it("a stream of more than 10 MB comes back whole, over a restart too", async () => {
      const storage = await freshStorage()
      const big: StoredEvent = { type: "PictureDrawn", at: 1, svg: "<tree/>é".repeat(1_300_000) }
      await run(
        storage,
        Effect.gen(function* () {
          const store = yield* EventStore
          yield* store.append(commitOf("a", 0, [big]))
          let version = 1
          for (let group = 0; group < 6; group++) {
            const commits = Array.from({ length: 100 }, (_, index) => commitOf("a", version + index, ticks(1)))
            for (const outcome of yield* store.appendAll(commits)) version = Result.getOrThrow(outcome)
          }
          expect(version).toBe(601)
        })
      )
      await run(
        storage,
        Effect.gen(function* () {
          const events = (yield* recordsOf((yield* EventStore).read("a"))).flatMap((record) => record.events)
          expect(events.length).toBe(601)
          expect(events[0]!.svg === big.svg).toBe(true)
        })
      )
    })

    it("a checkpoint is good after a restart, and one of another store is refused", async () => {
      const storage = await freshStorage()
      let checkpoint = beginning
      await run(
        storage,
        Effect.gen(function* () {
          const store = yield* EventStore
          yield* store.append(commitOf("a", 0, ticks(1)))
          checkpoint = (yield* store.readAll(beginning, 10)).checkpoint
          yield* store.append(commitOf("b", 0, ticks(1)))
        })
      )
      await run(
        storage,
        Effect.gen(function* () {
          const store = yield* EventStore
          yield* store.append(commitOf("a", 1, ticks(1)))
          const { records } = yield* store.readAll(checkpoint, 10)
          expect(records.map(({ stream, lastVersion }) => [stream, lastVersion])).toEqual([
            ["b", 1],
            ["a", 2]
          ])
          const error = yield* Effect.flip(store.readAll("no such place" as Checkpoint, 10))
          expect(error.message).toContain("no checkpoint of this store")
        })
      )
    })

    it("follow() delivers what was there and what comes, each commit once and in the order of its stream", async () => {
      const storage = await freshStorage()
      const streams = ["a", "b", "c", "d"]
      const roundsMax = 30
      const writer = (names: readonly string[]) =>
        Effect.gen(function* () {
          const store = yield* EventStore
          for (let round = 0; round < roundsMax; round++) {
            for (const outcome of yield* store.appendAll(names.map((stream) => commitOf(stream, round, ticks(1)))))
              Result.getOrThrow(outcome)
            yield* Effect.yieldNow
          }
        })
      await run(
        storage,
        Effect.gen(function* () {
          const store = yield* EventStore
          const followed = recordsOf(store.follow(beginning).pipe(Stream.take(streams.length * roundsMax)))
          const other =
            storage.secondLayer === undefined
              ? writer(["c", "d"])
              : writer(["c", "d"]).pipe(Effect.provide(storage.secondLayer))
          const [records] = yield* Effect.all([followed, writer(["a", "b"]), other], { concurrency: 3 })
          const inOrder = Array.from({ length: roundsMax }, (_, round) => round + 1)
          for (const stream of streams) {
            expect(records.filter((record) => record.stream === stream).map((record) => record.lastVersion)).toEqual(
              inOrder
            )
          }
          const paged: CommitRecord[] = []
          for (let checkpoint = beginning; ; ) {
            const page = yield* store.readAll(checkpoint, 7)
            paged.push(...page.records)
            checkpoint = page.checkpoint
            if (page.records.length < 7) break
          }
          expect(paged.map((record) => record.checkpoint)).toEqual(records.map((record) => record.checkpoint))
        })
      )
    })

    it("after a data key is destroyed its streams cannot be read, and the global order keeps only the fact", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          const keys = yield* KeyStore
          const keyScope = { kind: "subject", subject: "s-1" } as const
          yield* store.append({ ...commitOf("a", 0, ticks(2)), keyScope })
          yield* store.append(commitOf("b", 0, ticks(1)))
          expect(yield* keys.destroyDataKey(keyScope)).toBe(true)
          expect(yield* keys.destroyDataKey(keyScope)).toBe(false)
          expect(yield* Effect.flip(recordsOf(store.read("a")))).toMatchObject({
            _tag: "SubjectErased",
            action: "read"
          })
          const { records } = yield* store.readAll(beginning, 10)
          expect(
            records.map(({ stream, lastVersion, erased, events }) => [stream, lastVersion, erased, events.length])
          ).toEqual([
            ["a", 2, "erasure", 0],
            ["b", 1, false, 1]
          ])
          expect(yield* Effect.flip(store.append({ ...commitOf("a", 2, ticks(1)), keyScope }))).toMatchObject({
            _tag: "SubjectErased"
          })
        })
      ))

    it("of a stream under the keys of several months the erased ones are passed when that is asked for", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          const monthOf = (month: string) => ({ kind: "operations", month }) as const
          for (const [index, month] of ["2026-10", "2026-11", "2026-10"].entries()) {
            yield* store.append({ ...commitOf("a", index * 2, ticks(2)), keyScope: monthOf(month) })
          }
          yield* (yield* KeyStore).destroyDataKey(monthOf("2026-10"))
          const passed = yield* recordsOf(store.read("a", 1, "passed"))
          expect(passed.map(({ lastVersion, erased, events }) => [lastVersion, erased, events.length])).toEqual([
            [2, "retention", 0],
            [4, false, 2],
            [6, "retention", 0]
          ])
          expect(yield* recordsOf(store.read("a", 3, "passed"))).toHaveLength(2)
          expect(yield* Effect.flip(recordsOf(store.read("a")))).toMatchObject({
            _tag: "SubjectErased",
            by: "retention"
          })
        })
      ))
  })
}
