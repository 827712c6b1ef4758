/** The course of a conference and the stretches that its report's page shows. */
import { describe, expect, it } from "vitest"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import type { Reading } from "../../machines/reading.ts"
import { reportPageOf } from "../../projections/markers.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"
import { noSeconds } from "../../projections/seconds.ts"
import { evolveCourse, noCourse } from "../../projections/timeline.ts"

const begin = 1_790_000_000_000
const started: ConferenceEvent = {
  type: "ConferenceStarted",
  at: begin,
  conference: "c",
  call: "f",
  subject: "s",
  manager: "m",
  model: { name: "n", sha256: "", confusion: [] }
}
const consent: ConferenceEvent = {
  type: "ConsentGiven",
  at: begin,
  consent: "k",
  textVersion: "1",
  textSha256: "0",
  purposes: ["expressionAnalysis"],
  givenAt: begin
}
const at = (second: number) => begin + second * 1000
const marker = (second: number, topic: 1 | "shared"): ConferenceEvent => ({ type: "MarkerSet", at: at(second), topic })

/** Ten frames in each second from one to the other. */
const frames = (reading: Reading, from: number, to: number): ConferenceEvent[] =>
  Array.from({ length: (to - from) * 10 }, (_, index) => {
    return { type: "ReadingCounted", at: at(from) + index * 100, reading } as const
  })

function page(...events: readonly ConferenceEvent[]) {
  const all = [started, consent, ...events]
  const report = all.reduce(evolveReport, emptyReport)
  return reportPageOf("c", reportOf(report), all.reduce(evolveCourse, noCourse), report.seconds)
}

describe("reportPageOf()", () => {
  it("says what most frames of each second showed, and leaves out seconds without a frame", () => {
    const { timeline } = page(...frames("neutral", 0, 2), ...frames("unreadable", 5, 6), ...frames("negative", 6, 7))
    expect(timeline).toEqual([
      { second: 0, state: "neutral", satisfaction: 100 },
      { second: 1, state: "neutral", satisfaction: 100 },
      { second: 5, state: "unreadable", satisfaction: null },
      { second: 6, state: "negative", satisfaction: 0 }
    ])
  })

  it("finds the strongest ten seconds, whichever way they look, and the last half minute", () => {
    const calm = page(...frames("neutral", 0, 40), ...frames("negative", 40, 55), ...frames("neutral", 55, 120))
    expect(calm.peak).toMatchObject({ from: 40, to: 50, valence: -1, satisfaction: 0 })
    expect(calm.end).toMatchObject({ from: 90, to: 120, valence: 0, satisfaction: 100 })
    expect(page(...frames("neutral", 0, 40), ...frames("positive", 40, 52)).peak).toMatchObject({
      from: 40,
      valence: 1
    })
    expect(page(...frames("neutral", 0, 90)).peak).toBeNull()
    expect(page()).toMatchObject({ peak: null, end: null, timeline: [] })
  })

  it("takes no peak out of a second or two in a longer call", () => {
    const { peak } = page(...frames("neutral", 0, 30), ...frames("negative", 60, 62), ...frames("positive", 100, 110))
    expect(peak).toMatchObject({ from: 100, to: 110, valence: 1 })
  })

  it("compares the minute before a marker with the minute after, cut at the ends of the call", () => {
    const events = [...frames("negative", 0, 90), marker(90, 1), ...frames("positive", 90, 100), marker(100, "shared")]
    const { markers } = page(...events, { type: "ConferenceEnded", at: at(100) })
    expect(markers).toMatchObject([
      { second: 90, topic: 1, before: { from: 30, to: 90, satisfaction: 0 }, after: { from: 90, to: 101, valence: 1 } },
      { second: 100, topic: "shared", before: { from: 40, to: 100 }, after: null }
    ])
  })

  it("notes what must be known of the numbers", () => {
    const end: ConferenceEvent = { type: "ConferenceEnded", at: at(70) }
    expect(page(...frames("neutral", 0, 70), end).notes).toEqual([])
    const off: ConferenceEvent = { type: "AnalysisSwitched", at: at(20), on: false }
    const withdrawn: ConferenceEvent = { type: "ConsentWithdrawn", at: at(30), consent: "k" }
    const cut: ConferenceEvent = { type: "StreamInterrupted", at: at(31), epoch: 1, reason: "clientLost" }
    expect(page(...frames("neutral", 0, 20), off, withdrawn, cut, end).notes).toEqual([
      "consentWithdrawn",
      "switchedOff",
      "interrupted",
      "short"
    ])
    expect(page(...frames("neutral", 0, 61), ...frames("unreadable", 61, 190)).notes).toEqual(["lowCoverage"])
    const course = [started, end].reduce(evolveCourse, noCourse)
    const never = reportPageOf("c", reportOf(emptyReport), course, noSeconds)
    expect(never).toMatchObject({ notes: ["neverConsented"], consent: null, endedAt: at(70) })
  })
})
