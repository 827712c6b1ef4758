/** The days that the auditor's page proposes: whole, without gaps between them, and none to come. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { dayAfter, daysOf } from "../../console/audit/period.ts"

const moments = fc.date({ min: new Date("1971-01-01"), max: new Date("2200-01-01"), noInvalidDate: true })
const monthsIn = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / (30.4 * 24 * 60 * 60_000)

it("last month and quarter end on the day before the present one begins, which ends today", () => {
  fc.assert(
    fc.property(moments, (now) => {
      const today = now.toISOString().slice(0, 10)
      for (const [last, present, months] of [
        ["lastMonth", "thisMonth", 1],
        ["lastQuarter", "thisQuarter", 3]
      ] as const) {
        const [before, begun] = [daysOf(last, now.getTime()), daysOf(present, now.getTime())]
        expect(dayAfter(before.to)).toBe(begun.from)
        expect(begun.to).toBe(today)
        expect(begun.from <= today).toBe(true)
        expect(begun.from.slice(8)).toBe("01")
        expect(Math.round(monthsIn(before.from, begun.from))).toBe(months)
      }
    })
  )
})

it.each([
  ["2026-02-28", "2026-03-01"],
  ["2028-02-28", "2028-02-29"],
  ["2026-12-31", "2027-01-01"],
  ["", ""],
  ["2026-1", "2026-1"]
])("the day after %s is %s", (day, next) => {
  expect(dayAfter(day)).toBe(next)
})
