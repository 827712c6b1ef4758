/**
 * The part of a scaled picture that is decoded and searched: around the face of the frame before, begun where the
 * decoder can begin. It moves no box and knows no time.
 */

/** A rectangle of whole pixels; of which picture, the name of the variable says. */
export interface Region {
  xPx: number
  yPx: number
  widthPx: number
  heightPx: number
}

/** Side of the region in sides of the face: a quarter of a face in every direction per frame is faster than heads move at 25 fps. */
export const regionSides = 1.5

/**
 * The same around a face with much evidence: a seventh of it in every direction per frame. At the size it had, its windows are then
 * four across, one register of the detector, in place of seven. When it is not there it is looked for in the larger region.
 */
export const steadyRegionSides = 1.3

/**
 * The region around a face, `sides` of its sides wide and high, cut off at the picture's edges, whose left edge is a multiple of `unitPx` (the width of a
 * minimum coded unit at this scale; libturbojpeg refuses anything else). It never excludes a pixel of the unaligned region.
 */
export function regionAround(face: Region, sides: number, widthPx: number, heightPx: number, unitPx: number): Region {
  const marginX = (face.widthPx * (sides - 1)) / 2
  const marginY = (face.heightPx * (sides - 1)) / 2
  const left = clamp(Math.floor(face.xPx - marginX), 0, widthPx - 1)
  const xPx = left - (left % unitPx)
  const yPx = clamp(Math.floor(face.yPx - marginY), 0, heightPx - 1)
  const right = clamp(Math.ceil(face.xPx + face.widthPx + marginX), left + 1, widthPx)
  const bottom = clamp(Math.ceil(face.yPx + face.heightPx + marginY), yPx + 1, heightPx)
  return { xPx, yPx, widthPx: right - xPx, heightPx: bottom - yPx }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
