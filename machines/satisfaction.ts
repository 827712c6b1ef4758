/**
 * The contract's formulas, exactly as the customer's document gives them (section 1.2). With nothing counted there is
 * no number: null, never zero.
 */
import type { ReadingClass } from "./reading.ts"

type ClassCounts = Readonly<Record<ReadingClass, number>>

/** (0.5·Neutral + Positive) / (0.5·Neutral + Positive + Negative) · 100 %, or null when nothing was counted. */
export function satisfactionPercent({ negative, neutral, positive }: ClassCounts): number | null {
  const content = 0.5 * neutral + positive
  const total = content + negative
  return total === 0 ? null : (content / total) * 100
}

/** The share of one class in all counted frames, in percent, or null when nothing was counted. */
export function sharePercent(counts: ClassCounts, readingClass: ReadingClass): number | null {
  const counted = counts.negative + counts.neutral + counts.positive
  return counted === 0 ? null : (counts[readingClass] / counted) * 100
}
