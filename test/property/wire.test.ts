/** Frame headers: what is written is read back, and no bytes whatsoever make the reader throw. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeFrameHeader, encodeFrame, type FrameHeader, frameHeaderBytes } from "../../machines/wire.ts"

const faults = ["tooShort", "version", "codec", "length", "sequence", "capturedAt", "dimensions"]
const common = {
  sequence: fc.integer({ min: 1, max: 0xfffffffe }),
  capturedAt: fc.integer({ min: 0, max: 64_060_588_800_000 })
}
const u16 = fc.integer({ min: 0, max: 0xffff })
const jpeg: fc.Arbitrary<[FrameHeader, Uint8Array]> = fc.tuple(
  fc.record({ ...common, codec: fc.constant("jpeg" as const), widthPx: u16, heightPx: u16 }),
  fc.uint8Array({ maxLength: 2000 })
)
const side = fc.integer({ min: 1, max: 40 })
const gray8: fc.Arbitrary<[FrameHeader, Uint8Array]> = fc
  .record({ ...common, codec: fc.constant("gray8" as const), widthPx: side, heightPx: side })
  .map((header) => [header, new Uint8Array(header.widthPx * header.heightPx)])
const frames = fc.oneof(jpeg, gray8)

describe("decodeFrameHeader()", () => {
  it("reads back every header that encodeFrame() writes, and the picture follows it", () => {
    fc.assert(
      fc.property(frames, ([header, picture]) => {
        const message = encodeFrame(header, picture)
        expect(decodeFrameHeader(message)).toEqual(header)
        expect(message.subarray(frameHeaderBytes)).toEqual(picture)
      })
    )
  })

  it("never throws, and answers a header or a named fault, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const read = decodeFrameHeader(bytes)
        expect(typeof read === "string" ? faults.includes(read) : read.sequence > 0).toBe(true)
      }),
      { numRuns: 2000 }
    )
  })

  it("never takes a frame with one byte of its header changed for one of other length or form", () => {
    const changes = fc.record({ at: fc.nat(frameHeaderBytes - 1), to: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(frames, changes, ([header, picture], { at, to }) => {
        const message = encodeFrame(header, picture)
        message[at] = to
        const read = decodeFrameHeader(message)
        if (typeof read === "string") expect(faults).toContain(read)
        // What is taken after all says the same of the picture's length, which is all the decoder relies on.
        else expect(encodeFrame(read, message.subarray(frameHeaderBytes))).toEqual(message)
      }),
      { numRuns: 2000 }
    )
  })

  it("never takes a frame that was cut or run together with more", () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: -40, max: 40 }), ([header, picture], by) => {
        fc.pre(by !== 0)
        const message = encodeFrame(header, picture)
        const other = new Uint8Array(Math.max(0, message.length + by))
        other.set(message.subarray(0, other.length))
        expect(faults).toContain(decodeFrameHeader(other))
      })
    )
  })
})
