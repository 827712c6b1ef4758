/**
 * Sealed commits in PostgreSQL, for any number of writing processes. Two unique indexes are the fence: one commit
 * per version of a stream, one per command id. It takes no locks and refuses to write again before it has looked
 * whether a commit whose outcome is unknown is there.
 */
import { Effect, Layer } from "effect"
import { type AppendOutcome, CommitStore, type SealedCommit, type StoredCommit } from "../../actors/commit-store.ts"
import { type StoreHealth, StoreUnavailable, type StreamEntry } from "../../actors/event-store.ts"
import { makeAppendSignal } from "./append-signal.ts"
import { commandIdOf, commandKeyOf } from "./command-key.ts"
import {
  addressOf,
  byteaArrayType,
  connect,
  isOutcomeUnknown,
  prepareLayout,
  requireLayout,
  type Sql
} from "./postgres.ts"

/**
 * How soon a follower sees what other processes appended, in milliseconds. Polling, not NOTIFY: a notifying
 * transaction takes a lock on the whole database at commit, and every append would queue behind it.
 */
const pollMs = 100
/** The closest that groups of commits may be: what an append takes is mostly the server's. */
const appendEveryMs = 10
/** Tries to learn or settle the outcome of an append after a lost connection: 0.1 + 0.2 + ... + 1.6 s, a restart of the server. */
const triesMax = 6
const firstPauseMs = 100
/** A transaction open for longer holds back every follower for too long, in milliseconds; live screens refresh within seconds. */
const heldBackMsMax = 5_000
const streamsHeldMax = 10_000
/** A pool counts a connection that was lost as busy, so closing it waits this long, in seconds. */
const closeSecondsMax = 1

interface CommitRow {
  readonly xid: string
  readonly position: string
  readonly name: string
  readonly committed_at: string
  readonly first_version: number
  readonly event_count: number
  readonly command_id: Uint8Array
  readonly sealed: Uint8Array
}

interface Waiting {
  readonly commit: SealedCommit
  readonly streamId: number
  readonly index: number
}

/** The store in the schema `mimika` of the database, made when it is not there. */
export function postgresCommitStore(options: { readonly url: string; readonly readOnly?: boolean }) {
  const { url } = options
  const notOpened = (error: unknown) =>
    new StoreUnavailable({
      action: `open the journal in PostgreSQL at "${addressOf(url)}"`,
      why: (error as Error).message || (error as { code?: string }).code || "the server does not answer",
      advice: "Check that the server runs, that its address is right and that this role may use the schema mimika"
    })
  return Layer.effect(
    CommitStore,
    Effect.gen(function* () {
      const sql = yield* Effect.acquireRelease(Effect.try({ try: () => connect(url), catch: notOpened }), (opened) =>
        Effect.promise(() => opened.end({ timeout: closeSecondsMax }))
      )
      const prepare = () => (options.readOnly ? requireLayout(sql) : prepareLayout(sql))
      const storeId = yield* Effect.tryPromise({ try: prepare, catch: notOpened })
      return commitStoreOf(sql, storeId, addressOf(url))
    })
  )
}

