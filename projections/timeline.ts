/**
 * The course of a conference, second by second, and what must be known of its numbers: what the report's page shows beside
 * the table. A fold over the conference's events, read together with the report's seconds. It interprets no expression and
 * never fills a second in which nothing was seen.
 */
import type { ConferenceEvent } from "../machines/conference-events.ts"
import type { Reading } from "../machines/reading.ts"
import { satisfactionPercent } from "../machines/satisfaction.ts"
import type { MarkerTopic, ReportNote, TimelineSecond } from "./console.ts"
import { countedSecondsOf, type Second, type Seconds, secondsOf } from "./seconds.ts"

export interface Marker {
  readonly at: number
  readonly topic: MarkerTopic | "shared"
}

export interface Course {
  readonly startedAt: number
  readonly endedAt: number | null
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

/** The course after one more event. */
export function evolveCourse(course: Course, event: ConferenceEvent): Course {
  switch (event.type) {
    case "ConferenceStarted":
      return { ...course, startedAt: event.at }
    case "ReadingCounted":
      return {
        ...course,
        readable: course.readable + (event.reading === "unreadable" ? 0 : 1),
        received: course.received + 1
      }
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

/** What most frames of a second showed; of equals the first of these. */
const order: readonly Reading[] = ["neutral", "positive", "negative", "unreadable"]
const mostOf = (second: Second): Reading => order.reduce((most, each) => (second[each] > second[most] ? each : most))

/** Seconds since the conference started. */
export const secondInto = (course: Course, second: number) => Math.max(0, second - Math.floor(course.startedAt / 1000))

export const timelineOf = (course: Course, seconds: Seconds): readonly TimelineSecond[] =>
  secondsOf(seconds).map((each) => ({
    second: secondInto(course, each.second),
    state: mostOf(each),
    satisfaction: satisfactionPercent(each)
  }))

export function notesOf(course: Course, seconds: Seconds): readonly ReportNote[] {
  const countedSeconds = countedSecondsOf(seconds).length
  const notes: ReportNote[] = []
  if (!course.consented) notes.push("neverConsented")
  if (course.withdrawn) notes.push("consentWithdrawn")
  if (course.switchedOff) notes.push("switchedOff")
  if (course.interrupted) notes.push("interrupted")
  if (course.received > 0 && course.readable < lowCoverage * course.received) notes.push("lowCoverage")
  if (course.consented && countedSeconds < shortSeconds) notes.push("short")
  return notes
}
