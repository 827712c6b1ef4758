/**
 * What does a search of a whole picture cost with our cascade, with OpenCV's and with opencv-js's? All three search the same luma planes with
 * the same cascade, sizes and support, on one thread; the boxes are compared, so that nobody is quick by finding less. Ratios are medians over
 * the planes of CPU time. Budgets: not slower than either; 95 % of OpenCV's boxes found, mean overlap 0.85.
 *
 *   node bench/detectors.ts [--python /usr/bin/python3] [PICTURE.jpg...]
 *
 * Without pictures: every ninth frame of the shipped clip at 1080p, and the shipped test pictures.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { openTurboJpeg } from "../infra/vision/decoder-turbojpeg.ts"
import { openDetector } from "../infra/vision/detector-wasm.ts"
import { openPicture, showRegion, wholeRegion } from "../infra/vision/luma-plane.ts"
import { overlap } from "../models/vision/face-track.ts"
import type { FaceBox } from "../models/vision/outcome.ts"
import { wholeHitsAbove, wholeRatio, wholeSearch } from "../models/vision/searches.ts"
import { largeClip } from "./large-clip.ts"
import { cpuMsSince, keptAll, percentile, sayTable, sumOf } from "./measure.ts"

type Box = readonly [number, number, number, number]

interface Found {
  readonly ms: number
  readonly boxes: readonly Box[]
}

interface Plane {
  readonly widthPx: number
  readonly heightPx: number
  readonly pixels: Uint8Array
}

const cascadeFile = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"
const everyFrame = 9
const sameFace = 0.5
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: "string", default: "/usr/bin/python3" } }
})

async function jpegs(): Promise<readonly Uint8Array[]> {
  if (positionals.length > 0) return positionals.map((file) => readFileSync(file))
  const clip = await largeClip()
  const frames = (await clip.pictures()).filter((_, index) => index % everyFrame === 0)
  clip.remove()
  const fixtures = fileURLToPath(new URL("../test/fixtures/pictures/", import.meta.url))
  const stills = readdirSync(fixtures).filter((name) => name.startsWith("london"))
  return [...frames, ...stills.map((name) => readFileSync(join(fixtures, name)))]
}

const decoder = await openTurboJpeg()
const detector = openDetector()
const planes: Plane[] = []
for (const bytes of await jpegs()) {
  const opened = openPicture({ codec: "jpeg", bytes })
  if (typeof opened === "string") continue
  const region = wholeRegion(opened)
  if (showRegion(opened, region, decoder, detector.plane) !== undefined) continue
  const { widthPx, heightPx } = region
  planes.push({ widthPx, heightPx, pixels: detector.plane.slice(0, widthPx * heightPx) })
}
decoder.close()

/** The second of two searches: the first one warms up. */
function timed(search: () => readonly Box[]): Found {
  search()
  const before = process.cpuUsage()
  const boxes = search()
  return { ms: cpuMsSince(before), boxes }
}

function ours(): readonly Found[] {
  return planes.map(({ widthPx, heightPx, pixels }) => {
    detector.plane.set(pixels)
    return timed(() =>
      detector.find(widthPx, heightPx, wholeSearch).map(({ xPx, yPx, sidePx }): Box => [xPx, yPx, sidePx, sidePx])
    )
  })
}

