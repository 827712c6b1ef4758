/**
 * Projections in a SQLite file of their own, `<data>/projections.sqlite`. It may be deleted at any time while no server
 * runs: everything in it is folded from the journal again. Rows and states are sealed, and overwritten when they go.
 */
import { createHash } from "node:crypto"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { deserialize, serialize } from "node:v8"
import { Effect, Layer } from "effect"
import { beginning, type Checkpoint, StoreUnavailable } from "../../actors/event-store.ts"
import {
  type Generation,
  type Parked,
  ProjectionStore,
  type RowFilter,
  type Step
} from "../../actors/projection-store.ts"
import { isKurrentAddress, kurrentAddressOf } from "../journal/kurrentdb.ts"
import { inTransaction, openForWriting } from "../journal/sqlite.ts"
import { KeyStore } from "../keys/key-store.ts"
import { fingerprintOf, makeSealedBox, type SealedBox } from "../keys/sealed-box.ts"

/** Another layout is no loss: the file is made anew. */
const layoutVersion = 2

const schema = `
  CREATE TABLE generations (
    id INTEGER PRIMARY KEY, projection TEXT NOT NULL, version INTEGER NOT NULL, in_use INTEGER NOT NULL,
    checkpoint TEXT NOT NULL, event_count INTEGER NOT NULL, parked TEXT
  ) STRICT;
  CREATE UNIQUE INDEX generation_in_use ON generations (projection) WHERE in_use = 1;
  CREATE TABLE rows (
    number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL,
    UNIQUE (generation, key)
  ) STRICT;
  CREATE INDEX rows_by_time ON rows (generation, at);
  CREATE TABLE tags (
    fingerprint BLOB NOT NULL, row_number INTEGER NOT NULL REFERENCES rows ON DELETE CASCADE,
    PRIMARY KEY (fingerprint, row_number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_of_row ON tags (row_number);
  CREATE TABLE states (
    generation INTEGER NOT NULL, stream TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (generation, stream)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${layoutVersion};`

interface GenerationRow {
  readonly id: number
  readonly version: number
  readonly checkpoint: string
  readonly event_count: number
  readonly parked: string | null
}

/** Of the journal in the folder, or of the one at the address: a checkpoint means nothing to another store. */
export function projectionsFile(dataFolder: string, journalUrl?: string): string {
  if (journalUrl === undefined) return join(dataFolder, "projections.sqlite")
  const place = createHash("sha256").update(placeOf(journalUrl)).digest("hex").slice(0, placeDigits)
  return join(dataFolder, `projections-${place}.sqlite`)
}
const placeOf = (url: string): string => {
  if (isKurrentAddress(url)) return `kurrentdb ${kurrentAddressOf(url)}`
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
/** Enough to tell the databases apart that one folder ever served. */
const placeDigits = 8

export const sqliteProjectionStore = (dataFolder: string, journalUrl?: string) =>
  Layer.effect(
    ProjectionStore,
    Effect.gen(function* () {
      const keys = yield* KeyStore
      const path = projectionsFile(dataFolder, journalUrl)
      const database = yield* Effect.acquireRelease(
        attemptAt(path)("open", () => open(path)),
        (opened) => Effect.sync(() => opened.close())
      )
      return projectionStoreOf(database, keys, path)
    })
  )

const attemptAt =
  (path: string) =>
  <A>(action: string, steps: () => A) =>
    Effect.try({
      try: steps,
      catch: (error) =>
        new StoreUnavailable({
          action: `${action} the projections in "${path}"`,
          why: (error as Error).message,
          advice: "Check the disk. With no server running the file may be deleted: it is built again from the journal"
        })
    })

function open(path: string): DatabaseSync {
  const database = openForWriting(path, "WAL")
  database.exec("PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON")
  const { user_version: found } = database.prepare("PRAGMA user_version").get() as { user_version: number }
  if (found === layoutVersion) return database
  if (found === 0 && database.prepare("SELECT name FROM sqlite_schema").get() === undefined) {
    inTransaction(database, () => database.exec(schema))
    return database
  }
  database.close()
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) rmSync(file)
  return open(path)
}

