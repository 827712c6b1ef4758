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

/** Resolves when it says that it serves. With a `clockSeed` its clock, and that of its edges, steps. */
export async function serveProcess(
  dataFolder: string,
  port: number,
  { clockSeed }: { readonly clockSeed?: number } = {}
): Promise<ServerProcess> {
  const command = [...("Deno" in globalThis ? denoFlags : []), main]
  const options = ["serve", "--data", dataFolder, "--port", String(port), "--edges", "1", "--no-console"]
  const stepping = { NODE_OPTIONS: `--import ${clock}`, MIMIKA_TEST_CLOCK: String(clockSeed) }
  const env = clockSeed === undefined ? process.env : { ...process.env, ...stepping }
  const child = spawn(process.execPath, [...command, ...options], { stdio: ["ignore", "pipe", "pipe"], env })
  const said: string[] = []
  child.stderr.on("data", (text) => said.push(String(text)))
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
    async kill(signal) {
      const exited = once(child, "exit")
      child.kill(signal)
      await exited
    }
  }
}
