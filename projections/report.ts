/**
 * The report table: what a conference's events mean in numbers, by the contract's formulas, and beside them how sure
 * one may be of those. A fold over the journal: the same events give the same report, live or replayed. It counts raw
 * readings, never the smoothed live state. What each number means and does not mean: docs/report.md.
 */
import type { ConferenceEvent } from "../machines/conference-events.ts"
import { expressions } from "../machines/reading.ts"
import { satisfactionPercent, sharePercent } from "../machines/satisfaction.ts"
import { countedOf, droppedOf, emptyTally, offeredOf, type Tally, withDrops, withReading } from "../machines/tally.ts"
import { type Corrected, correctedOf } from "./corrected.ts"
import { type PercentInterval, satisfactionInterval } from "./interval.ts"
import { countedSecondsOf, noSeconds, type Seconds, withReadingAt } from "./seconds.ts"

export interface Report {
  /** (0.5·Neutral + Positive) / (0.5·Neutral + Positive + Negative) in percent; null when nothing was counted. */
  readonly satisfaction: number | null
  /** Shares of all counted frames in percent; null when nothing was counted. */
  readonly negative: number | null
  readonly neutral: number | null
  readonly positive: number | null
  /** Frames counted towards a class. */
  readonly counted: number
  readonly unreadable: number
  readonly dropped: number
  /** Every frame the client offered. */
  readonly received: number
  /** Readable frames of all received, 0 to 1; null when none was received. */
  readonly coverage: number | null
  /** The newest consent that the numbers rest on; null when there was none. */
  readonly consent: string | null
  /** Every consent to the analysis that the numbers rest on, oldest first: more than one when it was withdrawn and given anew. */
  readonly consents: readonly GroundOfNumbers[]
  /** 95 % interval of `satisfaction` in percent, over the call's moments; null when nothing was counted. */
  readonly interval: PercentInterval | null
  /** The shares and the satisfaction, estimated without the net's known errors; null when nothing was counted. */
  readonly corrected: Corrected | null
  /** The part of `positive` in which surprise outweighed happiness, in percent of all counted frames. */
  readonly surpriseShare: number | null
}

/** A consent and the text that it agrees to. */
export interface GroundOfNumbers {
  readonly consent: string
  readonly textVersion: string
  readonly textSha256: string
  /** Milliseconds since 1970. */
  readonly givenAt: number
}

export interface ReportState {
  readonly tally: Tally
  readonly consents: readonly GroundOfNumbers[]
  /** A frame was taken in and nothing has become of it yet. */
  readonly inWork: boolean
  /** Whether surprise outweighs happiness on the frame in work. */
  readonly looksSurprised: boolean
  /** Frames counted as Positive because of surprise. */
  readonly surprised: number
  readonly seconds: Seconds
  readonly conference: string
  /** Of the net that reads this conference. */
  readonly confusion: readonly (readonly number[])[]
}

export const emptyReport: ReportState = {
  tally: emptyTally,
  consents: [],
  inWork: false,
  looksSurprised: false,
  surprised: 0,
  seconds: noSeconds,
  conference: "",
  confusion: []
}

const surpriseAt = expressions.indexOf("surprise")
const happyAt = expressions.indexOf("happy")

/** A frame that was in work when its stream or its consent ended is accounted for as dropped. */
const withoutWork = (state: ReportState, reason: "lost" | "noConsent"): ReportState =>
  state.inWork ? { ...state, tally: withDrops(state.tally, reason, 1), inWork: false } : state

function withCountedReading(
  state: ReportState,
  { reading, at }: Extract<ConferenceEvent, { type: "ReadingCounted" }>
): ReportState {
  const tally = withReading(state.tally, reading)
  const surprised = state.surprised + (reading === "positive" && state.looksSurprised ? 1 : 0)
  return { ...state, tally, inWork: false, surprised, seconds: withReadingAt(state.seconds, at, reading) }
}

/** The state after one more event. */
export function evolveReport(state: ReportState, event: ConferenceEvent): ReportState {
  switch (event.type) {
    case "FrameReceived":
      return { ...state, inWork: true, looksSurprised: false }
    case "ExpressionPredicted": {
      const looksSurprised =
        (event.probabilitiesPermille[surpriseAt] ?? 0) > (event.probabilitiesPermille[happyAt] ?? 0)
      return looksSurprised === state.looksSurprised ? state : { ...state, looksSurprised }
    }
    case "ReadingCounted":
      return withCountedReading(state, event)
    case "FramesDropped":
      return { ...state, tally: withDrops(state.tally, event.reason, event.count) }
    case "FrameDamaged":
      return { ...state, tally: withDrops(state.tally, "damaged", 1), inWork: false }
    case "StreamInterrupted":
    case "ConferenceEnded":
      return withoutWork(state, "lost")
    case "ConsentWithdrawn":
      // Of another purpose it leaves the frame in work alone, as the machine does.
      return state.consents.some(({ consent }) => consent === event.consent) ? withoutWork(state, "noConsent") : state
    case "AnalysisSwitched":
      return event.on ? state : withoutWork(state, "noConsent")
    case "ConsentGiven": {
      if (!event.purposes.includes("expressionAnalysis")) return state
      const { consent, textVersion, textSha256, givenAt } = event
      return { ...state, consents: [...state.consents, { consent, textVersion, textSha256, givenAt }] }
    }
    case "ConferenceStarted":
      return { ...state, conference: event.conference, confusion: event.model.confusion }
    default:
      return state
  }
}

/** The report of a state. It draws the interval's samples anew each time, so it is for reports, not for every frame. */
export function reportOf({ tally, consents, seconds, conference, confusion, surprised }: ReportState): Report {
  const counted = countedOf(tally)
  const received = offeredOf(tally)
  return {
    satisfaction: satisfactionPercent(tally.counts),
    negative: sharePercent(tally.counts, "negative"),
    neutral: sharePercent(tally.counts, "neutral"),
    positive: sharePercent(tally.counts, "positive"),
    counted,
    unreadable: tally.counts.unreadable,
    dropped: droppedOf(tally),
    received,
    coverage: received === 0 ? null : counted / received,
    consent: consents.at(-1)?.consent ?? null,
    consents,
    interval: satisfactionInterval(countedSecondsOf(seconds), conference),
    corrected: correctedOf(tally.counts, confusion),
    surpriseShare: counted === 0 ? null : (surprised / counted) * 100
  }
}
