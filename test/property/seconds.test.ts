/** Readings summed by the second: nothing is lost, whatever the clock does, and packing changes nothing but the memory it takes. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Reading, readings } from "../../machines/reading.ts"
import {
  countedSecondsOf,
  noSeconds,
  type Second,
  type Seconds,
  secondsOf,
  withReadingAt
} from "../../projections/seconds.ts"

const begin = 1_790_000_000_000
type Frames = readonly (readonly [Reading, number])[]
const reading = fc.constantFrom(...readings)
/** Frames at any moment of some minutes, a clock that steps back and a day's pause among them. */
const anyFrames: fc.Arbitrary<Frames> = fc.array(
  fc.tuple(reading, fc.oneof(fc.integer({ min: -5_000, max: 400_000 }), fc.constantFrom(0, 86_400_000))),
  { maxLength: 400, size: "max" }
)
/** Frames of a call, some a second, in order. */
const call: fc.Arbitrary<Frames> = fc
  .array(fc.tuple(reading, fc.integer({ min: 1, max: 2_500 })), { maxLength: 400, size: "max" })
  .map((steps) => {
    let after = 0
    return steps.map(([reading, stepMs]) => {
      after += stepMs
      return [reading, after] as const
    })
  })

const folded = (frames: Frames, from: Seconds = noSeconds) =>
  frames.reduce((seconds, [reading, after]) => withReadingAt(seconds, begin + after, reading), from)

/** As the list would be without packing. */
function plainly(frames: Frames): readonly Second[] {
  const seconds: Record<Reading | "second", number>[] = []
  for (const [reading, after] of frames) {
    const second = Math.max(Math.floor((begin + after) / 1000), seconds.at(-1)?.second ?? 0)
    if (seconds.at(-1)?.second !== second) seconds.push({ second, negative: 0, neutral: 0, positive: 0, unreadable: 0 })
    seconds.at(-1)![reading] += 1
  }
  return seconds
}

describe("withReadingAt()", () => {
  it("counts every frame in exactly one second, and its seconds stand in order", () => {
    fc.assert(
      fc.property(fc.oneof(anyFrames, call), (frames) => {
        const seconds = secondsOf(folded(frames))
        expect(seconds).toEqual(plainly(frames))
        expect(seconds.every(({ second }, index) => index === 0 || second > seconds[index - 1]!.second)).toBe(true)
        const counted = countedSecondsOf(folded(frames))
        expect(counted).toEqual(seconds.filter((each) => each.negative + each.neutral + each.positive > 0))
      })
    )
  })

  it("leaves earlier states as they were, and goes on from a kept one as from its own", () => {
    fc.assert(
      fc.property(call, call, (before, after) => {
        const half = folded(before)
        const kept = structuredClone(half)
        expect(folded(after, kept)).toEqual(folded(after, half))
        expect(half).toEqual(kept)
      })
    )
  })

  it("keeps an hour of thirty frames a second in less than 20 kB", () => {
    const frames = Array.from({ length: 108_000 }, (_, index): readonly [Reading, number] => {
      return [readings[Math.floor(index / 70) % readings.length]!, Math.round((index * 1000) / 30)]
    })
    const hour = folded(frames)
    expect(secondsOf(hour)).toHaveLength(3_600)
    expect(JSON.stringify(hour).length).toBeLessThan(20_000)
  })
})
