/**
 * From percent to pixels: one factor for every product, from a baseline at zero. There is no other way to a height in this product.
 */
import type { Product } from "./brief.ts"

export interface Scale {
  readonly pixelsPerPercent: number
  /** Largest yield above zero and below zero that is drawn, ranges included; both at least 0. */
  readonly above: number
  readonly below: number
  readonly stepPercent: number
}

const endsOf = (products: readonly Product[]) =>
  products.flatMap((product) => [product.yieldPercent, product.yieldPercentTo ?? product.yieldPercent])

/** Signed height in whole pixels, so that a top lies on the border of a row of pixels. */
export const heightOf = (scale: Scale, yieldPercent: number): number =>
  Math.round(scale.pixelsPerPercent * yieldPercent)

/** Heights may shrink by this share while looking for a factor at which rounding to whole pixels distorts least. */
const shrinkMax = 0.06

const ticksAbout = 5

const stepFor = (span: number): number => {
  const rough = span / ticksAbout
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  for (const step of [1, 2, 2.5, 5, 10]) if (step * magnitude >= rough) return Number((step * magnitude).toPrecision(2))
  return 10 * magnitude
}

/** The largest factor that fits `heightMax` pixels, or one at most six percent smaller at which whole pixels come closer to the true ratios. */
export const scaleFor = (products: readonly Product[], heightMax: number): Scale => {
  const ends = endsOf(products)
  const above = Math.max(0, ...ends)
  const below = Math.max(0, ...ends.map((end) => -end))
  const span = above + below
  if (span === 0) return { pixelsPerPercent: heightMax / 10, above: 0, below: 0, stepPercent: 2 }
  const tallest = Math.max(above, below)
  let best = heightMax / span
  let leastError = Number.POSITIVE_INFINITY
  const first = Math.floor((tallest * heightMax) / span)
  for (let height = first; height >= first * (1 - shrinkMax); height -= 1) {
    const factor = height / tallest
    const error = Math.max(
      ...ends.map((end) => (end === 0 ? 0 : Math.abs(Math.round(factor * end) / (factor * end) - 1)))
    )
    if (error < leastError - 1e-6) {
      leastError = error
      best = factor
    }
  }
  return { pixelsPerPercent: best, above, below, stepPercent: stepFor(span) }
}
