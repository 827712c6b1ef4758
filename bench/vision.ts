/**
 * Are faces found on clips, and does everything after the decoder stay cheap? Budget: a face in 95 % of a clip's frames
 * (for clips that have one), and for pictures of 1920x1080 and more at most 1.6 times the CPU time of the peer beside it,
 * which decodes the same frames whole at the same scale and does nothing else. (Smaller ones decode in less time than the
 * net takes.)
 *
 *     node bench/vision.ts [--decoder native|wasm] [--check] CLIP...
 *
 * A CLIP is a file of concatenated JPEG pictures (.mjpeg), or any video an installed ffmpeg reads. CPU times are medians
 * over frames of the process's user and system time, in milliseconds; the two sides take turns frame by frame.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import path from "node:path"
import { parseArgs } from "node:util"
import { openTurboJpeg } from "../infra/vision/decoder-turbojpeg.ts"
import { openWasmDecoder } from "../infra/vision/decoder-wasm.ts"
import { openPicture, showRegion, wholeRegion } from "../infra/vision/luma-plane.ts"
import { openVision } from "../infra/vision/vision.ts"
import { sideMaxPx } from "../models/vision/scale.ts"

const recallMin = 0.95
const ratioMax = 1.6
/** Of the clips; only the tracker sees it. */
const frameMs = 40
const largePx = 1920 * 1080

function readFrames(file: string): Uint8Array[] {
  const ffmpeg = ["-v", "error", "-i", file, "-an", "-c:v", "mjpeg", "-q:v", "3", "-f", "mjpeg", "-"]
  const bytes = file.endsWith(".mjpeg")
    ? readFileSync(file)
    : execFileSync("ffmpeg", ffmpeg, { maxBuffer: 2 ** 30, encoding: "buffer" })
  const frames: Uint8Array[] = []
  let from = 0
  for (let end = bytes.indexOf("ffd9", 0, "hex"); end >= 0; end = bytes.indexOf("ffd9", from, "hex")) {
    frames.push(new Uint8Array(bytes.subarray(from, end + 2)))
    from = end + 2
  }
  if (frames.length === 0) throw new Error("no pictures in it")
  return frames
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { decoder: { type: "string", default: "native" }, check: { type: "boolean" } }
})
const vision = await openVision({ decoder: values.decoder === "wasm" ? "wasm" : "native" })
const peer = values.decoder === "wasm" ? openWasmDecoder() : await openTurboJpeg()
const plane = new Uint8Array(sideMaxPx * sideMaxPx)

console.log(
  "| clip | size | frames | KB/frame | face found | read | more than one face | chain, CPU ms | decode alone | ratio |"
)
console.log("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
let isGood = positionals.length > 0
for (const file of positionals) {
  let frames: Uint8Array[] = []
  try {
    frames = readFrames(file)
  } catch (problem) {
    const [reason] = (problem as Error).message.split("\n")
    console.error(`Cannot measure "${file}": ${reason}. Give a video, with ffmpeg installed, or a .mjpeg file`)
    process.exit(1)
  }
  const track = vision.openTrack(0)
  const chain: number[] = []
  const decode: number[] = []
  let foundCount = 0
  let readCount = 0
  let severalCount = 0
  let size = ""
  let isLarge = false
  for (const [i, bytes] of frames.entries()) {
    const picture = { codec: "jpeg" as const, bytes }
    let outcome: Awaited<ReturnType<typeof vision.analyse>> | undefined
    chain.push(
      await cpuMs(async () => {
        outcome = await vision.analyse(track, picture, i * frameMs)
      })
    )
    decode.push(
      await cpuMs(() => {
        const opened = openPicture(picture)
        if (typeof opened === "object") showRegion(opened, wholeRegion(opened), peer, plane)
      })
    )
    if (outcome === undefined || outcome.kind === "damaged") continue
    isLarge = outcome.widthPx * outcome.heightPx >= largePx
    size = `${outcome.widthPx}x${outcome.heightPx}`
    if (outcome.face !== undefined) foundCount++
    if (outcome.kind === "read" && outcome.reading !== "unreadable") readCount++
    if (outcome.faceCount > 1) severalCount++
  }
  const share = (count: number) => `${((100 * count) / frames.length).toFixed(1)} %`
  const ratio = median(chain) / median(decode)
  const kilobytes = frames.reduce((sum, { length }) => sum + length, 0) / frames.length / 1000
  isGood &&= foundCount >= recallMin * frames.length && (!isLarge || ratio <= ratioMax)
  const costs = [median(chain), median(decode), ratio].map((value) => value.toFixed(2))
  const shares = [share(foundCount), share(readCount), share(severalCount)]
  console.log(
    `| ${[path.parse(file).name, size, frames.length, kilobytes.toFixed(0), ...shares, ...costs].join(" | ")} |`
  )
}
peer.close()
await vision.close()
if (values.check && !isGood) {
  console.error(
    `Over budget: a face in ${100 * recallMin} % of frames and ${ratioMax} times the decoder's CPU time were due`
  )
  process.exit(1)
}
