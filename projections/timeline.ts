/**
 * The course of a conference, second by second, and what must be known of its numbers: what the report's page shows beside
 * the table. A fold over the conference's events that counts raw readings, as the report does. It interprets no expression and
 * never fills a second in which nothing was seen.
 */
import type { ConferenceEvent } from "../machines/conference-events.ts"
import type { Reading } from "../machines/reading.ts"
import { satisfactionPercent } from "../machines/satisfaction.ts"
import type { MarkerTopic, ReportNote, TimelineSecond } from "./console.ts"

/** A second in which frames were read; a list that grows at its head, as in `seconds.ts`. */
export interface CourseSecond {
  /** Seconds since 1970. */
  readonly second: number
  readonly counts: Readonly<Record<Reading, number>>
  readonly earlier: CourseSecond | null
}

export interface Marker {
  readonly at: number
  readonly topic: MarkerTopic | "shared"
}

export interface Course {
  readonly startedAt: number
  readonly endedAt: number | null
  readonly latest: CourseSecond | null
  readonly markers: readonly Marker[]
  /** Frames that could be read, and all that came. */
  readonly readable: number
  readonly received: number
  readonly consented: boolean
  readonly withdrawn: boolean
  readonly switchedOff: boolean
  readonly interrupted: boolean
  /** Of the consents to the analysis that stand. */
  readonly consent: string | null
}

export const noCourse: Course = {
  startedAt: 0,
  endedAt: null,
  latest: null,
  markers: [],
  readable: 0,
  received: 0,
  consented: false,
  withdrawn: false,
  switchedOff: false,
  interrupted: false,
  consent: null
}

/** Fewer seconds with counted frames than these are no conversation to judge by. */
export const shortSeconds = 60
/** Below it less was seen than missed. */
export const lowCoverage = 0.5

const nothingCounted: CourseSecond["counts"] = { negative: 0, neutral: 0, positive: 0, unreadable: 0 }

/** The course after one more event. */
export function evolveCourse(course: Course, event: ConferenceEvent): Course {
  switch (event.type) {
    case "ConferenceStarted":
      return { ...course, startedAt: event.at }
    case "ReadingCounted":
      return withReading(course, event)
    case "FramesDropped":
      return { ...course, received: course.received + event.count }
    case "FrameDamaged":
      return { ...course, received: course.received + 1 }
    case "MarkerSet":
      return { ...course, markers: [...course.markers, { at: event.at, topic: event.topic }] }
    case "ConsentGiven":
      return event.purposes.includes("expressionAnalysis")
        ? { ...course, consented: true, consent: event.consent }
        : course
    case "ConsentWithdrawn":
      return event.consent === course.consent ? { ...course, consent: null, withdrawn: true } : course
    case "AnalysisSwitched":
      return event.on ? course : { ...course, switchedOff: true }
    case "StreamInterrupted":
      return { ...course, interrupted: true }
    case "ConferenceEnded":
    case "ResumeWindowClosed":
      return { ...course, endedAt: event.at }
    default:
      return course
  }
}

function withReading(course: Course, { at, reading }: Extract<ConferenceEvent, { type: "ReadingCounted" }>): Course {
  const { latest } = course
  // A clock set back puts its frames into the newest second: the list stays in order.
  const second = Math.max(Math.floor(at / 1000), latest?.second ?? 0)
  const isSame = latest !== null && latest.second === second
  const before = isSame ? latest.counts : nothingCounted
  return {
    ...course,
    latest: {
      second,
      counts: { ...before, [reading]: before[reading] + 1 },
      earlier: isSame ? latest.earlier : latest
    },
    readable: course.readable + (reading === "unreadable" ? 0 : 1),
    received: course.received + 1
  }
}

/** Oldest first. */
export function courseSecondsOf(course: Course): readonly Omit<CourseSecond, "earlier">[] {
  const seconds: Omit<CourseSecond, "earlier">[] = []
  for (let each = course.latest; each !== null; each = each.earlier) {
    seconds.push({ second: each.second, counts: each.counts })
  }
  return seconds.reverse()
}

/** What most frames of a second showed; of equals the first of these. */
const order: readonly Reading[] = ["neutral", "positive", "negative", "unreadable"]
const mostOf = (counts: CourseSecond["counts"]): Reading =>
  order.reduce((most, each) => (counts[each] > counts[most] ? each : most))

/** Seconds since the conference started. */
export const secondInto = (course: Course, second: number) => Math.max(0, second - Math.floor(course.startedAt / 1000))

export const timelineOf = (course: Course): readonly TimelineSecond[] =>
  courseSecondsOf(course).map(({ second, counts }) => ({
    second: secondInto(course, second),
    state: mostOf(counts),
    satisfaction: satisfactionPercent(counts)
  }))

export function notesOf(course: Course): readonly ReportNote[] {
  const countedSeconds = courseSecondsOf(course).filter(
    ({ counts }) => counts.negative + counts.neutral + counts.positive > 0
  ).length
  const notes: ReportNote[] = []
  if (!course.consented) notes.push("neverConsented")
  if (course.withdrawn) notes.push("consentWithdrawn")
  if (course.switchedOff) notes.push("switchedOff")
  if (course.interrupted) notes.push("interrupted")
  if (course.received > 0 && course.readable < lowCoverage * course.received) notes.push("lowCoverage")
  if (course.consented && countedSeconds < shortSeconds) notes.push("short")
  return notes
}

/** A course in a form that can be kept: its seconds as a flat list, because a chain of an hour is too deep to write. */
export interface SavedCourse extends Omit<Course, "latest"> {
  readonly seconds: readonly Omit<CourseSecond, "earlier">[]
}

export function savedCourse(course: Course): SavedCourse {
  const { latest: _latest, ...rest } = course
  return { ...rest, seconds: courseSecondsOf(course) }
}

export function restoredCourse({ seconds, ...rest }: SavedCourse): Course {
  return { ...rest, latest: seconds.reduce<CourseSecond | null>((earlier, each) => ({ ...each, earlier }), null) }
}
