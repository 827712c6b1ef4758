/**
 * The procedural engine on the calling thread: draw, rasterize, measure, hash. It throws `PictureLies` rather than hand out a picture that fails its measurement.
 */
import { createHash } from "node:crypto"
import { performance } from "node:perf_hooks"
import type { Brief } from "../../models/illustration/brief.ts"
import { type Drawing, PictureLies } from "../../models/illustration/engine.ts"
import { squareSize, wideSize } from "../../models/illustration/layout.ts"
import { type Measured, measure } from "../../models/illustration/lie-factor.ts"
import type { Look } from "../../models/illustration/look.ts"
import { drawPicture, engineVersion, type Picture } from "../../models/illustration/picture.ts"
import { ticksOf } from "../../models/illustration/stage.ts"
import { type Rasterized, rasterize } from "./raster-resvg.ts"

/** Measures a rendered picture; heights come back by product of the brief. */
export const measurePicture = (picture: Picture, raster: Rasterized): Measured => {
  const hatched = rasterize(picture.hatched)
  const backdrop = picture.hasRanges ? rasterize(picture.backdrop) : hatched
  const slots = [...picture.layout.slots].sort((a, b) => a.index - b.index)
  return measure(
    raster,
    hatched,
    backdrop,
    slots.map(({ left, right, product }) => ({
      left: Math.ceil(left),
      right: Math.floor(right),
      yieldPercent: product.yieldPercent,
      yieldPercentTo: product.yieldPercentTo
    })),
    ticksOf(picture.layout)
  )
}

const drawAt = (picture: Picture): { png: Uint8Array; measured: Measured } => {
  const raster = rasterize(picture.svg)
  const measured = measurePicture(picture, raster)
  if (!measured.truthful) throw new PictureLies(measured.lieFactor, measured.faults)
  return { png: raster.png(), measured }
}

export const drawProcedurally = (brief: Brief, look: Look, seed: number, startedAtMs = performance.now()): Drawing => {
  const picture = drawPicture(brief, look, seed, wideSize)
  const wide = drawAt(picture)
  const elapsedMs = Math.round(performance.now() - startedAtMs)
  const square = drawAt(drawPicture(brief, look, seed, squareSize))
  return {
    engineVersion,
    seed,
    svg: picture.svg,
    sha256: createHash("sha256").update(picture.svg).digest("hex"),
    pngWide: wide.png,
    pngSquare: square.png,
    heightsPx: wide.measured.heightsPx,
    upperHeightsPx: wide.measured.upperHeightsPx,
    baselinePx: wide.measured.baselinePx,
    columnsPx: [...picture.layout.slots]
      .sort((a, b) => a.index - b.index)
      .map(({ left, right }) => [Math.ceil(left), Math.floor(right)] as const),
    lieFactor: Math.max(wide.measured.lieFactor, square.measured.lieFactor),
    elapsedMs
  }
}
