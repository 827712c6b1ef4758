/**
 * The proof log in a SQLite file beside the journal: leaf numbers in a table of their own, tiles, and the last checkpoints.
 * What `extend` answers is on disk. The fence is a term in the file; a sequencer of an earlier term is refused.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { Effect, Layer } from "effect"
import { StoreUnavailable } from "../../actors/event-store.ts"
import { LogIdentity, ProofLog, SequencerSuperseded } from "../../actors/proof-log.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import type { TreeHasher } from "../../models/proof/merkle-tree.ts"
import { parseNote } from "../../models/proof/signed-note.ts"
import { grownTiles } from "../../models/proof/tiles.ts"
import { inTransaction, openForReading, openForWriting } from "../journal/sqlite.ts"

/** "MimP" in ASCII. */
const applicationId = 0x4d696d50
const layoutVersion = 1

const schema = `
  CREATE TABLE log (origin TEXT NOT NULL, term INTEGER NOT NULL, size INTEGER NOT NULL) STRICT;
  CREATE TABLE leaves (number INTEGER PRIMARY KEY, cursor TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE tiles (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, position INTEGER NOT NULL, hashes BLOB NOT NULL,
    UNIQUE (level, position)) STRICT;
  CREATE TABLE checkpoints (kind TEXT PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${layoutVersion};`

export const proofLogFile = (folder: string) => join(folder, "proof.sqlite")
/** Of a journal in KurrentDB, which has no tables: apart from the log of a journal that the folder held before. */
export const kurrentProofLogFile = (folder: string) => join(folder, "proof-kurrentdb.sqlite")

/** The log of this identity in `<folder>/proof.sqlite` or another file, made when it is not there. */
export function sqliteProofLog(folder: string, path = proofLogFile(folder)) {
  return Layer.effect(
    ProofLog,
    Effect.gen(function* () {
      const { key, hasher } = yield* LogIdentity
      const database = yield* opened(path, () => prepared(openForWriting(path, "WAL"), key.name))
      return proofLogOf(database, path, key.name, hasher)
    })
  )
}

/** The log as it is, beside the server that writes it. Needs no key: whoever reads it has a public one. */
export function sqliteProofLogReader(folder: string, hasher: TreeHasher, path = proofLogFile(folder)) {
  return Layer.effect(
    ProofLog,
    Effect.gen(function* () {
      const database = yield* opened(path, () => {
        if (!existsSync(path)) throw new Error("there is no proof log here")
        return openForReading(path)
      })
      const origin = yield* Effect.sync(() => originOf(database) ?? "")
      return proofLogOf(database, path, origin, hasher)
    })
  )
}

/** The name of the log that is there; none when there is no log. */
export function sqliteLogOrigin(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const database = openForReading(path)
  try {
    return originOf(database)
  } catch {
    // Begun and not yet laid out: whoever opens it for writing finds out, and says so.
    return undefined
  } finally {
    database.close()
  }
}

const opened = (path: string, open: () => DatabaseSync) =>
  Effect.acquireRelease(
    Effect.try({
      try: open,
      catch: (error) =>
        new StoreUnavailable({
          action: `open the proof log "${path}"`,
          why: (error as Error).message,
          advice: "Check the folder given by --data; a server that has run there has made one"
        })
    }),
    (database) => Effect.sync(() => database.close())
  )

function prepared(database: DatabaseSync, origin: string): DatabaseSync {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]!
  if (pragma("user_version") === 0 && pragma("application_id") === 0) {
    inTransaction(database, () => {
      database.exec(schema)
      database.prepare("INSERT INTO log (origin, term, size) VALUES (?, 0, 0)").run(origin)
    })
  }
  if (pragma("application_id") !== applicationId) throw new Error("the file is not a proof log of this product")
  if (pragma("user_version") !== layoutVersion) throw new Error("its layout is of another version of this program")
  const found = originOf(database)
  if (found !== origin)
    throw new Error(`it is the log "${found}", not "${origin}": journal and log do not belong together`)
  return database
}

function originOf(database: DatabaseSync): string | undefined {
  return (database.prepare("SELECT origin FROM log").get() as { origin: string } | undefined)?.origin
}

