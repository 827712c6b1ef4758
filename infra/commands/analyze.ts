/**
 * `mimika analyze`: reads a clip or a picture offline with the edge's own eye; no server, no journal, nothing stored.
 * Beside each frame's raw reading stands the state the console would show at that moment.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs"
import process from "node:process"
import { eventsOfFrame } from "../../actors/frame-events.ts"
import { expressions } from "../../machines/reading.ts"
import { evolveLive, nothingLive } from "../../projections/live.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"
import { type Clip, ClipUnreadable, ffmpegClip } from "../clips/clip.ts"
import { type Language, reportTable } from "../report-table.ts"
import { type FrameOutcome, openVision } from "../vision/vision.ts"

export interface AnalyzeOptions {
  readonly json: boolean
  readonly decoder: "auto" | "native" | "wasm"
  readonly lang: Language
}

/** How often progress is told on standard error. */
const progressEveryFrames = 100

export async function analyze(file: string, { json, decoder, lang }: AnalyzeOptions): Promise<void> {
  const warn = (line: string) => process.stderr.write(`${line}\n`)
  const clip = isJpeg(file) ? pictureClip(file) : await ffmpegClip(file, { warn })
  const vision = await openVision({ decoder, onFallback: warn })
  const track = vision.openTrack(0)
  const frames: unknown[] = []
  const { sha256, confusion } = vision.model
  const model = { name: "expression", sha256, confusion }
  // No conference has this name; the report takes the net's known errors from here, and its seed.
  const started = {
    type: "ConferenceStarted",
    at: 0,
    conference: sha256,
    call: "",
    subject: "",
    manager: "",
    model
  } as const
  let report = evolveReport(emptyReport, started)
  let live = nothingLive
  let stateChanges = 0
  for await (const { bytes, capturedAtMs } of clip.frames()) {
    // The clip's own time, so that the result does not depend on how fast this machine is.
    const outcome = await vision.analyse(track, { codec: "jpeg", bytes }, capturedAtMs)
    const sequence = frames.length + 1
    const receivedAt = Math.round(capturedAtMs)
    for (const event of eventsOfFrame({ sequence, capturedAt: receivedAt, receivedAt, outcome })) {
      report = evolveReport(report, event)
      const { state, since } = live.smoothed
      live = evolveLive(live, event)
      if (live.smoothed.state !== state && since !== Number.NEGATIVE_INFINITY) stateChanges += 1
    }
    frames.push({ ...frameOf(sequence - 1, capturedAtMs, outcome), state: live.smoothed.state })
    if (sequence % progressEveryFrames === 0)
      warn(`${sequence}${clip.framesCount === null ? "" : ` / ${clip.framesCount}`}`)
  }
  const { widthPx, heightPx, framesPerSecond } = clip
  const result = {
    file,
    widthPx,
    heightPx,
    framesPerSecond,
    model: vision.model.sha256,
    report: reportOf(report),
    stateChanges,
    frames
  }
  await vision.close()
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${reportTable(result.report, lang)}\n`)
}

/** One frame as the JSON has it: probabilities 0 to 1 by expression, the face in pixels of the picture. */
function frameOf(index: number, timeMs: number, outcome: FrameOutcome) {
  const place = { index, timeMs: Math.round(timeMs) }
  if (outcome.kind === "damaged") return { ...place, reading: null, damaged: outcome.reason }
  const { face = null, faceCount } = outcome
  if (outcome.kind === "unreadable") return { ...place, reading: "unreadable", reason: outcome.reason, face, faceCount }
  const probabilities = Object.fromEntries(
    expressions.map((expression, position) => [expression, (outcome.probabilitiesPermille[position] ?? 0) / 1000])
  )
  const { reading, unreadableReason } = outcome
  return { ...place, reading, ...(unreadableReason && { reason: unreadableReason }), probabilities, face, faceCount }
}

function isJpeg(file: string): boolean {
  const start = Buffer.alloc(2)
  try {
    const opened = openSync(file, "r")
    readSync(opened, start)
    closeSync(opened)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ClipUnreadable({ file, why, advice: "Check the path" })
  }
  return start.readUInt16BE() === 0xffd8
}

const pictureClip = (file: string): Clip => ({
  file,
  widthPx: 0,
  heightPx: 0,
  framesPerSecond: 0,
  framesCount: 1,
  async *frames() {
    yield { bytes: readFileSync(file), capturedAtMs: 0 }
  }
})
