/**
 * How dark and how blurred may a face be before the net reads something else? Crops of real clips are darkened and
 * blurred step by step, and their readings compared with those of the crops as they are: the figures behind
 * `meanLumaMin` and `sharpnessMin` of models/vision/quality.ts. No budget and no peer: it measures a property of the net.
 *
 *     node bench/vision-limits.ts CLIP.mjpeg...
 *
 * A CLIP is a file of concatenated JPEG pictures: ffmpeg -i VIDEO -c:v mjpeg -q:v 3 CLIP.mjpeg
 */
import { readFileSync } from "node:fs"
import { openCropper } from "../infra/vision/cropper-wasm.ts"
import { openTurboJpeg } from "../infra/vision/decoder-turbojpeg.ts"
import { openDetector } from "../infra/vision/detector-wasm.ts"
import { openInference } from "../infra/vision/inference-onnx.ts"
import { openPicture, showRegion, wholeRegion } from "../infra/vision/luma-plane.ts"
import { cropPx, cropSquare } from "../models/vision/crop.ts"
import { sharpness } from "../models/vision/quality.ts"
import { readProbabilities } from "../models/vision/reading.ts"
import { wholeSearch } from "../models/vision/searches.ts"

/** Neighbouring frames are nearly the same picture. */
const frameStep = 7

const decoder = await openTurboJpeg()
const detector = openDetector()
const cropper = openCropper()
const net = await openInference(new URL("../models/weights/expression.onnx", import.meta.url))

/** Crops of every seventh frame that has a face. */
function cropsOf(file: string): Float32Array[] {
  const bytes = readFileSync(file)
  const crops: Float32Array[] = []
  let from = 0
  for (let frame = 0; ; frame++) {
    const end = bytes.indexOf("ffd9", from, "hex")
    if (end < 0) return crops
    const picture = new Uint8Array(bytes.subarray(from, end + 2))
    from = end + 2
    const opened = frame % frameStep === 0 ? openPicture({ codec: "jpeg", bytes: picture }) : "skipped"
    if (typeof opened === "string") continue
    const region = wholeRegion(opened)
    showRegion(opened, region, decoder, detector.plane)
    const [face] = detector.find(region.widthPx, region.heightPx, wholeSearch)
    if (face === undefined) continue
    const crop = new Float32Array(cropPx * cropPx)
    cropper.cut(detector.plane, region.widthPx, region.heightPx, cropSquare(face, net.manifest.cropScale), crop)
    crops.push(crop)
  }
}

async function read(crop: Float32Array): Promise<string> {
  const probabilities = await net.predict((input) => {
    input.set(crop)
    return true
  })
  return readProbabilities(probabilities!, { ...net.manifest.limits, topProbabilityMin: 0 })
}

/** The crop with only the detail of `side` x `side` pixels left. */
function blurred(crop: Float32Array, side: number): Float32Array {
  const small = new Uint8Array(side * side)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++)
      small[y * side + x] = averageOf(crop, (x * cropPx) / side, (y * cropPx) / side, cropPx / side)
  }
  const back = new Float32Array(cropPx * cropPx)
  cropper.cut(small, side, side, { xPx: 0, yPx: 0, sidePx: side }, back)
  return back
}

function averageOf(crop: Float32Array, left: number, top: number, side: number): number {
  let sum = 0
  for (let y = Math.floor(top); y < Math.ceil(top + side - 1e-9); y++) {
    const rows = Math.min(y + 1, top + side) - Math.max(y, top)
    for (let x = Math.floor(left); x < Math.ceil(left + side - 1e-9); x++) {
      sum += rows * (Math.min(x + 1, left + side) - Math.max(x, left)) * crop[y * cropPx + x]!
    }
  }
  return sum / (side * side)
}

const crops = process.argv.slice(2).flatMap(cropsOf)
if (crops.length === 0) {
  console.error("Cannot measure: no clip with a face given. Say node bench/vision-limits.ts CLIP.mjpeg...")
  process.exit(2)
}
const asIs = await Promise.all(crops.map(read))

async function measure(name: string, change: (crop: Float32Array) => Float32Array): Promise<void> {
  const changed = crops.map(change)
  const readings = await Promise.all(changed.map(read))
  const sameShare = readings.filter((reading, i) => reading === asIs[i]).length / crops.length
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!
  const lumas = changed.map((crop) => crop.reduce((sum, luma) => sum + luma) / crop.length)
  const sharpnesses = changed.map(sharpness)
  const columns = [
    name,
    sameShare.toFixed(2),
    median(lumas).toFixed(0),
    median(sharpnesses).toFixed(3),
    sharpnesses[0]!.toFixed(3)
  ]
  console.log(`| ${columns.join(" | ")} |`)
}

console.log(
  `${crops.length} crops\n\n| change | read as before | mean luma | sharpness, median | least |\n|---|--:|--:|--:|--:|`
)
await measure("none", (crop) => crop)
for (const factor of [0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05]) {
  await measure(`luma times ${factor}`, (crop) => crop.map((luma) => Math.round(factor * luma)))
}
for (const side of [32, 24, 20, 16, 12, 10, 8]) await measure(`detail of ${side} px`, (crop) => blurred(crop, side))
decoder.close()
await net.close()
