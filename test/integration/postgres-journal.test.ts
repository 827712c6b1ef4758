/** What only a real PostgreSQL can show: open transactions, lost connections, several processes starting at once. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Fiber, Layer, Result, Stream } from "effect"
import postgres from "postgres"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { beginning, EventStore } from "../../actors/event-store.ts"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { commitOf, type JournalLayer, recordsOf, ticks } from "../contract/journal-storage.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { type CuttingProxy, startCuttingProxy } from "./cutting-proxy.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-journal-"))
let server: TestPostgres
let proxy: CuttingProxy
let url: string
let layer: JournalLayer
let sql: postgres.Sql

beforeAll(async () => {
  server = await startPostgres()
  proxy = await startCuttingProxy(server.port)
})
beforeEach(async () => {
  await sql?.end({ timeout: 1 })
  url = await server.freshDatabase()
  layer = postgresEventStore({ url, folder: root })
  sql = postgres(url, { max: 2, onnotice: () => {} })
})
afterAll(async () => {
  await sql.end({ timeout: 1 })
  await proxy.close()
  await server.stop()
  rmSync(root, { recursive: true })
})

const openStore = () =>
  Effect.map(Layer.build(postgresEventStore({ url, folder: root })), (context) => Layer.succeedContext(context))
const run = (steps: Effect.Effect<unknown, unknown, EventStore>) =>
  Effect.runPromise(Effect.asVoid(Effect.provide(steps, layer)))

/** Looks again until a backend waits for another's transaction. */
const someoneWaits = Effect.promise(async () => {
  for (;;) {
    const [row] = await sql`SELECT count(*)::integer AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
    if (row!.count > 0) return
  }
})

/** Opens a transaction that has appended version 2 of a stream and does not end. */
const stallOn = async (stream: string) => {
  const stalled = await sql.reserve()
  await stalled`BEGIN`
  await stalled`INSERT INTO mimika.commits (committed_at, stream_id, first_version, event_count, command_id, sealed)
    SELECT 0, id, 2, 1, '\\x00ff'::bytea, '\\x00'::bytea FROM mimika.streams WHERE name = ${stream}`
  return {
    end: async (how: "COMMIT" | "ROLLBACK") => {
      await stalled.unsafe(how)
      stalled.release()
    }
  }
}

describe("a transaction that stalls", () => {
  it("holds readers of the global order back, makes them skip nothing, and shows in health()", () =>
    run(
      Effect.gen(function* () {
        const store = yield* EventStore
        yield* store.append(commitOf("s", 0, ticks(1)))
        const followed = yield* Effect.forkChild(recordsOf(store.follow(beginning).pipe(Stream.take(4))))
        const before = yield* store.readAll(beginning, 10)
        expect(before.records.map(({ stream }) => stream)).toEqual(["s"])

        const stalled = yield* Effect.promise(() => stallOn("s"))
        const late = yield* Effect.forkChild(store.appendAll([commitOf("t", 0, ticks(1)), commitOf("s", 1, ticks(1))]))
        yield* someoneWaits
        expect(yield* store.append(commitOf("u", 0, ticks(1)))).toBe(1)
        expect((yield* store.readAll(before.checkpoint, 10)).records).toEqual([])
        expect((yield* store.health()).heldBackMs).toBeGreaterThan(0)

        yield* Effect.promise(() => stalled.end("ROLLBACK"))
        expect((yield* Fiber.join(late)).map(Result.getOrThrow)).toEqual([1, 2])
        const after = yield* store.readAll(before.checkpoint, 10)
        expect(after.records.map(({ stream, lastVersion }) => `${stream}@${lastVersion}`).sort()).toEqual([
          "s@2",
          "t@1",
          "u@1"
        ])
        const everything = yield* Fiber.join(followed)
        expect(everything.map(({ checkpoint }) => checkpoint)).toEqual(
          [before, after].flatMap(({ records }) => records.map(({ checkpoint }) => checkpoint))
        )
        expect((yield* store.health()).alarm).toBe(false)
      })
    ))

  it("that commits first makes the waiting writer stale, alone", () =>
    run(
      Effect.gen(function* () {
        const store = yield* EventStore
        yield* store.append(commitOf("s", 0, ticks(1)))
        const stalled = yield* Effect.promise(() => stallOn("s"))
        const late = yield* Effect.forkChild(store.appendAll([commitOf("t", 0, ticks(1)), commitOf("s", 1, ticks(1))]))
        yield* someoneWaits
        yield* Effect.promise(() => stalled.end("COMMIT"))
        const [t, s] = yield* Fiber.join(late)
        expect(Result.getOrThrow(t!)).toBe(1)
        expect(s).toMatchObject({ failure: { _tag: "StaleStream", expectedVersion: 1, actualVersion: 2 } })
      })
    ))
})

describe("a lost connection", () => {
  const throughProxy = (steps: Effect.Effect<unknown, unknown, EventStore>) => {
    const through = new URL(url)
    through.port = String(proxy.port)
    return Effect.runPromise(
      Effect.asVoid(Effect.provide(steps, postgresEventStore({ url: through.href, folder: root })))
    )
  }
  const appendsOnce = (cut: (command: string) => void) =>
    throughProxy(
      Effect.gen(function* () {
        const store = yield* EventStore
        yield* store.append(commitOf("a", 0, ticks(1)))
        const cutsBefore = proxy.cutCount()
        const commits = [commitOf("a", 1, ticks(2)), commitOf("b", 0, ticks(1)), commitOf("a", 7, ticks(1))]
        cut(commits[0]!.commandId.replaceAll("-", ""))
        const outcomes = yield* store.appendAll(commits)
        expect(proxy.cutCount()).toBe(cutsBefore + 1)
        expect(outcomes.slice(0, 2).map(Result.getOrThrow)).toEqual([3, 1])
        expect(outcomes[2]).toMatchObject({ failure: { _tag: "StaleStream", actualVersion: 3 } })
        const records = yield* recordsOf(store.read("a"))
        expect(records.map(({ lastVersion }) => lastVersion)).toEqual([1, 3])
      })
    )

  it("after the commit became durable is resolved by reading: the commit is there once and acknowledged", () =>
    appendsOnce(() => proxy.cutBeforeReply("INSERT 0 2")))

  it("before the commit reached the server is resolved by reading and writing: the commit is there once", () =>
    appendsOnce((command) => proxy.cutBeforeRequest(command)))

  it("again and again, on every connection, loses and doubles nothing that was acknowledged", () =>
    run(
      Effect.gen(function* () {
        const store = yield* EventStore
        const roundsMax = 32
        const cutter = Effect.promise(
          () =>
            sql`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'mimika journal' AND datname = current_database()`
        )
        const writer = (stream: string) =>
          Effect.gen(function* () {
            for (let round = 0; round < roundsMax; round++) {
              expect(yield* store.append(commitOf(stream, round, ticks(1)))).toBe(round + 1)
              if (round % 7 === 3) yield* cutter
            }
          })
        yield* Effect.all([writer("a"), writer("b"), writer("c")], { concurrency: 3 })
        for (const stream of ["a", "b", "c"]) {
          const versions = (yield* recordsOf(store.read(stream))).map(({ lastVersion }) => lastVersion)
          expect(versions).toEqual(Array.from({ length: roundsMax }, (_, round) => round + 1))
        }
      })
    ))
})

describe("opening", () => {
  it("by several processes at once on an empty database makes one store", async () => {
    const opened = Effect.scoped(
      Effect.gen(function* () {
        const stores = yield* Effect.all(Array.from({ length: 4 }, openStore), { concurrency: 4 })
        for (const [version, store] of stores.entries()) {
          yield* Effect.flatMap(EventStore, (journal) => journal.append(commitOf("a", version, ticks(1)))).pipe(
            Effect.provide(store)
          )
        }
      })
    )
    await Effect.runPromise(opened)
    const [row] = await sql`SELECT count(*)::integer AS stores FROM mimika.store`
    expect(row!.stores).toBe(1)
  })

  it("refuses an unverified connection to another machine, an absent server and a newer layout, each with what to do", async () => {
    const refusal = (address: string) =>
      Effect.runPromise(
        Effect.map(Effect.flip(Effect.scoped(Layer.build(postgresEventStore({ url: address, folder: root })))), String)
      )
    expect(await refusal("postgres://u:secret@db.bank.example/journal")).toContain("add ?sslmode=verify-full")
    const absent = new URL(url)
    absent.port = "1"
    expect(await refusal(absent.href)).toMatch(
      /Cannot open the journal in PostgreSQL at "127\.0\.0\.1:1\/.+Check that the server runs/
    )
    await run(Effect.flatMap(EventStore, (store) => store.append(commitOf("a", 0, ticks(1)))))
    await sql`UPDATE mimika.store SET layout_version = 99`
    expect(await refusal(url)).toContain("its layout is version 99, this program knows 1")
  })
})
