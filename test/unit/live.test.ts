/** What the console is told while a call runs. */
import { describe, expect, it } from "vitest"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import type { Reading } from "../../machines/reading.ts"
import {
  alertAfterMsDefault,
  evolveLive,
  type LiveState,
  liveOf,
  nothingLive,
  ribbonSeconds
} from "../../projections/live.ts"

const start = 1_700_000_000_000
const consent: ConferenceEvent = {
  type: "ConsentGiven",
  at: start,
  consent: "k",
  textVersion: "1",
  textSha256: "",
  purposes: ["expressionAnalysis"],
  givenAt: start
}
const sevenOf: Readonly<Record<Reading, readonly number[]>> = {
  negative: [700, 50, 50, 20, 100, 50, 30],
  neutral: [50, 10, 10, 20, 850, 50, 10],
  positive: [10, 10, 10, 800, 100, 20, 50],
  unreadable: []
}

/** 25 frames a second of one reading, from second to second after the start. */
function frames(reading: Reading, fromSecond: number, toSecond: number): ConferenceEvent[] {
  return Array.from({ length: Math.round((toSecond - fromSecond) * 25) }, (_, index) => {
    const at = start + Math.round(fromSecond * 1000) + index * 40
    const received: ConferenceEvent = { type: "FrameReceived", at, frameIndex: index, capturedAt: at }
    const counted: ConferenceEvent = { type: "ReadingCounted", at, reading }
    if (reading === "unreadable") {
      return [received, { type: "FaceMissed", at, detectUs: 1, faceCount: 0, reason: "noFace" } as const, counted]
    }
    const predicted = {
      type: "ExpressionPredicted",
      at,
      predictUs: 1,
      probabilitiesPermille: [...sevenOf[reading]]
    } as const
    return [received, predicted, counted]
  }).flat()
}
const fold = (...events: readonly ConferenceEvent[]): LiveState => [consent, ...events].reduce(evolveLive, nothingLive)
const viewAt = (state: LiveState, second: number, alertAfterMs?: number) =>
  liveOf(state, start + second * 1000, alertAfterMs)

