/**
 * What the weights say about themselves: the JSON beside them. Only the fields the edge needs are read; a manifest that
 * lacks one, or whose expressions are in another order, is refused.
 */
import { expressions } from "../../machines/reading.ts"

export interface Manifest {
  readonly sha256: string
  /** Side of the crop over the side of the cascade's box, at training time. */
  readonly cropScale: number
  /** A reading needs at least this probability of its class; below it is Unreadable. */
  readonly confidenceMin: number
}

export function parseManifest(json: string, file: string): Manifest {
  const refuse = (why: string): never => {
    throw new Error(
      `Cannot read the weights' manifest "${file}": ${why}. Take it from the training run that made the weights`
    )
  }
  const text = JSON.parse(json)
  const { sha256, crop, expressions: order } = text
  if (typeof sha256 !== "string") return refuse("sha256 is missing")
  if (typeof crop?.scale !== "number") return refuse("crop.scale is missing")
  if (!Array.isArray(order) || order.join() !== expressions.join()) return refuse("expressions are in another order")
  return { sha256, cropScale: crop.scale, confidenceMin: text.thresholds?.confidence ?? 0 }
}