function opencv(): readonly Found[] {
  const folder = mkdtempSync(join(tmpdir(), "mimika-detectors-"))
  try {
    const nameOf = (index: number) => String(index).padStart(4, "0")
    for (const [index, { widthPx, heightPx, pixels }] of planes.entries()) {
      const header = Buffer.from(`P5\n${widthPx} ${heightPx}\n255\n`)
      writeFileSync(join(folder, `${nameOf(index)}.pgm`), Buffer.concat([header, pixels]))
    }
    const script = fileURLToPath(new URL("./detectors-opencv.py", import.meta.url))
    const options = [script, folder, String(wholeRatio), String(wholeHitsAbove)]
    const said = JSON.parse(execFileSync(values.python, options, { encoding: "utf8" })) as Record<string, Found>
    return planes.map((_, index) => said[nameOf(index)]!)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What of opencv-js is used; its own types come from a package for browsers. */
interface OpencvJs {
  onRuntimeInitialized: () => void
  readonly Mat: new (rows: number, columns: number, type: number) => { readonly data: Uint8Array; delete(): void }
  readonly CV_8UC1: number
  readonly Size: new (width: number, height: number) => unknown
  readonly RectVector: new () => {
    size(): number
    get(index: number): { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
    delete(): void
  }
  readonly CascadeClassifier: new () => {
    load(name: string): boolean
    detectMultiScale(...given: readonly unknown[]): void
  }
  FS_createDataFile(folder: string, name: string, bytes: Uint8Array, ...allowed: readonly boolean[]): void
}

async function opencvJs(): Promise<readonly Found[]> {
  const cv = createRequire(import.meta.url)("@techstark/opencv-js") as OpencvJs
  // The module has a `then` that never settles, so it must not be handed through a promise.
  if (cv.Mat === undefined) {
    await new Promise<void>((resolve) => {
      cv.onRuntimeInitialized = () => resolve()
    })
  }
  cv.FS_createDataFile("/", "cascade.xml", readFileSync(cascadeFile), true, false, false)
  const classifier = new cv.CascadeClassifier()
  if (!classifier.load("cascade.xml"))
    throw new Error(`Cannot load "${cascadeFile}" into opencv-js. Install opencv-data`)
  return planes.map(({ widthPx, heightPx, pixels }) => {
    const mat = new cv.Mat(heightPx, widthPx, cv.CV_8UC1)
    mat.data.set(pixels)
    const found = new cv.RectVector()
    const sizes = [new cv.Size(24, 24), new cv.Size(0, 0)]
    const result = timed(() => {
      classifier.detectMultiScale(mat, found, wholeRatio, wholeHitsAbove, 0, ...sizes)
      return Array.from({ length: found.size() }, (_, index): Box => {
        const { x, y, width, height } = found.get(index)
        return [x, y, width, height]
      })
    })
    mat.delete()
    found.delete()
    return result
  })
}

const faceOf = ([xPx, yPx, widthPx, heightPx]: Box): FaceBox => ({ xPx, yPx, widthPx, heightPx })
/** Of each of OpenCV's boxes, the overlap of the nearest one found. */
const overlapsOf = (found: readonly Found[], measure: readonly Found[]) =>
  measure.flatMap(({ boxes }, index) =>
    boxes.map((box) => Math.max(0, ...found[index]!.boxes.map((other) => overlap(faceOf(other), faceOf(box)))))
  )

const mine = ours()
const theirs = opencv()
const inJs = await opencvJs()
const ratioOf = (found: readonly Found[]) =>
  percentile(
    found.map(({ ms }, index) => ms / mine[index]!.ms),
    0.5
  )
const matched = (found: readonly Found[]) => overlapsOf(found, theirs).filter((value) => value >= sameFace)
const row = (name: string, found: readonly Found[]) => [
  name,
  percentile(
    found.map(({ ms }) => ms),
    0.5
  ).toFixed(2),
  ratioOf(found).toFixed(2),
  sumOf(found.map(({ boxes }) => boxes.length)),
  matched(found).length,
  (sumOf(matched(found)) / matched(found).length).toFixed(3),
  Math.min(...matched(found)).toFixed(3)
]
const sizes = [...new Set(planes.map(({ widthPx, heightPx }) => `${widthPx}×${heightPx}`))].join(", ")
process.stdout.write(
  `${planes.length} luma planes of ${sizes}; sizes ${wholeRatio} apart, support above ${wholeHitsAbove}\n`
)
sayTable(
  ["", "CPU ms a picture", "to ours", "boxes", "as OpenCV's", "mean overlap", "least"],
  [row("our cascade, WebAssembly SIMD", mine), row("cv2.detectMultiScale", theirs), row("opencv-js", inJs)]
)
const expected = sumOf(theirs.map(({ boxes }) => boxes.length))
const kept = keptAll([
  { what: "cv2.detectMultiScale to ours", value: ratioOf(theirs), min: 1 },
  { what: "opencv-js to ours", value: ratioOf(inJs), min: 1 },
  { what: "share of OpenCV's boxes found", value: matched(mine).length / expected, min: 0.95 },
  { what: "mean overlap with them", value: sumOf(matched(mine)) / matched(mine).length, min: 0.85 }
])
process.exit(kept ? 0 : 1)
