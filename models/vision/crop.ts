/**
 * Cuts a square out of a luma plane and brings it to the 48x48 the expression net takes. Shrinking averages over the
 * area each target pixel covers, as the net's training pictures were made; enlarging interpolates linearly. Outside
 * the plane its edge pixels continue.
 */
import type { Square } from "../cascade/grouping.ts"

/** Side of the net's input, in pixels. */
export const cropPx = 48

/** Pixels of one axis a target pixel is made of: at most the longest crop (640 px) over 48, plus a part at both ends. */
const tapsMax = 16

/** One axis of the crop: for each of 48 target pixels its first source pixel, how many, and their shares. */
interface Axis {
  readonly first: Int32Array
  readonly count: Int32Array
  readonly share: Float32Array
}

function makeAxis(): Axis {
  return { first: new Int32Array(cropPx), count: new Int32Array(cropPx), share: new Float32Array(cropPx * tapsMax) }
}

function fillAxis(axis: Axis, start: number, side: number): void {
  const step = side / cropPx
  // Below a step of 1 a target pixel takes from a whole source pixel's width around its centre: linear interpolation.
  const reach = Math.max(step, 1) / 2
  for (let target = 0; target < cropPx; target++) {
    const centre = start + (target + 0.5) * step
    const from = centre - reach
    const to = centre + reach
    const first = Math.floor(from)
    const count = Math.min(tapsMax, Math.max(1, Math.ceil(to - 1e-9) - first))
    axis.first[target] = first
    axis.count[target] = count
    for (let tap = 0; tap < count; tap++) {
      const overlap = Math.min(to, first + tap + 1) - Math.max(from, first + tap)
      axis.share[target * tapsMax + tap] = overlap / (to - from)
    }
  }
}

/** The square of the crop around a face's box: `scale` times its side, about the same centre. */
export function cropSquare(face: Square, scale: number): Square {
  const sidePx = face.sidePx * scale
  return { xPx: face.xPx + (face.sidePx - sidePx) / 2, yPx: face.yPx + (face.sidePx - sidePx) / 2, sidePx }
}

/** A cropper keeps its scratch memory; one per thread. */
export interface Cropper {
  /** Fills `target` (48 x 48, row after row) with luma from 0 to 255. The square is in plane pixels and may have fractions. */
  cut(plane: Uint8Array, widthPx: number, heightPx: number, square: Square, target: Float32Array): void
}

export function makeCropper(): Cropper {
  const across = makeAxis()
  const down = makeAxis()
  const row = new Float32Array(cropPx)
  return {
    cut(plane, widthPx, heightPx, square, target) {
      fillAxis(across, square.xPx, square.sidePx)
      fillAxis(down, square.yPx, square.sidePx)
      const inside = across.first[0]! >= 0 && across.first[cropPx - 1]! + across.count[cropPx - 1]! <= widthPx
      target.fill(0, 0, cropPx * cropPx)
      let rowOf = Number.NaN
      for (let y = 0; y < cropPx; y++) {
        for (let tapY = 0; tapY < down.count[y]!; tapY++) {
          const sourceY = Math.min(heightPx - 1, Math.max(0, down.first[y]! + tapY))
          if (sourceY !== rowOf) {
            shrinkRow(plane, sourceY * widthPx, inside ? Number.POSITIVE_INFINITY : widthPx, across, row)
            rowOf = sourceY
          }
          const share = down.share[y * tapsMax + tapY]!
          for (let x = 0; x < cropPx; x++) target[y * cropPx + x]! += share * row[x]!
        }
      }
    }
  }
}

/** One source row brought to 48 pixels; a finite width means that some of them lie outside. */
function shrinkRow(plane: Uint8Array, rowAt: number, widthPx: number, axis: Axis, row: Float32Array): void {
  for (let x = 0; x < cropPx; x++) {
    let sum = 0
    const first = axis.first[x]!
    const count = axis.count[x]!
    for (let tap = 0; tap < count; tap++) {
      const sourceX =
        widthPx === Number.POSITIVE_INFINITY ? first + tap : Math.min(widthPx - 1, Math.max(0, first + tap))
      sum += axis.share[x * tapsMax + tap]! * plane[rowAt + sourceX]!
    }
    row[x] = sum
  }
}
