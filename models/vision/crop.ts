/** Where the 48x48 crop the expression net takes lies about a face. The cutting itself is crop.as.ts. */
import type { Square } from "../cascade/grouping.ts"

/** Side of the net's input, in pixels. */
export const cropPx = 48

/** The square of the crop around a face's box: `scale` times its side, about the same centre. */
export function cropSquare(face: Square, scale: number): Square {
  const sidePx = face.sidePx * scale
  return { xPx: face.xPx + (face.sidePx - sidePx) / 2, yPx: face.yPx + (face.sidePx - sidePx) / 2, sidePx }
}
