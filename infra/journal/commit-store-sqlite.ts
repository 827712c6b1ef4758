/**
 * Sealed commits in a SQLite file, for one writing process and any number of reading ones on the same machine.
 * A commit is on disk (fsync) when `append` returns. It refuses a second writer, and a file of another kind or layout.
 */
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { Effect, Layer } from "effect"
import { type AppendOutcome, CommitStore, type SealedCommit, type StoredCommit } from "../../actors/commit-store.ts"
import { StoreUnavailable, type StreamEntry } from "../../actors/event-store.ts"
import { makeAppendSignal } from "./append-signal.ts"
import { commandIdOfHex, commandKeyOf } from "./command-key.ts"
import { inTransaction, lockFile, openForReading, openForWriting } from "./sqlite.ts"

/** "Mimi" in ASCII: tells `file` and a later version what this is. */
const applicationId = 0x4d696d69
const layoutVersion = 1
/** How soon a reading process sees what the writing one appended, in milliseconds. */
const readerPollMs = 100
/** A transaction holds this thread until the disk has it, and wakes who follows: so few of them, and larger. */
const appendEveryMs = 50
/** The writing process hears of each of its appends, and the lock keeps others from writing: it looks again only to be sure. */
const writerPollMs = 10_000
/** A bare parameter would have SQLite plan the query anew whenever it is bound: the plan of a small limit may differ. */
const limit = "LIMIT (? + 0)"
/** Stream numbers held by name; twice the streams that fifty conferences write to in a working day. */
const streamsHeldMax = 10_000

const schema = `
  CREATE TABLE store (id TEXT NOT NULL) STRICT;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE commits (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams (id),
    first_version INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    command_id BLOB NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX commits_in_stream ON commits (stream_id, first_version);
  CREATE UNIQUE INDEX commits_by_command ON commits (stream_id, command_id);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${layoutVersion};`

/** The command's key as text, because a blob comes out in memory of its own: a fifth of the time that reading a commit takes. */
const columns = `c.position, s.name, c.first_version, c.event_count, c.committed_at, lower(hex(c.command_id)) AS command_hex, c.sealed
  FROM commits c JOIN streams s ON s.id = c.stream_id`

const insertCommitText =
  "INSERT INTO commits (stream_id, first_version, event_count, committed_at, command_id, sealed) VALUES (?, ?, ?, ?, ?, ?)"

interface CommitRow {
  readonly position: number
  readonly name: string
  readonly first_version: number
  readonly event_count: number
  readonly committed_at: number
  readonly command_hex: string
  readonly sealed: Uint8Array
}

/** The store in `<folder>/journal.sqlite`, made when it is not there. Reading only, it takes no lock and makes nothing. */
export function sqliteCommitStore(options: { readonly folder: string; readonly readOnly?: boolean }) {
  const { folder, readOnly = false } = options
  const path = join(folder, "journal.sqlite")
  const open = readOnly ? acquireReader(path) : acquireWriter(folder, path)
  return Layer.effect(
    CommitStore,
    Effect.map(open, (database) => commitStoreOf(database, path, readOnly ? readerPollMs : writerPollMs))
  )
}

const acquireWriter = (folder: string, path: string) =>
  Effect.gen(function* () {
    const takeLock = Effect.try({
      try: () => {
        const lock = lockFile(join(folder, "journal.lock"))
        if (lock === undefined) throw new Error("another process is writing to it")
        return lock
      },
      catch: (error) =>
        new StoreUnavailable({
          action: `open the journal in "${folder}" for writing`,
          why: (error as Error).message,
          advice: "Stop the server that uses this folder, or choose another folder; reading beside it is possible"
        })
    })
    yield* Effect.acquireRelease(takeLock, (lock) => Effect.sync(() => lock.close()))
    const database = yield* Effect.acquireRelease(
      Effect.try({ try: () => openForWriting(path, "WAL"), catch: notOpened(path) }),
      (opened) => Effect.sync(() => opened.close())
    )
    yield* Effect.try({ try: () => prepareLayout(database), catch: notOpened(path) })
    return database
  })

