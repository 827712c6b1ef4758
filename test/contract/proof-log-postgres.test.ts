/** The log in a journal's PostgreSQL keeps the contract, on a real server. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Layer } from "effect"
import postgres from "postgres"
import { afterAll, beforeAll } from "vitest"
import { fileLogIdentity } from "../../infra/audit/log-key.ts"
import { postgresProofLog } from "../../infra/audit/proof-log-postgres.ts"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { describeSequencer, type Forgery, type ProvenStorage } from "./proof-log.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-proof-log-"))
let server: TestPostgres
let folderCount = 0

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
  rmSync(root, { recursive: true })
})

const forgeries: Readonly<Record<Forgery, string>> = {
  cut: "DELETE FROM mimika.commits WHERE (xid, position) = (SELECT xid, position FROM mimika.commits ORDER BY xid DESC, position DESC LIMIT 1)",
  changed: "UPDATE mimika.commits SET committed_at = committed_at + 1",
  "changed tiles": "UPDATE mimika.proof_tiles SET hashes = decode(repeat('00', length(hashes)), 'hex')",
  "another checkpoint": "UPDATE mimika.proof_checkpoints SET note = replace(note, '3', '4')",
  "no checkpoint": "DELETE FROM mimika.proof_checkpoints",
  "an emptied log":
    "DELETE FROM mimika.proof_leaves; DELETE FROM mimika.proof_tiles; UPDATE mimika.proof_log SET size = 0"
}

async function freshStorage(): Promise<ProvenStorage> {
  const url = await server.freshDatabase()
  const folder = join(root, String(folderCount++))
  return {
    folder,
    layer: postgresProofLog(url).pipe(
      Layer.provideMerge(fileLogIdentity(join(folder, "keys"))),
      Layer.provideMerge(postgresEventStore({ url, folder }))
    ),
    async forge(forgery) {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      await sql.unsafe(forgeries[forgery])
      await sql.end()
    }
  }
}

describeSequencer("PostgreSQL", freshStorage)
