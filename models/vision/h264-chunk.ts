/**
 * Reads what an H.264 chunk (ITU-T H.264) says of itself before any decoder sees it: whether it is a key frame, and how
 * large its pictures are. It takes Annex B, or a description record (avcC) with chunks of four-byte lengths behind it, and
 * answers Annex B. It decodes no picture, and refuses sizes that would cost more memory than a stream may, and slices that would cost
 * more time than a picture may.
 */
import type { DamagedReason } from "./outcome.ts"
import { type VideoChunk, videoReferenceBlocksMax, videoSideMaxPx } from "./video.ts"

const sliceOfOthers = 1
const sliceOfKeyFrame = 5
const sequenceParameters = 7

/** A slice's first block is a number of at most 32 bits and as many zeroes before it, emulation prevention among them. */
const firstBlockBytesMax = 12
/**
 * Blocks that a chunk's slices may reach, each counted from where it begins to the picture's end, since where it ends is only known when it is decoded.
 * 1920×1080 in 255 slices, as senders do that cut a picture into packets; a few tenths of a second for the decoder at worst.
 */
const sliceBlocksMax = 128 * 8_160

export class H264Reader {
  /** Whether lengths stand before the units, as the last description record said. */
  #counted = false
  #annexB = new Uint8Array(0)
  #size = 0
  /** Of the largest pictures that parameters promised. */
  #blocks = 0

  /** The bytes answered are valid until the next call. */
  read(bytes: Uint8Array): VideoChunk | DamagedReason {
    if (bytes.length === 0) return "empty"
    let chunk = bytes
    if (bytes[0] === 1) {
      // Annex B begins with zeroes, and so does a length, since no chunk has 16 MiB.
      this.#counted = true
      chunk = this.#restart(bytes.length)
      const begin = this.#takeDescription(bytes)
      if (typeof begin === "string") return begin
      const damaged = this.#takeCounted(bytes, begin)
      if (damaged) return damaged
      chunk = this.#annexB.subarray(0, this.#size)
    } else if (this.#counted && !startsWithCode(bytes)) {
      this.#restart(bytes.length)
      const damaged = this.#takeCounted(bytes, 0)
      if (damaged) return damaged
      chunk = this.#annexB.subarray(0, this.#size)
    } else {
      this.#counted = false
    }
    return this.#inspect(chunk)
  }

  /** Looks at every unit: parameters that promise more than may be decoded could stand anywhere in a chunk. */
  #inspect(bytes: Uint8Array): VideoChunk | DamagedReason {
    let isKey = false
    let hasPicture = false
    let lastBlock = -1
    let blocksPromised = 0
    let at = unitAfter(bytes, 0)
    if (at === -1 || !bytes.subarray(0, at - 3).every((byte) => byte === 0)) return "notVideo"
    while (at !== -1 && at < bytes.length) {
      const header = bytes[at]!
      // The forbidden bit: RFC 6184 uses it for units that were damaged on their way.
      if (header & 0x80) return "corrupt"
      const type = header & 31
      const next = unitAfter(bytes, at)
      if (type === sliceOfKeyFrame) isKey = true
      if (type === sliceOfKeyFrame || type === sliceOfOthers) {
        hasPicture = true
        const firstBlock = new Bits(bytes.subarray(at + 1, at + 1 + firstBlockBytesMax)).golomb()
        // A second picture, or blocks that were there before: a few bytes would have the decoder work for minutes.
        if (firstBlock <= lastBlock) return "notVideo"
        lastBlock = firstBlock
        blocksPromised += Math.max(0, this.#blocks - firstBlock)
        if (blocksPromised > sliceBlocksMax) return "tooLarge"
      }
      if (type === sequenceParameters) {
        const size = readParameters(bytes.subarray(at + 1, next === -1 ? bytes.length : next - 3))
        if (typeof size === "string") return size
        this.#blocks = Math.max(this.#blocks, size)
      }
      at = next
    }
    return { bytes, isKey, hasPicture }
  }

  #restart(bytes: number): Uint8Array {
    // Each unit of a record has a length of two bytes, and a start code has four.
    if (this.#annexB.length < 3 * bytes) this.#annexB = new Uint8Array(3 * bytes)
    this.#size = 0
    return this.#annexB
  }

