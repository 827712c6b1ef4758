/**
 * One picture at a time, opened but not yet decoded: its size, and any region of its luma on demand, shrunk so that the
 * long side is about 480, written to the plane where the detector reads. It finds nothing and keeps no pixels of its own.
 */

import type { Square } from "../../models/cascade/grouping.ts"
import type { Decoder } from "../../models/vision/decoder.ts"
import { type JpegHeader, readJpegHeader } from "../../models/vision/jpeg-header.ts"
import type { DamagedReason, FaceBox, Picture } from "../../models/vision/outcome.ts"
import type { Region } from "../../models/vision/region.ts"
import { jpegScale, planeScale, type Scale, scaledPx, shrinkPlane } from "../../models/vision/scale.ts"

/** The largest side of a luma plane, as of a JPEG. */
const planeSideMaxPx = 4096

/** A picture whose size is known and whose pixels are not yet. */
export interface OpenedPicture {
  readonly picture: Picture
  readonly header: JpegHeader | undefined
  readonly widthPx: number
  readonly heightPx: number
  readonly scale: Scale
  readonly scaledWidthPx: number
  readonly scaledHeightPx: number
  /** Regions begin at multiples of this many scaled pixels. */
  readonly unitPx: number
}

export function openPicture(picture: Picture): OpenedPicture | DamagedReason {
  let header: JpegHeader | undefined
  if (picture.codec === "jpeg") {
    const read = readJpegHeader(picture.bytes)
    if (typeof read === "string") return read
    header = read
  } else {
    const { bytes, width, height } = picture
    if (bytes.length === 0) return "empty"
    const isWhole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
    if (!isWhole || (picture.codec === "gray8" && bytes.length !== width * height)) return "badLength"
    if (width > planeSideMaxPx || height > planeSideMaxPx) return "tooLarge"
  }
  const widthPx = header?.widthPx ?? (picture as { width: number }).width
  const heightPx = header?.heightPx ?? (picture as { height: number }).height
  const scale = header ? jpegScale(widthPx, heightPx) : planeScale(widthPx, heightPx)
  return {
    picture,
    header,
    widthPx,
    heightPx,
    scale,
    scaledWidthPx: scaledPx(widthPx, scale),
    scaledHeightPx: scaledPx(heightPx, scale),
    unitPx: header ? scaledPx(header.unitWidthPx, scale) : 1
  }
}

/** Writes the region's luma into `plane`, row after row without gaps, or says why it cannot be decoded. */
export function showRegion(
  opened: OpenedPicture,
  region: Region,
  decoder: Decoder,
  plane: Uint8Array
): DamagedReason | undefined {
  const { picture, header, scale } = opened
  if (picture.codec === "video") {
    for (let y = 0; y < region.heightPx; y++) {
      const from = (region.yPx + y) * picture.strideBytes + region.xPx
      plane.set(picture.bytes.subarray(from, from + region.widthPx), y * region.widthPx)
    }
    return undefined
  }
  if (header === undefined) {
    shrinkPlane(picture.bytes, opened.widthPx, opened.heightPx, scale, region, plane)
    return undefined
  }
  if (header.croppable) return decoder.decode(picture.bytes, header, scale, region, plane)
  const whole = wholeRegion(opened)
  const damaged = decoder.decode(picture.bytes, header, scale, whole, plane)
  if (damaged) return damaged
  // Rows only ever move towards the beginning, so none is overwritten before it has been moved.
  for (let y = 0; y < region.heightPx; y++) {
    const from = (region.yPx + y) * whole.widthPx + region.xPx
    plane.copyWithin(y * region.widthPx, from, from + region.widthPx)
  }
  return undefined
}

/** Everything there is of the scaled picture. */
export function wholeRegion({ scaledWidthPx, scaledHeightPx }: OpenedPicture): Region {
  return { xPx: 0, yPx: 0, widthPx: scaledWidthPx, heightPx: scaledHeightPx }
}

/** A square of the shown region, in pixels of the picture as sent. */
export function toSource({ scale }: OpenedPicture, region: Region, square: Square): FaceBox {
  const times = scale.denominator / scale.numerator
  const sidePx = square.sidePx * times
  return {
    xPx: (region.xPx + square.xPx) * times,
    yPx: (region.yPx + square.yPx) * times,
    widthPx: sidePx,
    heightPx: sidePx
  }
}

/** A face of the picture as sent, in pixels of the scaled picture. */
export function toScaled({ scale }: OpenedPicture, face: FaceBox): Region {
  const times = scale.numerator / scale.denominator
  return {
    xPx: face.xPx * times,
    yPx: face.yPx * times,
    widthPx: face.widthPx * times,
    heightPx: face.heightPx * times
  }
}
