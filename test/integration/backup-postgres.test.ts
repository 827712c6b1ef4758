/** Backups of a PostgreSQL journal: one moment of it, whatever is written meanwhile, and restored into either store. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber, Layer, Logger, Stream } from "effect"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { EventStore, type StoredEvent } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Subjects } from "../../actors/subjects.ts"
import { makeBackup } from "../../infra/backup/backup.ts"
import { type RestoreOptions, restore } from "../../infra/backup/restore.ts"
import { connect } from "../../infra/journal/postgres.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { openDesk, storesAt } from "../../infra/subjects/subject-desk.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { freshFolder } from "../server/core.ts"
import { findPlain } from "../server/plain-text.ts"
import { addClient, eventsOf } from "../server/subject-rig.ts"

let server: TestPostgres
let root: string
let url: string
let anna: string
const at = (name: string) => join(root, name)
const why = { actor: "os:operator", purpose: "weekly" }
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

type Services = EventStore | Operations | Directory | Subjects
/** Runs the steps on the stores of a folder, as a process of its own would. */
const within = <A, E>(data: string, journal: string | undefined, steps: Effect.Effect<A, E, Services>): Promise<A> => {
  const stores = sqliteDirectory(at(data)).pipe(Layer.provideMerge(Layer.fresh(storesAt({ data: at(data), journal }))))
  return Effect.runPromise(
    steps.pipe(Effect.scoped, Effect.provide(stores), Effect.provide(Logger.layer([]))) as Effect.Effect<A, E>
  )
}
const run = <A, E>(steps: Effect.Effect<A, E>) => Effect.runPromise(Effect.provide(steps, Logger.layer([])))

