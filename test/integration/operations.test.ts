/** The journal of operations: nothing is shown that is not recorded, and nothing recorded is lost among writers. */
import { rmSync } from "node:fs"
import { Clock, Effect, Layer, Schema, Stream } from "effect"
import { afterEach, expect, it } from "vitest"
import { recordConfiguration } from "../../actors/configuration.ts"
import { EventStore, StoreUnavailable } from "../../actors/event-store.ts"
import { Operations, operationsStream } from "../../actors/operations.ts"
import { troubleKindsMax } from "../../actors/troubles.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { OperationsEvent } from "../../machines/operations-events.ts"
import { freshFolder } from "../server/core.ts"
import { MemoryStore } from "../server/memory-store.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const read = (what: string) =>
  ({ type: "PersonalDataRead", actor: "os:auditor", purpose: "complaint 7", what }) as const

const runEmbedded = <A, E>(steps: Effect.Effect<A, E, Operations | EventStore>) => {
  const folder = freshFolder()
  folders.push(folder)
  return Effect.runPromise(
    steps.pipe(Effect.provide(Operations.layer.pipe(Layer.provideMerge(embeddedEventStore({ folder })))))
  )
}

it("recorded() runs the read only after its record is durable", () =>
  runEmbedded(
    Effect.gen(function* () {
      const operations = yield* Operations
      const store = yield* EventStore
      const seen = yield* operations.recorded(
        read("conference-1"),
        Effect.map(Stream.runCollect(store.read(operationsStream)), (commits) => commits.flatMap((c) => c.events))
      )
      expect(seen).toMatchObject([{ type: "PersonalDataRead", actor: "os:auditor", what: "conference-1" }])
      expect(Schema.decodeUnknownSync(OperationsEvent)(seen[0])).toEqual(seen[0])
    })
  ))

it("recorded() shows nothing when the record cannot be made", async () => {
  const away = new StoreUnavailable({ action: "append", why: "the disk is gone", advice: "Wait" })
  const failing = Layer.effect(
    EventStore,
    Effect.map(EventStore, (real) => ({ ...real, append: () => Effect.fail(away) }))
  ).pipe(Layer.provide(new MemoryStore().layer))
  let shownCount = 0
  const show = Effect.sync(() => shownCount++)
  const failed = await Effect.runPromise(
    Effect.flatMap(Operations, (operations) => Effect.flip(operations.recorded(read("conference-1"), show))).pipe(
      Effect.provide(Layer.provide(Operations.layer, failing))
    )
  )
  expect(shownCount).toBe(0)
  expect(failed.message).toBe(
    'Cannot record "PersonalDataRead", so it was not done: Cannot append: the disk is gone. Wait'
  )
})

it("keeps every record when several writers share the stream", () =>
  runEmbedded(
    Effect.gen(function* () {
      const shared = Layer.succeed(EventStore)(yield* EventStore)
      const writers = yield* Effect.all(
        [0, 1, 2].map(() => Layer.build(Layer.fresh(Operations.layer))),
        {}
      ).pipe(Effect.provide(shared), Effect.scoped)
      yield* Effect.forEach(
        writers.flatMap((writer, at) => Array.from({ length: 10 }, (_, index) => ({ writer, what: `${at}/${index}` }))),
        ({ writer, what }) =>
          Effect.provide(
            Effect.flatMap(Operations, (operations) => operations.record(read(what))),
            writer
          ),
        { concurrency: "unbounded" }
      )
      const all = yield* Stream.runCollect((yield* Operations).read())
      const whats = all.map((event) => (event.type === "PersonalDataRead" ? event.what : ""))
      expect(new Set(whats).size).toBe(30)
      expect(whats).toHaveLength(30)
    })
  ))

it("refused() records the first attempt at each door and counts those that follow within a minute", () =>
  runEmbedded(
    Effect.gen(function* () {
      const operations = yield* Operations
      for (const door of ["admin", "conferences", "admin", "admin"]) yield* operations.refused(door, "wrong token")
      const doors = Effect.map(Stream.runCollect(operations.read()), (events) =>
        events.map((event) => (event.type === "AccessRefused" ? [event.door, event.count] : null))
      )
      expect(yield* doors).toEqual([
        ["admin", 1],
        ["conferences", 1]
      ])
      const later = { ...(yield* Clock.Clock), currentTimeMillis: Effect.succeed(Date.UTC(9_000, 0, 1)) }
      yield* Effect.provideService(operations.refused("admin", "wrong token"), Clock.Clock, later)
      expect((yield* doors)[2]).toEqual(["admin", 3])
    })
  ))

it("signInRefused() counts guesses by account and reason, and guesses at ever more accounts into one record", () =>
  runEmbedded(
    Effect.gen(function* () {
      const operations = yield* Operations
      const refusals = Effect.map(Stream.runCollect(operations.read()), (events) =>
        events.flatMap((event) => (event.type === "SignInRefused" ? [event] : []))
      )
      const guess = (account: string | null) => operations.signInRefused(account, "wrongPassword", "203.0.113.7")
      for (const account of ["anna", null, "anna", "anna", null]) yield* guess(account)
      expect((yield* refusals).map(({ account, count }) => [account, count])).toEqual([
        ["anna", 1],
        [null, 1]
      ])
      for (let number = 0; number < 1_000; number += 1) yield* guess(`account-${number}`)
      const said = yield* refusals
      expect(said).toHaveLength(troubleKindsMax + 1)
      expect(said.at(-1)).toMatchObject({ account: null, why: "other", address: "203.0.113.7", count: 1 })
      // The doors have their own room.
      yield* operations.refused("admin", "wrong token")
      const last = (yield* Stream.runCollect(operations.read())).at(-1)
      expect(last).toMatchObject({ type: "AccessRefused", why: "wrong token" })

      const later = { ...(yield* Clock.Clock), currentTimeMillis: Effect.succeed(Date.UTC(9_000, 0, 1)) }
      yield* Effect.provideService(guess("anna"), Clock.Clock, later)
      expect((yield* refusals).at(-1)).toMatchObject({ account: "anna", count: 3 })
    })
  ))

it("recordConfiguration() records what differs from the last start, and nothing when nothing does", () =>
  runEmbedded(
    Effect.gen(function* () {
      const start = (inForce: Record<string, string>) => recordConfiguration(inForce, "os:operator")
      expect(yield* start({ journal: "embedded", edges: "2" })).toBe(2)
      expect(yield* start({ journal: "embedded", edges: "2" })).toBe(0)
      expect(yield* start({ journal: "embedded", edges: "4" })).toBe(1)
      expect(yield* start({ journal: "embedded", edges: "2" })).toBe(1)
      const events = yield* Stream.runCollect((yield* Operations).read())
      expect(events.at(-1)).toMatchObject({ type: "ConfigurationChanged", setting: "edges", value: "2" })
      expect(events).toHaveLength(4)
    })
  ))

it("read() stops before a record of a later version: what it says may be owed", () =>
  runEmbedded(
    Effect.gen(function* () {
      const operations = yield* Operations
      yield* operations.record(read("conference-1"))
      const keyScope = { kind: "operations" } as const
      const events = [{ type: "SubjectErasureRequested", at: 1, schema: 9, whom: "anna" }]
      const store = yield* EventStore
      yield* store.append({ stream: operationsStream, expectedVersion: 1, commandId: "later", keyScope, events })
      const refused = yield* Effect.flip(Stream.runCollect(operations.read()))
      expect(refused.message).toContain('this version does not know this form of "SubjectErasureRequested"')
    })
  ))