const acquireReader = (path: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        if (!existsSync(path)) throw new Error("there is no journal here")
        const database = openForReading(path)
        requireLayout(database)
        return database
      },
      catch: notOpened(path)
    }),
    (opened) => Effect.sync(() => opened.close())
  )

function notOpened(path: string) {
  return (error: unknown) =>
    new StoreUnavailable({
      action: `open the journal "${path}"`,
      why: (error as Error).message,
      advice: "Check the folder given by --data, its owner and the free space of its disk"
    })
}

function prepareLayout(database: DatabaseSync): void {
  if (pragma(database, "user_version") === 0 && pragma(database, "application_id") === 0) {
    inTransaction(database, () => {
      database.exec(schema)
      database.prepare("INSERT INTO store (id) VALUES (?)").run(randomUUID())
    })
  }
  requireLayout(database)
}

function requireLayout(database: DatabaseSync): void {
  if (pragma(database, "application_id") !== applicationId) throw new Error("the file is not a journal of this product")
  const version = pragma(database, "user_version")
  if (version !== layoutVersion)
    throw new Error(`its layout is version ${version}, this program knows ${layoutVersion}`)
}

/** A journal's file, for copies: made with the id of the store that it copies, or gone on with when it is that store's. */
export function journalFileWriter(path: string, storeId: string) {
  const database = openForWriting(path, "DELETE")
  if (pragma(database, "user_version") === 0 && pragma(database, "application_id") === 0) {
    inTransaction(database, () => {
      database.exec(schema)
      database.prepare("INSERT INTO store (id) VALUES (?)").run(storeId)
    })
  }
  requireLayout(database)
  const { id } = database.prepare("SELECT id FROM store").get() as { id: string }
  if (id !== storeId) {
    database.close()
    throw new Error("it holds another journal")
  }
  const findStream = database.prepare("SELECT id FROM streams WHERE name = ?")
  const insertStream = database.prepare("INSERT INTO streams (name) VALUES (?)")
  const insertCommit = database.prepare(insertCommitText)
  const streamIdOf = (name: string) =>
    (findStream.get(name) as { id: number } | undefined)?.id ?? insertStream.run(name).lastInsertRowid
  return {
    /** In the global order. */
    add: (commits: readonly SealedCommit[]) =>
      inTransaction(database, () => {
        for (const { stream, firstVersion, eventCount, committedAt, commandId, sealed } of commits) {
          const command = commandKeyOf(commandId)
          insertCommit.run(streamIdOf(stream), firstVersion, eventCount, committedAt, command, sealed)
        }
      }),
    close: () => database.close()
  }
}

/** The same for reading. */
export function journalFileReader(path: string): { readonly database: DatabaseSync; readonly storeId: string } {
  const database = openForReading(path)
  requireLayout(database)
  const { id: storeId } = database.prepare("SELECT id FROM store").get() as { id: string }
  return { database, storeId }
}

function pragma(database: DatabaseSync, name: string): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]!
}

