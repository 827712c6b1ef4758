/**
 * No secret that goes into a running server or comes out of it stands in a log line, an answer to a wrong try, a metric, a process's
 * arguments, an edge's environment, the security log, or a file but its own: neither while it runs nor after it.
 */
import { randomBytes } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { Effect } from "effect"
import postgres from "postgres"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { sqliteKeyStore } from "../../infra/keys/key-store-sqlite.ts"
import type { MasterKey } from "../../infra/keys/master-key.ts"
import { environmentMasterKey } from "../../infra/keys/master-key-environment.ts"
import { fileMasterKey } from "../../infra/keys/master-key-file.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { freshFolder } from "../server/core.ts"
import { OpenIdProvider } from "../server/openid-provider.ts"
import { freePort, type ServerProcess, serveProcess } from "../server/process.ts"
import { SecretRun } from "../server/secret-run.ts"
import { processesOf, secretOf, secretsIn, secretsInFolder } from "../server/secret-search.ts"

const pages = ["--console-port", "0", "--security-log"]
let provider: OpenIdProvider
beforeAll(async () => {
  provider = await OpenIdProvider.start()
})
afterAll(() => provider?.stop())
const directory = () => [
  ...["--directory-issuer", provider.issuer, "--directory-client", provider.clientId],
  ...["--directory-ca", provider.certificateFile, "--directory-amr", "mfa"]
]

function metricsOf(folder: string, server: ServerProcess): Promise<string> {
  const url = `${readFileSync(join(folder, "admin-url"), "utf8").trim()}/admin/metrics`
  const headers = { authorization: `Bearer ${readFileSync(join(folder, "admin-token"), "utf8").trim()}` }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", ca: readFileSync(server.certificateFile), headers }, (response) => {
      text(response).then(resolve, reject)
    })
    sent.on("error", reject)
    sent.end()
  })
}

/** The keys under which the folder's data is sealed: those that are left. */
const dataKeysOf = (folder: string, masterKey: MasterKey) =>
  Effect.runPromise(
    Effect.map(KeyStore, (keys) => {
      const left = [...keys.keysOf(null), ...keys.operationsKeys()].map(({ id }) => keys.keyById(id))
      return [...left, keys.keyOf({ kind: "operations" })].flatMap((key) =>
        typeof key === "string" ? [] : [key.secret]
      )
    }).pipe(Effect.provide(sqliteKeyStore({ path: join(folder, "keys", "keys.sqlite"), masterKey })))
  )

/** Everything that people and platforms do; then what the system shows of the processes. */
async function runThrough(server: ServerProcess, folder: string, run: SecretRun) {
  const admin = await run.administrator()
  const manager = await run.person(admin, "ulyana.b", ["manager"])
  await run.platform()
  await run.client(manager)
  await run.directory(provider, admin)
  run.learnFiles()
  const metrics = await metricsOf(folder, server)
  expect(metrics).toContain("# TYPE")
  run.answers.push(metrics)
  expect(run.answers.length).toBeGreaterThan(14)
  const family = processesOf(server.child.pid!)
  expect(family.length).toBeGreaterThanOrEqual(2)
  const shown = family.map((id) => readFileSync(`/proc/${id}/cmdline`))
  const edges = family.slice(1).map((id) => readFileSync(`/proc/${id}/environ`))
  return Buffer.concat([...shown, ...edges])
}

/** The one line that hands over the first enrolment's link is what it is for, and it is said once. */
function logOf(server: ServerProcess, run: SecretRun): Buffer {
  const link = run.secrets.find(({ name }) => name === "an enrolment link")!.bytes.toString()
  const saying = server.said.filter((line) => line.includes(link))
  expect(saying).toHaveLength(1)
  return Buffer.from(server.said.filter((line) => line !== saying[0]).join("\n"))
}

const anywhere = (run: SecretRun, server: ServerProcess, folder: string, shown: Buffer) => ({
  log: secretsIn(logOf(server, run), run.secrets),
  answers: secretsIn(Buffer.from(run.answers.join("\n")), run.secrets),
  processes: secretsIn(shown, run.secrets),
  files: secretsInFolder(folder, run.secrets)
})
const nowhere = { log: [], answers: [], processes: [], files: [] }

