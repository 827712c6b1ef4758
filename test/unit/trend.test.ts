/** Trends: of whom, from how many conferences, and how sure. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { EndedConferenceRow } from "../../projections/ended-conferences.ts"
import { emptyReport, reportOf } from "../../projections/report.ts"
import { clientsMin, conferencesMin, studentQuantile, trendOf } from "../../projections/trend.ts"

const day = 24 * 3_600_000
interface Given {
  readonly satisfaction: number | null
  readonly subject?: string
  readonly agreed?: boolean
  readonly half?: number
}

const rowOf = ({ satisfaction, subject = "s", agreed = true, half = 2 }: Given, index: number): EndedConferenceRow => {
  const interval = satisfaction === null ? null : { low: satisfaction - half, high: satisfaction + half }
  return {
    conference: `c${index}`,
    call: `f${index}`,
    subject,
    manager: "m",
    startedAt: index * day,
    endedAt: index * day + 1,
    purposes: agreed ? ["expressionAnalysis", "trends"] : ["expressionAnalysis"],
    consents: [],
    report: { ...reportOf(emptyReport), satisfaction, interval, coverage: 1 }
  }
}
const trend = (given: readonly Given[], bounds?: { clientsMin: number }) => trendOf(given.map(rowOf), bounds)
const of = (...values: readonly number[]): Given[] => values.map((satisfaction) => ({ satisfaction }))

describe("trendOf()", () => {
  it("shows nothing below the minimum, and counts only conferences that were counted and agreed to", () => {
    const four = of(70, 71, 72, 73)
    const tooFew = { tooFew: 4, conferencesMin, clientsMin: 1 }
    expect(trend(four)).toEqual(tooFew)
    expect(trend([...four, { satisfaction: null }, { satisfaction: 74, agreed: false }])).toEqual(tooFew)
    expect(trend([...four, { satisfaction: 74 }])).toMatchObject({ mean: 72, points: { length: 5 } })
  })

  it("asks a supervisor's view of a manager for different clients too", () => {
    const ofOne = of(70, 71, 72, 73, 74, 75)
    expect(trend(ofOne, { clientsMin })).toEqual({ tooFew: 6, conferencesMin, clientsMin })
    const ofMany = ofOne.map((each, index) => ({ ...each, subject: `s${index}` }))
    expect(trend(ofMany, { clientsMin })).toMatchObject({ points: { length: 6 } })
  })

  it("orders points by time, whatever order the rows come in", () => {
    const rows = of(1, 2, 3, 4, 5).map(rowOf).reverse()
    expect(trendOf(rows)).toMatchObject({ points: [1, 2, 3, 4, 5].map((satisfaction) => ({ satisfaction })) })
  })

  it("is no surer than Student's t over conferences, nor than the conferences are of themselves", () => {
    // Mean 50, sample deviation 10, n = 5: 50 ± 2.776 · 10 / √5.
    const reach = (2.776 * 10) / Math.sqrt(5)
    const spread = [-14.142, -3.162, 0, 3.162, 14.142].map((off) => (50 + off / 1.0247) as number)
    const deviation = Math.sqrt(spread.reduce((sum, each) => sum + (each - 50) ** 2, 0) / 4)
    expect(deviation).toBeCloseTo(10, 0)
    const shown = trend(of(...spread))
    if ("tooFew" in shown) throw new Error("too few")
    expect(shown.interval.high - 50).toBeCloseTo((reach * deviation) / 10, 0)
    const same = trend(of(90, 90, 90, 90, 90).map((each) => ({ ...each, half: 8 })))
    if ("tooFew" in same) throw new Error("too few")
    expect(same.interval.low).toBeLessThan(86)
    expect(same.interval.high).toBeGreaterThan(94)
  })

  it("holds its own mean and stays within 0 and 100", () => {
    const satisfaction = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(fc.array(satisfaction, { minLength: 5, maxLength: 60 }), (values) => {
        const shown = trend(of(...values))
        if ("tooFew" in shown) throw new Error("too few")
        const { mean, interval } = shown
        expect(interval.low).toBeGreaterThanOrEqual(0)
        expect(interval.high).toBeLessThanOrEqual(100)
        expect(interval.low).toBeLessThanOrEqual(mean + 1e-9)
        expect(interval.high).toBeGreaterThanOrEqual(mean - 1e-9)
      })
    )
  })
})

describe("studentQuantile()", () => {
  it.each([
    [4, 2.776],
    [9, 2.262],
    [29, 2.045],
    [120, 1.98]
  ])("agrees with the table for %i degrees of freedom", (freedom, tabled) => {
    expect(Math.abs(studentQuantile(freedom) / tabled - 1)).toBeLessThan(0.003)
  })
})
