/**
 * The boosted cascade of Viola & Jones ("Rapid object detection using a boosted cascade of simple features", CVPR
 * 2001; the frontal face trained by Lienhart & Maydt, ICIP 2002), evaluated in layers as OpenCV 4 does it: the picture
 * is shrunk once per scale and a fixed 24x24 window is slid over it, so every rectangle is a constant offset from the
 * window's corner. Four neighbouring windows are judged at once in one 128-bit register: where only every second window is
 * looked at, sums of even columns lie together and those of odd ones behind them, so that all four lanes are such windows.
 *
 * AssemblyScript, not TypeScript: `npm run build:wasm` compiles it to cascade.wasm. It holds no cascade (the host
 * writes one into `stagesAt` and `stumpsAt`), allocates nothing after start, and groups no hits.
 */

/** Side of the window the cascade was trained with, in pixels. */
export const windowPx: i32 = 24
/** Longest side of a picture: twice the 480 it is aimed at is never needed, scale.ts promises at most 640. */
export const sideMaxPx: i32 = 640
/** Of one search. A face gives tens of hits, a crowd hundreds; grouping them is quadratic, so a noisy picture is cut off here. */
export const hitsMax: i32 = 2048
/** Bounds of the loaded cascade: frontalface_default has 25 stages and 2913 stumps. */
export const stagesMax: i32 = 32
export const stumpsMax: i32 = 3072

/** Columns of an integral image: one more than pixels, three more for the lanes right of the last window, up to a multiple of 8. */
const stride: i32 = 648
/** A power of two would put every row into the same cache sets; 648 columns of 4 bytes do not. */
const strideBytes: i32 = stride * 4
/** Where the odd columns of a row begin when it is kept as even columns, then odd ones: half of 648, and no lane reads past it. */
const oddAt: i32 = (stride / 2) * 4

/** Bytes of a stump: three rectangles of four corner offsets (i32, bytes), two weights (f32) of the second and third, threshold, left, right (f32). */
export const stumpBytes: i32 = 3 * 16 + 2 * 4 + 3 * 4
/** Bytes of a stage: stumps with two rectangles, stumps with three (i32, in this order), threshold (f32), unused. */
export const stageBytes: i32 = 16

const planeBytes: i32 = sideMaxPx * sideMaxPx + 16
/** Luma, written by the decoder: row after row without gaps. */
export const planeAt: usize = memory.data(planeBytes, 16)
const layerAt: usize = memory.data(planeBytes, 16)
/** Of each column of a layer: the column of the plane left of it, the share of the next one, and where its sums lie in a row. */
const columnBytes: i32 = 12
const columnsAt: usize = memory.data(sideMaxPx * columnBytes, 16)
const sumsAt: usize = memory.data((sideMaxPx + 1) * strideBytes, 16)
const squaresAt: usize = memory.data((sideMaxPx + 1) * strideBytes, 16)
export const stagesAt: usize = memory.data(stagesMax * stageBytes, 16)
export const stumpsAt: usize = memory.data(stumpsMax * stumpBytes, 16)
/** The same stumps for rows that are kept as even columns, then odd ones. */
export const splitStumpsAt: usize = memory.data(stumpsMax * stumpBytes, 16)
/** Corners of the windows that passed, (x, y) as i32 in layer pixels. */
export const hitsAt: usize = memory.data(hitsMax * 8, 16)

/** Byte offset of a corner of the integral image from the window's own; the host builds stumps with it. */
export function cornerOffset(x: i32, y: i32): i32 {
  return y * strideBytes + x * 4
}

/** The same where even columns come before odd ones; the window's own column is even. */
export function splitCornerOffset(x: i32, y: i32): i32 {
  return y * strideBytes + (x & 1) * oddAt + (x >> 1) * 4
}

/**
 * Shrinks the plane to a layer, bilinear between pixel centres in 8-bit fixed point (OpenCV uses more bits; the
 * difference is at most one grey level), and sums it up: `sums` and `squares` hold at (x, y) the sum over everything
 * above and left, for `step` 2 even columns before odd ones. Sums wrap around at 2^32, which is harmless: only differences
 * over one window are read, and 24 * 24 * 255^2 is below 2^31.
 */