function commitStoreOf(sql: Sql, storeId: string, address: string) {
  const signal = makeAppendSignal()
  const streamIds = new Map<string, number>()

  const bytesArray = (values: readonly Uint8Array[]) => sql.typed(values as never, byteaArrayType)

  const attempt = <A>(action: string, steps: () => Promise<A>) =>
    Effect.tryPromise({
      try: steps,
      catch: (error) =>
        new StoreUnavailable({
          action: `${action} the journal in PostgreSQL at "${address}"`,
          why: (error as Error).message || String(error),
          advice: "Try again with the same command ids: what became durable will be recognised"
        })
    })

  /** Reads change nothing, so they are just asked again. */
  const attemptRead = <A>(action: string, steps: () => Promise<A>) =>
    attempt(action, async () => {
      for (let tryCount = 1; ; tryCount++) {
        try {
          return await steps()
        } catch (error) {
          if (!isOutcomeUnknown(error) || tryCount === triesMax) throw error
          await pause(tryCount)
        }
      }
    })

  const append = async (commits: readonly SealedCommit[]): Promise<readonly AppendOutcome[]> => {
    const outcomes = new Array<AppendOutcome>(commits.length)
    for (const wave of wavesOf(commits)) {
      let waiting = wave
      for (let tryCount = 1; waiting.length > 0; tryCount++) {
        try {
          // The first look is the append itself; after a lost connection reading comes before writing.
          if (tryCount > 1) waiting = await settleByReading(waiting, outcomes)
          waiting = await appendWave(waiting, outcomes)
          if (waiting.length > 0) waiting = await settleByReading(waiting, outcomes)
          if (waiting.length > 0 && tryCount === triesMax) throw new Error("other writers kept appending in between")
        } catch (error) {
          if (!isOutcomeUnknown(error) || tryCount === triesMax) throw error
          await pause(tryCount)
        }
      }
    }
    return outcomes
  }

  /** Takes what continues its stream, in one statement and so one transaction; answers what was not taken. */
  const appendWave = async (wave: readonly WaveEntry[], outcomes: AppendOutcome[]): Promise<readonly WaveEntry[]> => {
    const waiting = await withStreamIds(wave, outcomes)
    if (waiting.length === 0) return []
    const column = <A>(of: (entry: Waiting) => A) => waiting.map(of)
    const taken = await sql`
      INSERT INTO mimika.commits (stream_id, first_version, event_count, committed_at, command_id, sealed)
      SELECT i.stream_id, i.first_version, i.event_count, i.committed_at, i.command_id, i.sealed
      FROM unnest(${column(({ streamId }) => streamId)}::integer[], ${column(({ commit }) => commit.firstVersion)}::integer[],
        ${column(({ commit }) => commit.eventCount)}::integer[], ${column(({ commit }) => commit.committedAt)}::bigint[],
        ${bytesArray(column(({ commit }) => commandKeyOf(commit.commandId)))}::bytea[], ${bytesArray(column(({ commit }) => commit.sealed))}::bytea[])
        AS i (stream_id, first_version, event_count, committed_at, command_id, sealed)
      WHERE (SELECT c.first_version FROM mimika.commits c
          WHERE c.stream_id = i.stream_id AND c.command_id = i.command_id) IS NULL
        AND i.first_version = coalesce((SELECT c.first_version + c.event_count FROM mimika.commits c
          WHERE c.stream_id = i.stream_id ORDER BY c.first_version DESC LIMIT 1), 1)
      ORDER BY i.stream_id
      ON CONFLICT DO NOTHING
      RETURNING stream_id`
    const takenIds = new Set(taken.map((row) => row.stream_id))
    return waiting.filter(({ streamId, commit, index }) => {
      if (!takenIds.has(streamId)) return true
      outcomes[index] = { outcome: "appended", version: commit.firstVersion + commit.eventCount - 1 }
      return false
    })
  }

  /** Settles what is known by its command id or is stale; answers what is neither, and so may be appended. */
  const settleByReading = async (
    wave: readonly WaveEntry[],
    outcomes: AppendOutcome[]
  ): Promise<readonly WaveEntry[]> => {
    const found = await sql`
      SELECT (SELECT c.first_version + c.event_count - 1 FROM mimika.commits c JOIN mimika.streams s ON s.id = c.stream_id
          WHERE s.name = i.name AND c.command_id = i.command_id) AS repeated,
        coalesce((SELECT c.first_version + c.event_count - 1 FROM mimika.commits c JOIN mimika.streams s ON s.id = c.stream_id
          WHERE s.name = i.name ORDER BY c.first_version DESC LIMIT 1), 0) AS version
      FROM unnest(${wave.map(({ commit }) => commit.stream)}::text[],
        ${bytesArray(wave.map(({ commit }) => commandKeyOf(commit.commandId)))}::bytea[]) WITH ORDINALITY AS i (name, command_id, ordinal)
      ORDER BY i.ordinal`
    return wave.filter(({ commit, index }, ordinal) => {
      const { repeated, version } = found[ordinal]!
      if (repeated !== null) outcomes[index] = { outcome: "repeated", version: repeated }
      else if (version !== commit.firstVersion - 1) outcomes[index] = { outcome: "stale", version }
      else return true
      return false
    })
  }

  /** Numbers for stream names, made for new ones. A commit that cannot be a stream's first makes none: it is stale. */
  const withStreamIds = async (wave: readonly WaveEntry[], outcomes: AppendOutcome[]): Promise<readonly Waiting[]> => {
    const isUnknown = ({ commit }: WaveEntry) => !streamIds.has(commit.stream)
    const unknown = wave.filter(isUnknown)
    if (unknown.length > 0) {
      const first = unknown.filter(({ commit }) => commit.firstVersion === 1).map(({ commit }) => commit.stream)
      // Sorted, so that two processes that make the same streams cannot wait for each other in a ring.
      await sql`INSERT INTO mimika.streams (name) SELECT name FROM unnest(${first}::text[]) AS name ORDER BY name ON CONFLICT DO NOTHING`
      const rows =
        await sql`SELECT id, name FROM mimika.streams WHERE name = ANY(${unknown.map(({ commit }) => commit.stream)}::text[])`
      if (streamIds.size + rows.length > streamsHeldMax) streamIds.clear()
      for (const row of rows) streamIds.set(row.name, row.id)
    }
    const waiting: Waiting[] = []
    for (const entry of wave) {
      const streamId = streamIds.get(entry.commit.stream)
      if (streamId === undefined) outcomes[entry.index] = { outcome: "stale", version: 0 }
      else waiting.push({ ...entry, streamId })
    }
    return waiting
  }

  const health = async (): Promise<StoreHealth> => {
    const [row] = await sql`
      SELECT coalesce(extract(epoch FROM clock_timestamp() - min(since)) * 1000, 0)::float8 AS held_back_ms FROM (
        SELECT xact_start AS since FROM pg_stat_activity WHERE backend_xid IS NOT NULL
        UNION ALL SELECT prepared FROM pg_prepared_xacts) AS open_transactions`
    const heldBackMs = Math.max(0, Math.round(row!.held_back_ms))
    return { store: "postgres", heldBackMs, alarm: heldBackMs > heldBackMsMax }
  }

  const columns = sql`c.xid::text AS xid, c.position, s.name, c.committed_at, c.first_version, c.event_count, c.command_id, c.sealed
    FROM mimika.commits c JOIN mimika.streams s ON s.id = c.stream_id`

  return CommitStore.of({
    storeId,
    pollMs,
    appendEveryMs,
    append: (commits) =>
      Effect.tap(
        attempt("append to", () => append(commits)),
        () => Effect.sync(() => signal.raise())
      ),
    readStream: (stream, fromVersion, commitsMax) =>
      attemptRead("read", async () => {
        const rows = await sql<CommitRow[]>`
          SELECT ${columns} WHERE s.name = ${stream} AND c.first_version + c.event_count > ${fromVersion}
            AND c.first_version >= coalesce((SELECT max(first_version) FROM mimika.commits
              WHERE stream_id = s.id AND first_version <= ${fromVersion}), 0)
          ORDER BY c.first_version LIMIT ${commitsMax}`
        return rows.map(storedCommitOf)
      }),
    readAll: (afterCursor, commitsMax) =>
      attemptRead("read", async () => {
        const { xid, position } = placeOf(afterCursor)
        const rows = await sql<CommitRow[]>`
          SELECT ${columns} WHERE (c.xid, c.position) > (${xid}::text::xid8, ${position}::bigint)
            AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
          ORDER BY c.xid, c.position LIMIT ${commitsMax}`
        return rows.map(storedCommitOf)
      }),
    listStreams: (afterStream, streamsMax) =>
      attemptRead("read", async () => [
        ...(await sql<StreamEntry[]>`
          SELECT s.name AS stream, last.version FROM mimika.streams s CROSS JOIN LATERAL (
            SELECT c.first_version + c.event_count - 1 AS version FROM mimika.commits c WHERE c.stream_id = s.id
            ORDER BY c.first_version DESC LIMIT 1) AS last
          WHERE s.name > ${afterStream} ORDER BY s.name LIMIT ${streamsMax}`)
      ]),
    nextAppend: () => signal.next(),
    health: () => attemptRead("ask the health of", health)
  })
}

