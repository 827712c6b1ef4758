/**
 * Question: how far do the heights in any picture, ours or another's, stray from the yields they stand for?
 *
 *   node bench/illustrate-measure.ts PICTURE YIELDS COLUMNS FOOT [SKY]
 *
 * PICTURE is a PNG or JPEG, YIELDS like 10,11,12, COLUMNS one range of pixels per object like 14-133,148-300, FOOT the row
 * on which the objects stand, read off the picture by eye (the ground is not sky either), SKY the columns in which only sky is seen
 * (the right edge unless given). It knows nothing of how the picture was made: an object is what differs from its row's sky, its top the first row of the
 * longest run of rows that do.
 */
import { readFileSync } from "node:fs"
import { rasterize } from "../infra/illustration/raster-resvg.ts"

const [file = "", yieldList = "", columnList = "", footText = "", skyList] = process.argv.slice(2)
if (file === "" || yieldList === "" || columnList === "" || footText === "") {
  process.stderr.write("Cannot measure: usage is node bench/illustrate-measure.ts PICTURE YIELDS COLUMNS FOOT [SKY]\n")
  process.exit(2)
}
const bytes = readFileSync(file)
const isPng = bytes[0] === 0x89

/** Width and height from a PNG header, or from a JPEG's start-of-frame segment. */
const sizeOf = (): [number, number] => {
  if (isPng) return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  let at = 2
  while (at < bytes.length) {
    const marker = bytes[at + 1]!
    if (marker >= 0xc0 && marker <= 0xc3) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  throw new Error(`Cannot measure "${file}": it is neither PNG nor JPEG. Convert it first`)
}
const [width, height] = sizeOf()
const { pixels } = rasterize(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image width="${width}" height="${height}" href="data:image/${isPng ? "png" : "jpeg"};base64,${bytes.toString("base64")}"/></svg>`
)

const foot = Number(footText)

const range = (text: string): [number, number] => {
  const [from = 0, to = 0] = text.split("-").map(Number)
  return [from, to]
}
const [skyFrom, skyTo] = skyList === undefined ? [width - 6, width - 1] : range(skyList)
/** A third of the distance from black to white in one colour: leaves, gold and trunks lie beyond it, the noise of a JPEG within. */
const differenceMin = 84
/** So many pixels of a row must differ, for so many rows: a leaf counts, a grain does not. */
const pixelsMin = 3
const rowsMin = 3

const channel = (x: number, y: number, c: number) => pixels[(y * width + x) * 4 + c]!
const skyAt = (y: number): number[] =>
  [0, 1, 2].map((c) => {
    let sum = 0
    for (let x = skyFrom; x <= skyTo; x += 1) sum += channel(x, y, c)
    return sum / (skyTo - skyFrom + 1)
  })
const skies = Array.from({ length: height }, (_, y) => skyAt(y))
const isObjectRow = (y: number, [from, to]: [number, number]): boolean => {
  let count = 0
  for (let x = from; x <= to; x += 1) {
    let difference = 0
    for (let c = 0; c < 3; c += 1) difference += Math.abs(channel(x, y, c) - skies[y]![c]!)
    if (difference >= differenceMin) count += 1
  }
  return count >= pixelsMin
}
/** A title may stand above the plot: the longest run of object rows is the object. */
const extentOf = (columns: [number, number]): [number, number] => {
  let best: [number, number] = [0, 0]
  let from = -1
  for (let y = 0; y <= foot; y += 1) {
    const inside = y < foot && isObjectRow(y, columns)
    if (inside && from < 0) from = y
    if (!inside && from >= 0) {
      if (y - from >= rowsMin && y - from > best[1] - best[0]) best = [from, y]
      from = -1
    }
  }
  return best
}

const yields = yieldList.split(",").map(Number)
const extents = columnList.split(",").map((columns) => extentOf(range(columns)))
const heights = extents.map(([top, foot]) => foot - top)
const tallest = yields.indexOf(Math.max(...yields))
const ratios = yields.map((percent, index) => heights[index]! / heights[tallest]! / (percent / yields[tallest]!))
process.stdout.write(`${file}: ${width}×${height}\n`)
for (const [index, percent] of yields.entries()) {
  const [top, foot] = extents[index]!
  process.stdout.write(
    `  ${percent} %: rows ${top} to ${foot}, ${heights[index]} px${top === 0 ? " (cut off at the top)" : ""}; drawn ÷ true ${ratios[index]!.toFixed(3)}\n`
  )
}
process.stdout.write(`  lie factor ${Math.max(...ratios.map((ratio) => Math.max(ratio, 1 / ratio))).toFixed(3)}\n`)