describe("liveOf()", () => {
  it("goes on showing when the client agrees to something else, or withdraws that", () => {
    const other: ConferenceEvent = { ...consent, consent: "other", purposes: ["trends"] } as ConferenceEvent
    const seen = fold(...frames("neutral", 0, 2), other)
    expect(viewAt(seen, 2).state).toBe("neutral")
    const withdrawn: ConferenceEvent = { type: "ConsentWithdrawn", at: start + 2_000, consent: "other" }
    expect(viewAt(evolveLive(seen, withdrawn), 2).state).toBe("neutral")
  })

  it("shows nothing while the manager has switched the analysis off, and goes on when it is on again", () => {
    const switched = (on: boolean): ConferenceEvent => ({ type: "AnalysisSwitched", at: start + 2_000, on })
    const off = fold(...frames("negative", 0, 2), switched(false))
    expect(viewAt(off, 2)).toMatchObject({ state: null, alert: null, satisfaction: 0 })
    const on = [switched(true), ...frames("neutral", 3, 5)].reduce(evolveLive, off)
    expect(viewAt(on, 5).state).toBe("neutral")
    const withdrawn: ConferenceEvent = { type: "ConsentWithdrawn", at: start + 2_000, consent: "k" }
    expect(viewAt([withdrawn, switched(true)].reduce(evolveLive, off), 5).state).toBeNull()
  })

  it("shows nothing without a consent, and nothing after the call", () => {
    const seen = frames("neutral", 0, 2)
    expect(liveOf(seen.reduce(evolveLive, nothingLive), start + 2_000).state).toBeNull()
    for (const type of ["ConsentWithdrawn", "ConferenceEnded"] as const) {
      const ended = evolveLive(fold(...seen), { type, at: start + 2_000, consent: "k" })
      expect(viewAt(ended, 2)).toMatchObject({ state: null, sinceMs: null, alert: null, confidence: 0, coverage: null })
      expect(viewAt(ended, 2).satisfaction).toBe(100)
    }
  })

  it("shows the state, how long it has stood, how sure the net is, and which way it points", () => {
    const live = viewAt(fold(...frames("neutral", 0, 4), ...frames("positive", 4, 8)), 8)
    expect(live).toMatchObject({ state: "positive", direction: 1, coverage: 1, alert: null })
    expect(live.sinceMs).toBeGreaterThan(3_400)
    expect(live.sinceMs).toBeLessThan(4_000)
    expect(live.confidence).toBeCloseTo(0.85, 1)
    expect(live.level).toBeGreaterThan(0.7)
  })

  it("counts raw readings in the running satisfaction while the shown state is calm", () => {
    const state = fold(...frames("neutral", 0, 3), ...frames("negative", 3, 3.2), ...frames("neutral", 3.2, 4))
    expect(viewAt(state, 4).state).toBe("neutral")
    expect(viewAt(state, 4).satisfaction).toBeCloseTo((47.5 / 52.5) * 100)
  })

  it("alerts when the state has been negative for three seconds, or for as long as it is told, and stops after", () => {
    const grim = fold(...frames("neutral", 0, 3), ...frames("negative", 3, 7))
    const { since } = grim.smoothed
    expect(liveOf(grim, since + alertAfterMsDefault - 1).alert).toBeNull()
    expect(liveOf(grim, since + alertAfterMsDefault).alert).toEqual({ since })
    expect(liveOf(grim, since + 1_000, 1_000).alert).toEqual({ since })
    const over = frames("neutral", 7, 9).reduce(evolveLive, grim)
    expect(viewAt(over, 9).alert).toBeNull()
  })

  it("turns unreadable, not neutral, when faces are missed and also when no frame comes at all", () => {
    const state = fold(...frames("negative", 0, 4))
    expect(viewAt(state, 4.5).state).toBe("negative")
    expect(viewAt(state, 9)).toMatchObject({ state: "unreadable", direction: 0, level: 0, confidence: 0, alert: null })
    expect(viewAt(fold(...frames("negative", 0, 4), ...frames("unreadable", 4, 6)), 6).state).toBe("unreadable")
  })

  it("covers the last minute: unreadable and dropped frames lower it, older ones are forgotten", () => {
    const dropped: ConferenceEvent = { type: "FramesDropped", at: start + 70_900, reason: "busy", count: 250 }
    const state = fold(
      ...frames("unreadable", 0, 11),
      ...frames("neutral", 11, 61),
      ...frames("unreadable", 61, 71),
      dropped
    )
    // Of seconds 12 to 71: 49 s of 25 readable frames, 10 s of unreadable ones, 250 dropped.
    expect(viewAt(state, 71).coverage).toBeCloseTo((49 * 25) / (49 * 25 + 10 * 25 + 250))
    expect(viewAt(state, 200).coverage).toBeNull()
  })

  it("gives a ribbon of sixty seconds, oldest first, with holes where no frame came", () => {
    const state = fold(...frames("neutral", 0, 10), ...frames("positive", 20, 30))
    const { last60s } = viewAt(state, 29.9)
    expect(last60s).toHaveLength(ribbonSeconds)
    expect(last60s.slice(0, 30).every((each) => each === null)).toBe(true)
    expect(last60s[35]).toBe("neutral")
    expect(last60s[45]).toBeNull()
    expect(last60s.slice(-5)).toEqual(Array(5).fill("positive"))
  })

  it("keeps no more than a minute, however long the call", () => {
    const state = fold(...frames("neutral", 0, 300))
    expect(state.seconds.length).toBeLessThan(ribbonSeconds)
    expect(viewAt(state, 299.9).last60s.every((each) => each === "neutral")).toBe(true)
  })

  it("is the same for the same events and moment", () => {
    const events = [...frames("neutral", 0, 5), ...frames("unreadable", 5, 7), ...frames("positive", 7, 9)]
    expect(viewAt(fold(...events), 9)).toEqual(viewAt(fold(...events), 9))
  })
})
