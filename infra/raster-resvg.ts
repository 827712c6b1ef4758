/**
 * SVG to pixels and PNG by resvg. The only file that knows it. It loads no fonts: our pictures carry their letters as outlines.
 */
import { Resvg } from "@resvg/resvg-js"

export interface Rasterized {
  readonly width: number
  readonly height: number
  /** RGBA, row by row. */
  readonly pixels: Uint8Array
  png(): Uint8Array
}

/** Renders at the SVG's own size; with `rows` only that many rows from the top. */
export const rasterize = (svg: string, rows?: number): Rasterized => {
  const resvg = new Resvg(svg, {
    font: { loadSystemFonts: false },
    logLevel: "off",
    ...(rows === undefined ? {} : { crop: { left: 0, top: 0, right: Math.round(widthIn(svg)), bottom: rows } })
  })
  const image = resvg.render()
  return { width: image.width, height: image.height, pixels: image.pixels, png: () => image.asPng() }
}

const widthIn = (svg: string): number => Number(svg.match(/width="(\d+)"/)?.[1] ?? 0)