export function shrink(width: i32, height: i32, layerWidth: i32, layerHeight: i32, step: i32): void {
  const stepX: f32 = <f32>width / <f32>layerWidth
  const stepY: f32 = <f32>height / <f32>layerHeight
  for (let x = 0; x < layerWidth; x++) {
    const at: f32 = max<f32>(0, (<f32>x + 0.5) * stepX - 0.5)
    const left = min(<i32>at, width - 2)
    const column = columnsAt + x * columnBytes
    store<i32>(column, left)
    store<i32>(column, <i32>((at - <f32>left) * 256), 4)
    store<i32>(column, step == 2 ? splitCornerOffset(x + 1, 0) : cornerOffset(x + 1, 0), 8)
  }
  memory.fill(sumsAt, 0, strideBytes)
  memory.fill(squaresAt, 0, strideBytes)
  for (let y = 0; y < layerHeight; y++) {
    const at: f32 = max<f32>(0, (<f32>y + 0.5) * stepY - 0.5)
    const top = min(<i32>at, height - 2)
    const below = <i32>((at - <f32>top) * 256)
    const upperRow = planeAt + top * width
    const lowerRow = upperRow + width
    const sumsRow = sumsAt + (y + 1) * strideBytes
    const squaresRow = squaresAt + (y + 1) * strideBytes
    store<i32>(sumsRow, 0)
    store<i32>(squaresRow, 0)
    let sum = 0
    let square = 0
    const columnsEnd = columnsAt + layerWidth * columnBytes
    for (let column = columnsAt; column < columnsEnd; column += columnBytes) {
      const left = load<i32>(column)
      const right = load<i32>(column, 4)
      const upper = (<i32>load<u8>(upperRow + left) << 8) + (<i32>load<u8>(upperRow + left, 1) - <i32>load<u8>(upperRow + left)) * right
      const lower = (<i32>load<u8>(lowerRow + left) << 8) + (<i32>load<u8>(lowerRow + left, 1) - <i32>load<u8>(lowerRow + left)) * right
      const value = ((upper << 8) + (lower - upper) * below + 32768) >> 16
      sum += value
      square += value * value
      const at = load<i32>(column, 8)
      store<i32>(sumsRow + at, load<i32>(sumsRow + at - strideBytes) + sum)
      store<i32>(squaresRow + at, load<i32>(squaresRow + at - strideBytes) + square)
    }
  }
}

/** Sum of a rectangle for four windows at once; `corners` holds its four byte offsets. */
@inline function rectangle(window: usize, corners: usize): v128 {
  return i32x4.sub(
    i32x4.sub(v128.load(window + load<i32>(corners)), v128.load(window + load<i32>(corners, 4))),
    i32x4.sub(v128.load(window + load<i32>(corners, 8)), v128.load(window + load<i32>(corners, 12)))
  )
}

/** Sum over the 22x22 pixels inside the window, which is what OpenCV takes a window's contrast from; `left` and `right` are its columns' offsets. */
@inline function inner(window: usize, left: usize, right: usize): v128 {
  return i32x4.sub(
    i32x4.sub(v128.load(window + left, strideBytes), v128.load(window + right, strideBytes)),
    i32x4.sub(v128.load(window + left, 23 * strideBytes), v128.load(window + right, 23 * strideBytes))
  )
}

/** A window flatter than a standard deviation of 10 grey levels is skipped, as in OpenCV: area / norm >= 0.1. */
const contrastMin: f32 = 484.0 / 0.1

