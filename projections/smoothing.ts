/**
 * The state shown while a call runs, made calm: a causal filter on log-probabilities with hysteresis and a least dwell.
 * Numbers in, state out. It is for showing only: reports count raw readings and never see this.
 *
 * For each class it keeps how far the evidence for it lies behind that for the best one, in nat seconds: log-probability
 * summed over time, so that a strong reading convinces soon and a weak one slowly, at any frame rate. No class may fall
 * behind by more than `behindMax`, which is what a hidden Markov model with sticky transitions does (Rabiner,
 * "A tutorial on hidden Markov models", Proceedings of the IEEE 77, 1989): however long a face was calm, a change shows.
 */
import type { Reading, ReadingClass } from "../machines/reading.ts"
import { readingClasses } from "../machines/reading.ts"

/** Together with `leadMin` what a change takes: a class four times as likely as the one shown is shown after 0.6 s, as 0.6 s · ln 4 = 0.83. */
export const behindMax = 0.55
/** The hysteresis: how far another class must lead before it is shown, in nat seconds. */
export const leadMin = 0.28
/** No state is left sooner than this, so there are never two changes within a second. */
export const dwellMsMin = 1_000
/** So long the last state stands while no frame can be read; then it is Unreadable. Not below the dwell. */
export const unreadableAfterMs = 1_000
/** What a frame weighs at most, however long the gap before it: 0.2 s · ln (1 / `probabilityMin`) = 0.78, so no single frame makes a change. */
export const frameMsMax = 200
/** Probabilities are taken as at least this: no frame is surer than the net ever is. */
export const probabilityMin = 0.02
/** Time constant of the confidence shown, in milliseconds. */
const confidenceMs = 500

/** One frame: the classes' probabilities in any unit, in the order of `readingClasses`, or null when it is unreadable. */
export interface Observation {
  readonly at: number
  readonly probabilities: readonly [number, number, number] | null
}

export interface Smoothed {
  readonly state: Reading
  /** When the state was taken up, milliseconds since 1970. */
  readonly since: number
  /** The last readable frame. */
  readonly readAt: number
  /** How far each class lies behind the best, from 0 down to -`behindMax`. */
  readonly behind: readonly [number, number, number]
  /** Probabilities averaged over the last half second. */
  readonly average: readonly [number, number, number]
}

/** Before the first frame. */
export const nothingSmoothed: Smoothed = {
  state: "unreadable",
  since: Number.NEGATIVE_INFINITY,
  readAt: Number.NEGATIVE_INFINITY,
  behind: [0, 0, 0],
  average: [0, 0, 0]
}

/** The state after one more frame. Times a little out of order count as standing still; a clock set back begins anew. */
export function smooth(before: Smoothed, { at, probabilities }: Observation): Smoothed {
  if (at < before.readAt - unreadableAfterMs) return smooth(nothingSmoothed, { at, probabilities })
  const sum = probabilities === null ? 0 : probabilities[0] + probabilities[1] + probabilities[2]
  if (probabilities === null || !(sum > 0)) {
    return before.since === Number.NEGATIVE_INFINITY ? { ...before, since: at } : withoutFace(before, at)
  }
  // After a silence the evidence is old: it begins anew, and until it decides, the state stays what it has become.
  const known = withoutFace(before, at)
  const isFresh = known.state === "unreadable" && before.readAt <= at - unreadableAfterMs
  const elapsedMs = isFresh ? frameMsFresh : Math.max(0, Math.min(frameMsMax, at - before.readAt))
  const share = probabilities.map((probability) => Math.max(probabilityMin, probability / sum))
  const evidence = share.map(
    (probability, index) => (isFresh ? 0 : known.behind[index]!) + (elapsedMs / 1000) * Math.log(probability)
  )
  const best = Math.max(...evidence)
  const behind = evidence.map((value) => Math.max(-behindMax, value - best)) as [number, number, number]
  const kept = isFresh ? 0 : Math.exp(-elapsedMs / confidenceMs)
  const average = known.average.map((value, index) => kept * value + (1 - kept) * share[index]!) as [
    number,
    number,
    number
  ]
  const state = stateAfter(known, behind, at)
  const since = state === known.state ? known.since : at
  return { state, since, readAt: Math.max(at, known.readAt), behind, average }
}

/** A first frame after a silence weighs as one of 30 a second. */
const frameMsFresh = 33

/** What no readable frame at this moment means; also how a state ages when no frame comes at all. */
export function withoutFace(before: Smoothed, at: number): Smoothed {
  if (before.state === "unreadable" || at - before.readAt < unreadableAfterMs) return before
  return { ...nothingSmoothed, since: before.readAt + unreadableAfterMs, readAt: before.readAt }
}

/** The class to show: another one once it leads far enough over the one shown, or, after Unreadable, over every other. */
function stateAfter(known: Smoothed, behind: readonly [number, number, number], at: number): Reading {
  if (at - known.since < dwellMsMin) return known.state
  const leader: ReadingClass = readingClasses[behind.indexOf(0)]!
  if (known.state === "unreadable") {
    const second = [...behind].sort((a, b) => b - a)[1]!
    return -second >= leadMin ? leader : known.state
  }
  return -behind[readingClasses.indexOf(known.state)]! >= leadMin ? leader : known.state
}

/** How sure the net was of the state over the last half second, 0 to 1; 0 while unreadable. */
export const confidenceOf = ({ state, average }: Smoothed): number =>
  state === "unreadable" ? 0 : average[readingClasses.indexOf(state)]!
