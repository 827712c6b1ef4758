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

/** Renders at the SVG's own size. */
export const rasterize = (svg: string): Rasterized => {
  const image = new Resvg(svg, { font: { loadSystemFonts: false }, logLevel: "off" }).render()
  return { width: image.width, height: image.height, pixels: image.pixels, png: () => image.asPng() }
}