  #take(unit: Uint8Array): void {
    this.#annexB.set([0, 0, 0, 1], this.#size)
    this.#annexB.set(unit, this.#size + 4)
    this.#size += 4 + unit.length
  }

  /** Where the record ends (ISO/IEC 14496-15, 5.3.3.1). */
  #takeDescription(bytes: Uint8Array): number | DamagedReason {
    if (bytes.length < 7) return "truncated"
    // Lengths of one or two bytes: nobody's encoder writes them, and what follows would be ambiguous.
    if ((bytes[4]! & 3) !== 3) return "notVideo"
    let at = 5
    for (const countMask of [31, 255]) {
      let count = bytes[at]! & countMask
      at += 1
      for (; count > 0; count -= 1) {
        if (at + 2 > bytes.length) return "truncated"
        const length = (bytes[at]! << 8) | bytes[at + 1]!
        if (at + 2 + length > bytes.length) return "truncated"
        this.#take(bytes.subarray(at + 2, at + 2 + length))
        at += 2 + length
      }
      if (at >= bytes.length) return countMask === 31 ? "truncated" : at
    }
    // High profiles may add chroma and depths; six reserved bits are ones, as no length's first bits are.
    const hasDepths = [100, 110, 122, 144].includes(bytes[1]!) && (bytes[at]! & 0xfc) === 0xfc
    if (!hasDepths) return at
    if (at + 4 > bytes.length) return "truncated"
    let extensions = bytes[at + 3]!
    at += 4
    for (; extensions > 0; extensions -= 1) {
      if (at + 2 > bytes.length) return "truncated"
      at += 2 + ((bytes[at]! << 8) | bytes[at + 1]!)
    }
    return at > bytes.length ? "truncated" : at
  }

  #takeCounted(bytes: Uint8Array, begin: number): DamagedReason | undefined {
    for (let at = begin; at < bytes.length; ) {
      if (at + 4 > bytes.length) return "truncated"
      const length = bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
      if (at + 4 + length > bytes.length) return "truncated"
      // Some writers leave empty units; a start code of four bytes takes no more room than their length did.
      if (length > 0) this.#take(bytes.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    return undefined
  }
}

function startsWithCode(bytes: Uint8Array): boolean {
  // As a length this would be a unit of one byte, and no picture begins with one.
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 1
}

/** Where the next unit begins, behind its start code; -1 when there is none. */
function unitAfter(bytes: Uint8Array, from: number): number {
  for (let at = from + 2; at < bytes.length; ) {
    const byte = bytes[at]!
    if (byte > 1) at += 3
    else if (byte === 0) at += 1
    else if (bytes[at - 1] === 0 && bytes[at - 2] === 0 && at - 2 >= from) return at + 1
    else at += 3
  }
  return -1
}

/** Profiles whose parameters say chroma and depth (7.3.2.1.1). */
const profilesWithDepth = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

/** Reads sequence parameters (7.3.2.1.1) as far as the size, and answers it in blocks. */
function readParameters(unit: Uint8Array): number | DamagedReason {
  const bits = new Bits(unit)
  const profile = bits.read(8)
  bits.read(16)
  bits.golomb()
  if (profilesWithDepth.includes(profile)) {
    const chroma = bits.golomb()
    if (chroma === 3) bits.read(1)
    // Eight bits a sample, and not the lossless way.
    if (bits.golomb() !== 0 || bits.golomb() !== 0 || bits.read(1) !== 0) return "notBaseline"
    if (bits.read(1) === 1) skipScalingLists(bits, chroma === 3 ? 12 : 8)
  }
  bits.golomb()
  const orderType = bits.golomb()
  if (orderType === 0) bits.golomb()
  else if (orderType === 1) {
    bits.read(1)
    bits.golomb()
    bits.golomb()
    const offsets = bits.golomb()
    if (offsets > 255) return "corrupt"
    for (let offset = 0; offset < offsets; offset++) bits.golomb()
  }
  const references = bits.golomb()
  bits.read(1)
  const blocksWide = bits.golomb() + 1
  const mapUnitsHigh = bits.golomb() + 1
  const blocksHigh = mapUnitsHigh * (bits.read(1) === 1 ? 1 : 2)
  if (bits.isOver) return "truncated"
  if (16 * blocksWide > videoSideMaxPx || 16 * blocksHigh > videoSideMaxPx) return "tooLarge"
  const blocks = blocksWide * blocksHigh
  return blocks * Math.max(1, references) > videoReferenceBlocksMax ? "tooLarge" : blocks
}

function skipScalingLists(bits: Bits, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (bits.read(1) === 0) continue
    let last = 8
    let next = 8
    for (let at = 0; at < (list < 6 ? 16 : 64) && !bits.isOver; at++) {
      if (next !== 0) {
        const code = bits.golomb()
        next = (last + (code & 1 ? (code + 1) / 2 : -code / 2) + 256) & 255
      }
      if (next !== 0) last = next
    }
  }
}

/** Bits of a unit without its emulation prevention (7.4.1.1); past the end they are zeroes, and `isOver` says so. */
class Bits {
  readonly #unit: Uint8Array
  #at = 0
  #left = 0
  #byte = 0
  #zeroes = 0
  isOver = false

  constructor(unit: Uint8Array) {
    this.#unit = unit
  }

  #bit(): number {
    if (this.#left === 0) {
      if (this.#zeroes >= 2 && this.#unit[this.#at] === 3) {
        this.#at += 1
        this.#zeroes = 0
      }
      if (this.#at >= this.#unit.length) this.isOver = true
      this.#byte = this.#unit[this.#at] ?? 0
      this.#at += 1
      this.#zeroes = this.#byte === 0 ? this.#zeroes + 1 : 0
      this.#left = 8
    }
    this.#left -= 1
    return (this.#byte >> this.#left) & 1
  }

  read(count: number): number {
    let value = 0
    for (let bit = 0; bit < count; bit++) value = value * 2 + this.#bit()
    return value
  }

  /** An unsigned number of Golomb's and Rice's code (9.1), at most 32 bits. */
  golomb(): number {
    let zeroes = 0
    while (zeroes < 32 && !this.isOver && this.#bit() === 0) zeroes += 1
    return 2 ** zeroes - 1 + this.read(zeroes)
  }
}
