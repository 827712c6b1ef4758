/**
 * `mimika load`: real clients in processes of their own, over WSS with real pictures, against a server of its own or one that is named.
 * Says how long frames took from send to answer, what was dropped and why, and what the server took from the machine.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { conferencesMax, jpegWeight, weightsUnmeasured } from "../../actors/edge-room.ts"
import { type Codec, isEncoded } from "../../machines/wire.ts"
import { ffmpegClip } from "../clips/clip.ts"
import { storeEncoded } from "../clips/encoded-clip.ts"
import { callBitsPerSecond } from "../clips/video-encoder.ts"
import {
  type ClientFigures,
  type ClientWish,
  latencyAt,
  noFigures,
  picturesMax,
  slopeMbPerHour,
  summed
} from "../load/load-shape.ts"
import { type Usage, usageOf } from "../load/server-usage.ts"
import type { Language } from "../report-table.ts"

export interface LoadOptions {
  readonly conferences: number
  readonly fps: number
  readonly seconds: number
  readonly codec: Codec
  readonly url?: string
  readonly token?: string
  readonly certificate?: string
  readonly video?: string
  readonly edges: number
  readonly json: boolean
  readonly lang: Language
}

export interface LoadFigures extends Omit<ClientFigures, "latencies" | "sendingFrom"> {
  readonly conferences: number
  readonly codec: Codec
  readonly seconds: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
  readonly p999Ms: number | null
  /** Of core and edges together, while it ran steadily; null for a server elsewhere and for a run of few seconds. */
  readonly cpuMsPerFrame: number | null
  readonly memoryMbPerHour: number | null
}

/** Conferences of one client process: what one core sends without being the limit itself. */
const conferencesPerProcess = 10
const clientScript = fileURLToPath(new URL("../load/load-client.ts", import.meta.url))
const mainScript = fileURLToPath(new URL("../../main.ts", import.meta.url))
const isDeno = "Deno" in globalThis
const runtime = isDeno ? ["run", "-A", "--node-modules-dir=manual", "--no-prompt"] : []
/** Measured between these shares of the run: before, compilers and caches warm up; after, clients leave one by one. */
const steady = { from: 0.4, to: 0.95 }
/**
 * A server that has just started spends a third of the core's time on compiling what runs often, until about a minute of frames has
 * passed. A run that is long enough for it is measured from then on; a shorter one shows a young server.
 */
const youngSeconds = 60

interface Target {
  readonly url: string
  readonly accessToken: string
  readonly certificatePem: string
  readonly processId: number | null
  readonly stop: () => Promise<void>
}

/** What is asked is how the conferences are borne, not how many would be taken: each edge has room for all of them. */
const capacityFor = ({ conferences, codec }: LoadOptions) =>
  Math.max(1, Math.min(conferencesMax, Math.ceil((conferences * weightsUnmeasured[codec]) / jpegWeight)))