beforeEach(async () => {
  root = freshFolder()
  mkdirSync(at("data"))
  url = await server.freshDatabase()
  anna = await within(
    "data",
    url,
    Effect.gen(function* () {
      yield* addClient("client-boris", "conference-b")
      return yield* addClient("client-anna", "conference-a")
    })
  )
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const backUp = (data = "data", from: string | null = url) =>
  run(
    Effect.scoped(
      Effect.gen(function* () {
        const journal = from ?? undefined
        const desk = yield* openDesk({ data: at(data), journal })
        const beforeUse = (sha256: string) => desk.recordBackup({ ...why, holds: "journal", sha256 })
        yield* makeBackup({ data: at(data), journal, holds: "journal", file: at("one.journal"), madeAt: 17, beforeUse })
      })
    )
  )
const restoreTo = (data: string, journal: string | undefined, more: Partial<RestoreOptions> = {}) => {
  const from = { file: at("one.journal"), keys: at("data/keys"), bars: at("data/bars/bars.jsonl") }
  return run(restore({ ...from, data: at(data), journal, ...why, ...more }))
}
const readable = Effect.all([eventsOf("conference-a"), eventsOf("conference-b")])
const holdsJournal = async (journal: string) => {
  const sql = connect(journal)
  const [row] = await sql`SELECT to_regnamespace('mimika') IS NOT NULL AS found`
  await sql.end()
  return row!.found as boolean
}

describe("a backup of PostgreSQL", () => {
  it("is restored into another database, and into the embedded store, and from there into a database", async () => {
    await backUp()
    const other = await server.freshDatabase()
    expect(await restoreTo("new", other)).toEqual({ madeAt: 17, commitCount: 5, erasedCount: 0 })
    expect(readdirSync(at("new"))).not.toContain("journal.sqlite")
    const check = Effect.gen(function* () {
      expect(yield* readable).toEqual([2, 2])
      expect(yield* (yield* Directory).find("client", "client-anna")).toBe(anna)
      const recorded = yield* Stream.runCollect((yield* Operations).read())
      expect(recorded.at(-1)).toMatchObject({ type: "JournalRestored", madeAt: 17, ...why })
      // It takes new commits, and new streams get numbers of their own.
      yield* addClient("client-vera", "conference-v")
      expect(yield* eventsOf("conference-v")).toBe(2)
    })
    await within("new", other, check)
    expect(await restoreTo("embedded", undefined)).toMatchObject({ commitCount: 5 })
    await within("embedded", undefined, check)
    rmSync(at("one.journal"))
    await backUp("embedded", null)
    const third = await server.freshDatabase()
    await restoreTo("third", third, { keys: at("embedded/keys") })
    await within(
      "third",
      third,
      Effect.map(eventsOf("conference-v"), (count) => expect(count).toBe(2))
    )
  })

  it("is of one moment, with every stream whole up to it, while others write", async () => {
    const streams = ["conference-1", "conference-2", "conference-3"]
    const acknowledged = new Map<string, number>()
    const write = Effect.gen(function* () {
      const store = yield* EventStore
      for (let version = 0; ; version += 2) {
        const commits = streams.map((stream) => ({
          stream,
          expectedVersion: version,
          commandId: `${version}`,
          keyScope: { kind: "subject", subject: anna } as const,
          events: [1, 2].map((of): StoredEvent => ({ type: "Ticked", at: 0, number: version + of }))
        }))
        yield* store.appendAll(commits)
        for (const stream of streams) acknowledged.set(stream, version + 2)
      }
    })
    const before = await within(
      "data",
      url,
      Effect.gen(function* () {
        const writing = yield* Effect.forkChild(write)
        while ((acknowledged.get("conference-3") ?? 0) < 40) yield* Effect.sleep(1)
        const known = new Map(acknowledged)
        yield* Effect.promise(() => backUp())
        yield* Fiber.interrupt(writing)
        return known
      })
    )
    const other = await server.freshDatabase()
    await restoreTo("new", other)
    const read = Effect.gen(function* () {
      const store = yield* EventStore
      for (const stream of streams) {
        const commits = yield* Stream.runCollect(store.read(stream))
        const numbers = commits.flatMap(({ events }) => events.map((event) => event.number))
        expect(numbers).toEqual(numbers.map((_, index) => index + 1))
        // Nothing that was acknowledged before it began is missing.
        expect(numbers.length).toBeGreaterThanOrEqual(before.get(stream)!)
      }
    })
    await within("new", other, read)
  })

  it("holds nothing in clear", async () => {
    await backUp()
    rmSync(at("data"), { recursive: true })
    expect(findPlain(root, ["conference-a", "client-anna", anna, "SQLite format"])).toEqual([])
  })
})

describe("a restore into PostgreSQL", () => {
  it("is refused without the current bar list, and gives back nobody who was erased since", async () => {
    await backUp()
    const other = await server.freshDatabase()
    await expect(restoreTo("new", other, { bars: at("nowhere") })).rejects.toThrow("without the current bar list")
    writeFileSync(at("empty.jsonl"), "")
    await within(
      "data",
      url,
      Effect.flatMap(Subjects, ({ erase }) => erase({ subject: anna, ...why }))
    )
    rmSync(at("one.journal"))
    await backUp()
    await expect(restoreTo("new", other, { bars: at("empty.jsonl") })).rejects.toThrow("the bar list has 0 lines")
    expect(await holdsJournal(other)).toBe(false)
    expect(await restoreTo("new", other)).toMatchObject({ erasedCount: 2 })
    await within(
      "new",
      other,
      Effect.map(readable, (found) => expect(found).toEqual(["SubjectErased", 2]))
    )
  })

  it("is refused into a database that holds a journal, and leaves nothing behind when it fails", async () => {
    await backUp()
    await expect(restoreTo("new", url)).rejects.toThrow("the database holds a journal already")
    expect(readdirSync(at("new"))).toEqual([])
    await within(
      "data",
      url,
      Effect.map(readable, (found) => expect(found).toEqual([2, 2]))
    )
    // A bar list of another installation is found only when the stores are open.
    writeFileSync(
      at("strange.jsonl"),
      `${JSON.stringify({ number: 1, at: 1, subject: "x", keyId: null, mac: "00" })}\n`
    )
    const other = await server.freshDatabase()
    await expect(restoreTo("new", other, { bars: at("strange.jsonl") })).rejects.toThrow("bar list")
    expect(await holdsJournal(other)).toBe(false)
    expect(readdirSync(at("new"))).toEqual([])
    const whole = readFileSync(at("one.journal"))
    whole[whole.length - 50]! ^= 1
    writeFileSync(at("one.journal"), whole)
    await expect(restoreTo("new", other)).rejects.toThrow("it was cut short or changed")
    expect(await holdsJournal(other)).toBe(false)
  })
})
