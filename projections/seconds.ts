/**
 * A conference's readings, summed by the second: what an interval over time needs of an hour's hundred thousand frames.
 * A list that grows at its head and shares its tail, so that a fold over the journal may keep any of its states.
 * It drops nothing: its size is a node for each second in which a frame was counted, 3,600 for an hour.
 */
import type { ReadingClass } from "../machines/reading.ts"

export interface Second {
  /** Seconds since 1970. */
  readonly second: number
  readonly negative: number
  readonly neutral: number
  readonly positive: number
  readonly earlier: Second | null
}

/** The list after one more reading at a moment, in milliseconds since 1970. */
export function withReadingAt(latest: Second | null, at: number, reading: ReadingClass): Second {
  const second = Math.floor(at / 1000)
  const isSame = latest !== null && latest.second === second
  return {
    second,
    negative: (isSame ? latest.negative : 0) + (reading === "negative" ? 1 : 0),
    neutral: (isSame ? latest.neutral : 0) + (reading === "neutral" ? 1 : 0),
    positive: (isSame ? latest.positive : 0) + (reading === "positive" ? 1 : 0),
    earlier: isSame ? latest.earlier : latest
  }
}

/** Oldest first. */
export function secondsOf(latest: Second | null): readonly Second[] {
  const seconds: Second[] = []
  for (let second = latest; second !== null; second = second.earlier) seconds.push(second)
  return seconds.reverse()
}

/** A second without its tail. */
export type FlatSecond = Omit<Second, "earlier">

/** Oldest first, each by itself: the form in which an hour of them can be written down. */
export const flatSecondsOf = (latest: Second | null): readonly FlatSecond[] =>
  secondsOf(latest).map(({ earlier: _earlier, ...second }) => second)

/** The list that `flatSecondsOf` was made of. */
export const secondsFrom = (flat: readonly FlatSecond[]): Second | null =>
  flat.reduce<Second | null>((earlier, second) => ({ ...second, earlier }), null)