describe("a whole run on the embedded journal, with the master key in a file", () => {
  const folder = freshFolder()
  let server: ServerProcess
  let run: SecretRun
  beforeAll(async () => {
    const secretFile = join(folder, "directory-secret")
    writeFileSync(secretFile, provider.clientSecret, { mode: 0o600 })
    const words = [...pages, join(folder, "security.jsonl"), ...directory(), "--directory-secret-file", secretFile]
    server = await serveProcess(folder, await freePort(), { words })
    run = new SecretRun(server, folder)
    run.learn("our secret for the bank's directory", provider.clientSecret, /^directory-secret$/)
  })
  afterAll(async () => {
    if (server?.child.exitCode === null && server.child.signalCode === null) await server.kill("SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  })

  it("shows no secret anywhere but where it is meant to lie, while it runs and after", async () => {
    const shown = await runThrough(server, folder, run)
    expect(anywhere(run, server, folder, shown)).toEqual(nowhere)
    await server.kill("SIGTERM")
    for (const key of await dataKeysOf(folder, fileMasterKey(join(folder, "keys", "master.key")))) {
      run.learn("a data key", key)
    }
    expect(run.secrets.filter(({ name }) => name === "a data key").length).toBeGreaterThan(1)
    expect(anywhere(run, server, folder, shown)).toEqual(nowhere)
    const security = readFileSync(join(folder, "security.jsonl"), "utf8")
    for (const type of ["SignedIn", "SignInRefused", "AccessRefused", "SubjectErased"]) expect(security).toContain(type)
  })

  it("would be found out: each secret, planted where it must not be, is named", () => {
    const planted = join(folder, "planted")
    for (const secret of run.secrets) {
      const { name, bytes } = secret
      writeFileSync(planted, Buffer.concat([Buffer.from(`{"why":"`), bytes, Buffer.from('"}')]))
      expect(secretsInFolder(folder, [secret])).toEqual([`planted: ${name}`])
      writeFileSync(planted, `key=${bytes.toString("base64url")}`)
      expect(secretsInFolder(folder, [secret])).toEqual([`planted: ${name}`])
    }
    rmSync(planted)
  })
})

describe("a whole run on PostgreSQL, with the master key in the environment", () => {
  const folder = freshFolder()
  const password = `p-${randomBytes(16).toString("hex")}`
  const encoded = randomBytes(32).toString("base64")
  let database: TestPostgres
  let server: ServerProcess
  let url: string
  beforeAll(async () => {
    database = await startPostgres()
    url = (await database.freshDatabase()).replace("postgres@", `postgres:${password}@`)
    const settings = {
      MIMIKA_JOURNAL: url,
      MIMIKA_MASTER_KEY: encoded,
      MIMIKA_DIRECTORY_SECRET: provider.clientSecret
    }
    const words = [...pages, join(folder, "security.jsonl"), ...directory()]
    server = await serveProcess(folder, await freePort(), { words, settings })
  })
  afterAll(async () => {
    if (server?.child.exitCode === null && server.child.signalCode === null) await server.kill("SIGKILL")
    await database?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it("shows no secret anywhere, in the tables neither; the database's password and the master key least of all", async () => {
    const run = new SecretRun(server, folder)
    run.learn("the database's password", password)
    run.learn("the master key", Buffer.from(encoded, "base64"))
    run.learn("our secret for the bank's directory", provider.clientSecret)
    const shown = await runThrough(server, folder, run)
    await server.kill("SIGTERM")
    for (const key of await dataKeysOf(folder, environmentMasterKey(encoded))) run.learn("a data key", key)
    expect(anywhere(run, server, folder, shown)).toEqual(nowhere)

    const sql = postgres(url, { max: 1 })
    const tables = await sql`SELECT table_name FROM information_schema.tables WHERE table_schema = 'mimika'`
    const rows: Buffer[] = []
    for (const { table_name: table } of tables) {
      for (const row of await sql`SELECT * FROM ${sql("mimika")}.${sql(table)}`) {
        for (const value of Object.values(row)) rows.push(Buffer.isBuffer(value) ? value : Buffer.from(String(value)))
      }
    }
    await sql.end()
    expect(rows.length).toBeGreaterThan(100)
    expect(secretsIn(Buffer.concat(rows), run.secrets)).toEqual([])
    expect(secretsIn(Buffer.concat([...rows, Buffer.from(password)]), [secretOf("planted", password)])).toEqual([
      "planted"
    ])
  })
})