interface WaveEntry {
  readonly commit: SealedCommit
  /** Its place in the answer. */
  readonly index: number
}

/** Commits of one stream go one after the other; those of different streams together. */
function wavesOf(commits: readonly SealedCommit[]): readonly (readonly WaveEntry[])[] {
  const waves: WaveEntry[][] = []
  const countByStream = new Map<string, number>()
  commits.forEach((commit, index) => {
    const number = countByStream.get(commit.stream) ?? 0
    countByStream.set(commit.stream, number + 1)
    waves[number] ??= []
    waves[number].push({ commit, index })
  })
  return waves
}

function storedCommitOf(row: CommitRow): StoredCommit {
  return {
    cursor: `${row.xid}:${row.position}`,
    stream: row.name,
    firstVersion: row.first_version,
    eventCount: row.event_count,
    committedAt: Number(row.committed_at),
    commandId: commandIdOf(row.command_id),
    sealed: row.sealed
  }
}

function placeOf(cursor: string): { readonly xid: string; readonly position: string } {
  if (cursor === "") return { xid: "0", position: "0" }
  const [, xid, position] = /^(\d{1,20}):(\d{1,19})$/.exec(cursor) ?? []
  if (xid === undefined || position === undefined) throw new Error(`"${cursor}" is no checkpoint of this store`)
  return { xid, position }
}

/** Longer after each try. */
function pause(tryCount: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (tryCount - 1)))
}
