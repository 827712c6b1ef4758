/** The report's numbers, by hand; that live and replayed agree is test/integration/conference.test.ts. */
import { describe, expect, it } from "vitest"
import { reportTable } from "../../infra/report-table.ts"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import type { Reading } from "../../machines/reading.ts"
import { correctedOf } from "../../projections/corrected.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"
import { secondsOf } from "../../projections/seconds.ts"

const confusion = [
  [80, 10, 10],
  [20, 70, 10],
  [5, 5, 90]
]
const started = (conference = "c-1"): ConferenceEvent => ({
  type: "ConferenceStarted",
  at: 0,
  conference,
  call: "",
  subject: "",
  manager: "",
  model: { name: "expression", sha256: "", confusion }
})
/** Thousandths in which surprise outweighs happiness, or the other way round. */
const surprised = [0, 0, 0, 100, 100, 0, 800]
const pleased = [0, 0, 0, 800, 100, 0, 100]

function frame(at: number, reading: Reading, probabilitiesPermille = pleased): ConferenceEvent[] {
  return [
    { type: "FrameReceived", at, frameIndex: 1, capturedAt: at },
    { type: "ExpressionPredicted", at, predictUs: 1, probabilitiesPermille },
    { type: "ReadingCounted", at, reading }
  ]
}
const fold = (events: readonly ConferenceEvent[]) => events.reduce(evolveReport, emptyReport)
const call = (readings: readonly Reading[], conference?: string) =>
  fold([started(conference), ...readings.flatMap((reading, index) => frame(1_000_000 + index * 100, reading))])
const repeated = (count: number, reading: Reading) => Array.from({ length: count }, () => reading)

describe("reportOf()", () => {
  it("has no number at all where nothing was counted", () => {
    const report = reportOf(call(["unreadable", "unreadable"]))
    expect(report).toMatchObject({
      satisfaction: null,
      interval: null,
      corrected: null,
      surpriseShare: null,
      coverage: 0
    })
    expect(reportOf(emptyReport)).toMatchObject({ coverage: null, interval: null, corrected: null })
  })

  it("keeps the contractual number as the contract has it, whatever stands beside it", () => {
    const report = reportOf(
      call([...repeated(20, "negative"), ...repeated(60, "neutral"), ...repeated(20, "positive")])
    )
    expect(report.satisfaction).toBeCloseTo((50 / 70) * 100)
    expect([report.negative, report.neutral, report.positive]).toEqual([20, 60, 20])
  })

  it("holds the number in its interval, and repeats the interval from the conference's id", () => {
    const readings = [...repeated(40, "neutral"), ...repeated(30, "negative"), ...repeated(30, "positive")]
    const { satisfaction, interval } = reportOf(call(readings))
    expect(interval!.low).toBeLessThan(satisfaction!)
    expect(interval!.high).toBeGreaterThan(satisfaction!)
    expect(reportOf(call(readings)).interval).toEqual(interval)
    expect(reportOf(call(readings, "c-2")).interval).not.toEqual(interval)
  })

  it("does not claim certainty from a calm minute", () => {
    const { satisfaction, interval } = reportOf(call(repeated(600, "neutral")))
    expect(satisfaction).toBe(100)
    expect(interval!.low).toBeLessThan(95)
    expect(interval!.high).toBe(100)
  })

  it("says how much of Positive is surprise, of all counted frames", () => {
    const events = [
      started(),
      ...frame(0, "positive", surprised),
      ...frame(1, "positive", pleased),
      ...frame(2, "neutral", surprised),
      ...frame(3, "unreadable", surprised),
      // A frame whose face was missed has no prediction; an earlier one's must not count for it.
      { type: "FrameReceived", at: 4, frameIndex: 5, capturedAt: 4 } as const,
      { type: "ReadingCounted", at: 4, reading: "positive" } as const
    ]
    expect(reportOf(fold(events)).surpriseShare).toBeCloseTo(100 / 4)
  })

  it("is a fold that leaves earlier states as they were", () => {
    const before = call(repeated(30, "neutral"))
    const told = JSON.stringify(reportOf(before))
    frame(1_003_050, "negative").reduce(evolveReport, before)
    expect(JSON.stringify(reportOf(before))).toBe(told)
  })

  it("sums readings by the second, without holes and in order", () => {
    const { seconds } = fold([...frame(1_500, "neutral"), ...frame(1_900, "positive"), ...frame(9_000, "negative")])
    expect(secondsOf(seconds)).toMatchObject([
      { second: 1, negative: 0, neutral: 1, positive: 1, unreadable: 0 },
      { second: 9, negative: 1, neutral: 0, positive: 0, unreadable: 0 }
    ])
  })
})

describe("correctedOf()", () => {
  it("finds the mixture that a net with these errors would have read so", () => {
    // 30 % negative, 50 % neutral, 20 % positive, read with the rates of `confusion`.
    const counts = { negative: 3_500, neutral: 3_900, positive: 2_600 }
    const corrected = correctedOf(
      counts,
      confusion.map((row) => row.map((count) => count * 1_000))
    )!
    expect(corrected.negative).toBeCloseTo(30, 1)
    expect(corrected.neutral).toBeCloseTo(50, 1)
    expect(corrected.positive).toBeCloseTo(20, 1)
    expect(corrected.satisfaction).toBeCloseTo((45 / 75) * 100, 1)
  })

  it("never leaves 0 to 100, where inverting the matrix would", () => {
    const corrected = correctedOf({ negative: 5, neutral: 95, positive: 0 }, confusion)!
    expect(corrected.positive).toBeGreaterThanOrEqual(0)
    expect(corrected.negative).toBeGreaterThanOrEqual(0)
    expect(corrected.negative + corrected.neutral + corrected.positive).toBeCloseTo(100)
    expect(corrected.neutral).toBeGreaterThan(95)
  })

  it("gives nothing for a matrix that says nothing", () => {
    const counts = { negative: 1, neutral: 1, positive: 1 }
    for (const empty of [
      [],
      [[1, 0, 0]],
      [
        [0, 0, 0],
        [1, 1, 1],
        [1, 1, 1]
      ]
    ])
      expect(correctedOf(counts, empty)).toBeNull()
  })
})

describe("reportTable()", () => {
  const readings = [...repeated(40, "neutral"), ...repeated(30, "positive")]

  it.each(["ru", "en"] as const)(
    "explains interval and correction in %s, and stays narrow enough to read",
    (language) => {
      const table = reportTable(reportOf(call(readings)), language)
      expect(table).toContain("95 %")
      expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100)
    }
  )

  it("shows the customer's four rows first", () => {
    const lines = reportTable(reportOf(call(readings)), "ru").split("\n")
    expect(lines.slice(2, 6).map((line) => line.trim().split(/\s{2,}/)[0])).toEqual([
      "Общая удовлетворенность",
      "Негативные эмоции",
      "Нейтральные эмоции",
      "Положительные эмоции"
    ])
  })

  it("says that there is no number rather than showing one", () => {
    const table = reportTable(reportOf(call(["unreadable"])), "en")
    expect(table).toContain("no data")
    expect(table).not.toContain("95 % interval: ")
  })
})
