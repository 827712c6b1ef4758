/** The embedded store keeps the contract, and one folder has one writer. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Layer } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { beginning, EventStore } from "../../actors/event-store.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { describeAppending } from "./event-store-appending.ts"
import { describeReading } from "./event-store-reading.ts"
import { describeTampering } from "./event-store-tampering.ts"
import { answerOf, commitOf, type Row, recordsOf, run, type Storage, ticks } from "./journal-storage.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-journal-"))
let storageCount = 0

afterAll(() => rmSync(root, { recursive: true }))

async function freshStorage(): Promise<Storage & { readonly folder: string }> {
  const folder = join(root, String(storageCount++))
  const inFile = <A>(steps: (database: DatabaseSync) => A): A => {
    const database = new DatabaseSync(join(folder, "journal.sqlite"), { enableForeignKeyConstraints: false })
    try {
      return steps(database)
    } finally {
      database.close()
    }
  }
  return {
    folder,
    layer: embeddedEventStore({ folder }),
    withOtherKeys: embeddedEventStore({ folder, keysFolder: join(folder, "other-keys") }),
    rows: async () =>
      inFile((database) => database.prepare("SELECT * FROM commits ORDER BY position").all() as unknown as Row[]),
    overwrite: async (position, column, value) =>
      inFile(
        (database) => void database.prepare(`UPDATE commits SET ${column} = ? WHERE position = ?`).run(value, position)
      ),
    remove: async (position) =>
      inFile((database) => void database.prepare("DELETE FROM commits WHERE position = ?").run(position))
  }
}

describeAppending("embedded store", freshStorage)
describeReading("embedded store", freshStorage)
describeTampering("embedded store", freshStorage)

describe("embedded store: one writer", () => {
  it("a folder that is open for writing is refused to a second writer, in words that name it", async () => {
    const { folder, layer } = await freshStorage()
    const second = Effect.scoped(Layer.build(embeddedEventStore({ folder })))
    const error = await Effect.runPromise(Effect.flip(second).pipe(Effect.provide(layer)))
    expect(error.message).toContain(
      `Cannot open the journal in "${folder}" for writing: another process is writing to it`
    )
  })

  it("a reader beside the writer sees every durable commit, and cannot append", async () => {
    const storage = await freshStorage()
    const reader = Effect.gen(function* () {
      const store = yield* EventStore
      const { records } = yield* store.readAll(beginning, 10)
      expect(records.map((record) => record.stream)).toEqual(["a"])
      expect(yield* Effect.flip(store.append(commitOf("a", 1, ticks(1))))).toMatchObject({ _tag: "StoreUnavailable" })
    })
    const beside = Effect.provide(reader, embeddedEventStore({ folder: storage.folder, readOnly: true }))
    await run(
      storage,
      Effect.gen(function* () {
        yield* (yield* EventStore).append(commitOf("a", 0, ticks(1)))
        yield* beside
      })
    )
    await Effect.runPromise(beside)
  })

  it("a reader of a folder without a journal is told so, and nothing is made", async () => {
    const { folder } = await freshStorage()
    const error = await Effect.runPromise(
      Effect.flip(Effect.scoped(Layer.build(embeddedEventStore({ folder, readOnly: true }))))
    )
    expect(error.message).toContain("there is no journal here")
  })
})

describe("embedded store: damaged keys", () => {
  it("a damaged data key refuses its own subject's commits alone, and reading names it", async () => {
    const { folder, layer } = await freshStorage()
    const keyScope = { kind: "subject", subject: "s-1" } as const
    const steps = (version: number) =>
      Effect.flatMap(EventStore, (store) =>
        store.appendAll([{ ...commitOf("a", version, ticks(1)), keyScope }, commitOf("b", version, ticks(1))])
      )
    const tagsOf = (version: number) =>
      Effect.runPromise(Effect.map(Effect.provide(steps(version), layer), (outcomes) => outcomes.map(answerOf)))
    expect(await tagsOf(0)).toEqual([1, 1])
    const keys = new DatabaseSync(join(folder, "keys", "keys.sqlite"))
    keys.exec("UPDATE data_keys SET wrapped = randomblob(60) WHERE scope = 'subject/s-1'")
    keys.close()
    expect(await tagsOf(1)).toEqual(["KeyDamaged", 2])
    const error = await Effect.runPromise(
      Effect.flip(Effect.flatMap(EventStore, (store) => recordsOf(store.read("a")))).pipe(Effect.provide(layer))
    )
    expect(error.message).toMatch(
      /^Cannot read the commit of "a" at version 1: its data key [0-9a-f]{16} is damaged\. Restore the key store/
    )
  })
})
