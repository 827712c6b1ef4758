/** A server as a process of its own, which can be killed: `mimika serve` on a port and a folder that a restart reuses. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
const clock = new URL("./wobbling-clock.ts", import.meta.url).href
const denoFlags = ["run", "-A", "--node-modules-dir=manual", "--no-prompt"]

export interface ServerProcess {
  readonly child: ChildProcess
  readonly url: string
  readonly accessToken: string
  readonly certificateFile: string
  /** Every line of both outputs so far. */
  readonly said: readonly string[]
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, "close")
  return port
}

export interface ServeProcessOptions {
  /** With it the server's clock, and that of its edges, steps. */
  readonly clockSeed?: number
  /** In place of `--no-console`. */
  readonly words?: readonly string[]
  /** Beside this process's own environment. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Resolves when it says that it serves. */
export async function serveProcess(
  dataFolder: string,
  port: number,
  { clockSeed, words = ["--no-console"], settings = {} }: ServeProcessOptions = {}
): Promise<ServerProcess> {
  const command = [...("Deno" in globalThis ? denoFlags : []), main]
  const options = ["serve", "--data", dataFolder, "--port", String(port), "--edges", "1", ...words]
  const stepping = { NODE_OPTIONS: `--import ${clock}`, MIMIKA_TEST_CLOCK: String(clockSeed) }
  const env = { ...process.env, ...(clockSeed === undefined ? {} : stepping), ...settings }
  const child = spawn(process.execPath, [...command, ...options], { stdio: ["ignore", "pipe", "pipe"], env })
  const said: string[] = []
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line))
  const serving = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      said.push(line)
      if (line.startsWith("Stop with")) resolve()
    })
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}: ${said.join("\n")}`)))
  })
  await serving
  return {
    child,
    url: `wss://127.0.0.1:${port}/conferences`,
    accessToken: readFileSync(join(dataFolder, "access-token"), "utf8").trim(),
    certificateFile: join(dataFolder, "tls", "tls-certificate.pem"),
    said,
    async kill(signal) {
      const exited = once(child, "exit")
      child.kill(signal)
      await exited
    }
  }
}
