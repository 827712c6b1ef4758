/**
 * What the weights say about themselves: the JSON beside them. Only the fields the edge needs are read; a manifest that
 * lacks one, or whose expressions are in another order than ours, is refused.
 */
import { expressions } from "../../machines/reading.ts"

/** When a face is Unreadable, of what the training run knows; light and sharpness are judged by quality.ts. */
export interface ReadableLimits {
  /** Of the class with the largest sum of probabilities. */
  readonly topProbabilityMin: number
  /** Side of the cascade's box, in pixels of the picture as sent. */
  readonly faceSidePixelsMin: number
}

export interface Manifest {
  readonly sha256: string
  /** Side of the crop over the side of the cascade's box. */
  readonly cropScale: number
  readonly limits: ReadableLimits
  /** Rows: the true class, columns: the class read, in the order of `readingClasses`; for the journal. */
  readonly confusion: readonly (readonly number[])[]
}

/** `file` is named in the error. */
export function parseManifest(json: string, file: string): Manifest {
  const text = JSON.parse(json)
  const refuse = (why: string): never => {
    throw new Error(
      `Cannot read the weights' manifest "${file}": ${why}. Take it from the training run that made the weights`
    )
  }
  const number = (value: unknown, name: string): number =>
    typeof value === "number" && Number.isFinite(value) ? value : refuse(`${name} is no number`)
  if (!/^[0-9a-f]{64}$/.test(text.sha256)) refuse("sha256 is no SHA-256 in hexadecimal")
  const order: unknown = text.output?.expressions
  if (!Array.isArray(order) || order.join() !== expressions.join()) {
    refuse(`its expressions are "${order}", not "${expressions}"`)
  }
  const isConfusion = Array.isArray(text.confusion) && text.confusion.every(Array.isArray)
  if (!isConfusion) refuse("confusion is no matrix")
  return {
    sha256: text.sha256,
    cropScale: number(text.crop?.scale, "crop.scale"),
    limits: {
      topProbabilityMin: number(text.unreadable?.topProbabilityMin, "unreadable.topProbabilityMin"),
      faceSidePixelsMin: number(text.unreadable?.faceSidePixelsMin, "unreadable.faceSidePixelsMin")
    },
    confusion: text.confusion
  }
}