async function ownServer(wish: LoadOptions, say: (line: string) => void): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "mimika-load-"))
  const sizes = ["--edges", `${wish.edges}`, "--capacity", `${capacityFor(wish)}`]
  const options = ["serve", "--data", folder, "--port", "0", ...sizes, "--no-console"]
  const child = spawn(process.execPath, [...runtime, mainScript, ...options], { stdio: ["ignore", "pipe", "pipe"] })
  let url = ""
  await new Promise<void>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout })
    lines.on("line", (line) => {
      url ||= /wss:\S+/.exec(line)?.[0] ?? ""
      if (line.startsWith("Stop with")) resolve()
    })
    child.once("exit", (code) => reject(new Error(`Cannot load: the server ended with ${code} before it served`)))
  })
  child.stderr.resume()
  say(url)
  return {
    url,
    accessToken: readFileSync(join(folder, "access-token"), "utf8").trim(),
    certificatePem: readFileSync(join(folder, "tls", "tls-certificate.pem"), "utf8"),
    processId: child.pid ?? null,
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGTERM")
      await gone
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function namedServer({ url = "", token, certificate }: LoadOptions): Target {
  if (token === undefined || certificate === undefined) {
    throw new Error(
      `Cannot load "${url}": its access token and certificate are missing. Add --token FILE and --certificate FILE`
    )
  }
  return {
    url,
    accessToken: readFileSync(token, "utf8").trim(),
    certificatePem: readFileSync(certificate, "utf8"),
    processId: null,
    stop: () => Promise.resolve()
  }
}

/** What the clients play. A video of one's own is encoded once, before the clock runs. */
async function clipFor({ video, codec, fps: framesPerSecond }: LoadOptions) {
  if (video === undefined || !isEncoded(codec)) return { video: video ?? null, remove: () => {} }
  const folder = mkdtempSync(join(tmpdir(), "mimika-clip-"))
  const file = join(folder, `${codec}.clip`)
  const wish = { codec, framesPerSecond, bitsPerSecond: callBitsPerSecond, attribution: video, framesMax: picturesMax }
  await storeEncoded(file, await ffmpegClip(video), wish)
  return { video: file, remove: () => rmSync(folder, { recursive: true }) }
}

function figuresOf(child: ChildProcess): Promise<ClientFigures> {
  let said = ""
  let failed = ""
  child.stdout?.on("data", (chunk) => {
    said += chunk
  })
  child.stderr?.on("data", (chunk) => {
    failed += chunk
  })
  return new Promise((resolve, reject) => {
    child.once("exit", (code) =>
      code === 0
        ? resolve(JSON.parse(said) as ClientFigures)
        : reject(new Error(`A client process ended with ${code}: ${failed}`))
    )
  })
}

export async function measureLoad(options: LoadOptions, say: (line: string) => void): Promise<LoadFigures> {
  const { conferences, fps, seconds, codec } = options
  const clip = await clipFor(options)
  const { video } = clip
  const target = options.url === undefined ? await ownServer(options, say) : namedServer(options)
  try {
    const processes = Math.max(1, Math.ceil(conferences / conferencesPerProcess))
    const clients = Array.from({ length: processes }, (_, index) => {
      const firstCall = index * conferencesPerProcess
      const wish: ClientWish = {
        url: target.url,
        accessToken: target.accessToken,
        certificatePem: target.certificatePem,
        firstCall,
        conferences: Math.min(conferencesPerProcess, conferences - firstCall),
        framesPerSecond: fps,
        seconds,
        codec,
        video
      }
      const child = spawn(process.execPath, [...runtime, clientScript], { stdio: ["pipe", "pipe", "pipe"] })
      child.stdin?.end(JSON.stringify(wish))
      return figuresOf(child)
    })
    const usage: { readonly atMs: number; readonly of: Usage }[] = []
    let over = false
    const done = Promise.all(clients).finally(() => {
      over = true
    })
    const begunAt = performance.now()
    while (!over) {
      const of = target.processId === null ? null : usageOf(target.processId)
      if (of !== null) usage.push({ atMs: Date.now(), of })
      const second = Math.round((performance.now() - begunAt) / 1000)
      if (second % 10 === 0 && second > 0) say(`${second} s`)
      await Promise.race([sleep(1_000), done.catch(() => null)])
    }
    const { latencies, sendingFrom, ...figures } = summed([noFigures, ...(await done)])
    const fromSecond = seconds >= 1.5 * youngSeconds ? youngSeconds : steady.from * seconds
    const settled = usage.filter(({ atMs }) => {
      const second = (atMs - sendingFrom) / 1000
      return second >= fromSecond && second <= steady.to * seconds
    })
    const [first, last] = [settled[0], settled.at(-1)]
    const framesMeanwhile =
      first === undefined || last === undefined ? 0 : (figures.sent / seconds) * ((last.atMs - first.atMs) / 1000)
    const cpuMs = first === undefined || last === undefined ? 0 : last.of.cpuMs - first.of.cpuMs
    return {
      ...figures,
      conferences,
      codec,
      seconds,
      p50Ms: latencyAt(latencies, 0.5),
      p95Ms: latencyAt(latencies, 0.95),
      p99Ms: latencyAt(latencies, 0.99),
      p999Ms: latencyAt(latencies, 0.999),
      cpuMsPerFrame: framesMeanwhile === 0 ? null : cpuMs / framesMeanwhile,
      memoryMbPerHour: slopeMbPerHour(settled.map(({ atMs, of }) => ({ atMs, bytes: of.residentBytes })))
    }
  } finally {
    await target.stop()
    clip.remove()
  }
}

const words = {
  ru: {
    conferences: "Конференций",
    started: "начато {started}, отказано {refused}",
    frames: "Кадров отправлено {sent}, пропущено отправителем {skipped}; прочитано {read}, не распознано {unreadable}",
    dropped: "Не прочитано сервером",
    none: "нет",
    latency: "От отправки до ответа, мс: p50 {p50}, p95 {p95}, p99 {p99}, p99,9 {p999}",
    cpu: "Сервер: {cpu} мс ЦП на кадр, память {memory} МБ в час",
    elsewhere: "Сервер на другой машине: его расход не виден"
  },
  en: {
    conferences: "Conferences",
    started: "{started} started, {refused} refused",
    frames: "{sent} frames sent, {skipped} skipped by the sender; {read} read, {unreadable} unreadable",
    dropped: "Not read by the server",
    none: "none",
    latency: "Send to answer, ms: p50 {p50}, p95 {p95}, p99 {p99}, p99.9 {p999}",
    cpu: "Server: {cpu} ms of CPU a frame, memory {memory} MB an hour",
    elsewhere: "The server is elsewhere: what it takes cannot be seen"
  }
} as const

export async function load(options: LoadOptions): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  if (options.conferences > 2 * availableParallelism() * conferencesPerProcess) {
    say("This machine sends and reads at once: beyond its cores the figures say more of the clients than of the server")
  }
  const figures = await measureLoad(options, say)
  if (options.json) return void process.stdout.write(`${JSON.stringify(figures)}\n`)
  const word = words[options.lang]
  const number = (value: number | null, digits = 1) => (value === null ? "—" : value.toFixed(digits))
  const filled = (text: string, values: Readonly<Record<string, number | string>>) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
  const { started, refused, sent, skipped, read, unreadable, dropped } = figures
  const reasons = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`)
  const lines = [
    `${word.conferences}: ${figures.conferences}, ${figures.codec}; ${filled(word.started, { started, refused })}`,
    filled(word.frames, { sent, skipped, read, unreadable }),
    `${word.dropped}: ${reasons.length === 0 ? word.none : reasons.join(", ")}`,
    filled(word.latency, {
      p50: number(figures.p50Ms),
      p95: number(figures.p95Ms),
      p99: number(figures.p99Ms),
      p999: number(figures.p999Ms)
    }),
    figures.cpuMsPerFrame === null
      ? word.elsewhere
      : filled(word.cpu, { cpu: number(figures.cpuMsPerFrame, 2), memory: number(figures.memoryMbPerHour) })
  ]
  process.stdout.write(`${lines.join("\n")}\n`)
}
