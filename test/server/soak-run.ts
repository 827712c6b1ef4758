/** Conferences at a camera's pace for a while: every frame answered, and how memory and descriptors of edges and core went. */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import process from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { getHeapSpaceStatistics } from "node:v8"
import { defaultBounds } from "../../machines/wire.ts"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, type TestServer } from "./core.ts"

export interface SoakSample {
  readonly second: number
  /** Resident memory of the edges together, in MB; 0 where the system does not say. */
  readonly edgesMb: number
  /** Open descriptors of the edges together; 0 where the system does not say. */
  readonly edgeDescriptors: number
  /** The least that the core and the clients beside it held since the last sample, compiled code apart, after a collection of garbage where the runtime offers one, in MB. */
  readonly coreMb: number
  readonly coreDescriptors: number
}

export interface SoakOutcome {
  readonly framesSent: number
  readonly framesAnswered: number
  /** Given up with an edge: what was on its way. */
  readonly framesLost: number
  /** What may have been in flight at every interruption, at most. */
  readonly framesLostMax: number
  readonly kills: number
  /** Conferences that went on at another edge, because theirs was killed or had too much to do. */
  readonly interruptions: number
  readonly samples: readonly SoakSample[]
  /** As `SoakSample.coreMb`, when all conferences have ended. */
  readonly coreMbAfter: number
}

const descriptorsOf = (processId: number) => readdirSync(`/proc/${processId}/fd`).length

function sampleOf(server: TestServer, second: number, coreMb: number): SoakSample {
  let [edgesMb, edgeDescriptors, coreDescriptors] = [0, 0, 0]
  for (const { processId } of server.core.edges()) {
    try {
      const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, "utf8"))
      edgesMb += Number(resident?.[1] ?? 0) / 1024
      edgeDescriptors += descriptorsOf(processId!)
      coreDescriptors = descriptorsOf(process.pid)
    } catch {
      // Not Linux, or the edge has just died: the sample goes without it.
    }
  }
  return { second, edgesMb: rounded(edgesMb), edgeDescriptors, coreMb: rounded(coreMb), coreDescriptors }
}

const rounded = (mb: number) => Math.round(mb * 100) / 100

/** Of V8's heap: what it compiled of the program, which goes on for an hour and ends with the program. */
const compiledSpaces = new Set(["code_space", "code_large_object_space", "trusted_space", "trusted_large_object_space"])

/**
 * What is just being sealed or written comes on top of what is kept, so the least of several is asked for. Memory outside the heap
 * is given back by finalizers, which run after a collection.
 */
async function heldMb(): Promise<number> {
  const { gc } = globalThis as { readonly gc?: () => void }
  gc?.()
  await sleep(0)
  gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const compiled = getHeapSpaceStatistics().filter(({ space_name }) => compiledSpaces.has(space_name))
  const compiledBytes = compiled.reduce((sum, { space_used_size }) => sum + space_used_size, 0)
  return (heapUsed + external - compiledBytes) / 1e6
}
const heldEverySeconds = 5
/** Seconds in which the core gives back what it held of conferences that have ended. */
const looksAfter = 4

export interface SoakWish {
  readonly conferences: number
  readonly seconds: number
  /** Kills the edge that is there longest as often as this, the last time well before the end; 0 never. */
  readonly killEverySeconds: number
  /** Between two samples; just before a kill, so that the edges are of the same age in each. */
  readonly sampleEverySeconds: number
  readonly sampled?: (sample: SoakSample) => void
}

/** An edge that was killed is replaced, and its clients are back, within this. */
const settledSeconds = 5

export async function soak(server: TestServer, wish: SoakWish): Promise<SoakOutcome> {
  const { killEverySeconds, sampleEverySeconds, seconds } = wish
  const pictures = await clipPictures(270)
  let [framesSent, framesAnswered, framesLost, interruptions, kills] = [0, 0, 0, 0, 0]
  const conferences: Conference[] = []
  for (let index = 0; index < wish.conferences; index += 1) {
    const onAnswer = (answer: { readonly outcome: string; readonly reason?: string }) => {
      framesAnswered += 1
      if (answer.outcome === "dropped" && answer.reason === "lost") framesLost += 1
    }
    const onInterrupted = () => {
      interruptions += 1
    }
    const options = sdkOptions(server.core, `soak-${index}`, { onAnswer, onInterrupted })
    conferences.push(await startConference(options))
  }
  const kill = () => {
    const [oldest] = server.core.edges()
    if (typeof oldest?.processId !== "number") return
    kills += 1
    process.kill(oldest.processId, "SIGKILL")
  }
  const startedAt = performance.now()
  const samples: SoakSample[] = []
  let coreMb = Number.POSITIVE_INFINITY
  for (let tick = 0; tick < seconds * 30; tick += 1) {
    const waitMs = startedAt + (tick * 1000) / 30 - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    for (const [index, conference] of conferences.entries()) {
      const bytes = pictures[(tick + index * 17) % pictures.length]!
      const sent = conference.sendFrame({ codec: "jpeg", bytes, capturedAt: Date.now(), widthPx: 0, heightPx: 0 })
      if (sent !== "skipped") framesSent += 1
    }
    const second = (tick + 1) / 30
    if (second % heldEverySeconds === 0 || second % sampleEverySeconds === 0) coreMb = Math.min(coreMb, await heldMb())
    if (second % sampleEverySeconds === 0) {
      const sample = sampleOf(server, second, coreMb)
      coreMb = Number.POSITIVE_INFINITY
      samples.push(sample)
      wish.sampled?.(sample)
    }
    if (killEverySeconds > 0 && second % killEverySeconds === 0 && second <= seconds - settledSeconds) kill()
  }
  for (const conference of conferences) {
    const report = await conference.end()
    assert.equal(report.counted + report.unreadable + report.dropped, report.received)
  }
  let coreMbAfter = Number.POSITIVE_INFINITY
  for (let look = 0; look < looksAfter; look += 1) {
    await sleep(1_000)
    coreMbAfter = Math.min(coreMbAfter, await heldMb())
  }
  const framesLostMax = interruptions * defaultBounds.inFlightFramesMax
  return {
    framesSent,
    framesAnswered,
    framesLost,
    framesLostMax,
    kills,
    interruptions,
    samples,
    coreMbAfter: rounded(coreMbAfter)
  }
}
