/** Figures of merit: by hand where it is possible, by property where not. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readingClasses, readings } from "../../machines/reading.ts"
import { seededRandom } from "../../models/illustration/random.ts"
import { type Case, calibrationError, judge, percentiles } from "../../models/statistics/judgement.ts"
import { majorityOf, voteShare } from "../../models/statistics/votes.ts"

const face = (truth: Case["truth"], reading: Case["reading"], confidence = 0.9): Case => ({
  truth,
  reading,
  confidence,
  agreement: Number(truth === reading)
})
const many = (count: number, one: Case) => Array.from({ length: count }, () => one)

describe("judge()", () => {
  const cases = [
    ...many(6, face("negative", "negative")),
    ...many(2, face("negative", "neutral")),
    ...many(2, face("negative", "unreadable")),
    ...many(8, face("neutral", "neutral")),
    ...many(4, face("neutral", "negative")),
    ...many(10, face("positive", "positive"))
  ]
  const judgement = judge(cases, seededRandom(1))

  it("has the truth in rows, in the order negative, neutral, positive", () => {
    expect(judgement.confusion).toEqual([
      [6, 2, 0],
      [4, 8, 0],
      [0, 0, 10]
    ])
    expect(judgement).toMatchObject({
      n: 32,
      unreadable: 2,
      unreadableByClass: { negative: 2, neutral: 0, positive: 0 }
    })
  })

  it("counts unreadable as wrong: in recall, F1 and accuracy, not in precision", () => {
    expect(judgement.recall.negative).toBeCloseTo(6 / 10)
    expect(judgement.precision.negative).toBeCloseTo(6 / 10)
    expect(judgement.f1.negative).toBeCloseTo((2 * 6) / (10 + 10))
    expect(judgement.f1.neutral).toBeCloseTo((2 * 8) / (12 + 10))
    expect(judgement.accuracy).toBeCloseTo(24 / 32)
    expect(judgement.macroF1).toBeCloseTo((0.6 + 16 / 22 + 1) / 3)
  })

  it("gives no figure for a class that the truth lacks, and leaves it out of the mean", () => {
    const { f1, recall, precision, macroF1, intervals } = judge([face("neutral", "neutral")], seededRandom(1))
    expect([f1.negative, recall.negative, precision.negative, intervals.f1.negative]).toEqual([null, null, null, null])
    expect(macroF1).toBe(1)
    expect(judge([], seededRandom(1))).toMatchObject({ n: 0, accuracy: null, macroF1: null, ece: null })
  })

  it("repeats itself from a seed", () => {
    expect(judge(cases, seededRandom(1))).toEqual(judgement)
    expect(judge(cases, seededRandom(2)).intervals).not.toEqual(judgement.intervals)
  })

  it("draws intervals as wide as the binomial's", () => {
    const half = [...many(200, face("neutral", "neutral")), ...many(200, face("neutral", "positive"))]
    const { low, high } = judge(half, seededRandom(1)).intervals.accuracy!
    const wanted = 1.96 * Math.sqrt(0.25 / 400)
    expect(0.5 - low).toBeGreaterThan(wanted * 0.85)
    expect(high - 0.5).toBeLessThan(wanted * 1.15)
  })

  it("keeps every figure between 0 and 1 and inside its interval's reach, whatever the faces", () => {
    const anyFace = fc.record({
      truth: fc.constantFrom(...readingClasses),
      reading: fc.constantFrom(...readings),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      agreement: fc.double({ min: 0, max: 1, noNaN: true })
    })
    fc.assert(
      fc.property(fc.array(anyFace, { maxLength: 60 }), fc.integer(), (cases, seed) => {
        const { n, unreadable, confusion, accuracy, macroF1, ece, intervals } = judge(cases, seededRandom(seed), 50)
        expect(confusion.flat().reduce((sum, count) => sum + count, unreadable)).toBe(n)
        for (const figure of [accuracy, macroF1, ece]) {
          if (figure === null) continue
          expect(figure).toBeGreaterThanOrEqual(0)
          expect(figure).toBeLessThanOrEqual(1)
        }
        if (intervals.accuracy !== null) expect(intervals.accuracy.low).toBeLessThanOrEqual(intervals.accuracy.high)
      }),
      { numRuns: 100 }
    )
  })
})

describe("calibrationError()", () => {
  it("is 0 when each bin is right as often as it is sure", () => {
    const sure = [1, 1, 1, 0].map((agreement) => ({ confidence: 0.75, agreement }))
    expect(calibrationError(sure)).toBeCloseTo(0)
  })

  it("weighs the distance of a bin by the cases in it, and takes shares of votes", () => {
    const cases = [...many(3, face("neutral", "neutral", 1)), { confidence: 0.5, agreement: 0.1 }]
    expect(calibrationError(cases)).toBeCloseTo(0.4 / 4)
  })
})

describe("percentiles()", () => {
  it("are the middle 95 %, of numbers and not of their texts", () => {
    expect(percentiles(Array.from({ length: 1001 }, (_, i) => 1000 - i))).toEqual({ low: 25, high: 975 })
    expect(percentiles([])).toBeNull()
  })
})

describe("majorityOf()", () => {
  const votes = (negative: number, neutral: number, positive: number, unusable = 0) => ({
    classes: { negative, neutral, positive },
    unusable
  })

  it("names the class with the most votes", () => {
    expect(majorityOf(votes(5, 4, 1))).toBe("negative")
  })

  it("names none for a tie, for mostly unknown or not a face, and without votes", () => {
    expect(majorityOf(votes(4, 4, 2))).toBe("tie")
    expect(majorityOf(votes(4, 1, 1, 4))).toBe("unknownOrNotAFace")
    expect(majorityOf(votes(0, 0, 0, 10))).toBe("unknownOrNotAFace")
    expect(majorityOf(votes(0, 0, 0))).toBe("noVotes")
    expect(majorityOf(undefined)).toBe("noVotes")
  })

  it("shares the votes among the classes only", () => {
    expect(voteShare(votes(3, 1, 0, 6), "negative")).toBe(0.75)
    expect(voteShare(votes(0, 0, 0, 6), "negative")).toBe(0)
  })
})
