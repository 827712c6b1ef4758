/**
 * The cropper compiled to wasm, and its memory: a square of a luma plane goes in, the 48x48 the expression net takes
 * comes out. Outside the plane its edge pixels continue. It judges nothing and keeps nothing.
 */
import { readFileSync } from "node:fs"
import type { Square } from "../../models/cascade/grouping.ts"
import { cropPx } from "../../models/vision/crop.ts"

/** What crop.as.ts exports. */
interface CropExports {
  readonly memory: WebAssembly.Memory
  readonly cropPx: WebAssembly.Global<"i32">
  readonly sourceMaxPx: WebAssembly.Global<"i32">
  readonly sourceAt: WebAssembly.Global<"i32">
  readonly targetAt: WebAssembly.Global<"i32">
  cut(width: number, x: number, y: number, side: number): void
}

export interface Cropper {
  /** Fills `target` (48 x 48, row after row) with luma from 0 to 255. The square is in plane pixels and may have fractions. */
  cut(plane: Uint8Array, widthPx: number, heightPx: number, square: Square, target: Float32Array): void
}

export function openCropper(): Cropper {
  const file = new URL("../../models/vision/crop.wasm", import.meta.url)
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file))).exports as unknown as CropExports
  if (wasm.cropPx.value !== cropPx) {
    throw new Error(
      `Cannot open the cropper: crop.wasm makes crops of ${wasm.cropPx.value} px, the net takes ${cropPx}. Build it again with npm run build:wasm`
    )
  }
  const sourceMaxPx = wasm.sourceMaxPx.value
  const source = new Uint8Array(wasm.memory.buffer, wasm.sourceAt.value, sourceMaxPx * sourceMaxPx)
  const crop = new Float32Array(wasm.memory.buffer, wasm.targetAt.value, cropPx * cropPx)
  return {
    cut(plane, widthPx, heightPx, { xPx, yPx, sidePx }, target) {
      // Half a pixel more than the square where it is enlarged, and a whole one against rounding.
      const marginPx = 2
      const left = Math.floor(xPx) - marginPx
      const top = Math.floor(yPx) - marginPx
      const acrossPx = Math.ceil(xPx + sidePx) + marginPx - left
      const downPx = Math.ceil(yPx + sidePx) + marginPx - top
      if (acrossPx > sourceMaxPx || downPx > sourceMaxPx) {
        throw new RangeError(
          `Cannot cut a crop of ${Math.ceil(sidePx)} px: the cropper holds ${sourceMaxPx} px. Decode at a smaller scale`
        )
      }
      const spareLeft = Math.min(acrossPx, Math.max(0, -left))
      const spareRight = Math.min(acrossPx, Math.max(0, left + acrossPx - widthPx))
      for (let row = 0; row < downPx; row++) {
        const from = Math.min(heightPx - 1, Math.max(0, top + row)) * widthPx
        const to = row * acrossPx
        const inside = to + spareLeft
        if (spareLeft > 0) source.fill(plane[from]!, to, inside)
        source.set(plane.subarray(from + left + spareLeft, from + left + acrossPx - spareRight), inside)
        if (spareRight > 0) source.fill(plane[from + widthPx - 1]!, to + acrossPx - spareRight, to + acrossPx)
      }
      wasm.cut(acrossPx, xPx - left, yPx - top, sidePx)
      target.set(crop)
    }
  }
}
