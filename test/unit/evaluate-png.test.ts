/** Plain PNGs, written here row by row with every filter, and what is left to ffmpeg. */
import { deflateSync } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { pngLuma } from "../../infra/clips/png-luma.ts"

interface Drawn {
  readonly width: number
  readonly height: number
  readonly colourType: 0 | 2 | 4 | 6
  readonly filters: readonly number[]
  readonly pixels: readonly number[]
}
const samplesOf = { 0: 1, 2: 3, 4: 2, 6: 4 } as const

/** A chunk without its checksum, which nothing here reads. */
function chunk(name: string, content: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(content.length, 0)
  head.write(name, 4, "latin1")
  return Buffer.concat([head, content, Buffer.alloc(4)])
}

function png(drawn: Drawn, changes: { readonly bitDepth?: number; readonly interlace?: number } = {}): Buffer {
  const { width, height, colourType, filters, pixels } = drawn
  const samples = samplesOf[colourType]
  const rowBytes = width * samples
  const at = (x: number, y: number) => (x < 0 || y < 0 ? 0 : pixels[(y * rowBytes + x) % pixels.length]!)
  const rows = Array.from({ length: height }, (_, y) => {
    const filter = filters[y % filters.length]!
    const row = Array.from({ length: rowBytes }, (_, x) => {
      const [left, up, corner] = [at(x - samples, y), at(x, y - 1), x < samples ? 0 : at(x - samples, y - 1)]
      return at(x, y) - [0, left, up, Math.floor((left + up) / 2), paeth(left, up, corner)][filter]!
    })
    return Buffer.from([filter, ...row.map((value) => value & 255)])
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([changes.bitDepth ?? 8, colourType, 0, 0, changes.interlace ?? 0], 8)
  const packed = deflateSync(Buffer.concat(rows))
  const half = packed.length >> 1
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const parts = [chunk("IHDR", header), chunk("IDAT", packed.subarray(0, half)), chunk("IDAT", packed.subarray(half))]
  return Buffer.concat([signature, ...parts, chunk("IEND", Buffer.alloc(0))])
}

/** As the standard has it (clause 9.4). */
function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const nearest = [left, up, corner].map((value) => Math.abs(estimate - value))
  if (nearest[0]! <= nearest[1]! && nearest[0]! <= nearest[2]!) return left
  return nearest[1]! <= nearest[2]! ? up : corner
}

const anyDrawn: fc.Arbitrary<Drawn> = fc.record({
  width: fc.integer({ min: 1, max: 12 }),
  height: fc.integer({ min: 1, max: 12 }),
  colourType: fc.constantFrom(0, 2, 4, 6),
  filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 }),
  pixels: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 600 })
})

describe("pngLuma()", () => {
  it("gives the luma of every pixel, whatever the filters and colours", () => {
    fc.assert(
      fc.property(anyDrawn, (drawn) => {
        const { width, height, colourType, pixels } = drawn
        const samples = samplesOf[colourType]
        const luma = Array.from({ length: width * height }, (_, pixel) => {
          const [red = 0, green = 0, blue = 0] = [0, 1, 2].map((i) => pixels[(pixel * samples + i) % pixels.length]!)
          return colourType === 0 || colourType === 4 ? red : Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
        })
        const read = pngLuma(png(drawn))
        expect(read).toMatchObject({ width, height })
        expect([...read!.bytes]).toEqual(luma)
      }),
      { numRuns: 200 }
    )
  })

  const drawn: Drawn = { width: 8, height: 8, colourType: 0, filters: [4], pixels: [1, 2, 3] }

  it("leaves other depths, interlaced ones and other formats to ffmpeg", () => {
    expect(pngLuma(png(drawn))).toBeDefined()
    expect(pngLuma(png(drawn, { bitDepth: 16 }))).toBeUndefined()
    expect(pngLuma(png(drawn, { interlace: 1 }))).toBeUndefined()
    expect(pngLuma(Buffer.alloc(100))).toBeUndefined()
  })

  it("never gives half a picture: one cut off anywhere is refused, and none makes it throw", () => {
    const whole = png(drawn)
    const dataEnd = whole.indexOf("IEND", 0, "latin1") - 8
    for (let length = 0; length < dataEnd; length++) expect(pngLuma(whole.subarray(0, length))).toBeUndefined()
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const damaged = Buffer.from(whole)
        damaged[at] = value
        expect(() => pngLuma(damaged)).not.toThrow()
      }),
      { numRuns: 500 }
    )
  })
})