function projectionStoreOf(database: DatabaseSync, keys: KeyStore["Service"], path: string) {
  const rowBox = makeSealedBox(keys, "projection row")
  const stateBox = makeSealedBox(keys, "projection state")
  const attempt = attemptAt(path)
  /** Keys destroyed elsewhere are seen before anything is sealed or opened. */
  const withKeys = <A>(action: string, steps: () => A) => Effect.andThen(keys.refresh(), attempt(action, steps))
  const tagPrint = (tag: string): Uint8Array => {
    const print = fingerprintOf(keys, "projection tag", tag)
    if (print === null) throw new Error("the data key of the operations was destroyed")
    return print
  }
  const placeOf = (generation: number, key: string) => `${generation}/${key}`

  const selectGeneration = database.prepare(
    "SELECT id, version, checkpoint, event_count, parked FROM generations WHERE projection = ? AND in_use = 1"
  )
  const advance = database.prepare(
    "UPDATE generations SET checkpoint = ?, event_count = ?, parked = ? WHERE id = ? AND checkpoint = ?"
  )
  const putRow = database.prepare(
    `INSERT INTO rows (generation, key, at, sealed) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET at = excluded.at, sealed = excluded.sealed RETURNING number`
  )
  const putTag = database.prepare("INSERT OR IGNORE INTO tags (fingerprint, row_number) VALUES (?, ?)")
  const dropTags = database.prepare("DELETE FROM tags WHERE row_number = ?")
  const putState = database.prepare("INSERT OR REPLACE INTO states (generation, stream, sealed) VALUES (?, ?, ?)")
  const dropState = database.prepare("DELETE FROM states WHERE generation = ? AND stream = ?")
  const dropRow = database.prepare("DELETE FROM rows WHERE generation = ? AND key = ?")

  const openedOf = (
    generation: number,
    found: readonly unknown[],
    box: SealedBox,
    read: (plain: Uint8Array) => unknown,
    gone: (name: string) => void
  ): ReadonlyMap<string, unknown> => {
    const opened = new Map<string, unknown>()
    for (const one of found) {
      const { name, sealed } = one as { readonly name: string; readonly sealed: Uint8Array }
      const plain = box.open(placeOf(generation, name), sealed)
      if (plain === null) gone(name)
      else opened.set(name, read(plain))
    }
    return opened
  }

  const save = (generation: number, { after, checkpoint, eventCount, parked, rows, states, forgotten }: Step) =>
    inTransaction(database, () => {
      const place = parked === null ? null : JSON.stringify(parked)
      const { changes } = advance.run(checkpoint, eventCount, place, generation, after)
      if (Number(changes) === 0) return false
      for (const { key, at, tags, keyScope, value } of rows) {
        const sealed = rowBox.seal(keyScope, placeOf(generation, key), Buffer.from(JSON.stringify(value)))
        if (sealed === null) continue
        const { number } = putRow.get(generation, key, at, sealed) as { number: number }
        dropTags.run(number)
        for (const tag of tags) putTag.run(tagPrint(tag), number)
      }
      for (const stream of forgotten) dropState.run(generation, stream)
      for (const { stream, keyScope, value } of states) {
        const sealed = stateBox.seal(keyScope, placeOf(generation, stream), serialize(value))
        if (sealed !== null) putState.run(generation, stream, sealed)
      }
      return true
    })

  const dropAll = (ids: readonly number[]) => {
    for (const id of ids) {
      for (const table of ["rows", "states"]) database.prepare(`DELETE FROM ${table} WHERE generation = ?`).run(id)
      database.prepare("DELETE FROM generations WHERE id = ?").run(id)
    }
  }

  const use = (generation: number) =>
    inTransaction(database, () => {
      const found = database.prepare("SELECT projection FROM generations WHERE id = ?").get(generation)
      if (found === undefined) throw new Error(`its generation ${generation} is gone`)
      const { projection } = found as { projection: string }
      const others = database.prepare("SELECT id FROM generations WHERE projection = ? AND id <> ?")
      dropAll(others.all(projection, generation).map((row) => (row as { id: number }).id))
      database.prepare("UPDATE generations SET in_use = 1 WHERE id = ?").run(generation)
    })

  const selectStates = database.prepare("SELECT stream AS name, sealed FROM states WHERE generation = ?")
  const selectRows = database.prepare(
    "SELECT key AS name, sealed FROM rows WHERE generation = ? AND at >= ? ORDER BY number"
  )
  const selectTagged = database.prepare(
    `SELECT r.key AS name, r.sealed FROM tags t JOIN rows r ON r.number = t.row_number
     WHERE t.fingerprint = ? AND r.generation = ? AND r.at >= ? ORDER BY r.number`
  )
  const rowsOf = (generation: number, { since = Number.MIN_SAFE_INTEGER, tag }: RowFilter) =>
    tag === undefined ? selectRows.all(generation, since) : selectTagged.all(tagPrint(tag), generation, since)

  return ProjectionStore.of({
    inUse: (projection) =>
      attempt("read", () => {
        const row = selectGeneration.get(projection) as GenerationRow | undefined
        return row === undefined ? null : generationOf(row)
      }),
    begin: (projection, version) =>
      attempt("begin", () => {
        const insert =
          "INSERT INTO generations (projection, version, in_use, checkpoint, event_count) VALUES (?, ?, 0, ?, 0)"
        const { lastInsertRowid } = database.prepare(insert).run(projection, version, beginning)
        return { generation: Number(lastInsertRowid), version, checkpoint: beginning, eventCount: 0, parked: null }
      }),
    save: (generation, step) => withKeys("write", () => save(generation, step)),
    states: (generation) =>
      withKeys("read", () =>
        openedOf(generation, selectStates.all(generation), stateBox, deserialize, (stream) =>
          dropState.run(generation, stream)
        )
      ),
    rows: (generation, filter = {}) =>
      withKeys("read", () =>
        openedOf(
          generation,
          rowsOf(generation, filter),
          rowBox,
          (plain) => JSON.parse(Buffer.from(plain).toString("utf8")),
          (key) => dropRow.run(generation, key)
        )
      ),
    use: (generation) => attempt("switch", () => use(generation)),
    drop: (generation) => attempt("drop", () => inTransaction(database, () => dropAll([generation])))
  })
}

const generationOf = ({ id, version, checkpoint, event_count, parked }: GenerationRow): Generation => ({
  generation: id,
  version,
  checkpoint: checkpoint as Checkpoint,
  eventCount: event_count,
  parked: parked === null ? null : (JSON.parse(parked) as Parked)
})
