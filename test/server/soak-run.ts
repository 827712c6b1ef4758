/** Conferences at a camera's pace for a while: every frame answered, and how memory and descriptors went. */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, type TestServer } from "./core.ts"

export interface SoakSample {
  readonly second: number
  /** Resident memory of the edges together, in MB; 0 where the system does not say. */
  readonly edgesMb: number
  /** Open descriptors of the edges together; 0 where the system does not say. */
  readonly edgeDescriptors: number
}

export interface SoakOutcome {
  readonly framesSent: number
  readonly framesAnswered: number
  readonly framesLost: number
  readonly samples: readonly SoakSample[]
}

export function sampleOf(server: TestServer, second: number): SoakSample {
  let edgesMb = 0
  let edgeDescriptors = 0
  for (const { processId } of server.core.edges()) {
    try {
      const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, "utf8"))
      edgesMb += Number(resident?.[1] ?? 0) / 1024
      edgeDescriptors += readdirSync(`/proc/${processId}/fd`).length
    } catch {
      // Not Linux, or the edge has just died: the sample goes without it.
    }
  }
  return { second, edgesMb: Math.round(edgesMb * 10) / 10, edgeDescriptors }
}

/** `everySecond` is called once a second, for progress and for whatever the test does to the server. */
export async function soak(
  server: TestServer,
  options: { readonly conferences: number; readonly seconds: number; readonly everySecond?: (second: number) => void }
): Promise<SoakOutcome> {
  const pictures = await clipPictures(270)
  let [framesSent, framesAnswered, framesLost] = [0, 0, 0]
  const conferences: Conference[] = []
  for (let index = 0; index < options.conferences; index += 1) {
    const onAnswer = (answer: { readonly outcome: string; readonly reason?: string }) => {
      framesAnswered += 1
      if (answer.outcome === "dropped" && answer.reason === "lost") framesLost += 1
    }
    conferences.push(await startConference(sdkOptions(server.core, `soak-${index}`, { onAnswer })))
  }
  const startedAt = performance.now()
  const samples: SoakSample[] = []
  for (let tick = 0; tick < options.seconds * 30; tick += 1) {
    const waitMs = startedAt + (tick * 1000) / 30 - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    for (const [index, conference] of conferences.entries()) {
      const bytes = pictures[(tick + index * 17) % pictures.length]!
      const sent = conference.sendFrame({ codec: "jpeg", bytes, capturedAt: Date.now(), widthPx: 0, heightPx: 0 })
      if (sent !== "skipped") framesSent += 1
    }
    if (tick % 30 === 29) {
      samples.push(sampleOf(server, (tick + 1) / 30))
      options.everySecond?.((tick + 1) / 30)
    }
  }
  for (const conference of conferences) {
    const report = await conference.end()
    assert.equal(report.counted + report.unreadable + report.dropped, report.received)
  }
  return { framesSent, framesAnswered, framesLost, samples }
}
