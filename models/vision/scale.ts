/**
 * How far a picture is shrunk before anything looks at it, so that its long side is about 480 pixels: a JPEG while it
 * is decoded (eighths, which the inverse DCT gives for nothing), a luma plane by averaging whole blocks. It never enlarges.
 */

/** The long side aimed at: a face at a desk is then 60 to 90 px wide, which the 24 px cascade and the 48 px crop need. */
export const sideAimedPx = 480

/**
 * The long side never exceeded. JPEG: scales lie an eighth of the long side apart, so the nearest to 480 is off by a
 * sixteenth of it, and 4096 / 8 = 512; the worst is 2560 at 2/8 = 640 (or at 1/8 = 320, as far off; the finer one is taken).
 * Luma planes: the worst is 640 itself, as far off as 1/2 of it.
 */
export const sideMaxPx = 640

/** A picture is shrunk by `numerator / denominator`: eighths for JPEG, 1 / a whole number for luma planes. */
export interface Scale {
  readonly numerator: number
  readonly denominator: number
}

/** Pixels left of `px`: libjpeg rounds up, and so do luma planes (the last block is then a part). */
export function scaledPx(px: number, { numerator, denominator }: Scale): number {
  return Math.ceil((px * numerator) / denominator)
}

/** The scale of a JPEG, one of 1/8 to 8/8: nearest to 480, of two equally near ones the finer. */
export function jpegScale(widthPx: number, heightPx: number): Scale {
  const longPx = Math.max(widthPx, heightPx)
  const eighths = Math.min(8, Math.max(1, Math.floor((8 * sideAimedPx) / longPx + 0.5)))
  return jpegScales[eighths - 1]!
}

/** Reduced, as libturbojpeg wants them. */
const jpegScales: readonly Scale[] = [
  { numerator: 1, denominator: 8 },
  { numerator: 1, denominator: 4 },
  { numerator: 3, denominator: 8 },
  { numerator: 1, denominator: 2 },
  { numerator: 5, denominator: 8 },
  { numerator: 3, denominator: 4 },
  { numerator: 7, denominator: 8 },
  { numerator: 1, denominator: 1 }
]

/** The scale of a luma plane: 1 / n nearest to 480, of two equally near ones the finer. */
export function planeScale(widthPx: number, heightPx: number): Scale {
  const longPx = Math.max(widthPx, heightPx)
  const finer = Math.max(1, Math.floor(longPx / sideAimedPx))
  const finerIsNearer = longPx / finer - sideAimedPx <= sideAimedPx - longPx / (finer + 1)
  return { numerator: 1, denominator: finerIsNearer ? finer : finer + 1 }
}

/**
 * Averages blocks of `scale.denominator` pixels of a luma plane into `target`, for the part of the scaled picture that
 * `region` names. Partial blocks at the right and lower edge are averaged over the pixels they have.
 */
export function shrinkPlane(
  source: Uint8Array,
  widthPx: number,
  heightPx: number,
  { denominator: side }: Scale,
  region: { readonly xPx: number; readonly yPx: number; readonly widthPx: number; readonly heightPx: number },
  target: Uint8Array
): void {
  for (let y = 0; y < region.heightPx; y++) {
    const top = (region.yPx + y) * side
    const bottom = Math.min(top + side, heightPx)
    const rowAt = y * region.widthPx
    if (side === 1) {
      const from = top * widthPx + region.xPx
      target.set(source.subarray(from, from + region.widthPx), rowAt)
      continue
    }
    for (let x = 0; x < region.widthPx; x++) {
      const left = (region.xPx + x) * side
      const right = Math.min(left + side, widthPx)
      let sum = 0
      for (let row = top * widthPx; row < bottom * widthPx; row += widthPx) {
        for (let at = row + left; at < row + right; at++) sum += source[at]!
      }
      const count = (right - left) * (bottom - top)
      target[rowAt + x] = (sum + (count >> 1)) / count
    }
  }
}
