/**
 * What does a frame cost the whole server, and how many conferences does a core bear? Real clients send 1080p pictures over WSS to a server of
 * its own; the CPU time of core and edges together, for each frame, stands beside decoding the same frames whole at the same scale and nothing
 * else, and beside the customer's prototype (`bench/prototype.py`: its published steps, its net included) in Python with OpenCV.
 * Budgets: 2.0 × the decoder for JPEG; 0.8 ms for gray8 of 480×270; at 70 % load 11 conferences a core for JPEG and 25 for
 * gray8; 200 × less than the prototype. Encoded video is measured beside them and has no budget: its decoder sees every pixel. The
 * pictures are the shipped clip, scaled up with grain on it, between two bookcases: a room costs a search of the whole picture more than a wall,
 * before which JPEG is measured too.
 *
 *   node bench/edge.ts [--conferences 12] [--seconds 90]
 */
import { execFileSync } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { type LoadFigures, measureLoad } from "../infra/commands/load.ts"
import { openTurboJpeg } from "../infra/vision/decoder-turbojpeg.ts"
import { openPicture, showRegion, wholeRegion } from "../infra/vision/luma-plane.ts"
import { sideMaxPx } from "../models/vision/scale.ts"
import { type Behind, type LargeClip, largeClip } from "./large-clip.ts"
import { cpuMsSince, keptAll, loadSeconds, percentile, sayTable } from "./measure.ts"

const framesPerSecond = 30
const loadShare = 0.7
const { values } = parseArgs({
  options: { conferences: { type: "string", default: "12" }, seconds: { type: "string", default: "90" } }
})
const conferences = Number(values.conferences)
const seconds = loadSeconds(values.seconds)

const clips = { bookcase: await largeClip("bookcase"), wall: await largeClip("wall") }

async function decodeAloneMs(clip: LargeClip): Promise<{ readonly ms: number; readonly kilobytes: number }> {
  const decoder = await openTurboJpeg()
  const plane = new Uint8Array(sideMaxPx * sideMaxPx)
  const each: number[] = []
  let bytesAll = 0
  for (const bytes of await clip.pictures()) {
    bytesAll += bytes.length
    const before = process.cpuUsage()
    const opened = openPicture({ codec: "jpeg", bytes })
    if (typeof opened === "object") showRegion(opened, wholeRegion(opened), decoder, plane)
    each.push(cpuMsSince(before))
  }
  decoder.close()
  return { ms: percentile(each, 0.5), kilobytes: bytesAll / each.length / 1000 }
}

interface Prototype {
  readonly ms: number
  readonly net: boolean
}

function prototypeFigures(clip: LargeClip): Prototype {
  const script = fileURLToPath(new URL("./prototype.py", import.meta.url))
  return JSON.parse(execFileSync("/usr/bin/python3", [script, clip.file], { encoding: "utf8" })) as Prototype
}

const wish = { conferences, fps: framesPerSecond, seconds, edges: 1, json: true, lang: "en" } as const
const quiet = () => {}
const decode = { bookcase: await decodeAloneMs(clips.bookcase), wall: await decodeAloneMs(clips.wall) }
const { file: video } = clips.bookcase
const gray = await measureLoad({ ...wish, codec: "gray8", video }, quiet)
// So many of the others would be too much for one edge beside their clients: it then leaves frames out and seems cheaper than it is.
const fewer = { ...wish, conferences: Math.ceil((5 * conferences) / 6) }
const jpeg = await measureLoad({ ...fewer, codec: "jpeg", video }, quiet)
const jpegBeforeWall = await measureLoad({ ...fewer, codec: "jpeg", video: clips.wall.file }, quiet)
const halfAsMany = { ...wish, conferences: Math.ceil(conferences / 2), video }
const h264 = await measureLoad({ ...halfAsMany, codec: "h264" }, quiet)
const vp8 = await measureLoad({ ...halfAsMany, codec: "vp8" }, quiet)
const prototype = { bookcase: prototypeFigures(clips.bookcase), wall: prototypeFigures(clips.wall) }
for (const clip of Object.values(clips)) clip.remove()

const perCore = ({ cpuMsPerFrame }: LoadFigures) =>
  (1000 * loadShare) / ((cpuMsPerFrame ?? Number.NaN) * framesPerSecond)
