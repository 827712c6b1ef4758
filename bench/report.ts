/**
 * What does a report cost, that an hour's call of 108,000 frames may hand over at once? Budget: 50 ms for the report, and
 * 5 µs a frame for report and live state together, so that 1,500 frames/s take less than a hundredth of a core.
 * The peer draws the interval's blocks from frames instead of seconds. CPU time, median of the rounds.
 */
import process from "node:process"
import type { ConferenceEvent } from "../machines/conference-events.ts"
import { satisfactionInterval } from "../projections/interval.ts"
import { evolveLive, liveOf, nothingLive } from "../projections/live.ts"
import { emptyReport, evolveReport, reportOf } from "../projections/report.ts"
import type { Second } from "../projections/seconds.ts"

const framesCount = 108_000
const rounds = 15
const confusion = [
  [800, 100, 100],
  [200, 700, 100],
  [50, 50, 900]
]
const model = { name: "expression", sha256: "", confusion }
const started: ConferenceEvent = {
  type: "ConferenceStarted",
  at: 0,
  conference: "bench",
  call: "",
  subject: "",
  manager: "",
  model
}
const frames = Array.from({ length: framesCount }, (_, index): ConferenceEvent[] => {
  const at = 1_700_000_000_000 + Math.round((index * 1000) / 30)
  const reading = Math.sin(index / 200) > 0.9 ? "negative" : Math.sin(index / 90) > 0.5 ? "positive" : "neutral"
  const probabilitiesPermille = [100, 20, 20, reading === "positive" ? 600 : 100, 200, 30, 30]
  return [
    { type: "FrameReceived", at, frameIndex: index, capturedAt: at },
    { type: "FrameGrayed", at, grayUs: 700, widthPx: 1280, heightPx: 720 },
    { type: "FaceDetected", at, detectUs: 200, xPx: 1, yPx: 1, widthPx: 90, heightPx: 90, faceCount: 1 },
    { type: "ExpressionPredicted", at, predictUs: 150, probabilitiesPermille },
    { type: "ReadingCounted", at, reading }
  ]
}).flat()
const asFrames: Second[] = frames.flatMap((event, index) =>
  event.type === "ReadingCounted" && event.reading !== "unreadable"
    ? [{ second: index, negative: 0, neutral: 0, positive: 0, unreadable: 0, [event.reading]: 1 }]
    : []
)

/** Milliseconds of CPU, the median of the rounds. */
function cost(work: () => unknown): number {
  const spent = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return spent.sort((a, b) => a - b)[rounds >> 1]!
}

const report = frames.reduce(evolveReport, evolveReport(emptyReport, started))
const live = frames.reduce(evolveLive, nothingLive)
const now = frames.at(-1)!.at
const reportMs = cost(() => reportOf(report))
const peerMs = cost(() => satisfactionInterval(asFrames, "bench"))
const perFrameUs = (milliseconds: number) => ((1000 * milliseconds) / framesCount).toFixed(2)
const lines = [
  ["report of an hour", `${reportMs.toFixed(1)} ms (budget 50)`],
  ["the interval from frames instead", `${peerMs.toFixed(1)} ms, ${(peerMs / reportMs).toFixed(1)} times as much`],
  ["report, a frame", `${perFrameUs(cost(() => frames.reduce(evolveReport, emptyReport)))} µs`],
  ["live state, a frame", `${perFrameUs(cost(() => frames.reduce(evolveLive, nothingLive)))} µs`],
  ["live view", `${((1000 * cost(() => Array.from({ length: 100 }, () => liveOf(live, now)))) / 100).toFixed(1)} µs`]
]
for (const [what, figure] of lines) process.stdout.write(`${what!.padEnd(36)}${figure}\n`)
