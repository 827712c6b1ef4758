/**
 * Gold bars at the foot of an object, counting the client's gain: each bar is one labelled unit of money, the last may be a part of one. A loss is counted in hollow bars.
 */
import type { Brief } from "./brief.ts"
import { gainOf, unitFor } from "./gain.ts"
import type { Layout } from "./layout.ts"
import { letters, widthOf } from "./lettering.ts"
import { path, round, stroke } from "./svg.ts"
import { barLabel } from "./wording.ts"

/** Bars narrower than this many pixels carry no stamp; the legend names the unit then. */
const stampedWidthMin = 34

const front = (x: number, y: number, width: number, height: number, share: number): string => {
  const slope = width * 0.1
  const lid = height * 0.28
  const right = x + width * share
  return `M${round(x)} ${round(y + height)}L${round(x + slope)} ${round(y + lid)}H${round(Math.max(x + slope, right - slope))}L${round(right)} ${round(y + height)}Z`
}
const lidOf = (x: number, y: number, width: number, height: number, share: number): string => {
  const slope = width * 0.1
  const right = x + width * share
  return `M${round(x + slope)} ${round(y + height * 0.28)}L${round(x + slope * 1.9)} ${round(y)}H${round(Math.max(x + slope * 1.9, right - slope * 1.9))}L${round(Math.max(x + slope, right - slope))} ${round(y + height * 0.28)}Z`
}

/** One whole bar, as the legend shows it. */
export const drawBar = (x: number, y: number, width: number, height: number, share = 1): string =>
  path(front(x, y, width, height, share), "#e3ae2b") + path(lidOf(x, y, width, height, share), "#fbe08a")

export const barUnitOf = (brief: Brief, layout: Layout): number =>
  unitFor(
    brief.products.map((product) => gainOf(brief, product).from),
    layout.bars.countMax
  )

export const drawBars = (brief: Brief, layout: Layout): string => {
  const unit = barUnitOf(brief, layout)
  const { perRow, width, height, top } = layout.bars
  const gap = 7 * layout.unit
  const stamp = barLabel(unit, brief.language)
  const stampSize = Math.min(height * 0.56, (width * 0.74) / widthOf(stamp, "extraBold", 1))
  const stampAt = (x: number, y: number, wide: number, colour: string) =>
    letters(
      {
        text: stamp,
        x: x + wide / 2,
        y: y + height * 0.64 + stampSize * 0.36,
        size: stampSize,
        weight: "extraBold",
        anchor: "middle"
      },
      colour
    )
  let fronts = ""
  let losses = ""
  let lids = ""
  let stamps = ""
  let ghosts = ""
  let hollow = ""
  for (const slot of layout.slots) {
    const gain = gainOf(brief, slot.product).from
    const bars = Math.abs(gain) / unit
    const count = Math.ceil(bars - 1e-6)
    for (let bar = 0; bar < count; bar += 1) {
      const row = Math.floor(bar / perRow)
      const inRow = Math.min(perRow, count - row * perRow)
      const x = slot.center - (inRow * width) / 2 + (bar - row * perRow) * width + width * 0.03
      const y = top + row * (height + gap)
      const wide = width * 0.94
      const share = Math.min(1, bars - bar)
      if (gain < 0) {
        hollow += front(x, y, wide, height, share) + lidOf(x, y, wide, height, share)
        if (share > 0.999 && width >= stampedWidthMin) losses += stampAt(x, y, wide, "#8f2a1d")
        continue
      }
      if (share < 0.999) ghosts += front(x, y, wide, height, 1)
      if (share > 0.24) {
        fronts += front(x, y, wide, height, share)
        lids += lidOf(x, y, wide, height, share)
      } else
        fronts += `M${round(x)} ${round(y + height)}V${round(y + height * 0.28)}H${round(x + wide * share)}V${round(y + height)}Z`
      if (share > 0.999 && width >= stampedWidthMin) {
        stamps += stampAt(x, y, wide, "#6d4a08")
      }
    }
  }
  return (
    (ghosts === "" ? "" : path(ghosts, "#fff3c4", ' opacity="0.35"')) +
    path(fronts, "#e3ae2b") +
    path(lids, "#fbe08a") +
    stroke(fronts, "#8f6710", 1.2 * layout.unit, ' opacity="0.8"') +
    stamps +
    losses +
    (hollow === "" ? "" : stroke(hollow, "#8f2a1d", 2 * layout.unit, ' stroke-dasharray="5 3"'))
  )
}