const row = (name: string, { cpuMsPerFrame, p50Ms, p99Ms, sent, read }: LoadFigures, behind: Behind = "bookcase") => [
  name,
  sent,
  `${((100 * read) / sent).toFixed(1)} %`,
  `${p50Ms} / ${p99Ms}`,
  cpuMsPerFrame?.toFixed(2) ?? "",
  ((cpuMsPerFrame ?? 0) / decode[behind].ms).toFixed(2)
]
const alone = (name: string, ms: number, behind: Behind) => [
  name,
  "",
  "",
  "",
  ms.toFixed(ms < 10 ? 2 : 0),
  (ms / decode[behind].ms).toFixed(ms < 10 ? 2 : 0)
]
const kilobytes = (behind: Behind) => `${decode[behind].kilobytes.toFixed(0)} kB`
process.stdout.write(
  `${conferences} conferences of gray8, ${fewer.conferences} of JPEG and ${halfAsMany.conferences} of video at ${framesPerSecond} fps; 1920×1080 between bookcases ${kilobytes("bookcase")} a JPEG, before a wall ${kilobytes("wall")}\n`
)
const net = prototype.bookcase.net ? "its net included" : "without its net: no PyTorch"
sayTable(
  ["", "frames", "read", "p50 / p99, ms", "CPU ms a frame", "to decoding alone"],
  [
    row("JPEG, core and edges", jpeg),
    row("JPEG before a wall, core and edges", jpegBeforeWall, "wall"),
    row("gray8 480×270, core and edges", gray),
    row("H.264 at 2.5 Mbit/s, core and edges", h264),
    row("VP8 at 2.5 Mbit/s, core and edges", vp8),
    alone("decoding alone, whole at the same scale", decode.bookcase.ms, "bookcase"),
    alone("decoding alone, before a wall", decode.wall.ms, "wall"),
    alone(`prototype in Python with OpenCV, ${net}`, prototype.bookcase.ms, "bookcase"),
    alone("prototype, before a wall", prototype.wall.ms, "wall")
  ]
)
for (const [codec, figures, goal] of [
  ["JPEG", jpeg, 16],
  ["JPEG before a wall", jpegBeforeWall, 16],
  ["gray8", gray, 40],
  ["H.264", h264, null],
  ["VP8", vp8, null]
] as const) {
  const ms = figures.cpuMsPerFrame?.toFixed(2) ?? "?"
  const arithmetic = `${loadShare} × 1000 ms ÷ (${framesPerSecond} frames × ${ms} ms)`
  process.stdout.write(
    `conferences a core, ${codec}: ${arithmetic} = ${perCore(figures).toFixed(1)}${goal === null ? "" : `, goal ${goal}`}\n`
  )
}
const toPrototype = ({ cpuMsPerFrame }: LoadFigures, behind: Behind = "bookcase") =>
  prototype[behind].ms / (cpuMsPerFrame ?? Number.NaN)
process.stdout.write(
  `prototype to gray8: ${toPrototype(gray).toFixed(0)}; to JPEG before a wall: ${toPrototype(jpegBeforeWall, "wall").toFixed(0)}, where decoding alone is ${(prototype.wall.ms / decode.wall.ms).toFixed(0)} × cheaper\n`
)
/** Frames that were left out cost next to nothing: with many of them the others would seem cheaper than they are. */
const readShare = ({ sent, read, unreadable }: LoadFigures) => (100 * (read + unreadable)) / sent
const kept = keptAll([
  { what: "% of frames read, JPEG", value: readShare(jpeg), min: 98 },
  { what: "% of frames read, gray8", value: readShare(gray), min: 98 },
  {
    what: "JPEG, core and edges, to decoding alone",
    value: (jpeg.cpuMsPerFrame ?? Number.NaN) / decode.bookcase.ms,
    max: 2
  },
  { what: "CPU ms a frame of gray8", value: gray.cpuMsPerFrame ?? Number.NaN, max: 0.8 },
  { what: "conferences a core at 70 %, JPEG", value: perCore(jpeg), min: 11 },
  { what: "conferences a core at 70 %, gray8", value: perCore(gray), min: 25 },
  { what: "prototype to JPEG", value: toPrototype(jpeg), min: 200 }
])
process.exit(kept ? 0 : 1)
