/**
 * Does our cascade find the faces that OpenCV finds, and as near? Both search the same luma planes with the same sizes,
 * and OpenCV's boxes are the measure: budget 95 % of them found, mean overlap 0.85, by `--check` an exit code.
 *
 *     node bench/cascade.ts FOLDER...            table for folders of JPEG pictures; labels.csv (file,faces_expected) adds true counts
 *     node bench/cascade.ts --boxes FOLDER       OpenCV's boxes as JSON, in pixels of the decoded plane
 *
 * Needs a Python with OpenCV (Debian: python3-opencv, opencv-data); `--python FILE` names it, else python3.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { parseArgs } from "node:util"
import { openTurboJpeg } from "../infra/vision/decoder-turbojpeg.ts"
import { openDetector } from "../infra/vision/detector-wasm.ts"
import { openPicture, showRegion, wholeRegion } from "../infra/vision/luma-plane.ts"
import type { FoundSquare } from "../models/cascade/grouping.ts"
import { overlap } from "../models/vision/face-track.ts"
import { wholeHitsAbove, wholeRatio, wholeSearch } from "../models/vision/searches.ts"

/** Overlap from which on two boxes are the same face. */
const sameFace = 0.5
const recallMin = 0.95
const overlapMin = 0.85

type Box = [x: number, y: number, width: number, height: number]

interface Searched {
  readonly name: string
  readonly ours: readonly FoundSquare[]
  readonly theirs: readonly Box[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean" }, boxes: { type: "boolean" }, python: { type: "string", default: "python3" } }
})
if (positionals.length === 0) {
  console.error('Cannot compare: no folder given. Say "node bench/cascade.ts FOLDER", FOLDER holding .jpg files')
  process.exit(2)
}

const decoder = await openTurboJpeg()
const detector = openDetector()

function search(folder: string): Searched[] {
  const scratch = mkdtempSync(path.join(tmpdir(), "cascade-"))
  try {
    const ours = new Map<string, FoundSquare[]>()
    for (const file of readdirSync(folder).filter((name) => /\.jpe?g$/i.test(name))) {
      const opened = openPicture({ codec: "jpeg", bytes: readFileSync(path.join(folder, file)) })
      if (typeof opened === "string") {
        console.error(`Cannot compare "${file}": ${opened}. It is left out`)
        continue
      }
      const region = wholeRegion(opened)
      showRegion(opened, region, decoder, detector.plane)
      const { widthPx, heightPx } = region
      const header = Buffer.from(`P5\n${widthPx} ${heightPx}\n255\n`)
      const pixels = detector.plane.subarray(0, widthPx * heightPx)
      writeFileSync(path.join(scratch, `${file}.pgm`), Buffer.concat([header, pixels]))
      ours.set(file, detector.find(widthPx, heightPx, wholeSearch))
    }
    const script = path.join(import.meta.dirname, "cascade-opencv.py")
    const printed = execFileSync(values.python, [script, scratch, String(wholeRatio), String(wholeHitsAbove)], {
      encoding: "utf8"
    })
    const theirs: Record<string, Box[]> = JSON.parse(printed)
    return Object.entries(theirs).map(([name, boxes]) => ({ name, ours: ours.get(name)!, theirs: boxes }))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function overlapOf({ xPx, yPx, sidePx }: FoundSquare, [x, y, width, height]: Box): number {
  const ours = { xPx, yPx, widthPx: sidePx, heightPx: sidePx }
  return overlap(ours, { xPx: x, yPx: y, widthPx: width, heightPx: height })
}

/** `file,faces_expected` lines of a folder's labels.csv, where it has them. */
function trueCounts(folder: string): Map<string, number> {
  const labels = path.join(folder, "labels.csv")
  if (!existsSync(labels)) return new Map()
  const [head = "", ...lines] = readFileSync(labels, "utf8").trim().split("\n")
  const column = head.split(",").indexOf("faces_expected")
  if (column < 0) return new Map()
  const counts = lines.map((line) => line.split(",")).map((cells) => [cells[0]!, Number(cells[column])] as const)
  return new Map(counts.filter(([, count]) => Number.isInteger(count)))
}

const rows: Record<string, string | number>[] = []
let isGood = true
for (const folder of positionals) {
  const searched = search(folder)
  if (values.boxes) {
    console.log(JSON.stringify(Object.fromEntries(searched.map(({ name, theirs }) => [name, theirs]))))
    continue
  }
  const best = searched.flatMap(({ ours, theirs }) =>
    theirs.map((box) => Math.max(0, ...ours.map((square) => overlapOf(square, box))))
  )
  const matched = best.filter((value) => value >= sameFace)
  const extra = searched.flatMap(({ ours, theirs }) =>
    ours.filter((square) => !theirs.some((box) => overlapOf(square, box) >= sameFace))
  )
  const counts = trueCounts(folder)
  const labelled = searched.filter(({ name }) => counts.has(name))
  const capped = (found: readonly unknown[], name: string) => Math.min(found.length, counts.get(name)!)
  const recall = best.length === 0 ? 1 : matched.length / best.length
  const mean = matched.reduce((sum, value) => sum + value, 0) / matched.length
  isGood &&= recall >= recallMin && (matched.length === 0 || mean >= overlapMin)
  rows.push({
    folder: path.basename(folder),
    pictures: searched.length,
    "OpenCV's boxes": best.length,
    "ours, of these": matched.length,
    recall: recall.toFixed(3),
    "mean IoU": matched.length === 0 ? "" : mean.toFixed(3),
    "least IoU": matched.length === 0 ? "" : Math.min(...matched).toFixed(3),
    "ours besides": extra.length,
    "faces by label": labelled.reduce((sum, { name }) => sum + counts.get(name)!, 0),
    "boxes up to it, OpenCV": labelled.reduce((sum, { name, theirs }) => sum + capped(theirs, name), 0),
    "boxes up to it, ours": labelled.reduce((sum, { name, ours }) => sum + capped(ours, name), 0)
  })
}
decoder.close()
if (rows.length > 0) {
  const columns = Object.keys(rows[0]!)
  console.log(`| ${columns.join(" | ")} |\n|${columns.map(() => "--:").join("|")}|`)
  for (const row of rows) console.log(`| ${columns.map((name) => row[name]).join(" | ")} |`)
}
if (values.check && !isGood) {
  console.error(`Our cascade is off OpenCV's: ${recallMin} of its boxes and a mean overlap of ${overlapMin} were due`)
  process.exit(1)
}