function commitStoreOf(database: DatabaseSync, path: string, pollMs: number) {
  const findStream = database.prepare("SELECT id FROM streams WHERE name = ?")
  const insertStream = database.prepare("INSERT INTO streams (name) VALUES (?)")
  const findCommand = database.prepare(
    "SELECT first_version + event_count - 1 AS version FROM commits WHERE stream_id = ? AND command_id = ?"
  )
  const findVersion = database.prepare(
    "SELECT first_version + event_count - 1 AS version FROM commits WHERE stream_id = ? ORDER BY first_version DESC LIMIT 1"
  )
  const insertCommit = database.prepare(insertCommitText)
  const selectAll = database.prepare(`SELECT ${columns} WHERE c.position > ? ORDER BY c.position ${limit}`)
  const selectStream = database.prepare(
    `SELECT ${columns} WHERE s.name = ? AND c.first_version >= coalesce((SELECT max(first_version) FROM commits
       WHERE stream_id = s.id AND first_version <= ?), 0) AND c.first_version + c.event_count > ? ORDER BY c.first_version ${limit}`
  )
  const selectStreams = database.prepare(
    `SELECT s.name AS stream, (SELECT first_version + event_count - 1 FROM commits WHERE stream_id = s.id
       ORDER BY first_version DESC LIMIT 1) AS version FROM streams s WHERE s.name > ? ORDER BY s.name ${limit}`
  )
  const { id: storeId } = database.prepare("SELECT id FROM store").get() as { id: string }
  const signal = makeAppendSignal()
  const streamIds = new Map<string, number>()

  const attempt = <A>(action: string, steps: () => A) =>
    Effect.try({
      try: steps,
      catch: (error) =>
        new StoreUnavailable({
          action: `${action} the journal "${path}"`,
          why: (error as Error).message,
          advice: "Nothing of this step was kept; check the disk, then try again"
        })
    })

  const streamIdOf = (name: string): number => {
    const held = streamIds.get(name)
    if (held !== undefined) return held
    const row = findStream.get(name) as { id: number } | undefined
    const id = row?.id ?? Number(insertStream.run(name).lastInsertRowid)
    if (streamIds.size === streamsHeldMax) streamIds.clear()
    streamIds.set(name, id)
    return id
  }

  const appendOne = (commit: SealedCommit): AppendOutcome => {
    const known = findStream.get(commit.stream) !== undefined
    if (!known && commit.firstVersion !== 1) return { outcome: "stale", version: 0 }
    const streamId = streamIdOf(commit.stream)
    const commandKey = commandKeyOf(commit.commandId)
    const repeated = findCommand.get(streamId, commandKey) as { version: number } | undefined
    if (repeated !== undefined) return { outcome: "repeated", version: repeated.version }
    const { version } = (findVersion.get(streamId) as { version: number } | undefined) ?? { version: 0 }
    if (version !== commit.firstVersion - 1) return { outcome: "stale", version }
    const { firstVersion, eventCount, committedAt, sealed } = commit
    insertCommit.run(streamId, firstVersion, eventCount, committedAt, commandKey, sealed)
    return { outcome: "appended", version: version + eventCount }
  }

  return CommitStore.of({
    storeId,
    pollMs,
    appendEveryMs,
    append: (commits) =>
      attempt("append to", () => {
        try {
          return inTransaction(database, () => commits.map(appendOne))
        } catch (error) {
          streamIds.clear()
          throw error
        }
      }).pipe(Effect.tap(() => Effect.sync(() => signal.raise()))),
    readStream: (stream, fromVersion, commitsMax) =>
      attempt("read", () => selectStream.all(stream, fromVersion, fromVersion, commitsMax).map(storedCommitOf)),
    readAll: (afterCursor, commitsMax) =>
      attempt("read", () => selectAll.all(positionOf(afterCursor), commitsMax).map(storedCommitOf)),
    listStreams: (afterStream, streamsMax) =>
      attempt("read", () => selectStreams.all(afterStream, streamsMax) as unknown as StreamEntry[]),
    nextAppend: () => signal.next(),
    health: () => Effect.succeed({ store: "embedded", heldBackMs: 0, alarm: false })
  })
}

function storedCommitOf(row: unknown): StoredCommit {
  const { position, name, first_version, event_count, committed_at, command_hex, sealed } = row as CommitRow
  return {
    cursor: String(position),
    stream: name,
    firstVersion: first_version,
    eventCount: event_count,
    committedAt: committed_at,
    commandId: commandIdOfHex(command_hex),
    sealed
  }
}

function positionOf(cursor: string): number {
  if (cursor === "") return 0
  if (!/^\d{1,15}$/.test(cursor)) throw new Error(`"${cursor}" is no checkpoint of this store`)
  return Number(cursor)
}
