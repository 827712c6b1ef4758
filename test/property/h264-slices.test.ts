/** A chunk of H.264 costs its decoder one picture: slices of a second one, or that reach over the same blocks again and again, never come near FFmpeg. */
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { encodedDemoChunks } from "../../infra/clips/encoded-clip.ts"
import { H264Reader } from "../../models/vision/h264-chunk.ts"

/** Of the shipped clip: 1280×720. */
const blocks = 80 * 45
/** As `models/vision/h264-chunk.ts` derives it. */
const blocksMax = 128 * 8_160

let keyFrame: Uint8Array
beforeAll(async () => {
  keyFrame = (await encodedDemoChunks("h264"))[0]!.bytes
})

/** A unit of type 1 that begins at a block (9.1: zeroes, then the number and one), and nothing of a picture behind it. */
function sliceAt(block: number): Uint8Array {
  const digits = (block + 1).toString(2)
  const bits = `${"0".repeat(digits.length - 1)}${digits}1`.padEnd(48, "1")
  const bytes = bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2))
  return Uint8Array.of(0, 0, 0, 1, 0x41, ...bytes)
}
const readAfterKeyFrame = (chunk: Uint8Array) => {
  const reader = new H264Reader()
  expect(reader.read(keyFrame)).toMatchObject({ isKey: true })
  return reader.read(chunk)
}

describe("the slices of a chunk", () => {
  it("are taken when they rise and reach over no more than the bound, and refused otherwise", () => {
    const rising = fc.uniqueArray(fc.nat(blocks - 1), { minLength: 1, maxLength: 600 })
    fc.assert(
      fc.property(rising, fc.boolean(), (some, sorted) => {
        const begins = sorted ? some.toSorted((a, b) => a - b) : some
        const read = readAfterKeyFrame(Buffer.concat(begins.map(sliceAt)))
        const reached: number[] = []
        let refused: string | null = null
        for (const [index, begin] of begins.entries()) {
          reached.push(blocks - begin)
          if (index > 0 && begin <= begins[index - 1]!) refused ??= "notVideo"
          if (reached.reduce((sum, one) => sum + one, 0) > blocksMax) refused ??= "tooLarge"
        }
        if (refused === null) expect(read).toMatchObject({ isKey: false, hasPicture: true })
        else expect(read).toBe(refused)
      }),
      { numRuns: 200 }
    )
  })

  it("of a second picture are refused, and those of every chunk of the shipped clip are taken", async () => {
    expect(readAfterKeyFrame(Buffer.concat([keyFrame, keyFrame]))).toBe("notVideo")
    const reader = new H264Reader()
    for (const { bytes } of await encodedDemoChunks("h264"))
      expect(reader.read(bytes)).toMatchObject({ hasPicture: true })
  })
})
