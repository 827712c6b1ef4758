/**
 * What would OpenCV take for the same frames? Beside our vision chain: decoding alone; OpenCV tuned by hand with our own recipe (gray at a
 * quarter of the size, a region around the last face, the same cascade and sizes); and the customer's prototype with its net, step by step.
 * They take turns, round by round; ratios are medians over the rounds of each round's mean CPU time (means, since one frame in thirty searches
 * the whole picture), the prototype's of its median. Budget: 2 × less than the tuned one, on boxes that overlap ours by 0.7 on average. The
 * prototype against the whole server is in `bench/edge.ts`.
 *
 *   node bench/opencv.ts [--rounds 5] [--python /usr/bin/python3]
 */
import { execFileSync } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { openTurboJpeg } from "../infra/vision/decoder-turbojpeg.ts"
import { openPicture, showRegion, wholeRegion } from "../infra/vision/luma-plane.ts"
import { openVision } from "../infra/vision/vision.ts"
import { framesBetweenSearches, overlap } from "../models/vision/face-track.ts"
import type { FaceBox } from "../models/vision/outcome.ts"
import { steadyMargins } from "../models/vision/region.ts"
import { sideMaxPx } from "../models/vision/scale.ts"
import { wholeHitsAbove, wholeRatio } from "../models/vision/searches.ts"
import { largeClip } from "./large-clip.ts"
import { cpuMsSince, keptAll, percentile, sayTable, sumOf } from "./measure.ts"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, python: { type: "string", default: "/usr/bin/python3" } }
})
const rounds = Number(values.rounds)
const frameMs = 1000 / 30
/** As many as the tuned script leaves out. */
const warmUpFrames = 10
const prototypeFrames = 4

interface Tuned {
  readonly meanMs: number
  readonly meanWithoutNetMs: number
  readonly net: boolean
  readonly boxes: readonly (readonly [number, number, number, number] | null)[]
}

interface Prototype {
  readonly ms: number
  readonly steps: Readonly<Record<"decode" | "gray" | "load" | "search" | "net", number>>
  readonly net: boolean
}

const clip = await largeClip()
const pictures = await clip.pictures()
const vision = await openVision({ decoder: "native" })
const decoder = await openTurboJpeg()
const plane = new Uint8Array(sideMaxPx * sideMaxPx)

/** Prints of a script beside this one. */
function ran<Figures>(script: string, ...options: readonly (string | number)[]): Figures {
  const file = fileURLToPath(new URL(`./${script}`, import.meta.url))
  const printed = execFileSync(values.python, [file, clip.file, ...options.map(String)], { encoding: "utf8" })
  return JSON.parse(printed) as Figures
}

const meanOf = (each: readonly number[]) => sumOf(each) / each.length

async function ours(): Promise<{ readonly chainMs: number; readonly faces: readonly (FaceBox | undefined)[] }> {
  const track = vision.openTrack(0)
  const each: number[] = []
  const faces: (FaceBox | undefined)[] = []
  for (const [index, bytes] of pictures.entries()) {
    const before = process.cpuUsage()
    const outcome = await vision.analyse(track, { codec: "jpeg", bytes }, index * frameMs)
    if (index >= warmUpFrames) each.push(cpuMsSince(before))
    faces.push(outcome.kind === "damaged" ? undefined : outcome.face)
  }
  return { chainMs: meanOf(each), faces }
}

function decodingAloneMs(): number {
  const each = pictures.map((bytes) => {
    const before = process.cpuUsage()
    const opened = openPicture({ codec: "jpeg", bytes })
    if (typeof opened === "object") showRegion(opened, wholeRegion(opened), decoder, plane)
    return cpuMsSince(before)
  })
  return meanOf(each.slice(warmUpFrames))
}

const tunedTo = [1 + 2 * steadyMargins.aside, framesBetweenSearches, wholeRatio, wholeHitsAbove]
await ours()
const all: {
  readonly chainMs: number
  readonly decodeMs: number
  readonly tuned: Tuned
  readonly prototype: Prototype
}[] = []
const overlaps: number[] = []
for (let round = 0; round < rounds; round++) {
  const { chainMs, faces } = await ours()
  const decodeMs = decodingAloneMs()
  const tuned = ran<Tuned>("opencv-tuned.py", ...tunedTo)
  all.push({ chainMs, decodeMs, tuned, prototype: ran<Prototype>("prototype.py", prototypeFrames) })
  if (round > 0) continue
  for (const [index, box] of tuned.boxes.entries()) {
    const face = faces[index]
    if (box === null || face === undefined) continue
    overlaps.push(overlap(face, { xPx: box[0], yPx: box[1], widthPx: box[2], heightPx: box[3] }))
  }
}
decoder.close()
await vision.close()
clip.remove()

type Round = (typeof all)[number]
const median = (of: (round: Round) => number) => percentile(all.map(of), 0.5)
const row = (name: string, of: (round: Round) => number) => [
  name,
  median(of).toFixed(2),
  median((round) => of(round) / round.chainMs).toFixed(2)
]
const { net } = all[0]!.tuned
const step = (name: keyof Prototype["steps"]) => row(`of it: ${name}`, ({ prototype }) => prototype.steps[name])
process.stdout.write(`${rounds} rounds of ${pictures.length} frames of 1920×1080\n`)
process.stdout.write(
  `${overlaps.length} frames in which both saw a face, mean overlap ${meanOf(overlaps).toFixed(3)}\n`
)
if (!net) process.stdout.write("This Python has no PyTorch: OpenCV's rows are without their nets\n")
sayTable(
  ["", "CPU ms a frame", "to our chain"],
  [
    row("our vision chain, net included", ({ chainMs }) => chainMs),
    row("decoding alone, whole at the same scale", ({ decodeMs }) => decodeMs),
    row("OpenCV tuned by hand, the prototype's net", ({ tuned }) => tuned.meanMs),
    row("the same without a net", ({ tuned }) => tuned.meanWithoutNetMs),
    row("prototype", ({ prototype }) => prototype.ms),
    step("decode"),
    step("gray"),
    step("load"),
    step("search"),
    step("net")
  ]
)
const kept = keptAll([
  { what: "OpenCV tuned by hand to our chain", value: median(({ tuned, chainMs }) => tuned.meanMs / chainMs), min: 2 },
  { what: "share of frames in which both saw a face", value: overlaps.length / pictures.length, min: 0.95 },
  { what: "overlap of the tuned one's boxes with ours", value: meanOf(overlaps), min: 0.7 }
])
process.exit(kept ? 0 : 1)
