/** The contract's formulas hold for any counts. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { satisfactionPercent, sharePercent } from "../../machines/satisfaction.ts"

const counts = fc.record({ negative: fc.nat(1e6), neutral: fc.nat(1e6), positive: fc.nat(1e6) })
const someCounts = counts.filter(({ negative, neutral, positive }) => negative + neutral + positive > 0)

describe("satisfaction", () => {
  it("is no number when nothing was counted, and neither is any share", () => {
    const nothing = { negative: 0, neutral: 0, positive: 0 }
    expect(satisfactionPercent(nothing)).toBeNull()
    expect(sharePercent(nothing, "neutral")).toBeNull()
  })

  it("is the customer's own example: 15.3 % negative, 52.0 % neutral and 32.7 % positive give 79 %", () => {
    expect(satisfactionPercent({ negative: 430, neutral: 1460, positive: 920 })).toBeCloseTo(79.33, 2)
  })

  it("lies between 0 and 100 and the shares add up to 100", () => {
    fc.assert(
      fc.property(someCounts, (some) => {
        const satisfaction = satisfactionPercent(some)!
        expect(satisfaction).toBeGreaterThanOrEqual(0)
        expect(satisfaction).toBeLessThanOrEqual(100)
        const shares = (["negative", "neutral", "positive"] as const).map((name) => sharePercent(some, name)!)
        expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(100, 6)
      })
    )
  })

  it("never falls with one more positive face and never rises with one more negative face", () => {
    fc.assert(
      fc.property(someCounts, (some) => {
        const now = satisfactionPercent(some)!
        expect(satisfactionPercent({ ...some, positive: some.positive + 1 })!).toBeGreaterThanOrEqual(now - 1e-9)
        expect(satisfactionPercent({ ...some, negative: some.negative + 1 })!).toBeLessThanOrEqual(now + 1e-9)
      })
    )
  })
})
