/** The short form of an entry in a proof file: always the very entry again, and one form for each. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { encodeEntry } from "../../models/proof/commit-entry.ts"
import { packEntry, unpackEntry } from "../../models/proof/packed-entry.ts"

const uuid = fc.uuid({ version: 4 })
const stream = fc.oneof(
  uuid.map((id) => `conference-${id}`),
  uuid.map((id) => `illustration-${id}`),
  fc.uuid().map((id) => `conference-${id}`),
  fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" })
)
const entry = fc
  .record({
    stream,
    firstVersion: fc.nat({ max: 2_000_000_000 }),
    eventCount: fc.nat({ max: 65_536 }),
    committedAt: fc.oneof(fc.nat(), fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2070, 0) })),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 })
  })
  .map(encodeEntry)

it("unpackEntry() gives the very bytes that were packed, which are never more than those", () => {
  fc.assert(
    fc.property(entry, (bytes) => {
      const packed = packEntry(bytes)
      expect(unpackEntry(packed)).toEqual(bytes)
      expect(packed.length).toBeLessThanOrEqual(bytes.length)
    })
  )
})

it("a commit of frames is packed into 57 bytes, which are 76 characters", () => {
  fc.assert(
    fc.property(uuid, fc.integer({ min: 16_384, max: 2_097_151 }), (id, firstVersion) => {
      const digest = new Uint8Array(32)
      const at = { firstVersion, eventCount: 35, committedAt: Date.UTC(2026, 10, 26), digest }
      expect(packEntry(encodeEntry({ stream: `conference-${id}`, ...at })).length).toBe(57)
    })
  )
})

it("unpackEntry() refuses whatever no entry packs to", () => {
  fc.assert(
    fc.property(entry, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, anyAt, change) => {
      const packed = Uint8Array.from(packEntry(bytes))
      packed[anyAt % packed.length]! ^= change
      let unpacked: Uint8Array
      try {
        unpacked = unpackEntry(packed)
      } catch (error) {
        expect((error as Error).message).toContain("Cannot read what is proven")
        return
      }
      // Another entry then, or bytes that were never packed and are judged as they are.
      if (packed[0]! >= 128) expect(packEntry(unpacked)).toEqual(packed)
      else expect(unpacked).toEqual(packed)
    }),
    { numRuns: 1_000 }
  )
})