/** area * standard deviation of four windows: sqrt(484 * squares - sum^2), in double precision because the terms nearly cancel. */
@inline function contrast(sum: v128, squares: v128): v128 {
  const area = f64x2.splat(484)
  const zero = f64x2.splat(0)
  const sumLow = f64x2.convert_low_i32x4_s(sum)
  const sumHigh = f64x2.convert_low_i32x4_s(i32x4.shuffle(sum, sum, 2, 3, 2, 3))
  const squaresLow = f64x2.convert_low_i32x4_s(squares)
  const squaresHigh = f64x2.convert_low_i32x4_s(i32x4.shuffle(squares, squares, 2, 3, 2, 3))
  const low = f64x2.sqrt(f64x2.max(zero, f64x2.sub(f64x2.mul(area, squaresLow), f64x2.mul(sumLow, sumLow))))
  const high = f64x2.sqrt(f64x2.max(zero, f64x2.sub(f64x2.mul(area, squaresHigh), f64x2.mul(sumHigh, sumHigh))))
  return f32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5)
}

/**
 * Slides the window over the layer and answers how many windows passed all stages; the first `hitsMax` are stored.
 * `step` is the distance in pixels between rows, and between the windows of a row: 1 or 2, as the layer was shrunk for.
 */
export function scan(layerWidth: i32, layerHeight: i32, stages: i32, step: i32): i32 {
  const lastX = layerWidth - windowPx
  const lastY = layerHeight - windowPx
  const isSplit = step == 2
  const left: usize = isSplit ? splitCornerOffset(1, 0) : cornerOffset(1, 0)
  const right: usize = isSplit ? splitCornerOffset(23, 0) : cornerOffset(23, 0)
  const firstStump = isSplit ? splitStumpsAt : stumpsAt
  const floor = f32x4.splat(contrastMin)
  let hits = 0
  for (let y = 0; y <= lastY; y += step) {
    for (let x = 0; x <= lastX; x += 4 * step) {
      const at = isSplit ? splitCornerOffset(x, y) : cornerOffset(x, y)
      const window = sumsAt + at
      const norm = contrast(inner(window, left, right), inner(squaresAt + at, left, right))
      let alive = i32x4.bitmask(f32x4.gt(norm, floor))
      if (x + 3 * step > lastX) alive &= (1 << ((lastX - x) / step + 1)) - 1
      if (!alive) continue
      let stump = firstStump
      const stagesEnd = stagesAt + stages * stageBytes
      for (let stage = stagesAt; stage < stagesEnd; stage += stageBytes) {
        let votes = f32x4.splat(0)
        const threesAt = stump + load<i32>(stage) * stumpBytes
        const end = threesAt + load<i32>(stage, 4) * stumpBytes
        for (; stump < threesAt; stump += stumpBytes) {
          const second = f32x4.mul(f32x4.convert_i32x4_s(rectangle(window, stump + 16)), v128.load32_splat(stump, 48))
          const value = f32x4.sub(second, f32x4.convert_i32x4_s(rectangle(window, stump)))
          votes = f32x4.add(votes, vote(stump, value, norm))
        }
        for (; stump < end; stump += stumpBytes) {
          const second = f32x4.mul(f32x4.convert_i32x4_s(rectangle(window, stump + 16)), v128.load32_splat(stump, 48))
          const third = f32x4.mul(f32x4.convert_i32x4_s(rectangle(window, stump + 32)), v128.load32_splat(stump, 52))
          const value = f32x4.sub(f32x4.add(second, third), f32x4.convert_i32x4_s(rectangle(window, stump)))
          votes = f32x4.add(votes, vote(stump, value, norm))
        }
        alive &= i32x4.bitmask(f32x4.ge(votes, v128.load32_splat(stage, 8)))
        if (!alive) break
      }
      for (let lane = 0; alive; lane++, alive >>= 1) {
        if (!(alive & 1)) continue
        if (hits < hitsMax) {
          store<i32>(hitsAt + (hits << 3), x + lane * step)
          store<i32>(hitsAt + (hits << 3), y, 4)
        }
        hits++
      }
    }
  }
  return hits
}

/** A stump's answer: left below its threshold (scaled by the window's contrast), right from there on. */
@inline function vote(stump: usize, value: v128, norm: v128): v128 {
  const below = f32x4.lt(value, f32x4.mul(v128.load32_splat(stump, 56), norm))
  return v128.bitselect(v128.load32_splat(stump, 60), v128.load32_splat(stump, 64), below)
}
