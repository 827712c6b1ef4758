/** An edge as a process of this machine, with pipes for what it says and hears. It starts one; who replaces it is another's to say. */
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { collectingFlag } from "./collecting.ts"
import type { EdgeBody } from "./edge-body.ts"
import { edgeEnvironment } from "./edge-environment.ts"

/** What runs an edge under this runtime. Deno is given what an edge needs and no more. */
const edgeCommand = (): readonly string[] => {
  const script = fileURLToPath(new URL("./edge.ts", import.meta.url))
  if (!("Deno" in globalThis)) return [collectingFlag, script]
  const permissions = ["--allow-read", "--allow-env", "--allow-net", "--allow-sys", "--allow-ffi", "--no-prompt"]
  return ["run", "--node-modules-dir=manual", `--v8-flags=${collectingFlag}`, ...permissions, script]
}

export interface EdgeChild extends EdgeBody {
  /** What it exited with; null: not yet, or by a signal. */
  readonly exitCode: () => number | null
}

/** `host`: under which clients reach its streams. */
export function startEdgeChild(host: string): EdgeChild {
  const child = spawn(process.execPath, edgeCommand(), {
    stdio: ["pipe", "pipe", "pipe"],
    env: edgeEnvironment(process.env)
  })
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  child.on("error", ({ message }) => resolve(message))
  child.on("exit", (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`))
  return {
    output: child.stdout,
    input: child.stdin,
    notices: child.stderr,
    host,
    capacity: null,
    processId: child.pid ?? null,
    kill: () => void child.kill("SIGKILL"),
    ended,
    exitCode: () => child.exitCode
  }
}
