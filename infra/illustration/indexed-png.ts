/**
 * Pixels as a small PNG of at most 256 colours, for documentation and thumbnails. Colours are chosen by median cut (Heckbert, SIGGRAPH 1982); it does not dither and keeps no transparency.
 */
import { deflateSync } from "node:zlib"

interface Box {
  /** Distinct colours as packed 24-bit numbers. */
  readonly colours: number[]
  readonly weight: number
}

const channel = (colour: number, shift: number) => (colour >> shift) & 255

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value >>> 0
})
const chunk = (type: string, body: Buffer): Buffer => {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), body])
  let crc = 0xffffffff
  for (const byte of typed) crc = crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8)
  const framed = Buffer.alloc(typed.length + 8)
  framed.writeUInt32BE(body.length, 0)
  typed.copy(framed, 4)
  framed.writeUInt32BE((crc ^ 0xffffffff) >>> 0, typed.length + 4)
  return framed
}

/** The widest channel of a box and how wide it is. */
const widest = (colours: readonly number[]): { shift: number; spread: number } => {
  let best = { shift: 0, spread: -1 }
  for (const shift of [16, 8, 0]) {
    let low = 255
    let high = 0
    for (const colour of colours) {
      const value = channel(colour, shift)
      if (value < low) low = value
      if (value > high) high = value
    }
    if (high - low > best.spread) best = { shift, spread: high - low }
  }
  return best
}

const paletteOf = (counts: ReadonlyMap<number, number>, coloursMax: number): Map<number, number> => {
  const weigh = (colours: readonly number[]) => colours.reduce((sum, colour) => sum + counts.get(colour)!, 0)
  const boxes: Box[] = [{ colours: [...counts.keys()], weight: weigh([...counts.keys()]) }]
  while (boxes.length < coloursMax) {
    const ranked = boxes.map((box, index) => ({
      index,
      worth: box.colours.length < 2 ? -1 : widest(box.colours).spread * Math.sqrt(box.weight)
    }))
    const { index, worth } = ranked.reduce((a, b) => (b.worth > a.worth ? b : a))
    if (worth <= 0) break
    const { colours } = boxes[index]!
    const { shift } = widest(colours)
    colours.sort((a, b) => channel(a, shift) - channel(b, shift))
    const half = weigh(colours) / 2
    let at = 0
    for (let sum = 0; at < colours.length - 1 && sum < half; at += 1) sum += counts.get(colours[at]!)!
    const cut = Math.max(1, at)
    const [low, high] = [colours.slice(0, cut), colours.slice(cut)]
    boxes.splice(index, 1, { colours: low, weight: weigh(low) }, { colours: high, weight: weigh(high) })
  }
  const means = new Map<number, number>()
  for (const { colours, weight } of boxes) {
    const mean = [16, 8, 0].map((shift) =>
      Math.round(colours.reduce((sum, colour) => sum + channel(colour, shift) * counts.get(colour)!, 0) / weight)
    )
    const packed = (mean[0]! << 16) | (mean[1]! << 8) | mean[2]!
    for (const colour of colours) means.set(colour, packed)
  }
  return means
}

/** `pixels` are RGBA row by row, taken as opaque. */
export const indexedPng = (pixels: Uint8Array, width: number, height: number, coloursMax: number): Buffer => {
  const counts = new Map<number, number>()
  for (let at = 0; at < width * height * 4; at += 4) {
    const colour = (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const means = paletteOf(counts, Math.min(256, coloursMax))
  const indexes = new Map([...new Set(means.values())].map((colour, index) => [colour, index]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4
      rows[y * (width + 1) + 1 + x] = indexes.get(
        means.get((pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!)!
      )!
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const palette = Buffer.from(
    [...indexes.keys()].flatMap((colour) => [channel(colour, 16), channel(colour, 8), channel(colour, 0)])
  )
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("PLTE", palette),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0))
  ])
}