function proofLogOf(database: DatabaseSync, path: string, origin: string, hasher: TreeHasher) {
  const selectLog = database.prepare("SELECT term, size FROM log")
  // As in the journal's own store: a bare parameter as limit would be planned anew each time.
  const selectCursors = database.prepare("SELECT cursor FROM leaves WHERE number >= ? ORDER BY number LIMIT (? + 0)")
  // A million of them are read to verify: bare, each costs a third of what it costs as an object.
  selectCursors.setReturnArrays(true)
  const selectNumber = database.prepare("SELECT number FROM leaves WHERE cursor = ?")
  const selectTile = database.prepare("SELECT hashes FROM tiles WHERE level = ? AND position = ?")
  const selectCheckpoints = database.prepare("SELECT kind, note FROM checkpoints")
  const insertLeaf = database.prepare("INSERT INTO leaves (number, cursor) VALUES (?, ?)")
  const putTile = database.prepare(
    "INSERT INTO tiles (level, position, hashes) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes"
  )
  const putCheckpoint = database.prepare(
    `INSERT INTO checkpoints (kind, size, note) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET size = excluded.size, note = excluded.note WHERE excluded.size >= checkpoints.size`
  )

  const attempt = <A>(action: string, steps: () => A) =>
    Effect.try({
      try: steps,
      catch: (error) =>
        error instanceof SequencerSuperseded
          ? error
          : new StoreUnavailable({
              action: `${action} the proof log "${path}"`,
              why: (error as Error).message,
              advice: "Nothing of this step was kept; check the disk, then try again"
            })
    })
  /** Steps that are no sequencer's cannot be superseded. */
  const attemptPlain = <A>(action: string, steps: () => A) =>
    Effect.catchTag(attempt(action, steps), "SequencerSuperseded", (error) => Effect.die(error))
  const tileAt = (level: number, index: number) =>
    (selectTile.get(level, index) as { hashes: Uint8Array } | undefined)?.hashes
  const sizeOf = (checkpoint: string) => parseCheckpoint(parseNote(checkpoint).text).size

  return ProofLog.of({
    takeOver: () =>
      attemptPlain("take over", () =>
        inTransaction(database, () => {
          database.exec("UPDATE log SET term = term + 1")
          return selectLog.get() as { term: number; size: number }
        })
      ),
    extend: (term, size, leaves, checkpoint) =>
      attempt("extend", () =>
        inTransaction(database, () => {
          const now = selectLog.get() as { term: number; size: number }
          if (now.term !== term || now.size !== size) throw new SequencerSuperseded({ origin, term })
          const hashes = leaves.map(({ hash }) => hash)
          for (const tile of grownTiles(size, hashes, tileAt, hasher)) putTile.run(tile.level, tile.index, tile.hashes)
          leaves.forEach(({ cursor }, index) => void insertLeaf.run(size + index, cursor))
          database.prepare("UPDATE log SET size = ?").run(size + leaves.length)
          putCheckpoint.run("signed", size + leaves.length, checkpoint)
        })
      ),
    keepCosigned: (checkpoint) =>
      attemptPlain("write to", () => void putCheckpoint.run("cosigned", sizeOf(checkpoint), checkpoint)),
    checkpoints: () =>
      attemptPlain("read", () => {
        const rows = selectCheckpoints.all() as unknown as { kind: string; note: string }[]
        const noteOf = (kind: string) => rows.find((row) => row.kind === kind)?.note ?? null
        return { signed: noteOf("signed"), cosigned: noteOf("cosigned") }
      }),
    cursors: (fromNumber, leavesMax) =>
      attemptPlain("read", () => {
        const rows = selectCursors.all(fromNumber, leavesMax) as unknown as [cursor: string][]
        return rows.map(([cursor]) => cursor)
      }),
    leafNumberOf: (cursor) =>
      attemptPlain("read", () => (selectNumber.get(cursor) as { number: number } | undefined)?.number ?? null),
    tile: (level, index) => attemptPlain("read", () => tileAt(level, index))
  })
}
