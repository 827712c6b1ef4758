/**
 * Measures on rendered pixels whether a picture lies: heights of objects against yields. It is told in which columns to look and what each yield is;
 * it finds tops, feet, the baseline and the ruler's marks in the raster itself, and knows nothing of the drawing code.
 *
 * An object is what differs between the picture and the same picture without its objects.
 */

export interface Raster {
  readonly width: number
  readonly height: number
  /** RGBA, row by row. */
  readonly pixels: Uint8Array
}

export interface Expected {
  /** Columns of pixels in which only this object may stand. */
  readonly left: number
  readonly right: number
  readonly yieldPercent: number
  /** Upper end of a range, drawn hatched above the solid lower end; null without one. */
  readonly yieldPercentTo: number | null
}

export interface Measured {
  /** Signed pixels by object, below zero for what hangs under the baseline; 0 when nothing was found. */
  readonly heightsPx: readonly number[]
  /** Row of pixels that the objects above the baseline stand on, as found; null when there is no object. */
  readonly baselinePx: number | null
  /** Height of the hatched upper end where there is one. */
  readonly upperHeightsPx: readonly (number | null)[]
  /**
   * The ratio farthest from 1 among (drawn height ÷ tallest drawn) ÷ (yield ÷ largest yield), turned so that it is at least 1:
   * too small lies as much as too tall. Where one pixel is more than 1 % (under 100 px) a deviation within one pixel counts as none.
   * Against the ruler when there is nothing else to compare with.
   */
  readonly lieFactor: number
  /** Every height is within max(1 %, one pixel) of the true one, and none stands where it should not. */
  readonly truthful: boolean
  /** What is wrong, for people; empty when truthful. */
  readonly faults: readonly string[]
}

/** Sum of differences of red, green and blue at which a pixel belongs to an object: a fifth of the usual distance between leaf and sky. */
const differenceMin = 36
/** A row belongs to an object when at least this many of its pixels do; a lone pixel may be a rounding of a gradient. */
const rowPixelsMin = 2

const tolerance = 0.01
const tolerancePx = 1

interface Extent {
  readonly top: number
  readonly bottom: number
}

/** The same bytes as one number per pixel; copied only where their place in memory does not allow a view. */
const wordsOf = (pixels: Uint8Array): Uint32Array =>
  pixels.byteOffset % 4 === 0
    ? new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length >> 2)
    : new Uint32Array(pixels.slice().buffer)

/** First and last row in which the two rasters differ between two columns, or null when they are the same there. */
const extentOf = (picture: Raster, without: Raster, left: number, right: number): Extent | null => {
  const rows = Math.min(picture.height, without.height)
  const { width, pixels } = picture
  const other = without.pixels
  const words = wordsOf(pixels)
  const otherWords = wordsOf(other)
  const differs = (row: number): boolean => {
    let count = 0
    for (let pixel = row * width + left, end = row * width + right; pixel < end; pixel += 1) {
      // Most pixels are equal: a whole one is compared first.
      if (words[pixel] === otherWords[pixel]) continue
      const at = pixel * 4
      const difference =
        Math.abs(pixels[at]! - other[at]!) +
        Math.abs(pixels[at + 1]! - other[at + 1]!) +
        Math.abs(pixels[at + 2]! - other[at + 2]!)
      if (difference >= differenceMin) {
        count += 1
        if (count >= rowPixelsMin) return true
      }
    }
    return false
  }
  let top = 0
  while (top < rows && !differs(top)) top += 1
  if (top === rows) return null
  let bottom = rows - 1
  while (bottom > top && !differs(bottom)) bottom -= 1
  return { top, bottom: bottom + 1 }
}

/** Columns at the left edge that hold the ruler's marks, and one beside them that holds none. */
const markColumn = 2
const besideColumn = 24

