/**
 * A picture of a brief as SVG: stage, panel, hatches and objects, put together in that order. It draws; whether the picture is true is measured
 * on its pixels afterwards, with the layers that it hands out.
 */
import { drawBars } from "./bars.ts"
import type { Brief } from "./brief.ts"
import { drawCoins } from "./coins.ts"
import { drawHatch } from "./hatch.ts"
import { type Layout, layOut, type Size } from "./layout.ts"
import type { Look } from "./look.ts"
import { type Palette, paletteOf, rampsOf, witheredRamp } from "./palette.ts"
import { drawPanel } from "./panel.ts"
import { seedOf } from "./random.ts"
import { heightOf } from "./scale.ts"
import { drawBuilding } from "./skyline.ts"
import {
  drawBracket,
  drawGround,
  drawHeader,
  drawNumbers,
  drawRuler,
  drawShadows,
  drawSky,
  drawTickMarks
} from "./stage.ts"
import { drawTree, type ObjectShape } from "./tree.ts"
import { descriptionOf, titleOf } from "./wording.ts"

/** Changes whenever the same brief, look and seed would draw other pixels. */
export const engineVersion = "procedural-2"

export interface Picture {
  readonly layout: Layout
  readonly palette: Palette
  /** The whole picture. */
  readonly svg: string
  /** The part above the panel without objects and hatches, and with hatches only: what the measurement compares with. */
  readonly backdrop: string
  readonly hatched: string
  readonly hasRanges: boolean
  /** Each object by its place from the left, in local coordinates: foot at 0,0. */
  readonly objects: readonly {
    readonly index: number
    readonly center: number
    readonly height: number
    readonly drawn: string
  }[]
  readonly stage: string
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const draw: Record<Look["scene"], (shape: ObjectShape) => string> = {
  trees: drawTree,
  coins: drawCoins,
  skyline: drawBuilding
}

export const drawPicture = (brief: Brief, look: Look, seed: number, size: Size): Picture => {
  const layout = layOut(brief, look, size)
  const palette = paletteOf(look)
  const ramps = rampsOf(look)
  const objects = layout.slots.map((slot) => {
    const height = heightOf(layout.scale, slot.product.yieldPercent)
    const shape: ObjectShape = {
      height: Math.abs(height),
      width: layout.objectWidth,
      ramp: height < 0 ? witheredRamp : ramps[slot.index % ramps.length]!,
      seed: seedOf(seed, slot.index),
      season: height < 0 ? "summer" : look.season,
      detail: look.detail,
      siblings: layout.slots.length
    }
    return { index: slot.index, center: slot.center, height, drawn: draw[look.scene](shape) }
  })
  const stage =
    drawSky(layout, palette) +
    drawGround(layout, look, palette, seed) +
    drawRuler(brief, layout, palette) +
    drawTickMarks(layout, palette) +
    drawHeader(brief, layout, palette) +
    drawBracket(brief, layout, palette) +
    drawShadows(layout) +
    drawBars(brief, layout) +
    drawNumbers(layout)
  const panel = drawPanel(brief, layout, palette)
  const hatches = drawHatch(layout, look, palette)
  const placed = objects
    .map(({ center, height, drawn }) =>
      drawn === ""
        ? ""
        : `<g transform="translate(${center} ${layout.baseline})${height < 0 ? " scale(1 -1)" : ""}">${drawn}</g>`
    )
    .join("")
  const sheet = (height: number) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}" role="img" lang="${brief.language}">`
  const open =
    sheet(size.height) +
    `<title>${escaped(titleOf(brief))}</title><desc>${escaped(descriptionOf(brief, look.scene))}</desc>`
  return {
    layout,
    palette,
    svg: `${open}${stage}${panel}${hatches}${placed}</svg>`,
    backdrop: `${sheet(layout.panelTop)}${stage}</svg>`,
    hatched: `${sheet(layout.panelTop)}${stage}${hatches}</svg>`,
    hasRanges: hatches !== "",
    objects,
    stage: `${stage}${panel}${hatches}`
  }
}
