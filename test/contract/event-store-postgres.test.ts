/** The PostgreSQL store keeps the contract, on a real server, with two processes' worth of connections. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import postgres from "postgres"
import { afterAll, beforeAll } from "vitest"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { describeAppending } from "./event-store-appending.ts"
import { describeReading } from "./event-store-reading.ts"
import { describeTampering } from "./event-store-tampering.ts"
import type { Row, Storage } from "./journal-storage.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-journal-"))
let server: TestPostgres
let folderCount = 0

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
  rmSync(root, { recursive: true })
})

async function freshStorage(): Promise<Storage> {
  const url = await server.freshDatabase()
  const folder = join(root, String(folderCount++))
  const withSql = async <A>(steps: (sql: postgres.Sql) => Promise<A>): Promise<A> => {
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    try {
      return await steps(sql)
    } finally {
      await sql.end()
    }
  }
  return {
    layer: postgresEventStore({ url, folder }),
    secondLayer: postgresEventStore({ url, folder }),
    withOtherKeys: postgresEventStore({ url, folder: join(folder, "other") }),
    rows: () =>
      withSql(async (sql) => {
        const rows = await sql`SELECT * FROM mimika.commits ORDER BY xid, position`
        return rows.map(
          (row) => ({ ...row, position: Number(row.position), committed_at: Number(row.committed_at) }) as Row
        )
      }),
    overwrite: (position, column, value) =>
      withSql(async (sql) => {
        await sql`UPDATE mimika.commits SET ${sql(column)} = ${value} WHERE position = ${position}`
      }),
    remove: (position) =>
      withSql(async (sql) => {
        await sql`DELETE FROM mimika.commits WHERE position = ${position}`
      })
  }
}

describeAppending("PostgreSQL store", freshStorage)
describeReading("PostgreSQL store", freshStorage)
describeTampering("PostgreSQL store", freshStorage)
