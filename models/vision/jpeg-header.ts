/**
 * Reads the header of a JPEG (ITU-T T.81) up to its first scan, before any decoder sees the bytes. It lets through only
 * what the decoders are meant for, 8-bit baseline or extended Huffman pictures of one scan, grey or with three
 * components and of bounded size, and names the reason for everything else. It decodes nothing, and a rotation in the
 * EXIF data is ignored: conference frames have none.
 */
import type { DamagedReason } from "./outcome.ts"

/** The longest side decoded: UHD cameras have 3840, and 1/8 of 4096 still lies near the 480 aimed at. */
export const jpegSideMaxPx = 4096

/** How far before the last byte the end marker may stand: some writers pad to a word or a cache line. */
const paddingBytesMax = 64

export interface JpegHeader {
  readonly widthPx: number
  readonly heightPx: number
  /** Pixels of a minimum coded unit at full scale: regions must begin on a multiple of it. */
  readonly unitWidthPx: number
  readonly unitHeightPx: number
  /** Whether a decoder may start in the middle of a row: only with the sampling factors libturbojpeg has a name for. */
  readonly croppable: boolean
}

const defineHuffman = 0xc4
const startOfImage = 0xd8
const endOfImage = 0xd9
const startOfScan = 0xda
const defineQuantisation = 0xdb
const adobe = 0xee

/** The header, or why the picture is damaged. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | DamagedReason {
  if (bytes.length === 0) return "empty"
  if (bytes.length < 3 || bytes[0] !== 0xff || bytes[1] !== startOfImage || bytes[2] !== 0xff) return "notJpeg"
  let frame: Frame | undefined
  let isRgb = false
  const tables = new Set<string>()
  let at = 2
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++
    if (at + 4 > bytes.length) return "truncated"
    if (bytes[at] !== 0xff) return "corrupt"
    const marker = bytes[at + 1]!
    if (marker === endOfImage) return "corrupt"
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (length < 2) return "corrupt"
    if (at + 2 + length > bytes.length) return "truncated"
    const segment = bytes.subarray(at + 4, at + 2 + length)
    if (isStartOfFrame(marker)) {
      if (frame !== undefined) return "corrupt"
      const read = readFrame(marker, segment)
      if (typeof read === "string") return read
      frame = read
    } else if (marker === defineQuantisation || marker === defineHuffman) {
      if (!noteTables(marker, segment, tables)) return "corrupt"
    } else if (marker === adobe && segment.length >= 12 && segment[0] === 0x41 && segment[1] === 0x64) {
      isRgb = segment[11] === 0
    } else if (marker === startOfScan) {
      if (frame === undefined) return "corrupt"
      if (frame.quantisations.length === 3 && isRgb) return "colourSpace"
      const damaged = checkScan(segment, frame, tables)
      if (damaged) return damaged
      return endsWithMarker(bytes) ? frame.header : "truncated"
    }
    at += 2 + length
  }
}

interface Frame {
  readonly header: JpegHeader
  /** Names of the components' quantisation tables. */
  readonly quantisations: readonly string[]
}

/** Notes the names of the tables a segment defines: "q0", "dc0", "ac1". False when they do not fill it exactly. */
function noteTables(marker: number, segment: Uint8Array, tables: Set<string>): boolean {
  let at = 0
  while (at < segment.length) {
    const kind = segment[at]! >> 4
    const id = segment[at]! & 15
    if (kind > 1) return false
    if (marker === defineQuantisation) {
      tables.add(`q${id}`)
      at += 1 + 64 * (kind + 1)
    } else {
      tables.add(`${kind === 0 ? "dc" : "ac"}${id}`)
      let symbolCount = 0
      for (let bits = 1; bits <= 16; bits++) symbolCount += segment[at + bits] ?? 0
      at += 17 + symbolCount
    }
  }
  return at === segment.length
}

/**
 * The scan must hold all components, and every table it names be defined: libjpeg keeps those of the picture before, so
 * that a picture of one conference would be decoded with tables of another.
 */
function checkScan(segment: Uint8Array, { quantisations }: Frame, tables: Set<string>): DamagedReason | undefined {
  // Components in scans of their own make libjpeg keep the whole picture's coefficients.
  if (segment[0] !== quantisations.length) return "notBaseline"
  if (segment.length !== 4 + 2 * quantisations.length) return "corrupt"
  const needed = quantisations.flatMap((quantisation, i) => {
    const selectors = segment[2 + 2 * i]!
    return [quantisation, `dc${selectors >> 4}`, `ac${selectors & 15}`]
  })
  return needed.every((name) => tables.has(name)) ? undefined : "corrupt"
}

/** SOF0 to SOF15 without the three that define tables. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function readFrame(marker: number, segment: Uint8Array): Frame | DamagedReason {
  if (marker === 0xc2) return "progressive"
  if (marker !== 0xc0 && marker !== 0xc1) return "notBaseline"
  if (segment.length < 6) return "corrupt"
  const componentCount = segment[5]!
  if (segment[0] !== 8) return "notBaseline"
  const heightPx = (segment[1]! << 8) | segment[2]!
  const widthPx = (segment[3]! << 8) | segment[4]!
  if (widthPx === 0 || heightPx === 0 || segment.length !== 6 + 3 * componentCount) return "corrupt"
  if (widthPx > jpegSideMaxPx || heightPx > jpegSideMaxPx) return "tooLarge"
  if (componentCount !== 1 && componentCount !== 3) return "colourSpace"
  const sampling = Array.from({ length: componentCount }, (_, i) => segment[7 + 3 * i]!)
  const factors = sampling.map((both) => ({ x: both >> 4, y: both & 15 }))
  if (factors.some(({ x, y }) => x < 1 || x > 4 || y < 1 || y > 4)) return "corrupt"
  // A single component is stored block by block, whatever its sampling factors say.
  const unitX = componentCount === 1 ? 1 : Math.max(...factors.map(({ x }) => x))
  const unitY = componentCount === 1 ? 1 : Math.max(...factors.map(({ y }) => y))
  const header = {
    widthPx,
    heightPx,
    unitWidthPx: 8 * unitX,
    unitHeightPx: 8 * unitY,
    croppable: componentCount === 1 || croppableSamplings.has(sampling.map((both) => both.toString(16)).join(" "))
  }
  const quantisations = sampling.map((_, i) => `q${segment[8 + 3 * i]!}`)
  return { header, quantisations }
}

/** 4:4:4, 4:2:2, 4:2:0, 4:4:0: luma sampled this densely, chroma once. */
const croppableSamplings = new Set(["11 11 11", "21 11 11", "22 11 11", "12 11 11"])

/**
 * Whether the bytes end with the end marker. A cut-off picture cannot: within coded data 0xff is always followed by
 * 0x00 or a restart marker. Decoders would fill the missing part with grey and go on.
 */
function endsWithMarker(bytes: Uint8Array): boolean {
  for (let at = bytes.length - 2; at >= 0 && at >= bytes.length - 2 - paddingBytesMax; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === endOfImage) return true
  }
  return false
}
