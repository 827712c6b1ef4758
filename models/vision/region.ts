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

/** Room around a face, in sides of it. */
export interface Margins {
  readonly aside: number
  readonly above: number
  readonly below: number
}

/** A quarter of a face in every direction per frame is faster than heads move at 25 fps. */
export const wideMargins: Margins = { aside: 0.25, above: 0.25, below: 0.25 }

/**
 * Around a face with much evidence. At the size it had, the windows are then four across, one register of the detector, in place
 * of seven; and the less below, the less of a JPEG is decoded. When the face is not there it is looked for with more room.
 */
export const steadyMargins: Margins = { aside: 0.15, above: 0.15, below: 0.1 }

/**
 * The region of a face with room around it, cut off at the picture's edges, whose left edge is a multiple of `unitPx` (the width of a
 * minimum coded unit at this scale; libturbojpeg refuses anything else). It never excludes a pixel of the unaligned region.
 */
export function regionAround(face: Region, room: Margins, widthPx: number, heightPx: number, unitPx: number): Region {
  const { widthPx: across, heightPx: down } = face
  const left = clamp(Math.floor(face.xPx - room.aside * across), 0, widthPx - 1)
  const xPx = left - (left % unitPx)
  const yPx = clamp(Math.floor(face.yPx - room.above * down), 0, heightPx - 1)
  const right = clamp(Math.ceil(face.xPx + across + room.aside * across), left + 1, widthPx)
  const bottom = clamp(Math.ceil(face.yPx + down + room.below * down), yPx + 1, heightPx)
  return { xPx, yPx, widthPx: right - xPx, heightPx: bottom - yPx }
}

/** Whether a face lies well within the region that was looked at around its last place: hits beyond the region's edge would pull its box there. */
export function isWellWithin(face: Region, before: Region, room: Margins): boolean {
  const aside = Math.abs(face.xPx + face.widthPx / 2 - before.xPx - before.widthPx / 2) / before.widthPx
  const down = (face.yPx + face.heightPx / 2 - before.yPx - before.heightPx / 2) / before.heightPx
  return aside <= room.aside / 2 && down <= room.below / 2 && -down <= room.above / 2
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
