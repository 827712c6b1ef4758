/**
 * The report table: what a conference's events mean in numbers, by the contract's formulas. A fold over the journal:
 * the same events give the same report, live or replayed. It counts raw readings, never the smoothed live state.
 */
import type { ConferenceEvent } from "../machines/conference-events.ts"
import { satisfactionPercent, sharePercent } from "../machines/satisfaction.ts"
import { countedOf, droppedOf, emptyTally, offeredOf, type Tally, withDrops, withReading } from "../machines/tally.ts"

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
  /** The consent that the numbers rest on; null when there was none. */
  readonly consent: string | null
}

export interface ReportState {
  readonly tally: Tally
  readonly consent: string | null
  /** A frame was taken in and nothing has become of it yet. */
  readonly inWork: boolean
}

export const emptyReport: ReportState = { tally: emptyTally, consent: null, inWork: false }

/** A frame that was in work when its stream or its consent ended is accounted for as dropped. */
const withoutWork = (state: ReportState, reason: "lost" | "noConsent"): ReportState =>
  state.inWork ? { ...state, tally: withDrops(state.tally, reason, 1), inWork: false } : state

/** The state after one more event. */
export function evolveReport(state: ReportState, event: ConferenceEvent): ReportState {
  switch (event.type) {
    case "FrameReceived":
      return { ...state, inWork: true }
    case "ReadingCounted":
      return { ...state, tally: withReading(state.tally, event.reading), inWork: false }
    case "FramesDropped":
      return { ...state, tally: withDrops(state.tally, event.reason, event.count) }
    case "FrameDamaged":
      return { ...state, tally: withDrops(state.tally, "damaged", 1), inWork: false }
    case "StreamInterrupted":
    case "ConferenceEnded":
      return withoutWork(state, "lost")
    case "ConsentWithdrawn":
      return withoutWork(state, "noConsent")
    case "ConsentGiven":
      return { ...state, consent: event.consent }
    default:
      return state
  }
}

export function reportOf({ tally, consent }: ReportState): Report {
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
    consent
  }
}
