/**
 * What the shares would be without the net's known errors: the mixture of true classes that best explains the readings,
 * if the net mistakes this client's face as often as it mistook the faces it was validated on. An estimate under that
 * assumption, never a replacement for the contractual number.
 */
import type { ReadingClass } from "../machines/reading.ts"
import { readingClasses } from "../machines/reading.ts"
import { satisfactionPercent, sharePercent } from "../machines/satisfaction.ts"

export interface Corrected {
  readonly satisfaction: number
  readonly negative: number
  readonly neutral: number
  readonly positive: number
}

/** Steps at most. Far apart classes settle within a hundred; the bound is for a net that hardly tells two apart. */
const stepsMax = 5_000
/** A step that moves no share by more than this is the last. */
const settledBelow = 1e-9

/**
 * Maximum likelihood by expectation and maximisation (Saerens, Latinne and Decaestecker, "Adjusting the outputs of a
 * classifier to new a priori probabilities", Neural Computation 14, 2002), with the confusion matrix in place of the outputs: every
 * step keeps the shares between 0 and 1 with the sum 1, which inverting the matrix does not. `confusion`: rows are the
 * truth, columns the reading, counts. Null without readings, and for a matrix that says nothing of some class.
 */
export function correctedOf(
  counts: Readonly<Record<ReadingClass, number>>,
  confusion: readonly (readonly number[])[]
): Corrected | null {
  const rates = ratesOf(confusion)
  const total = counts.negative + counts.neutral + counts.positive
  if (rates === null || total === 0) return null
  const observed = readingClasses.map((name) => counts[name] / total)
  let shares = readingClasses.map(() => 1 / readingClasses.length)
  for (let step = 0; step < stepsMax; step++) {
    const explained = observed.map((_, reading) =>
      shares.reduce((sum, share, truth) => sum + share * rates[truth]![reading]!, 0)
    )
    const next = shares.map((share, truth) =>
      observed.reduce((sum, seen, reading) => sum + (seen * share * rates[truth]![reading]!) / explained[reading]!, 0)
    )
    const moved = Math.max(...next.map((share, truth) => Math.abs(share - shares[truth]!)))
    shares = next
    if (moved < settledBelow) break
  }
  const [negative = 0, neutral = 0, positive = 0] = shares
  const mixture = { negative, neutral, positive }
  return {
    satisfaction: satisfactionPercent(mixture)!,
    negative: sharePercent(mixture, "negative")!,
    neutral: sharePercent(mixture, "neutral")!,
    positive: sharePercent(mixture, "positive")!
  }
}

/** How often each class is read as each: half a face is added to every cell, so that no mistake counts as impossible. */
function ratesOf(confusion: readonly (readonly number[])[]): readonly (readonly number[])[] | null {
  const isSquare =
    confusion.length === readingClasses.length && confusion.every((row) => row.length === readingClasses.length)
  if (!isSquare) return null
  const totals = confusion.map((row) => row.reduce((sum, count) => sum + count, 0))
  if (!totals.every((total) => Number.isFinite(total) && total > 0)) return null
  return confusion.map((row, truth) => row.map((count) => (count + 0.5) / (totals[truth]! + 0.5 * row.length)))
}
