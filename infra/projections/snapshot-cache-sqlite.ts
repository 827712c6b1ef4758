/**
 * Snapshots of actors in `<data>/snapshots.sqlite`, sealed. The file may be deleted at any time while no server runs; one that is
 * damaged, or of another layout, is made anew. Not every write is synced to disk: what is lost was only a cache.
 */
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { deserialize, serialize } from "node:v8"
import { Effect, Layer } from "effect"
import type { StoreUnavailable } from "../../actors/event-store.ts"
import { SnapshotCache } from "../../actors/snapshot-cache.ts"
import { openForWriting } from "../journal/sqlite.ts"
import { KeyStore } from "../keys/key-store.ts"
import { makeSealedBox } from "../keys/sealed-box.ts"

const layoutVersion = 1
const schema = `
  CREATE TABLE snapshots (
    stream TEXT PRIMARY KEY, fold TEXT NOT NULL, version INTEGER NOT NULL, command_id TEXT NOT NULL, sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${layoutVersion};`

export const snapshotsFile = (dataFolder: string) => join(dataFolder, "snapshots.sqlite")

interface SnapshotRow {
  readonly version: number
  readonly command_id: string
  readonly sealed: Uint8Array
}

/** `fold` says which code folds: a snapshot of other code is not there. */
export const sqliteSnapshotCache = (dataFolder: string, fold: string) =>
  Layer.effect(
    SnapshotCache,
    Effect.gen(function* () {
      const keys = yield* KeyStore
      const path = snapshotsFile(dataFolder)
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => open(path)),
        (opened) => Effect.sync(() => opened.close())
      )
      const box = makeSealedBox(keys, "snapshot")
      const select = database.prepare("SELECT version, command_id, sealed FROM snapshots WHERE stream = ? AND fold = ?")
      const put = database.prepare("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)")
      const remove = database.prepare("DELETE FROM snapshots WHERE stream = ?")
      const placeOf = (stream: string, version: number, commandId: string) =>
        JSON.stringify([fold, stream, version, commandId])

      /** Whatever goes wrong, it is as if there were no cache. */
      const quietly = <A>(what: string, otherwise: A, steps: () => A) =>
        Effect.andThen(keys.refresh(), Effect.try(steps)).pipe(
          Effect.catch((error: StoreUnavailable | { readonly cause?: unknown }) =>
            Effect.as(
              Effect.logWarning(`A snapshot cannot be ${what}; going on without it`, {
                why: String(error.cause ?? error)
              }),
              otherwise
            )
          )
        )

      return SnapshotCache.of({
        load: (stream) =>
          quietly("loaded", null, () => {
            const row = select.get(stream, fold) as SnapshotRow | undefined
            if (row === undefined) return null
            const { version, command_id: commandId, sealed } = row
            const plain = box.open(placeOf(stream, version, commandId), sealed)
            if (plain === null) {
              remove.run(stream)
              return null
            }
            return { version, commandId, value: deserialize(plain) as unknown }
          }),
        save: (stream, keyScope, { version, commandId, value }) =>
          quietly("saved", undefined, () => {
            const sealed = box.seal(keyScope, placeOf(stream, version, commandId), serialize(value))
            if (sealed !== null) put.run(stream, fold, version, commandId, sealed)
          }),
        forget: (stream) => quietly("forgotten", undefined, () => void remove.run(stream))
      })
    })
  )

function open(path: string): DatabaseSync {
  try {
    const database = openForWriting(path, "WAL")
    database.exec("PRAGMA secure_delete = ON; PRAGMA synchronous = NORMAL")
    const { user_version: found } = database.prepare("PRAGMA user_version").get() as { user_version: number }
    if (found === layoutVersion) return database
    if (found === 0 && database.prepare("SELECT name FROM sqlite_schema").get() === undefined) {
      database.exec(schema)
      return database
    }
    database.close()
  } catch (error) {
    // No database at all, or one that is damaged.
    if (!existsSync(path)) throw error
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true })
  return openForWritingAnew(path)
}

function openForWritingAnew(path: string): DatabaseSync {
  const database = openForWriting(path, "WAL")
  database.exec(`PRAGMA secure_delete = ON; PRAGMA synchronous = NORMAL; ${schema}`)
  return database
}
