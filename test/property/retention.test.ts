/** Which keys are due: exactly those whose month ended longer ago than their purpose is kept, and persons last of all. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  backupEveryDays,
  backupOverdueDays,
  dayMs,
  defaultPeriods,
  dueKeys,
  duePersons,
  type KeptKey,
  monthEnd,
  monthOf,
  periodDaysMax,
  periodDaysMin,
  periodsOf,
  type RetentionPeriods,
  subjectPurposes,
  whyNoPeriods
} from "../../machines/retention.ts"

const moment = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) })
const days = fc.integer({ min: periodDaysMin, max: 4000 })
const operationsDays = fc.integer({ min: defaultPeriods.consentEvidence, max: 4000 })
const periods: fc.Arbitrary<RetentionPeriods> = fc
  .record({
    purposes: fc.record({ expressionAnalysis: days, illustrationInteraction: days, consentEvidence: days }),
    operations: operationsDays,
    more: fc.nat(1000)
  })
  .map(({ purposes, operations, more }) => {
    return { ...purposes, operations, person: Math.max(...Object.values(purposes)) + more }
  })
const subjectKey: fc.Arbitrary<KeptKey> = fc.record({
  id: fc.uuid(),
  subject: fc.constantFrom("anna", "boris", "vera"),
  kept: fc.option(fc.record({ purpose: fc.constantFrom(...subjectPurposes), month: moment.map(monthOf) })),
  madeAt: moment,
  destroyed: fc.boolean()
})
const operationsKey: fc.Arbitrary<KeptKey> = fc.record({
  id: fc.uuid(),
  subject: fc.constant(null),
  kept: fc.record({ purpose: fc.constant("operations" as const), month: moment.map(monthOf) }),
  madeAt: moment,
  destroyed: fc.boolean()
})
const keys = fc.array(fc.oneof(subjectKey, operationsKey), { maxLength: 12 })

describe("a month", () => {
  it("holds every moment from its first to its end, and no other", () => {
    fc.assert(
      fc.property(moment, (at) => {
        const end = monthEnd(monthOf(at))
        expect(at).toBeLessThan(end)
        expect(monthOf(end - 1)).toBe(monthOf(at))
        expect(monthOf(end)).not.toBe(monthOf(at))
      })
    )
  })
})

describe("dueKeys()", () => {
  it("never takes what began less than its period ago, and takes all whose month ended longer ago", () => {
    fc.assert(
      fc.property(keys, periods, moment, (all, inForce, now) => {
        const due = new Set(dueKeys(all, inForce, now))
        for (const one of all) {
          if (one.kept === null || one.destroyed) expect(due.has(one)).toBe(false)
          else expect(due.has(one)).toBe(now - monthEnd(one.kept.month) >= inForce[one.kept.purpose] * dayMs)
        }
      })
    )
  })

  it("only grows while time passes", () => {
    fc.assert(
      fc.property(keys, periods, moment, fc.nat(), (all, inForce, now, later) => {
        const after = new Set(dueKeys(all, inForce, now + later))
        expect(dueKeys(all, inForce, now).every((one) => after.has(one))).toBe(true)
      })
    )
  })
})

describe("duePersons()", () => {
  it("names nobody of whom a purpose's key is left, nobody used since, and nobody twice", () => {
    fc.assert(
      fc.property(keys, periods, moment, moment, (all, inForce, lastUse, now) => {
        const due = duePersons(all, () => lastUse, inForce, now)
        expect(new Set(due).size).toBe(due.length)
        for (const subject of due) {
          const of = all.filter((one) => one.subject === subject)
          expect(of.some(({ kept, destroyed }) => kept !== null && !destroyed)).toBe(false)
          expect(of.some(({ kept, destroyed }) => kept === null && !destroyed)).toBe(true)
          expect(now - lastUse).toBeGreaterThanOrEqual(inForce.person * dayMs)
        }
      })
    )
  })
})

describe("whyNoPeriods()", () => {
  it("takes what is in its bounds and keeps the person longest, and names what is not", () => {
    fc.assert(fc.property(periods, (inForce) => void expect(whyNoPeriods(inForce)).toBe(null)))
    expect(whyNoPeriods(defaultPeriods)).toBe(null)
    for (const bad of [periodDaysMin - 1, periodDaysMax + 1, 30.5, "30", null]) {
      expect(whyNoPeriods({ illustrationInteraction: bad })).toContain('"illustrationInteraction"')
    }
    expect(whyNoPeriods({ weather: 30 })).toContain("weather")
    expect(whyNoPeriods({ person: 30 })).toContain("must not be shorter")
    expect(whyNoPeriods({ operations: 1_095 })).toContain('"operations" must be 1096 to')
  })
})

describe("periodsOf()", () => {
  it("keeps proofs of consents no longer than the person where a file of an earlier version names none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 365, max: periodDaysMax }), (person) => {
        expect(whyNoPeriods({ person })).toBe(null)
        expect(periodsOf({ person }).consentEvidence).toBe(Math.min(person, defaultPeriods.consentEvidence))
      })
    )
    expect(periodsOf({ consentEvidence: 30 })).toEqual({ ...defaultPeriods, consentEvidence: 30 })
    expect(whyNoPeriods({ consentEvidence: 2_000 })).toContain("must not be shorter")
  })
})

describe("backupOverdueDays()", () => {
  it("counts from the last backup, or from the first event when there was none", () => {
    fc.assert(
      fc.property(moment, fc.nat(500), (since, passedDays) => {
        const now = since + passedDays * dayMs
        const owed = passedDays >= backupEveryDays ? passedDays - backupEveryDays : null
        expect(backupOverdueDays(since, since - dayMs, now)).toBe(owed)
        expect(backupOverdueDays(null, since, now)).toBe(owed)
        expect(backupOverdueDays(null, null, now)).toBe(null)
      })
    )
  })
})
