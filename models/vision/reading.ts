/**
 * From the net's seven probabilities to one reading: the classes' sums are compared, and a winner that is not sure
 * enough makes the frame Unreadable. It smooths nothing over time.
 */
import {
  classOfExpression,
  expressions,
  type Reading,
  type ReadingClass,
  readingClasses
} from "../../machines/reading.ts"
import type { ReadableLimits } from "./manifest.ts"

/** Probabilities of negative, neutral, positive: the sums over their expressions. */
export function classProbabilities(probabilities: ArrayLike<number>): Record<ReadingClass, number> {
  const sums: Record<ReadingClass, number> = { negative: 0, neutral: 0, positive: 0 }
  for (let i = 0; i < expressions.length; i++) sums[classOfExpression[expressions[i]!]] += probabilities[i]!
  return sums
}

/** The class with the largest sum, or "unreadable" where that sum is below the threshold. */
export function readProbabilities(probabilities: ArrayLike<number>, { topProbabilityMin }: ReadableLimits): Reading {
  const sums = classProbabilities(probabilities)
  let best: ReadingClass = "neutral"
  for (const name of readingClasses) if (sums[name] > sums[best]) best = name
  return sums[best] >= topProbabilityMin ? best : "unreadable"
}

/** Whole thousandths, for the wire and the journal. */
export function toPermille(probabilities: ArrayLike<number>): number[] {
  return Array.from({ length: probabilities.length }, (_, i) => Math.round(1000 * probabilities[i]!))
}
