/**
 * Edges of this machine for a core on another one. For each it holds a link to the core and a process here, and hands bytes
 * between the two; when either ends so does the other, and it begins anew with growing pauses. It reads no frame and no message
 * but the first line, in which it puts this machine's own address, port and certificate.
 */
import { readFileSync } from "node:fs"
import { connect, type TLSSocket } from "node:tls"
import type { EdgeSettings } from "../../actors/edge-link.ts"
import { aeadCiphers } from "../../actors/gateway.ts"
import { retiredExitCode } from "./edge-body.ts"
import { type EdgeChild, startEdgeChild } from "./edge-child.ts"
import { firstLineOf } from "./first-line.ts"

/** The core answers an edge's word on its load once a second; ten missed in a row, and it is not there. */
const silentMsMax = 10_000
const joinMsMax = 5_000
/** Between the end of a link and the next try, in milliseconds, doubling up to the second; a link that held this long begins again at the first. */
const againMs = 200
const againMsMax = 10_000
/** An edge ends when its input does; one that is stuck is ended. */
const endMsMax = 5_000

export interface AgentSettings {
  readonly core: { readonly host: string; readonly port: number }
  /** Shown to the core, and whom to trust for it (PEM files). */
  readonly link: { readonly certificateFile: string; readonly keyFile: string; readonly authorityFile: string }
  /** Under which clients reach this machine. */
  readonly name: string
  /** Where streams are listened for. */
  readonly host: string
  readonly tls: EdgeSettings["tls"]
  readonly decoder: EdgeSettings["decoder"]
  /** Conferences of JPEG of each edge; without it what the core's machine bears counts. */
  readonly capacity?: number
  /** A line for the operator. */
  readonly notice: (line: string) => void
}

/** Holds one edge until the core retires it or `stop` is called; resolves then. */
export function holdEdge(
  settings: AgentSettings,
  port: number
): { readonly stop: () => void; readonly ended: Promise<void> } {
  const stopping = new AbortController()
  return { stop: () => stopping.abort(), ended: hold(settings, port, stopping.signal) }
}

async function hold(settings: AgentSettings, port: number, stopping: AbortSignal): Promise<void> {
  let failures = 0
  let said = ""
  while (!stopping.aborted) {
    const startedMs = performance.now()
    const how = await holdOnce(settings, port, stopping)
    if (how === "retired" || stopping.aborted) return
    failures = performance.now() - startedMs > againMsMax ? 0 : failures + 1
    if (how !== said) settings.notice(`${how}. Trying again`)
    said = how
    await pause(Math.min(againMs * 2 ** failures, againMsMax), stopping)
  }
}

/** One link and one process, until either ends; answers why. */
async function holdOnce(settings: AgentSettings, port: number, stopping: AbortSignal): Promise<string> {
  const { core, name, host, tls, decoder, capacity, notice } = settings
  const cannot = `Cannot hold the link to the core "${core.host}:${core.port}"`
  const opened = await openLink(settings).catch(({ message }: Error) => message)
  if (typeof opened === "string") return `${cannot}: ${opened}`
  opened.write(`${JSON.stringify({ type: "join", host: name, capacity })}\n`)
  const line = await firstLineOf(opened, joinMsMax)
  if (line === null) {
    opened.destroy()
    return `${cannot}: ${opened.errored?.message ?? "it closed without a word"}. Its own log says more`
  }
  const given = settingsIn(line)
  if (given === null) {
    opened.destroy()
    return `${cannot}: what answers there is no core of this version. Look at its host and port`
  }
  const child = startEdgeChild(name)
  child.notices?.on("data", (chunk: Buffer) => notice(chunk.toString().trimEnd()))
  child.input.on("error", () => {})
  child.input.write(`${JSON.stringify({ ...given, host, port, tls, decoder })}\n`)
  opened.setTimeout(silentMsMax, () => opened.destroy())
  opened.pipe(child.input)
  child.output.pipe(opened)
  notice(`${given.edge} reads frames for ${core.host}:${core.port}`)
  const closed = new Promise<string>((resolve) =>
    opened.once("close", () => resolve(`${cannot}: it closed, or fell silent`))
  )
  const over = new AbortController()
  const stopped = aborted(stopping, over.signal).then(() => "stopped")
  const how = await Promise.race([
    child.ended.then((words) => `An edge of this machine ended: ${words}`),
    closed,
    stopped
  ])
  over.abort()
  opened.end()
  await endOf(child)
  opened.destroy()
  return child.exitCode() === retiredExitCode ? "retired" : how
}

/** Null: it is none. */
function settingsIn(line: string): EdgeSettings | null {
  try {
    const given = JSON.parse(line) as EdgeSettings
    return typeof given.edge === "string" && typeof given.publicKey === "string" ? given : null
  } catch {
    return null
  }
}

/** Resolves when it is aborted, and no longer listens once `over` is: there may be a link every ten seconds for months. */
const aborted = (signal: AbortSignal, over: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true, signal: over })
  })

async function endOf(child: EdgeChild): Promise<void> {
  child.input.end()
  const timer = setTimeout(child.kill, endMsMax)
  await child.ended
  clearTimeout(timer)
}

/** The link, or why there is none. */
function openLink({ core, link }: AgentSettings): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const socket = connect({
      host: core.host,
      port: core.port,
      cert: readFileSync(link.certificateFile),
      key: readFileSync(link.keyFile),
      ca: readFileSync(link.authorityFile),
      minVersion: "TLSv1.2",
      ciphers: `TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:${aeadCiphers}`
    })
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${joinMsMax / 1000} s`)), joinMsMax)
    const done = (link: TLSSocket | string) => {
      clearTimeout(timer)
      resolve(link)
    }
    socket.setNoDelay(true)
    socket.on("error", ({ message }) => done(message))
    socket.once("close", () => done("it closed"))
    socket.once("secureConnect", () => done(socket))
  })
}

async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  const over = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([passed, aborted(stopping, over.signal)])
  clearTimeout(timer)
  over.abort()
}
