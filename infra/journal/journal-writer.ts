/**
 * Where sealed commits of another store are written as they are, in its global order and under its id, so that they open
 * and stay proven. Nobody else may write there meanwhile. It appends nothing of its own and checks no version.
 */
import { join } from "node:path"
import type { SealedCommit } from "../../actors/commit-store.ts"
import { commandKeyOf } from "./command-key.ts"
import { journalFileWriter } from "./commit-store-sqlite.ts"
import { isKurrentAddress } from "./kurrentdb.ts"
import { kurrentJournalWriter } from "./kurrentdb-writer.ts"
import { byteaArrayType, connect, ensureLayout } from "./postgres.ts"
import { lockFile } from "./sqlite.ts"

export interface JournalWriter {
  /** Durable when answered. After a failure none of these are there, or, in KurrentDB, some. */
  add(commits: readonly SealedCommit[]): Promise<void>
  close(): Promise<void>
}

/** A client that was lost does not hold the end up for longer, in seconds. */
const closeSecondsMax = 1

/** Throws when the folder's journal is another store's, or a server has it open. */
export function embeddedJournalWriter(folder: string, storeId: string): JournalWriter {
  const lock = lockFile(join(folder, "journal.lock"))
  if (lock === undefined) throw new Error("a server writes to it. Stop that first")
  try {
    const writer = journalFileWriter(join(folder, "journal.sqlite"), storeId)
    return {
      add: async (commits) => writer.add(commits),
      async close() {
        writer.close()
        lock.close()
      }
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Throws when the database's journal is another store's. */
export async function postgresJournalWriter(url: string, storeId: string): Promise<JournalWriter> {
  const sql = connect(url)
  const close = () => sql.end({ timeout: closeSecondsMax })
  try {
    if ((await ensureLayout(sql, storeId)) !== storeId) throw new Error("it holds another journal")
  } catch (error) {
    await close()
    throw error
  }
  return {
    add: async (commits) => {
      const column = <Cell>(of: (commit: SealedCommit) => Cell) => commits.map(of)
      const bytes = (of: (commit: SealedCommit) => Uint8Array) => sql.typed(column(of) as never, byteaArrayType)
      await sql.begin(async (transaction) => {
        const names = [...new Set(column(({ stream }) => stream))]
        await transaction`
          INSERT INTO mimika.streams (name) SELECT name FROM unnest(${names}::text[]) AS name ON CONFLICT DO NOTHING`
        await transaction`
          INSERT INTO mimika.commits (stream_id, first_version, event_count, committed_at, command_id, sealed)
          SELECT s.id, i.first_version, i.event_count, i.committed_at, i.command_id, i.sealed
          FROM unnest(${column(({ stream }) => stream)}::text[], ${column(({ firstVersion }) => firstVersion)}::integer[],
            ${column(({ eventCount }) => eventCount)}::integer[], ${column(({ committedAt }) => committedAt)}::bigint[],
            ${bytes(({ commandId }) => commandKeyOf(commandId))}::bytea[], ${bytes(({ sealed }) => sealed)}::bytea[]) WITH ORDINALITY
            AS i (name, first_version, event_count, committed_at, command_id, sealed, ordinal)
          JOIN mimika.streams s ON s.name = i.name
          ORDER BY i.ordinal`
      })
    },
    close
  }
}

/** Of the journal in the folder, or the one at the address. */
export async function journalWriterAt(
  { folder, url }: { readonly folder: string; readonly url?: string | undefined },
  storeId: string
): Promise<JournalWriter> {
  if (url === undefined) return embeddedJournalWriter(folder, storeId)
  return isKurrentAddress(url) ? kurrentJournalWriter(url, storeId) : postgresJournalWriter(url, storeId)
}
