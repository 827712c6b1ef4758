/** The policy of an overloaded edge: monotone, slow to change, and back at full work when the load is gone. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  afterWindow,
  atFullWork,
  calmShare,
  calmWindowsMin,
  type EdgeLoad,
  holdsFace,
  type Overload,
  oneFrameIn,
  overloadSteps,
  pressedDelayMs,
  pressedShare,
  pressedWindowsMin,
  refusesNew
} from "../../actors/overload.ts"

const load: fc.Arbitrary<EdgeLoad> = fc.record({
  busyShare: fc.double({ min: 0, max: 1, noNaN: true }),
  loopDelayMs: fc.double({ min: 0, max: 200, noNaN: true })
})
const play = (loads: readonly EdgeLoad[], from: Overload = atFullWork) => loads.reduce(afterWindow, from)
const levelOf = ({ step }: Overload) => overloadSteps.indexOf(step)
const reached = fc.array(load, { maxLength: 40 }).map((loads) => play(loads))

describe("the steps of an overloaded edge", () => {
  it("are taken one at a time, and only after a row of pressed or of calm windows", () => {
    fc.assert(
      fc.property(reached, load, (before, next) => {
        const change = levelOf(afterWindow(before, next)) - levelOf(before)
        expect(Math.abs(change)).toBeLessThanOrEqual(1)
        if (change > 0) expect(before.pressedWindows).toBe(pressedWindowsMin - 1)
        if (change < 0) expect(before.calmWindows).toBe(calmWindowsMin - 1)
      })
    )
  })

  it("never rise in a window with less load than another one's in which they stayed", () => {
    fc.assert(
      fc.property(reached, load, load, (before, one, other) => {
        const lighter = {
          busyShare: Math.min(one.busyShare, other.busyShare),
          loopDelayMs: Math.min(one.loopDelayMs, other.loopDelayMs)
        }
        expect(levelOf(afterWindow(before, lighter))).toBeLessThanOrEqual(levelOf(afterWindow(before, one)))
      })
    )
  })

  it("stay where they are between the thresholds, however long", () => {
    const between = fc.record({
      busyShare: fc.double({ min: calmShare, max: pressedShare, minExcluded: true, maxExcluded: true, noNaN: true }),
      loopDelayMs: fc.double({ min: 0, max: pressedDelayMs, maxExcluded: true, noNaN: true })
    })
    fc.assert(
      fc.property(reached, fc.array(between, { minLength: 1, maxLength: 60 }), (before, loads) => {
        expect(play(loads, before).step).toBe(before.step)
      })
    )
  })

  it("do not come and go with a load that swings from window to window", () => {
    const swings = Array.from({ length: 50 }, (_, window) => ({ busyShare: window % 2, loopDelayMs: 0 }))
    fc.assert(
      fc.property(reached, (before) => {
        const after = play(swings, { ...before, pressedWindows: 0, calmWindows: 0 })
        expect(after.step).toBe(before.step)
      })
    )
  })

  it("return to full work when the load is gone, and reach the last one while it stays", () => {
    const steps = overloadSteps.length - 1
    fc.assert(
      fc.property(reached, (before) => {
        const calm = { busyShare: 0.1, loopDelayMs: 1 }
        const pressed = { busyShare: 1, loopDelayMs: 1 }
        expect(play(Array(steps * calmWindowsMin).fill(calm), before).step).toBe("full")
        expect(play(Array(steps * pressedWindowsMin).fill(pressed), before).step).toBe("refuse")
      })
    )
  })

  it("leave out more with each step, and from the busier conference no less than from another", () => {
    fc.assert(
      fc.property(fc.nat(63), fc.nat(63), fc.integer({ min: 1, max: 64 }), (one, other, conferences) => {
        const [busier, calmer] = one < other ? [one, other] : [other, one]
        const kept = overloadSteps.map((step) => oneFrameIn(step, busier, conferences))
        expect(kept).toEqual([...kept].sort())
        expect(kept.slice(0, 2)).toEqual([1, 1])
        for (const step of overloadSteps) {
          expect(oneFrameIn(step, busier, conferences)).toBeGreaterThanOrEqual(oneFrameIn(step, calmer, conferences))
        }
      })
    )
    expect(overloadSteps.map(holdsFace)).toEqual([false, true, true, true])
    expect(overloadSteps.map(refusesNew)).toEqual([false, false, false, true])
  })
})
