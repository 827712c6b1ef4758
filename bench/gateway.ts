/**
 * What does a gigabyte of frames cost the gateway, and what would it cost with `ws`? Both stand behind the same port with the same handlers,
 * certificate, TLS version and cipher and get frames of the same size from a client in a process of its own; what counts is the CPU time of
 * the server's process alone, kernel time included. They take turns; the ratio is the median of the rounds'. Budget: less than `ws`.
 *
 *   node bench/gateway.ts [--rounds 3] [--gigabytes 1]
 */
import { execFile, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import { tlsCertificate } from "../infra/gateway/tls.ts"
import { keptAll, percentile, sayTable } from "./measure.ts"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, gigabytes: { type: "string", default: "1" } }
})
const connections = 10
/** A JPEG of 1080p, and a luma plane of 480×270. */
const frames = [
  { name: "JPEG", bytes: 185_000 },
  { name: "gray8", bytes: 129_600 }
]
/** Compilers and windows of TCP warm up on this share first. */
const warmUpShare = 0.1
const folder = mkdtempSync(join(tmpdir(), "mimika-gateway-"))
const { certificateFile, keyFile } = await tlsCertificate(folder)
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const inOwnProcess = promisify(execFile)

interface Cost {
  readonly msPerGigabyte: number
  readonly cipher: string
}

async function costOf(name: "uws" | "ws", frameBytes: number): Promise<Cost> {
  const server = spawn(process.execPath, [script("gateway-server.ts"), name, certificateFile, keyFile], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  const said = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`Cannot measure "${name}": its server ended. Its last words are above`)
    return JSON.parse(value) as Record<string, number>
  }
  const asked = () => {
    server.stdin.write("\n")
    return said()
  }
  try {
    const { port } = await said()
    const framesEach = Math.ceil((Number(values.gigabytes) * 1e9) / frameBytes / connections)
    const send = (count: number) => {
      const options = [String(port), certificateFile, String(connections), String(frameBytes), String(count)]
      return inOwnProcess(process.execPath, [script("gateway-client.ts"), ...options])
    }
    await send(Math.ceil(warmUpShare * framesEach))
    const before = await asked()
    const { stdout: cipher } = await send(framesEach)
    const after = await asked()
    const spent = (what: string) => after[what]! - before[what]!
    return { msPerGigabyte: ((spent("user") + spent("system")) / 1000 / spent("bytesReceived")) * 1e9, cipher }
  } finally {
    server.stdin.end()
  }
}

const median = (each: readonly number[]) => percentile(each, 0.5)
const rows: (string | number)[][] = []
const budgets: { readonly what: string; readonly value: number; readonly min: number }[] = []
const ciphers = new Set<string>()
for (const { name, bytes } of frames) {
  const uws: number[] = []
  const ws: number[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [gateway, each] of [
      ["uws", uws],
      ["ws", ws]
    ] as const) {
      const { msPerGigabyte, cipher } = await costOf(gateway, bytes)
      each.push(msPerGigabyte)
      ciphers.add(cipher)
    }
  }
  const ratio = median(ws.map((ms, round) => ms / uws[round]!))
  const frameMs = (each: readonly number[]) => ((median(each) * bytes) / 1e9).toFixed(3)
  rows.push([`uWebSockets.js, ${name}`, bytes, median(uws).toFixed(0), frameMs(uws), "1.00"])
  rows.push([`ws, ${name}`, bytes, median(ws).toFixed(0), frameMs(ws), ratio.toFixed(2)])
  budgets.push({ what: `ws to uWebSockets.js, ${name}`, value: ratio, min: 1 })
}
rmSync(folder, { recursive: true })
let unmasks = "its own JavaScript"
try {
  createRequire(import.meta.url).resolve("bufferutil")
  unmasks = "bufferutil"
} catch {
  // It is an option of the peer's that is not installed, and the line below says so.
}
process.stdout.write(`${connections} connections, ${[...ciphers].join(", ")}; ws unmasks by ${unmasks}\n`)
sayTable(["", "bytes a frame", "CPU ms a GB", "CPU ms a frame", "to uWebSockets.js"], rows)
process.exit(keptAll(budgets) && ciphers.size === 1 ? 0 : 1)
