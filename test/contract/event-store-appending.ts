/** What every event store answers to those who append. */
import { randomUUID } from "node:crypto"
import { Effect, Result, Stream } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { answerOf, commitOf, type FreshStorage, recordsOf, run, ticks } from "./journal-storage.ts"

export function describeAppending(name: string, freshStorage: FreshStorage): void {
  const inFreshStore = async (steps: Parameters<typeof run>[1]) => run(await freshStorage(), steps)

  describe(`${name}: appending`, () => {
    it("append() answers the new version, and read() gives back exactly what was written", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          const first = commitOf("a", 0, [
            { type: "Opened", at: 5, note: "мимика", ratio: 0.1, list: [1, [2]], none: null }
          ])
          const second = commitOf("a", 1, ticks(3))
          expect(yield* store.append(first)).toBe(1)
          expect(yield* store.append(second)).toBe(4)
          const records = yield* recordsOf(store.read("a"))
          expect(records.map(({ firstVersion, lastVersion }) => [firstVersion, lastVersion])).toEqual([
            [1, 1],
            [2, 4]
          ])
          expect(records.map(({ commandId }) => commandId)).toEqual([first.commandId, second.commandId])
          expect(records.flatMap(({ events }) => events)).toEqual([...first.events, ...second.events])
        })
      ))

    it("append() refuses the second of two writers at one version", async () => {
      const storage = await freshStorage()
      const rounds = Array.from({ length: 25 }, (_, round) => round)
      const writer = Effect.gen(function* () {
        const store = yield* EventStore
        const won: number[] = []
        for (const round of rounds) {
          const outcome = yield* Effect.result(store.append(commitOf("raced", round, ticks(1))))
          if (Result.isSuccess(outcome)) won.push(round)
          else expect(outcome.failure._tag).toBe("StaleStream")
          // The loser of this round waits for its end, so that both ask for the same version again.
          while ((yield* recordsOf(store.read("raced", round + 1))).length === 0) yield* Effect.yieldNow
        }
        return won
      })
      const other = storage.secondLayer === undefined ? writer : Effect.provide(writer, storage.secondLayer)
      await run(
        storage,
        Effect.gen(function* () {
          const won = yield* Effect.all([writer, other], { concurrency: 2 })
          expect(won.flat().sort((a, b) => a - b)).toEqual(rounds)
        })
      )
    })

    it("append() tells a stale owner the version the stream is at", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          yield* store.append(commitOf("a", 0, ticks(2)))
          for (const expectedVersion of [0, 1, 3, 9]) {
            const error = yield* Effect.flip(store.append(commitOf("a", expectedVersion, ticks(1))))
            expect(error).toMatchObject({ _tag: "StaleStream", stream: "a", expectedVersion, actualVersion: 2 })
          }
          expect(yield* Effect.flip(store.append(commitOf("new", 1, ticks(1))))).toMatchObject({ actualVersion: 0 })
        })
      ))

    it("the same command id again answers the first result, even when stale, and adds nothing", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          for (const commandId of [randomUUID(), "start", "0123456789abcdef", "ключ"]) {
            const stream = `of-${commandId}`
            const commit = { ...commitOf(stream, 0, ticks(2)), commandId }
            yield* store.append(commit)
            yield* store.append(commitOf(stream, 2, ticks(1)))
            expect(yield* store.append(commit)).toBe(2)
            expect(yield* store.append({ ...commit, expectedVersion: 3 })).toBe(2)
            const records = yield* recordsOf(store.read(stream))
            expect(records.map((record) => record.lastVersion)).toEqual([2, 3])
            expect(records[0]!.commandId).toBe(commandId)
          }
        })
      ))

    it("appendAll() takes several commits of one stream in their order, and a command id twice once", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          const first = commitOf("a", 0, ticks(2))
          const outcomes = yield* store.appendAll([
            first,
            commitOf("a", 2, ticks(1)),
            first,
            commitOf("b", 0, ticks(1)),
            commitOf("a", 3, ticks(1))
          ])
          expect(outcomes.map((outcome) => Result.getOrThrow(outcome))).toEqual([2, 3, 2, 1, 4])
          expect((yield* recordsOf(store.read("a"))).map((record) => record.lastVersion)).toEqual([2, 3, 4])
        })
      ))

    it("appendAll() refuses a bad commit alone", () =>
      inFreshStore(
        Effect.gen(function* () {
          const store = yield* EventStore
          const keys = yield* KeyStore
          const erased = { kind: "subject", subject: "erased" } as const
          yield* keys.destroyDataKey(erased)
          const outcomes = yield* store.appendAll([
            commitOf("a", 0, ticks(1)),
            commitOf("b", 7, ticks(1)),
            commitOf("c", 0, [{ type: "Broken", at: 1, ratio: Number.NaN }]),
            { ...commitOf("d", 0, ticks(1)), keyScope: erased },
            commitOf("e", 0, []),
            commitOf("f", 0, ticks(2))
          ])
          const tags = outcomes.map((outcome) => (Result.isSuccess(outcome) ? outcome.success : outcome.failure._tag))
          expect(tags).toEqual([1, "StaleStream", "UnencodableCommit", "SubjectErased", "UnencodableCommit", 2])
          expect(yield* Stream.runCollect(store.streams())).toEqual([
            { stream: "a", version: 1 },
            { stream: "f", version: 2 }
          ])
        })
      ))
  })

  describe(`${name}: any history`, () => {
    it("answers every append as a list of commits would", async () => {
      const step = fc.record({
        stream: fc.constantFrom("a", "b"),
        lag: fc.constantFrom(0, 0, 0, 1, -1),
        command: fc.nat(11),
        count: fc.integer({ min: 1, max: 3 })
      })
      const storage = await freshStorage()
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (groups) =>
          run(
            storage,
            Effect.gen(function* () {
              const store = yield* EventStore
              const history = randomUUID()
              const model = new Map<string, { readonly command: number; readonly version: number }[]>()
              for (const group of groups) {
                const expected: unknown[] = []
                const commits = group.map(({ stream: letter, lag, command, count }) => {
                  const stream = `${letter}-${history}`
                  const known = model.get(stream) ?? []
                  const version = known.at(-1)?.version ?? 0
                  const expectedVersion = Math.max(0, version - lag)
                  const repeated = known.find((commit) => commit.command === command)
                  if (repeated !== undefined) expected.push(repeated.version)
                  else if (expectedVersion !== version) expected.push(`StaleStream ${version}`)
                  else {
                    expected.push(version + count)
                    model.set(stream, [...known, { command, version: version + count }])
                  }
                  return { ...commitOf(stream, expectedVersion, ticks(count)), commandId: `command ${command}` }
                })
                const outcomes = yield* store.appendAll(commits)
                expect(outcomes.map(answerOf)).toEqual(expected)
              }
              for (const [stream, known] of model) {
                const records = yield* recordsOf(store.read(stream))
                expect(records.map((record) => record.lastVersion)).toEqual(known.map((commit) => commit.version))
              }
            })
          )
        ),
        { numRuns: 25 }
      )
    })
  })
}
