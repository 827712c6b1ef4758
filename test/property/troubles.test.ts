/** Troubles that go on: nothing of them is lost, and however many there are, few are said. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { countTroubles, troubleKindsMax } from "../../actors/troubles.ts"

const dayMs = 24 * 3_600_000
const minuteMs = 60_000

interface Said {
  readonly kind: string
  readonly count: number
  readonly at: number
}

/** Knocks at these times, looked at in between exactly when something is to be said, until all is. */
function play(knocks: readonly { readonly kind: string; readonly afterMs: number; readonly more: number }[]) {
  const troubles = countTroubles<Omit<Said, "at">>()
  const said: Said[] = []
  let now = 0
  const passTo = (until: number) => {
    for (let at = troubles.nextAt(); at !== null && at < until; at = troubles.nextAt()) {
      expect(at).toBeGreaterThanOrEqual(now)
      expect(troubles.due(at - 1)).toEqual([])
      const due = troubles.due(at)
      expect(due.length).toBeGreaterThan(0)
      for (const one of due) said.push({ ...one, at })
      now = at
    }
    now = until
  }
  for (const { kind, afterMs, more } of knocks) {
    passTo(now + afterMs)
    const one = troubles.add(kind, more, now, (count) => ({ kind, count }))
    if (one !== null) said.push({ ...one, at: now })
  }
  passTo(now + dayMs)
  return said
}

const knock = fc.record({
  kind: fc.constantFrom("one", "two"),
  afterMs: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 10 * minuteMs }), fc.nat({ max: 200 * minuteMs })),
  more: fc.integer({ min: 1, max: 1_000 })
})

describe("troubles", () => {
  it("are all counted, the first of a kind at once, and at most once a minute", () => {
    fc.assert(
      fc.property(fc.array(knock, { maxLength: 80 }), (knocks) => {
        const said = play(knocks)
        for (const kind of ["one", "two"]) {
          const given = knocks.filter((one) => one.kind === kind)
          const told = said.filter((one) => one.kind === kind)
          const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
          expect(sum(told.map(({ count }) => count))).toBe(sum(given.map(({ more }) => more)))
          if (given.length > 0) expect(told[0]!.count).toBe(given[0]!.more)
          for (const [index, { at }] of told.slice(1).entries())
            expect(at - told[index]!.at).toBeGreaterThanOrEqual(minuteMs)
        }
      })
    )
  })

  it("are said some thirty times a day when they never stop", () => {
    const knocks = Array.from({ length: 24 * 60 * 4 }, () => ({ kind: "one", afterMs: 15_000, more: 1_000 }))
    expect(play(knocks).length).toBeLessThan(35)
  })

  it("are said sixty times a day at most, however whoever makes them pauses to be taken for new", () => {
    const breakMs = 120 * minuteMs + 1
    for (let burstMinutes = 0; burstMinutes <= 130; burstMinutes += 1) {
      const burst = Array.from({ length: 2 * burstMinutes + 1 }, () => ({
        kind: "one",
        afterMs: minuteMs / 2,
        more: 1
      }))
      const round = burst.map((one, index) => (index === 0 ? { ...one, afterMs: breakMs } : one))
      const roundMs = breakMs + burstMinutes * minuteMs
      const saidCount = play(Array.from({ length: Math.ceil(dayMs / roundMs) }, () => round).flat()).length
      expect(saidCount / Math.ceil(dayMs / roundMs)).toBeLessThanOrEqual((60 * roundMs) / dayMs)
    }
  })

  it("have room for so many kinds and say so, and know again after two quiet hours whose the first is", () => {
    const troubles = countTroubles<number>()
    for (let kind = 0; kind < troubleKindsMax; kind += 1) troubles.add(`${kind}`, 1, 0, (count) => count)
    expect([troubles.knows("0", 0), troubles.knows("another", 0)]).toEqual([true, false])
    expect(troubles.add("0", 1, minuteMs, (count) => count)).toBe(1)
    // Two minutes now, but for the quiet.
    expect(troubles.add("0", 1, 2 * minuteMs, (count) => count)).toBeNull()
    expect(troubles.due(3 * minuteMs)).toEqual([1])
    const later = 3 * minuteMs + 2 * 3_600_000 + 1
    expect(troubles.add("0", 1, later, (count) => count)).toBe(1)
    expect(troubles.add("0", 5, later + minuteMs, (count) => count)).toBe(5)
    // All others have been quiet for as long: they made room.
    expect(troubles.knows("another", later)).toBe(true)
  })
})
