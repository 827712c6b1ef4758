/**
 * Whether a face can be read at all, judged before the net sees it: large enough, light enough, sharp enough, and in
 * the picture. It judges the picture, never the expression; what it refuses is Unreadable, with the reason.
 * `node bench/vision-limits.ts CLIP.mjpeg...` prints how the net's readings change with light and sharpness.
 */
import type { UnreadableReason } from "../../machines/reading.ts"
import type { Square } from "../cascade/grouping.ts"
import { cropPx } from "./crop.ts"
import type { ReadableLimits } from "./manifest.ts"
import type { FaceBox } from "./outcome.ts"

/**
 * Mean luma of the crop, 0 to 255. Faces of real clips darkened to a mean of 17 are still read as before in 79 of 100
 * frames, darkened to 12 in 62.
 */
export const meanLumaMin = 15

/**
 * Variance of the Laplacian over the variance of luma, so that dim light alone is not called blur. Faces of real clips
 * have 0.25 and more. With the detail of 16x16 pixels left (0.04) they are still read as before in 79 of 100 frames,
 * with that of 12x12 (0.014) in 60.
 */
export const sharpnessMin = 0.02

/** Share of the crop's side that may lie outside the picture, where edge pixels stand in for the face. */
export const outsideShareMax = 0.15

/** Why this face cannot be read, judged by its place and size alone; all in pixels of the picture as sent. */
export function refusePlace(
  face: FaceBox,
  crop: Square,
  widthPx: number,
  heightPx: number,
  { faceSidePixelsMin }: ReadableLimits
): UnreadableReason | undefined {
  if (Math.min(face.widthPx, face.heightPx) < faceSidePixelsMin) return "tooSmall"
  const outsidePx = Math.max(-crop.xPx, -crop.yPx, crop.xPx + crop.sidePx - widthPx, crop.yPx + crop.sidePx - heightPx)
  return outsidePx > outsideShareMax * crop.sidePx ? "turnedAway" : undefined
}

/** Why this crop cannot be read, judged by its pixels: luma from 0 to 255, 48 x 48. */
export function refuseCrop(crop: Float32Array): UnreadableReason | undefined {
  if (mean(crop, cropPx * cropPx) < meanLumaMin) return "tooDark"
  return sharpness(crop) < sharpnessMin ? "blurred" : undefined
}

/** Whether nothing could have been found because there is hardly any light in the searched pixels. */
export function isDark(plane: Uint8Array, pixelCount: number): boolean {
  return mean(plane, pixelCount) < meanLumaMin
}

function mean(luma: ArrayLike<number>, count: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += luma[i]!
  return sum / count
}

/**
 * Variance of the Laplacian, a measure of sharpness (Pech-Pacheco et al., "Diatom autofocusing in brightfield
 * microscopy", ICPR 2000), over the variance of luma; 0 for a crop of one colour. The edge pixels have no Laplacian.
 */
export function sharpness(crop: Float32Array): number {
  const luma = mean(crop, cropPx * cropPx)
  let variance = 0
  for (let i = 0; i < cropPx * cropPx; i++) variance += (crop[i]! - luma) ** 2
  if (variance === 0) return 0
  let sum = 0
  let squares = 0
  for (let y = 1; y < cropPx - 1; y++) {
    for (let at = y * cropPx + 1; at < (y + 1) * cropPx - 1; at++) {
      const edge = crop[at - 1]! + crop[at + 1]! + crop[at - cropPx]! + crop[at + cropPx]! - 4 * crop[at]!
      sum += edge
      squares += edge * edge
    }
  }
  const count = (cropPx - 2) ** 2
  return (squares / count - (sum / count) ** 2) / (variance / cropPx ** 2)
}
