/**
 * Satisfaction over time: of a client, or of a manager by the readings of clients who agreed to trends. Folded from the rows of ended
 * conferences each time it is asked for. It shows too few conferences to nobody, and it ranks nobody.
 */
import type { Trend, TrendAnswer, TrendPoint } from "./console.ts"
import type { EndedConferenceRow } from "./ended-conferences.ts"

/**
 * Fewer points are no trend: five that know nothing of each other stand in rising or falling order by chance in 2 of 5! = 120
 * cases, below 1 in 20; four do in 1 of 12. From the mean of five, a single conference can also no longer be guessed.
 */
export const conferencesMin = 5
/** A supervisor's view of a manager: so that no client stands out of it. */
export const clientsMin = 5
/** As long as a client agrees to it, in the words of the consent's text. */
export const trendMsMax = 366 * 24 * 3_600_000

/** Of a normal distribution, at 97.5 %. */
const z = 1.959964

export interface TrendBounds {
  readonly clientsMin: number
}

/** What of a conference stands in a trend; null where there was no consent to trends or nothing was counted. */
function pointOf({ conference, endedAt: at, purposes, report }: EndedConferenceRow): TrendPoint | null {
  const { satisfaction, interval, coverage } = report
  if (!purposes.includes("trends") || satisfaction === null || interval === null || coverage === null) return null
  return { conference, at, satisfaction, interval, coverage }
}

export function trendOf(rows: readonly EndedConferenceRow[], bounds: TrendBounds = { clientsMin: 1 }): TrendAnswer {
  const shown = rows.flatMap((row) => {
    const point = pointOf(row)
    return point === null ? [] : [{ point, subject: row.subject }]
  })
  const clientCount = new Set(shown.map(({ subject }) => subject)).size
  if (shown.length < conferencesMin || clientCount < bounds.clientsMin) {
    return { tooFew: shown.length, conferencesMin, clientsMin: bounds.clientsMin }
  }
  const points = shown.map(({ point }) => point).sort((a, b) => a.at - b.at)
  return { points, ...meanOf(points), conferencesMin }
}

/**
 * Mean and 95 % interval, each conference counting once: Student's t over conferences. Where conferences differ less from each
 * other than their own intervals are wide, those say how sure the mean can be: five calm calls are no proof of calm.
 */
function meanOf(points: readonly TrendPoint[]): Pick<Trend, "mean" | "interval"> {
  const count = points.length
  const mean = sum(points.map(({ satisfaction }) => satisfaction)) / count
  const between = sum(points.map(({ satisfaction }) => (satisfaction - mean) ** 2)) / (count - 1)
  const within = sum(points.map(({ interval: { low, high } }) => ((high - low) / (2 * z)) ** 2)) / count
  const reach = studentQuantile(count - 1) * Math.sqrt(Math.max(between, within) / count)
  return { mean, interval: { low: Math.max(0, mean - reach), high: Math.min(100, mean + reach) } }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** At 97.5 %, by Fisher and Cornish's expansion (1960): from four degrees of freedom on within 0.3 % of the table. */
export function studentQuantile(freedom: number): number {
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  ]
  return terms.reduce((total, term, power) => total + term / freedom ** power, 0)
}
