/**
 * How far the contractual satisfaction of a call might have come out otherwise, had the same conversation been looked at
 * in other moments: a 95 % interval by a circular block bootstrap over its seconds. It knows nothing of the net's
 * errors, which are the same at every moment; `corrected.ts` is about those.
 */
import { satisfactionPercent } from "../machines/satisfaction.ts"
import type { Second } from "./seconds.ts"

export interface PercentInterval {
  readonly low: number
  readonly high: number
}

/** Enough for percentiles at 2.5 %, which 25 of them lie beyond. An hour's call then costs a few milliseconds (`node bench/report.ts`). */
export const resamplings = 1_000

/**
 * Seconds to a block. An expression lasts for seconds, and neighbouring frames are no separate observations, so whole
 * blocks are drawn; the longer a call, the longer blocks it affords, as the cube root of its length (Hall, Horowitz and
 * Jing, "On blocking rules for the bootstrap with dependent data", Biometrika 1995). The factor is tested on the
 * simulated calls of test/property/report-interval.test.ts: with blocks of 4 s the interval holds the truth in 79 of 100
 * calls of five minutes and in 76 of 100 of half an hour.
 */
export const blockSecondsOf = (seconds: number): number =>
  Math.max(1, Math.min(seconds, Math.round(2 * Math.cbrt(seconds))))

/**
 * Blocks are drawn with replacement from the seconds laid in a circle (Politis and Romano, 1992). To each sample come
 * Jeffreys' half an observation for every class, where one observation is one block: else a calm minute would claim
 * that no other expression can ever occur. The interval is widened to hold the number itself. Null without a reading.
 */
export function satisfactionInterval(seconds: readonly Second[], seedText: string): PercentInterval | null {
  const total = totalOf(seconds)
  const point = satisfactionPercent(total)
  if (point === null) return null
  const blockSeconds = blockSecondsOf(seconds.length)
  const upTo = runningTotals(seconds, blockSeconds)
  const blocks = Math.ceil(seconds.length / blockSeconds)
  const framesPerBlock = ((total.negative + total.neutral + total.positive) / seconds.length) * blockSeconds
  const random = seededBy(seedText)
  const values = new Float64Array(resamplings)
  for (let round = 0; round < resamplings; round++) {
    let negative = framesPerBlock * gammaHalf(random)
    let neutral = framesPerBlock * gammaHalf(random)
    let positive = framesPerBlock * gammaHalf(random)
    for (let block = 0; block < blocks; block++) {
      const from = 3 * Math.floor(random() * seconds.length)
      const to = from + 3 * blockSeconds
      negative += upTo[to]! - upTo[from]!
      neutral += upTo[to + 1]! - upTo[from + 1]!
      positive += upTo[to + 2]! - upTo[from + 2]!
    }
    values[round] = satisfactionPercent({ negative, neutral, positive })!
  }
  values.sort()
  const beyond = Math.floor(0.025 * resamplings)
  return { low: Math.min(point, values[beyond]!), high: Math.max(point, values[resamplings - 1 - beyond]!) }
}

function totalOf(seconds: readonly Second[]) {
  const total = { negative: 0, neutral: 0, positive: 0 }
  for (const { negative, neutral, positive } of seconds) {
    total.negative += negative
    total.neutral += neutral
    total.positive += positive
  }
  return total
}

/** Sums of all seconds before each one, class by class, going once around and a block further. */
function runningTotals(seconds: readonly Second[], blockSeconds: number): Float64Array {
  const upTo = new Float64Array(3 * (seconds.length + blockSeconds + 1))
  for (let i = 0; i < seconds.length + blockSeconds; i++) {
    const { negative, neutral, positive } = seconds[i % seconds.length]!
    upTo[3 * i + 3] = upTo[3 * i]! + negative
    upTo[3 * i + 4] = upTo[3 * i + 1]! + neutral
    upTo[3 * i + 5] = upTo[3 * i + 2]! + positive
  }
  return upTo
}

/** A gamma variate of shape 1/2: half the square of a normal one (Box and Muller, 1958). Three of them, normed, are Jeffreys' prior. */
function gammaHalf(random: () => number): number {
  return -Math.log(1 - random()) * Math.cos(2 * Math.PI * random()) ** 2
}

/** The same text gives the same numbers in [0, 1) on every machine: FNV-1a, then Mulberry32 (Tommy Ettinger, public domain). */
function seededBy(text: string): () => number {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
