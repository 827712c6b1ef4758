/**
 * What the console shows while a call runs: the smoothed state with its age, an alert when it looks negative for some
 * seconds, coverage and a ribbon of the last minute, the running satisfaction. A fold over the conference's events and,
 * at the end, the present moment; the same events and moment give the same view. The running satisfaction counts raw
 * readings, as the report does; state, ribbon and alert are smoothed. Without a consent it shows nothing.
 */
import type { ConferenceEvent } from "../machines/conference-events.ts"
import { classPermilleOf, type Reading, type ReadingClass } from "../machines/reading.ts"
import { satisfactionPercent } from "../machines/satisfaction.ts"
import { confidenceOf, nothingSmoothed, type Smoothed, smooth, withoutFace } from "./smoothing.ts"

/** Seconds of coverage and ribbon. */
export const ribbonSeconds = 60
/** So long the smoothed state is Negative before the manager is alerted. */
export const alertAfterMsDefault = 3_000

/** A second of the ribbon. */
interface SecondSeen {
  /** Seconds since 1970. */
  readonly second: number
  /** The smoothed state at its last frame. */
  readonly state: Reading
  readonly received: number
  readonly counted: number
}

export interface LiveState {
  /** The consent that the analysis rests on, while there is one. */
  readonly consent: string | null
  readonly switchedOff: boolean
  readonly smoothed: Smoothed
  /** Of the frame in work, in the order of `readingClasses`, in thousandths; null until it is predicted. */
  readonly predicted: readonly [number, number, number] | null
  readonly counts: Readonly<Record<ReadingClass, number>>
  /** Finished seconds, oldest first: with the current one at most `ribbonSeconds`. */
  readonly seconds: readonly SecondSeen[]
  readonly current: SecondSeen | null
}

export const nothingLive: LiveState = {
  consent: null,
  switchedOff: false,
  smoothed: nothingSmoothed,
  predicted: null,
  counts: { negative: 0, neutral: 0, positive: 0 },
  seconds: [],
  current: null
}

/** What is shown. */
export interface Live {
  /** Null while nothing is analysed: no consent, or the call is over. */
  readonly state: Reading | null
  /** How long the state has been shown, in milliseconds; null before the first frame. */
  readonly sinceMs: number | null
  /** How sure the net was of it over the last half second, 0 to 1. */
  readonly confidence: number
  /** Which way the face looks: -1 negative, 0 neutral or unreadable, 1 positive. */
  readonly direction: -1 | 0 | 1
  /** How strongly: the distance between the probabilities of Positive and Negative over the last half second, 0 to 1. */
  readonly level: number
  /** Readable frames of all received in the last minute, 0 to 1; null when none came. */
  readonly coverage: number | null
  /** Of the call so far, from raw readings, in percent. */
  readonly satisfaction: number | null
  /** Since when it has looked negative without a break, once that is long enough; milliseconds since 1970. */
  readonly alert: { readonly since: number } | null
  /** The smoothed state in each of the last 60 seconds, oldest first; null where no frame came. */
  readonly last60s: readonly (Reading | null)[]
}

/** The state after one more event. Costs no copy of the ribbon but once a second. */
export function evolveLive(state: LiveState, event: ConferenceEvent): LiveState {
  switch (event.type) {
    case "FrameReceived":
      return { ...withFrames(state, event.at, 1, 0), predicted: null }
    case "FramesDropped":
      return withFrames(state, event.at, event.count, 0)
    case "ExpressionPredicted":
      return { ...state, predicted: classPermilleOf(event.probabilitiesPermille) }
    case "ReadingCounted":
      return withReading(state, event)
    case "ConsentGiven":
      return event.purposes.includes("expressionAnalysis") ? { ...state, consent: event.consent } : state
    case "ConsentWithdrawn":
      return event.consent === state.consent ? { ...unseen(state), consent: null } : state
    case "AnalysisSwitched":
      return event.on ? { ...state, switchedOff: false } : { ...unseen(state), switchedOff: true }
    case "ConferenceEnded":
    case "ResumeWindowClosed":
      return { ...unseen(state), consent: null }
    default:
      return state
  }
}

/** What was seen before is not shown on; the counts remain for the report's preview. */
const unseen = ({ consent, switchedOff, counts }: LiveState): LiveState => {
  return { ...nothingLive, consent, switchedOff, counts }
}

const isAnalysing = ({ consent, switchedOff }: LiveState) => consent !== null && !switchedOff

function withReading(
  state: LiveState,
  { at, reading }: Extract<ConferenceEvent, { type: "ReadingCounted" }>
): LiveState {
  const isRead = reading !== "unreadable"
  const smoothed = smooth(state.smoothed, { at, probabilities: isRead ? state.predicted : null })
  const counts = isRead ? { ...state.counts, [reading]: state.counts[reading] + 1 } : state.counts
  return withFrames({ ...state, smoothed, counts, predicted: null }, at, 0, isRead ? 1 : 0)
}

function withFrames(state: LiveState, at: number, received: number, counted: number): LiveState {
  const second = Math.floor(at / 1000)
  const shown = state.smoothed.state
  const { current } = state
  // A clock set back by more than a minute leaves nothing of the minute before it.
  if (current !== null && second < current.second - ribbonSeconds)
    return withFrames(withoutSeconds(state), at, received, counted)
  if (current !== null && second <= current.second) {
    const same = {
      second: current.second,
      state: shown,
      received: current.received + received,
      counted: current.counted + counted
    }
    return { ...state, current: same }
  }
  const seconds = current === null ? state.seconds : [...state.seconds.slice(2 - ribbonSeconds), current]
  return { ...state, seconds, current: { second, state: shown, received, counted } }
}

const withoutSeconds = (state: LiveState): LiveState => ({ ...state, seconds: [], current: null })

/** The view at a moment, milliseconds since 1970: a state of which nothing was heard for a second is Unreadable. */
export function liveOf(state: LiveState, now: number, alertAfterMs: number = alertAfterMsDefault): Live {
  const smoothed = withoutFace(state.smoothed, now)
  const shown = smoothed.state
  const lastSecond = Math.floor(now / 1000)
  const recent = [...state.seconds, ...(state.current === null ? [] : [state.current])].filter(
    ({ second }) => second > lastSecond - ribbonSeconds && second <= lastSecond
  )
  const received = recent.reduce((sum, each) => sum + each.received, 0)
  const counted = recent.reduce((sum, each) => sum + each.counted, 0)
  const last60s: (Reading | null)[] = Array.from({ length: ribbonSeconds }, () => null)
  for (const { second, state: seen } of recent) last60s[second - lastSecond + ribbonSeconds - 1] = seen
  const [negative, , positive] = smoothed.average
  const isKnown = Number.isFinite(smoothed.since)
  const analysing = isAnalysing(state)
  const isAlert = analysing && shown === "negative" && now - smoothed.since >= alertAfterMs
  return {
    state: analysing ? shown : null,
    sinceMs: analysing && isKnown ? Math.max(0, now - smoothed.since) : null,
    confidence: confidenceOf(smoothed),
    direction: shown === "negative" ? -1 : shown === "positive" ? 1 : 0,
    level: Math.abs(positive - negative),
    coverage: received === 0 ? null : Math.min(1, counted / received),
    satisfaction: satisfactionPercent(state.counts),
    alert: isAlert ? { since: smoothed.since } : null,
    last60s
  }
}
