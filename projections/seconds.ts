/**
 * A conference's readings, summed by the second: what a timeline, and an interval over time, need of an hour's hundred thousand
 * frames. A fold that leaves earlier states as they were, and plain data, so that any of its states can be kept as it is.
 * It drops nothing. Full minutes are packed: a running conference holds some four bytes for each of its seconds, not an object.
 */
import type { Reading } from "../machines/reading.ts"

/** A second in which frames were read, and how many looked how. */
export interface Second extends Readonly<Record<Reading, number>> {
  /** Seconds since 1970. */
  readonly second: number
}

export interface Seconds {
  /** Runs of `packedSeconds`, oldest first; the form is that of `pack`. */
  readonly packed: readonly string[]
  /** Those after them, oldest first: fewer than make a run. */
  readonly recent: readonly Second[]
  /** The one that still grows; null before the first frame. */
  readonly newest: Second | null
}

export const noSeconds: Seconds = { packed: [], recent: [], newest: null }

const packedSeconds = 60
const base = 36
const nothing: Omit<Second, "second"> = { negative: 0, neutral: 0, positive: 0, unreadable: 0 }

/** The seconds after one more reading at a moment, in milliseconds since 1970. */
export function withReadingAt(seconds: Seconds, at: number, reading: Reading): Seconds {
  const { newest } = seconds
  // A clock set back puts its frames into the newest second: the list stays in order.
  const second = Math.max(Math.floor(at / 1000), newest?.second ?? 0)
  if (newest === null) return { ...seconds, newest: { ...nothing, second, [reading]: 1 } }
  if (newest.second === second) return { ...seconds, newest: { ...newest, [reading]: newest[reading] + 1 } }
  return { ...withClosed(seconds, newest), newest: { ...nothing, second, [reading]: 1 } }
}

/** What is kept when a second has ended: packed, once it fills a run. */
function withClosed({ packed, recent }: Seconds, closed: Second): Omit<Seconds, "newest"> {
  const run = [...recent, closed]
  return run.length < packedSeconds ? { packed, recent: run } : { packed: [...packed, pack(run)], recent: [] }
}

/** Oldest first. */
export const secondsOf = ({ packed, recent, newest }: Seconds): readonly Second[] => {
  return [...packed.flatMap(unpack), ...recent, ...(newest === null ? [] : [newest])]
}

/** Those in which a frame was counted towards a class, oldest first. */
export const countedSecondsOf = (seconds: Seconds): readonly Second[] =>
  secondsOf(seconds).filter(({ negative, neutral, positive }) => negative + neutral + positive > 0)

/**
 * Seconds apart by semicolons: the counts of negative, neutral, positive and unreadable as digits to the base 36 without zeros at
 * the end; where the second does not follow the one before, or a count needs two digits, `seconds since the one before,count,…`.
 */
function pack(run: readonly Second[]): string {
  const one = ({ second, negative, neutral, positive, unreadable }: Second, index: number) => {
    const since = second - (run[index - 1]?.second ?? 0)
    const counts = [negative, neutral, positive, unreadable]
    if (since !== 1 || counts.some((count) => count >= base)) {
      return [since, ...counts].map((number) => number.toString(base)).join(",")
    }
    return counts
      .map((count) => count.toString(base))
      .join("")
      .replace(/0+$/, "")
  }
  return run.map(one).join(";")
}

function unpack(text: string): readonly Second[] {
  let second = 0
  return text.split(";").map((one): Second => {
    const digits = one.includes(",") ? one.split(",") : ["1", ...one]
    const [since = 0, negative = 0, neutral = 0, positive = 0, unreadable = 0] = digits.map((each) =>
      Number.parseInt(each, base)
    )
    second += since
    return { second, negative, neutral, positive, unreadable }
  })
}
