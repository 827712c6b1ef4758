/** What streams cost their edge: parts that add up, demand that leaving frames out does not hide, and the busiest thinned first. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { oneFrameIn, overloadSteps } from "../../actors/overload.ts"
import { noWork, partsOf, type StreamWork, takeStep } from "../../actors/stream-work.ts"

const worked = fc
  .array(
    fc.record({ workedMs: fc.integer({ min: 0, max: 900 }), read: fc.integer({ min: 0, max: 60 }), left: fc.nat(60) }),
    { maxLength: 8 }
  )
  .map((all) =>
    all.map(({ workedMs, read, left }, index): StreamWork => {
      // Work without a frame that was read there is none.
      return { ...noWork(`c${index}`), workedMs: read === 0 ? 0 : workedMs, read, passed: read + left }
    })
  )
const sum = (parts: Readonly<Record<string, number>>) => Object.values(parts).reduce((all, part) => all + part, 0)

describe("the parts of streams in an edge's work", () => {
  it("add up to one where every frame was read, and to more by what was left out", () => {
    fc.assert(
      fc.property(worked, (streams) => {
        const parts = partsOf(streams)
        const allRead = partsOf(streams.map((stream) => ({ ...stream, passed: stream.read })))
        const anyWork = streams.some(({ workedMs }) => workedMs > 0)
        expect(sum(allRead)).toBeCloseTo(anyWork ? 1 : 0, 9)
        for (const { conference, passed, read } of streams) {
          expect(parts[conference]).toBeCloseTo(read === 0 ? 0 : (allRead[conference]! * passed) / read, 9)
        }
      })
    )
  })

  it("are counted anew from each step on, in which the busiest give up frames first", () => {
    fc.assert(
      fc.property(worked, fc.constantFrom(...overloadSteps), (streams, step) => {
        const before = new Map(streams.map(({ conference, workedMs }) => [conference, workedMs]))
        takeStep(streams, step)
        const thinned = streams.filter(({ oneIn }) => oneIn === 2)
        const whole = streams.filter(({ oneIn }) => oneIn === 1)
        const thinnedCount = streams.filter((_, rank) => oneFrameIn(step, rank, streams.length) === 2).length
        expect(thinned.length).toBe(thinnedCount)
        const least = Math.min(...thinned.map(({ conference }) => before.get(conference)!))
        for (const { conference } of whole) expect(before.get(conference)).toBeLessThanOrEqual(least)
        for (const { workedMs, passed, read } of streams) expect([workedMs, passed, read]).toEqual([0, 0, 0])
      })
    )
  })
})
