/**
 * Whether a face can be read at all, judged before the net sees it: large enough, light enough, sharp enough, and in
 * the picture. It judges the picture, never the expression; what it refuses is Unreadable, with the reason.
 */
import type { UnreadableReason } from "../../machines/reading.ts"
import type { Square } from "../cascade/grouping.ts"
import { cropPx } from "./crop.ts"
import type { FaceBox } from "./outcome.ts"

/** In pixels of the picture as sent. Below 40 the 48x48 crop holds less than it shows, and the cascade ends at 24. */
export const faceSideMinPx = 40

/** Mean luma of a crop, 0 to 255; below it 8-bit coding leaves a face too few grey levels. */
export const lumaMin = 24

/** Standard deviation of a crop's luma; a face in such a dark or foggy picture has too few grey levels. */
export const contrastMin = 8

/**
 * Variance of the crop's Laplacian over the variance of its luma. Dividing makes it independent of light and exposure
 * (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000, without it).
 */
export const sharpnessMin = 0.004

/** Share of the crop's side that may lie outside the picture, where edge pixels stand in. */
export const outsideShareMax = 0.15

/** Why this face cannot be read, judged by its place and size alone. */
export function refusePlace(
  face: FaceBox,
  crop: Square,
  widthPx: number,
  heightPx: number
): UnreadableReason | undefined {
  if (Math.min(face.widthPx, face.heightPx) < faceSideMinPx) return "tooSmall"
  const outsidePx = Math.max(-crop.xPx, -crop.yPx, crop.xPx + crop.sidePx - widthPx, crop.yPx + crop.sidePx - heightPx)
  return outsidePx > outsideShareMax * crop.sidePx ? "turnedAway" : undefined
}

/** Why this crop cannot be read, judged by its pixels: luma from 0 to 255, 48 x 48. */
export function refuseCrop(crop: Float32Array): UnreadableReason | undefined {
  const { mean, deviation, sharpness } = measureCrop(crop)
  if (mean < lumaMin || deviation < contrastMin) return "tooDark"
  return sharpness < sharpnessMin ? "blurred" : undefined
}

export interface CropMeasures {
  mean: number
  deviation: number
  sharpness: number
}

export function measureCrop(crop: Float32Array): CropMeasures {
  const count = cropPx * cropPx
  let sum = 0
  let squares = 0
  for (let i = 0; i < count; i++) {
    sum += crop[i]!
    squares += crop[i]! * crop[i]!
  }
  const mean = sum / count
  const variance = Math.max(0, squares / count - mean * mean)
  let edges = 0
  let edgeSquares = 0
  for (let y = 1; y < cropPx - 1; y++) {
    for (let at = y * cropPx + 1; at < (y + 1) * cropPx - 1; at++) {
      const edge = crop[at - 1]! + crop[at + 1]! + crop[at - cropPx]! + crop[at + cropPx]! - 4 * crop[at]!
      edges += edge
      edgeSquares += edge * edge
    }
  }
  const inner = (cropPx - 2) ** 2
  const edgeVariance = edgeSquares / inner - (edges / inner) ** 2
  return { mean, deviation: Math.sqrt(variance), sharpness: variance === 0 ? 0 : edgeVariance / variance }
}
