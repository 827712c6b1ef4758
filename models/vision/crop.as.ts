/**
 * Brings a square of luma to the 48x48 the expression net takes. Shrinking averages over the area each target pixel
 * covers, as the net's training pictures were made; enlarging interpolates linearly. A row of the target is first summed
 * over source rows, four columns beside each other in one 128-bit register, and then along itself.
 *
 * AssemblyScript, not TypeScript: `npm run build:wasm` compiles it to crop.wasm. The host writes the source pixels; this
 * allocates nothing after start, and every square must lie within them.
 */

/** Side of the net's input, in pixels. */
export const cropPx: i32 = 48
/** Longest side of the source: 1.3 times a face as large as the plane of 640 px, and a tap at both ends. */
export const sourceMaxPx: i32 = 848
/** Source pixels a target pixel is made of: the longest side over 48, and a part at both ends. */
const tapsMax: i32 = 20

/** Luma, row after row without gaps; the lanes beyond the last pixel are read and never used. */
export const sourceAt: usize = memory.data(sourceMaxPx * sourceMaxPx + 16, 16)
/** 48 x 48 luma from 0 to 255, as f32. */
export const targetAt: usize = memory.data(cropPx * cropPx * 4, 16)
const lineAt: usize = memory.data((sourceMaxPx + 4) * 4, 16)

/** One axis: for each target pixel its first source pixel and how many (i32), and their shares (f32). */
const axisBytes: i32 = cropPx * (8 + 4 * tapsMax)
const acrossAt: usize = memory.data(axisBytes, 16)
const downAt: usize = memory.data(axisBytes, 16)
const sharesAt: usize = cropPx * 8

function fillAxis(axisAt: usize, start: f64, side: f64): void {
  const step = side / <f64>cropPx
  // Below a step of 1 a target pixel takes from a whole source pixel's width around its centre: linear interpolation.
  const reach = max<f64>(step, 1) / 2
  for (let target = 0; target < cropPx; target++) {
    const centre = start + (<f64>target + 0.5) * step
    const from = centre - reach
    const to = centre + reach
    const first = <i32>floor(from)
    const count = min(tapsMax, max(1, <i32>ceil(to - 1e-9) - first))
    store<i32>(axisAt + (target << 3), first)
    store<i32>(axisAt + (target << 3), count, 4)
    const shares = axisAt + sharesAt + 4 * tapsMax * target
    for (let tap = 0; tap < count; tap++) {
      const overlap = min<f64>(to, <f64>(first + tap + 1)) - max<f64>(from, <f64>(first + tap))
      store<f32>(shares + (tap << 2), <f32>(overlap / (to - from)))
    }
  }
}

/** The square of `side` at (`x`, `y`) in source pixels, of a source `width` wide, into the target. */
export function cut(width: i32, x: f64, y: f64, side: f64): void {
  fillAxis(acrossAt, x, side)
  fillAxis(downAt, y, side)
  for (let row = 0; row < cropPx; row++) {
    sumRows(width, row)
    sumAlong(row)
  }
}

/** The line: source rows of one target row, weighted. */
function sumRows(width: i32, row: i32): void {
  const first = load<i32>(downAt + (row << 3))
  const count = load<i32>(downAt + (row << 3), 4)
  const shares = downAt + sharesAt + 4 * tapsMax * row
  for (let column = 0; column < width; column += 4) {
    let sum = f32x4.splat(0)
    let at = sourceAt + first * width + column
    for (let tap = 0; tap < count; tap++) {
      const luma = f32x4.convert_i32x4_u(u32x4_of(at))
      sum = f32x4.add(sum, f32x4.mul(luma, v128.load32_splat(shares + (tap << 2))))
      at += width
    }
    v128.store(lineAt + (column << 2), sum)
  }
}

/** Four bytes as four u32. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function u32x4_of(at: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)))
}

/** One target row out of the line. */
function sumAlong(row: i32): void {
  for (let target = 0; target < cropPx; target++) {
    const first = load<i32>(acrossAt + (target << 3))
    const count = load<i32>(acrossAt + (target << 3), 4)
    const shares = acrossAt + sharesAt + 4 * tapsMax * target
    let sum: f32 = 0
    for (let tap = 0; tap < count; tap++) {
      sum += load<f32>(lineAt + ((first + tap) << 2)) * load<f32>(shares + (tap << 2))
    }
    store<f32>(targetAt + ((row * cropPx + target) << 2), sum)
  }
}
