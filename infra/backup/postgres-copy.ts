/**
 * The journal of PostgreSQL as a file of the embedded store, and back: a backup is the same for both, and either can be
 * restored into the other. Rows are copied sealed as they are, in the global order and with the id of their store. One
 * transaction sees one moment of the database; a transaction that is still open then is not in it.
 */
import type { DatabaseSync } from "node:sqlite"
import { commandIdOf } from "../journal/command-key.ts"
import { journalFileReader, journalFileWriter } from "../journal/commit-store-sqlite.ts"
import { byteaArrayType, connect, makeLayout, requireLayout } from "../journal/postgres.ts"

/** Commits carried at once: about 3 MB of frames, and at most a few of the largest pictures. */
const pageCommitsMax = 512
/** A client that was lost does not hold the copy up for longer, in seconds. */
const closeSecondsMax = 1

interface CopiedRow {
  readonly xid: string
  readonly position: string
  readonly name: string
  readonly committed_at: string
  readonly first_version: number
  readonly event_count: number
  readonly command_id: Uint8Array
  readonly sealed: Uint8Array
}

/** Writes a new file; answers how many commits it holds. */
export async function copyFromPostgres(url: string, file: string): Promise<number> {
  const sql = connect(url)
  try {
    return (await sql.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY", async (transaction) => {
      const writer = journalFileWriter(file, await requireLayout(transaction))
      try {
        let [xid, position, count] = ["0", "0", 0]
        while (true) {
          const page = await transaction<CopiedRow[]>`
            SELECT c.xid::text AS xid, c.position, s.name, c.committed_at, c.first_version, c.event_count, c.command_id, c.sealed
            FROM mimika.commits c JOIN mimika.streams s ON s.id = c.stream_id
            WHERE (c.xid, c.position) > (${xid}::text::xid8, ${position}::bigint)
            ORDER BY c.xid, c.position LIMIT ${pageCommitsMax}`
          writer.add(
            page.map((row) => ({
              stream: row.name,
              firstVersion: row.first_version,
              eventCount: row.event_count,
              committedAt: Number(row.committed_at),
              commandId: commandIdOf(row.command_id),
              sealed: row.sealed
            }))
          )
          count += page.length
          const last = page.at(-1)
          if (last === undefined || page.length < pageCommitsMax) return count
          xid = last.xid
          position = last.position
        }
      } finally {
        writer.close()
      }
    })) as number
  } finally {
    await sql.end({ timeout: closeSecondsMax })
  }
}

/** Fills a database that holds no journal yet; all of it or nothing. Answers how many commits it took. */
export async function copyIntoPostgres(file: string, url: string): Promise<number> {
  const reader: { readonly database: DatabaseSync; readonly storeId: string } = journalFileReader(file)
  const sql = connect(url)
  try {
    return (await sql.begin(async (transaction) => {
      // Loading takes as long as it takes; nobody else uses the schema before it is there.
      await transaction`SET LOCAL statement_timeout = 0`
      await makeLayout(transaction, reader.storeId)
      const streams = reader.database.prepare("SELECT id, name FROM streams ORDER BY id")
      for (const page of pagesOf(streams.iterate() as Iterable<{ readonly id: number; readonly name: string }>)) {
        await transaction`
          INSERT INTO mimika.streams (id, name) OVERRIDING SYSTEM VALUE
          SELECT * FROM unnest(${page.map(({ id }) => id)}::integer[], ${page.map(({ name }) => name)}::text[])`
      }
      await transaction`SELECT setval(pg_get_serial_sequence('mimika.streams', 'id'),
        (SELECT coalesce(max(id), 0) + 1 FROM mimika.streams), false)`
      let count = 0
      const commits = reader.database.prepare("SELECT * FROM commits ORDER BY position")
      for (const page of pagesOf(commits.iterate() as Iterable<FileRow>)) {
        const bytes = (of: (row: FileRow) => Uint8Array) => sql.typed(page.map(of) as never, byteaArrayType)
        await transaction`
          INSERT INTO mimika.commits (stream_id, first_version, event_count, committed_at, command_id, sealed)
          SELECT i.stream_id, i.first_version, i.event_count, i.committed_at, i.command_id, i.sealed
          FROM unnest(${page.map((row) => row.stream_id)}::integer[], ${page.map((row) => row.first_version)}::integer[],
            ${page.map((row) => row.event_count)}::integer[], ${page.map((row) => row.committed_at)}::bigint[],
            ${bytes((row) => row.command_id)}::bytea[], ${bytes((row) => row.sealed)}::bytea[]) WITH ORDINALITY
            AS i (stream_id, first_version, event_count, committed_at, command_id, sealed, ordinal)
          ORDER BY i.ordinal`
        count += page.length
      }
      return count
    })) as number
  } finally {
    reader.database.close()
    await sql.end({ timeout: closeSecondsMax })
  }
}

/** Takes away what `copyIntoPostgres` has filled, when what follows it fails. */
export async function removeFromPostgres(url: string): Promise<void> {
  const sql = connect(url)
  try {
    await sql`DROP SCHEMA mimika CASCADE`
  } finally {
    await sql.end({ timeout: closeSecondsMax })
  }
}

interface FileRow {
  readonly stream_id: number
  readonly first_version: number
  readonly event_count: number
  readonly committed_at: number
  readonly command_id: Uint8Array
  readonly sealed: Uint8Array
}

function* pagesOf<Row>(rows: Iterable<Row>): Generator<readonly Row[]> {
  let page: Row[] = []
  for (const row of rows) {
    page.push(row)
    if (page.length < pageCommitsMax) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}