/** Rows of the ruler's marks, from top to bottom. */
const marksOf = ({ pixels, width, height }: Raster): number[] => {
  const rows: number[] = []
  for (let row = 0; row < height; row += 1) {
    const mark = (row * width + markColumn) * 4
    const beside = (row * width + besideColumn) * 4
    const difference =
      Math.abs(pixels[mark]! - pixels[beside]!) +
      Math.abs(pixels[mark + 1]! - pixels[beside + 1]!) +
      Math.abs(pixels[mark + 2]! - pixels[beside + 2]!)
    if (difference >= differenceMin * 2) rows.push(row)
  }
  return rows
}

/**
 * `picture` is the true picture, `hatched` the same without solid objects, `backdrop` without hatches too; the two may be cut off below the plot.
 * `rulerPercents` are the percentages written at the ruler's marks, from the lowest to the highest.
 */
export const measure = (
  picture: Raster,
  hatched: Raster,
  backdrop: Raster,
  expected: readonly Expected[],
  rulerPercents: readonly number[]
): Measured => {
  const faults: string[] = []
  const solids = expected.map(({ left, right }) => extentOf(picture, hatched, left, right))
  const baselines = solids.flatMap((extent, index) =>
    extent === null ? [] : [expected[index]!.yieldPercent > 0 ? extent.bottom : extent.top]
  )
  const baseline = baselines[0] ?? null
  if (baselines.some((row) => row !== baseline))
    faults.push(`the objects stand on different baselines: rows ${[...new Set(baselines)].join(", ")}`)

  const heightsPx = solids.map((extent, index) => {
    if (extent === null) return 0
    return expected[index]!.yieldPercent > 0 ? baseline! - extent.top : baseline! - extent.bottom
  })
  const marks = marksOf(backdrop)
  const upperHeightsPx = expected.map(({ left, right, yieldPercentTo }, index) => {
    if (yieldPercentTo === null || yieldPercentTo <= 0) return null
    const extent = extentOf(hatched, backdrop, left, right)
    const foot = baseline ?? extent?.bottom
    // A range narrower than a pixel has no hatch of its own.
    if (extent === null || foot === undefined) return heightsPx[index]!
    return foot - extent.top
  })

  const drawn = [
    ...heightsPx.map((pixels, index) => ({ index, pixels, percent: expected[index]!.yieldPercent })),
    ...upperHeightsPx.flatMap((pixels, index) =>
      pixels === null ? [] : [{ index, pixels, percent: expected[index]!.yieldPercentTo! }]
    )
  ]
  const largest = drawn.reduce((a, b) => (Math.abs(b.percent) > Math.abs(a.percent) ? b : a))
  let lieFactor = 1
  const judge = (index: number, pixels: number, truePixels: number) => {
    if (truePixels === 0) {
      if (pixels !== 0) faults.push(`object ${index} is ${pixels} px tall for a yield of zero`)
      return
    }
    const off = Math.abs(pixels - truePixels)
    // Where a pixel is more than one percent, a deviation within it is the raster's, not the picture's.
    if (off <= tolerancePx && Math.abs(truePixels) * tolerance < tolerancePx) return
    const ratio = pixels / truePixels
    lieFactor = ratio > 0 ? Math.max(lieFactor, ratio, 1 / ratio) : Number.POSITIVE_INFINITY
    if (off > Math.max(tolerance * Math.abs(truePixels), tolerancePx)) {
      faults.push(`object ${index} is ${pixels} px tall instead of ${truePixels.toFixed(1)}`)
    }
  }
  const perPercent = largest.percent === 0 ? 0 : largest.pixels / largest.percent
  for (const { index, pixels, percent } of drawn) judge(index, pixels, perPercent * percent)

  // The ruler speaks too: its highest mark against the tallest object. The line of a mark is one row thick and hangs from its level.
  const top = rulerPercents.at(-1)
  if (top !== undefined && top > 0 && baseline !== null && largest.percent !== 0) {
    if (marks.length === 0) faults.push("the ruler has no marks")
    else judge(largest.index, largest.pixels, ((baseline - marks[0]!) / top) * largest.percent)
  }
  return {
    heightsPx,
    baselinePx: baseline,
    upperHeightsPx,
    lieFactor: Number(lieFactor.toFixed(4)),
    truthful: faults.length === 0,
    faults
  }
}
