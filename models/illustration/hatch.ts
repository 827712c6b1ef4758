/**
 * The hatched rest of a range: from the lower end, which stands as the solid object, to the upper end. Same width, same scale, its top as exact as any.
 */
import type { Layout } from "./layout.ts"
import type { Look } from "./look.ts"
import type { Palette } from "./palette.ts"
import { heightOf } from "./scale.ts"
import { path, round, stroke } from "./svg.ts"

/** Diagonal lines over a box, from lower left to upper right. */
const lines = (left: number, right: number, top: number, bottom: number, pitch: number): string => {
  let d = ""
  for (let x = left - (bottom - top); x < right; x += pitch)
    d += `M${round(x)} ${round(bottom)}L${round(x + bottom - top)} ${round(top)}`
  return d
}

export const drawHatch = (layout: Layout, look: Look, palette: Palette): string => {
  let drawn = ""
  for (const slot of layout.slots) {
    const { yieldPercent: from, yieldPercentTo: to } = slot.product
    if (to === null || to === from) continue
    const left = slot.center - layout.objectWidth / 2
    const right = slot.center + layout.objectWidth / 2
    const level = (percent: number) => layout.baseline - heightOf(layout.scale, percent)
    // A loss reaches from zero down to the lower end as the solid object; its upper end is a mark across it, drawn beside it.
    if (to <= 0) {
      drawn += path(
        `M${round(left - 8 * layout.unit)} ${level(to)}h${round(-14 * layout.unit)}v2h${round(14 * layout.unit)}Z`,
        palette.ink
      )
      continue
    }
    const top = level(to)
    const bottom = level(Math.max(0, from))
    const tall = bottom - top
    if (tall < 1) continue
    // Behind a crown the hatch reaches down to where the crown is widest, so that no sky shows between them.
    const behind = look.scene === "trees" && from > 0 ? (layout.baseline - bottom) * 0.4 : 0
    const floor = bottom + behind
    const corner = look.scene === "trees" ? Math.min(layout.objectWidth * 0.3, (floor - top) * 0.8) : 0
    const dome = `M${round(left)} ${round(floor)}V${round(top + corner)}Q${round(left)} ${top} ${round(left + corner)} ${top}H${round(right - corner)}Q${round(right)} ${top} ${round(right)} ${round(top + corner)}V${round(floor)}`
    const clip = `hatch${slot.index}`
    drawn += `<clipPath id="${clip}"><path d="${dome}Z"/></clipPath>`
    drawn += path(`${dome}Z`, palette.ink, ' fill-opacity="0.1"')
    drawn += `<g clip-path="url(#${clip})">${stroke(lines(left, right, top, floor, 18 * layout.unit), palette.ink, 2.4 * layout.unit, ' opacity="0.42"')}${stroke(dome, palette.ink, 5 * layout.unit, ' stroke-dasharray="10 7" opacity="0.8"')}</g>`
    // The upper end itself, unbroken, so that it can be read and measured.
    drawn += path(`M${round(left + corner)} ${top}H${round(right - corner)}v2H${round(left + corner)}Z`, palette.ink)
  }
  return drawn
}
