/**
 * Bits in, bits out, least significant first: the alphabet of the commit codec.
 * Numbers are safe integers; it refuses to guess, so writer and reader must agree on every width.
 */

/** Widest number that one step of shifting handles without leaving 32 bits at any bit offset. */
const stepBits = 24
const stepScale = 2 ** stepBits

/** How many bits the non-negative integer needs; 0 for 0. */
export function bitWidthOf(value: number): number {
  if (value < 0x80000000) return 32 - Math.clz32(value)
  return 32 + bitWidthOf(Math.floor(value / 2 ** 32))
}

/** Bits that `writeInteger` spends on the number: a width, a sign and the magnitude. */
export function integerCostBits(value: number): number {
  const width = bitWidthOf(Math.abs(value))
  return width === 0 ? 6 : 7 + width
}

export class BitWriter {
  #bytes = new Uint8Array(512)
  #bitIndex = 0

  /** Writes the low `width` bits (0 to 53) of a non-negative integer. */
  writeBits(value: number, width: number): void {
    if (width > stepBits) {
      this.writeBits(value % stepScale, stepBits)
      this.writeBits(Math.floor(value / stepScale), width - stepBits)
      return
    }
    if (value < 0 || value >>> width !== 0) throw new RangeError(`${value} does not fit in ${width} bits`)
    let byteIndex = this.#bitIndex >>> 3
    if (byteIndex + 5 > this.#bytes.length) this.#grow()
    let rest = value << (this.#bitIndex & 7)
    for (let left = (this.#bitIndex & 7) + width; left > 0; left -= 8) {
      this.#bytes[byteIndex++]! |= rest & 0xff
      rest >>>= 8
    }
    this.#bitIndex += width
  }

  /** Writes any safe integer, small ones in few bits. */
  writeInteger(value: number): void {
    const magnitude = Math.abs(value)
    const width = bitWidthOf(magnitude)
    this.writeBits(width, 6)
    if (width === 0) return
    this.writeBits(value < 0 ? 1 : 0, 1)
    this.writeBits(magnitude, width)
  }

  /** What was written, padded with zero bits to a whole byte. */
  toBytes(): Uint8Array {
    return this.#bytes.subarray(0, (this.#bitIndex + 7) >>> 3)
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2)
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

export class BitReader {
  readonly #bytes: Uint8Array
  #bitIndex = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  readBits(width: number): number {
    if (width > stepBits) {
      const low = this.readBits(stepBits)
      return low + this.readBits(width - stepBits) * stepScale
    }
    const bytes = this.#bytes
    const byteIndex = this.#bitIndex >>> 3
    const offset = this.#bitIndex & 7
    this.#bitIndex += width
    if (this.#bitIndex > bytes.length * 8) throw new RangeError("the bit stream ends early")
    let word = bytes[byteIndex]! | 0
    if (offset + width > 8) word |= bytes[byteIndex + 1]! << 8
    if (offset + width > 16) word |= bytes[byteIndex + 2]! << 16
    if (offset + width > 24) word |= bytes[byteIndex + 3]! << 24
    return (word >>> offset) & ((1 << width) - 1)
  }

  readInteger(): number {
    const width = this.readBits(6)
    if (width === 0) return 0
    const negative = this.readBits(1) === 1
    const magnitude = this.readBits(width)
    return negative ? -magnitude : magnitude
  }
}
