/**
 * The words for what became of a frame. A reading says how a face looks, never how a person feels;
 * Unreadable is a reading of its own and is never counted as Neutral.
 */
import { Schema } from "effect"

/** The three classes of the contract, in the order of every triple of numbers in this product. */
export const readingClasses = ["negative", "neutral", "positive"] as const
export type ReadingClass = (typeof readingClasses)[number]

export const readings = [...readingClasses, "unreadable"] as const
export const Reading = Schema.Literals(readings)
export type Reading = typeof Reading.Type

/** Why a received frame could not be read. */
export const unreadableReasons = ["noFace", "tooSmall", "turnedAway", "tooDark", "blurred", "notConfident"] as const
export const UnreadableReason = Schema.Literals(unreadableReasons)
export type UnreadableReason = typeof UnreadableReason.Type

/** The seven expressions the net tells apart, in the order of its output. */
export const expressions = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"] as const
export type Expression = (typeof expressions)[number]

/** Which class an expression counts towards, by the customer's mapping (surprise counts as Positive). */
export const classOfExpression: Record<Expression, ReadingClass> = {
  angry: "negative",
  disgust: "negative",
  fear: "negative",
  happy: "positive",
  neutral: "neutral",
  sad: "negative",
  surprise: "positive"
}

/** Sums thousandths of the seven expressions to the three classes, in the order of `readingClasses`. */
export function classPermilleOf(sevenPermille: readonly number[]): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0]
  expressions.forEach((expression, index) => {
    sums[readingClasses.indexOf(classOfExpression[expression])]! += sevenPermille[index] ?? 0
  })
  return sums
}
