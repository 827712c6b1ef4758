/**
 * Stretches of a conference: how it looked around each marker, at its peak and at its end (what people remember of an
 * episode: Kahneman, Fredrickson, Schreiber and Redelmeier, "When more pain is preferred to less", 1993). Pure sums of raw
 * readings; that something changed after a marker does not say that it changed because of it.
 */
import { satisfactionPercent } from "../machines/satisfaction.ts"
import type { MarkerView, ReportPage, Stretch } from "./console.ts"
import type { GroundOfNumbers, Report } from "./report.ts"
import { countedSecondsOf, type Seconds } from "./seconds.ts"
import { type Course, notesOf, secondInto, timelineOf } from "./timeline.ts"

/** On each side of a marker: long enough for some sentences, short enough to be about one topic. */
export const aroundMarkerSeconds = 60
/** An expression lasts for seconds, and one frame is no peak. */
export const peakSeconds = 10
/** A peak out of fewer seconds with counted frames would be one of chance. */
const peakCountedSecondsMin = 5
export const endSeconds = 30

interface Counted {
  /** Seconds since the conference started. */
  readonly second: number
  readonly negative: number
  readonly neutral: number
  readonly positive: number
}

/** Of the seconds in [from, to); null when nothing was counted there. */
function stretchOf(seconds: readonly Counted[], from: number, to: number): Stretch | null {
  const counts = { negative: 0, neutral: 0, positive: 0 }
  for (const each of seconds) {
    if (each.second < from || each.second >= to) continue
    counts.negative += each.negative
    counts.neutral += each.neutral
    counts.positive += each.positive
  }
  const counted = counts.negative + counts.neutral + counts.positive
  if (counted === 0) return null
  const valence = (counts.positive - counts.negative) / counted
  return { from, to, counts, satisfaction: satisfactionPercent(counts), valence }
}

/** The strongest `peakSeconds`; of equals the one with most frames, then the earliest. Null where no expression but Neutral was seen for long enough. */
function peakOf(seconds: readonly Counted[]): Stretch | null {
  let peak: Stretch | null = null
  let strength = 0
  let frames = 0
  let head = 0
  const sum = { negative: 0, positive: 0, counted: 0 }
  for (const [tail, last] of seconds.entries()) {
    add(sum, last, 1)
    while (seconds[head]!.second <= last.second - peakSeconds) add(sum, seconds[head++]!, -1)
    if (tail - head + 1 < Math.min(peakCountedSecondsMin, seconds.length)) continue
    const here = Math.abs(sum.positive - sum.negative) / sum.counted
    if (here === 0 || here < strength || (here === strength && sum.counted <= frames)) continue
    strength = here
    frames = sum.counted
    const from = Math.max(0, last.second + 1 - peakSeconds)
    peak = stretchOf(seconds.slice(head, tail + 1), from, last.second + 1)
  }
  return peak
}

const add = (
  sum: { negative: number; positive: number; counted: number },
  { negative, neutral, positive }: Counted,
  sign: 1 | -1
) => {
  sum.negative += sign * negative
  sum.positive += sign * positive
  sum.counted += sign * (negative + neutral + positive)
}

function endOf(seconds: readonly Counted[]): Stretch | null {
  const last = seconds.at(-1)
  if (last === undefined) return null
  return stretchOf(seconds, Math.max(0, last.second + 1 - endSeconds), last.second + 1)
}

/** The report's page, but for what the bank calls the conference and its client. `inSeconds` are the report's. */
export function reportPageOf(
  conference: string,
  report: Report,
  course: Course,
  inSeconds: Seconds
): Omit<ReportPage, "title" | "clientLabel"> {
  const seconds: readonly Counted[] = countedSecondsOf(inSeconds).map((each) => {
    return { ...each, second: secondInto(course, each.second) }
  })
  const startSecond = Math.floor(course.startedAt / 1000)
  const endedAt = course.endedAt ?? course.startedAt
  const endSecond = Math.floor(endedAt / 1000) - startSecond + 1
  const markers = course.markers.map(({ at, topic }): MarkerView => {
    const second = Math.max(0, Math.floor(at / 1000) - startSecond)
    return {
      at,
      second,
      topic,
      before: stretchOf(seconds, Math.max(0, second - aroundMarkerSeconds), second),
      after: stretchOf(seconds, second, Math.min(endSecond, second + aroundMarkerSeconds))
    }
  })
  const consent: GroundOfNumbers | null = report.consents.at(-1) ?? null
  return {
    conference,
    report,
    startedAt: course.startedAt,
    endedAt,
    timeline: timelineOf(course, inSeconds),
    peak: peakOf(seconds),
    end: endOf(seconds),
    markers,
    consent,
    notes: notesOf(course, inSeconds)
  }
}
