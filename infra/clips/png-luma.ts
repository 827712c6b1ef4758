/**
 * The luma of a plain PNG (ISO/IEC 15948): 8 bits a sample, grey, colour or palette, not interlaced. Faces for an
 * evaluation come by the thousand, and starting a program for each takes longer than reading it. For every other kind of
 * PNG it answers undefined, and ffmpeg reads that; transparency is ignored.
 */
import { inflateSync } from "node:zlib"

export interface LumaPlane {
  readonly width: number
  readonly height: number
  readonly bytes: Uint8Array
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Samples of a pixel by colour type. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** Above this a picture is left to ffmpeg, which shrinks it. */
const sideMaxPx = 4096

/** Undefined where the bytes are no PNG of this kind, or a damaged one. */
export function pngLuma(bytes: Buffer): LumaPlane | undefined {
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(signature)) return undefined
  const width = bytes.readUInt32BE(16)
  const height = bytes.readUInt32BE(20)
  const [bitDepth, colourType, , , interlace] = bytes.subarray(24, 29)
  const samples = samplesOf[colourType!]
  const isPlain = bitDepth === 8 && interlace === 0 && samples !== undefined
  if (!isPlain || width === 0 || height === 0 || width > sideMaxPx || height > sideMaxPx) return undefined
  const { palette, packed } = chunksOf(bytes)
  const rowBytes = width * samples
  let rows: Buffer
  try {
    rows = inflateSync(packed, { maxOutputLength: height * (rowBytes + 1) })
  } catch {
    return undefined
  }
  if (rows.length !== height * (rowBytes + 1)) return undefined
  const plane = new Uint8Array(width * height)
  let above = new Uint8Array(rowBytes)
  for (let y = 0; y < height; y++) {
    const from = y * (rowBytes + 1)
    const row = unfiltered(rows[from]!, rows.subarray(from + 1, from + 1 + rowBytes), above, samples)
    if (row === undefined) return undefined
    for (let x = 0; x < width; x++) plane[y * width + x] = lumaAt(row, x * samples, colourType!, palette)
    above = row
  }
  return { width, height, bytes: plane }
}

function chunksOf(bytes: Buffer) {
  const parts: Buffer[] = []
  let palette: Uint8Array = new Uint8Array(0)
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const content = bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at))
    const name = bytes.toString("latin1", at + 4, at + 8)
    if (name === "IDAT") parts.push(content)
    else if (name === "PLTE") palette = content
  }
  return { palette, packed: Buffer.concat(parts) }
}

/** A row without its filter: each byte is told as a distance to what its neighbours on the left and above predict. */
function unfiltered(
  filter: number,
  row: Uint8Array,
  above: Uint8Array,
  samples: number
): Uint8Array<ArrayBuffer> | undefined {
  if (filter > 4) return undefined
  const plain = new Uint8Array(row.length)
  for (let i = 0; i < row.length; i++) {
    const left = i < samples ? 0 : plain[i - samples]!
    const up = above[i]!
    const corner = i < samples ? 0 : above[i - samples]!
    plain[i] = row[i]! + predicted(filter, left, up, corner)
  }
  return plain
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
}

/** Of a pixel: as it is when grey, else by the weights of ITU-R BT.601, as JPEG has them. */
function lumaAt(row: Uint8Array, at: number, colourType: number, palette: Uint8Array): number {
  if (colourType === 0 || colourType === 4) return row[at]!
  const colours = colourType === 3 ? palette : row
  const from = colourType === 3 ? 3 * row[at]! : at
  const [red = 0, green = 0, blue = 0] = [colours[from], colours[from + 1], colours[from + 2]]
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
}
