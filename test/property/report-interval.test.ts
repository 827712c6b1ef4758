/** Whether the interval keeps its word: on simulated calls whose true satisfaction is known, and on any readings at all. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { satisfactionPercent } from "../../machines/satisfaction.ts"
import { seededRandom } from "../../models/illustration/random.ts"
import { correctedOf } from "../../projections/corrected.ts"
import { blockSecondsOf, satisfactionInterval } from "../../projections/interval.ts"
import type { Second } from "../../projections/seconds.ts"

const framesPerSecond = 10
/** Negative, neutral, positive: how long each lasts on average, in seconds, and what follows it how often. */
const dwellSeconds = [4, 8, 3] as const
const follows = [
  [0, 0.9, 0.1],
  [0.25, 0, 0.75],
  [0.1, 0.9, 0]
] as const

/** A call in which an expression lasts for a random time and is followed by another. */
function simulate(seconds: number, random: () => number): Second[] {
  const call: Second[] = []
  let expression = 1
  let leftSeconds = 0
  for (let second = 0; second < seconds; second++) {
    const counts = [0, 0, 0]
    for (let frame = 0; frame < framesPerSecond; frame++) {
      if (leftSeconds <= 0) {
        const [negative, neutral] = follows[expression as 0 | 1 | 2]
        const drawn = random()
        expression = drawn < negative ? 0 : drawn < negative + neutral ? 1 : 2
        leftSeconds = -Math.log(1 - random()) * dwellSeconds[expression as 0 | 1 | 2]
      }
      leftSeconds -= 1 / framesPerSecond
      counts[expression]! += 1
    }
    const [negative = 0, neutral = 0, positive = 0] = counts
    call.push({ second, negative, neutral, positive, unreadable: 0 })
  }
  return call
}

const satisfactionOf = (call: readonly Second[]) => {
  const total = { negative: 0, neutral: 0, positive: 0 }
  for (const { negative, neutral, positive } of call) {
    total.negative += negative
    total.neutral += neutral
    total.positive += positive
  }
  return satisfactionPercent(total)
}

describe("satisfactionInterval()", () => {
  const random = seededRandom(7)
  const truth = satisfactionOf(simulate(200_000, random))!
  const calls = 300

  it.each([15, 60, 300, 1_800])("holds the truth of simulated calls of %i s at least nine times in ten", (seconds) => {
    let held = 0
    let width = 0
    for (let call = 0; call < calls; call++) {
      const { low, high } = satisfactionInterval(simulate(seconds, random), `call ${call}`)!
      if (low <= truth && truth <= high) held += 1
      width += (high - low) / calls
    }
    expect(held / calls).toBeGreaterThan(0.885)
    // An interval that says nothing would hold it too.
    if (seconds >= 300) expect(width).toBeLessThan(30)
    if (seconds >= 1_800) expect(width).toBeLessThan(13)
  })

  const second = fc.record({
    second: fc.constant(0),
    negative: fc.integer({ min: 0, max: 30 }),
    neutral: fc.integer({ min: 0, max: 30 }),
    positive: fc.integer({ min: 0, max: 30 }),
    unreadable: fc.constant(0)
  })

  it("holds the number itself and stays within 0 to 100, whatever the readings", () => {
    fc.assert(
      fc.property(fc.array(second, { maxLength: 200 }), fc.string(), (seconds, seed) => {
        const point = satisfactionOf(seconds)
        const interval = satisfactionInterval(seconds, seed)
        if (point === null) {
          expect(interval).toBeNull()
          return
        }
        expect(interval!.low).toBeGreaterThanOrEqual(0)
        expect(interval!.low).toBeLessThanOrEqual(point)
        expect(interval!.high).toBeGreaterThanOrEqual(point)
        expect(interval!.high).toBeLessThanOrEqual(100)
      }),
      { numRuns: 200 }
    )
  })

  it("draws longer blocks from longer calls, never longer than the call", () => {
    expect([1, 2, 15, 60, 300, 3_600].map(blockSecondsOf)).toEqual([1, 2, 5, 8, 13, 31])
  })
})

describe("correctedOf()", () => {
  const count = fc.integer({ min: 0, max: 5_000 })
  const cells = fc.array(fc.array(count, { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 })

  it("is a mixture for any counts and any confusion", () => {
    fc.assert(
      fc.property(fc.record({ negative: count, neutral: count, positive: count }), cells, (counts, confusion) => {
        const corrected = correctedOf(counts, confusion)
        if (corrected === null) return
        const { negative, neutral, positive, satisfaction } = corrected
        for (const share of [negative, neutral, positive, satisfaction]) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(100 + 1e-9)
        }
        expect(negative + neutral + positive).toBeCloseTo(100)
      }),
      { numRuns: 200 }
    )
  })
})
