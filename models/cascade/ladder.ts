/**
 * The ladder of face sizes one search climbs. A size is the side of the window in pixels of the searched plane; the
 * plane is shrunk by size / 24 so that the trained window has that size. It chooses no region and finds nothing.
 */

/** Side of the window the cascade was trained with: no smaller face can be found. */
export const windowPx = 24

/** Sizes of one search: from 24 to 640 in steps of 1.1 there are 35. */
export const rungsMax = 40

/** A search: which sizes, how closely the windows lie, and how many hits a face must have more than. */
export interface Search {
  /** Factors by which the plane is shrunk, each at least 1. */
  readonly factors: readonly number[]
  /** Distance between windows in pixels of the shrunken plane; 0: 2 below factor 2, then 1, as OpenCV does. */
  readonly stepPx: 0 | 1 | 2
  readonly hitsAbove: number
}

/** Factors from the smallest to the largest face asked for, each `ratio` times the last, on OpenCV's grid of powers of `ratio`. */
export function ladder(smallestPx: number, largestPx: number, ratio: number): number[] {
  const factors: number[] = []
  for (let factor = 1; windowPx * factor <= largestPx && factors.length < rungsMax; factor *= ratio) {
    if (Math.round(windowPx * factor) >= smallestPx) factors.push(factor)
  }
  return factors
}
