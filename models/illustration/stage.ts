/**
 * The stage on which objects stand: sky, ruler, ground, header and the bracket of the difference. Nothing of it rises over the baseline in a slot
 * except lines that run across the whole picture.
 */
import type { Brief } from "./brief.ts"
import { printNumber } from "./language.ts"
import type { Layout } from "./layout.ts"
import { letters, widthOf } from "./lettering.ts"
import type { Look } from "./look.ts"
import type { Palette } from "./palette.ts"
import { seededRandom } from "./random.ts"
import { heightOf } from "./scale.ts"
import { ellipse, path, rectangle, round, stroke, verticalGradient } from "./svg.ts"
import { differenceOf, subtitleOf, titleOf } from "./wording.ts"

export const drawSky = (layout: Layout, palette: Palette): string =>
  verticalGradient("sky", [
    [0, palette.skyTop],
    [1, palette.skyBottom]
  ]) + rectangle(0, 0, layout.width, layout.baseline, "url(#sky)")

/** Percentages at which the ruler has a line, from the lowest to the highest that is inside the plot. */
export const ticksOf = (layout: Layout): number[] => {
  const { above, below, stepPercent } = layout.scale
  const ticks: number[] = []
  const first = -Math.floor(below / stepPercent + 1e-9)
  const last = Math.floor(above / stepPercent + 1e-9)
  for (let tick = first; tick <= last; tick += 1) {
    const percent = Number((tick * stepPercent).toFixed(6))
    const y = layout.baseline - heightOf(layout.scale, percent)
    if (percent <= above + 1e-9 && percent >= -below - 1e-9 && y <= layout.plotBottom + 2) ticks.push(percent)
  }
  return ticks
}

export const drawRuler = (brief: Brief, layout: Layout, palette: Palette): string => {
  let drawn = ""
  let text = ""
  const size = 23 * layout.unit
  // On the earth, under every palette.
  const belowInk = "#3b2a1c"
  for (const percent of ticksOf(layout)) {
    const y = layout.baseline - heightOf(layout.scale, percent)
    if (percent < 0) drawn += rectangle(0, y, layout.width, 1, palette.ink, ' opacity="0.16"')
    if (percent > 0) drawn += rectangle(0, y, layout.width, 1, palette.grid, ' opacity="0.5"')
    text += letters(
      {
        text: `${printNumber(percent, brief.language)}${brief.language === "ru" ? "\u00a0%" : "%"}`,
        x: layout.axisRight - 16 * layout.unit,
        y: percent === 0 ? y - 7 * layout.unit : percent < 0 ? y + size * 0.36 : y - 6 * layout.unit,
        size,
        weight: "semiBold",
        anchor: "end"
      },
      percent < 0 ? belowInk : palette.inkSoft
    )
  }
  return drawn + text
}

/** Tick marks of the ruler, so that a reader of the pixels alone can find the scale: short, dark, at the left edge. */
export const drawTickMarks = (layout: Layout, palette: Palette): string =>
  ticksOf(layout)
    .filter((percent) => percent > 0)
    .map((percent) => rectangle(0, layout.baseline - heightOf(layout.scale, percent), 12 * layout.unit, 1, palette.ink))
    .join("")

export const drawGround = (layout: Layout, look: Look, palette: Palette, seed: number): string => {
  const { width, baseline, panelTop, plotBottom, unit } = layout
  const random = seededRandom(seed ^ 0x51ab)
  const deep = plotBottom > baseline
  const grassTo = deep ? Math.round(baseline + 14 * unit) : panelTop
  let drawn = verticalGradient("grass", [
    [0, palette.grassTop],
    [1, palette.grassBottom]
  ])
  if (deep) {
    drawn += verticalGradient("earth", [
      [0, palette.earthTop],
      [1, palette.earthBottom]
    ])
    drawn += rectangle(0, baseline, width, panelTop - baseline, "url(#earth)")
    drawn += rectangle(0, baseline, width, grassTo - baseline, "url(#grass)")
    drawn += rectangle(0, baseline, width, 3, palette.grassBottom)
    let stones = ""
    for (let stone = 0; stone < 60; stone += 1) {
      const x = random() * width
      const y = grassTo + 14 * unit + random() * (panelTop - grassTo - 20 * unit)
      stones += `M${round(x)} ${round(y)}q${round(5 * unit)} ${round(-7 * unit)} ${round(11 * unit)} 0q${round(-5 * unit)} ${round(5 * unit)} ${round(-11 * unit)} 0Z`
    }
    return drawn + path(stones, palette.earthBottom, ' opacity="0.35"')
  }
  drawn += rectangle(0, baseline, width, panelTop - baseline, "url(#grass)")
  // The baseline itself, so that it can be found in the pixels under any sky.
  drawn += rectangle(0, baseline, width, 3, palette.grassBottom)
  const rise = (panelTop - baseline) * 0.55
  drawn += path(
    `M0 ${round(baseline + rise)}C${round(width * 0.25)} ${round(baseline + rise * 0.45)} ${round(width * 0.45)} ${round(baseline + rise * 1.25)} ${round(width * 0.7)} ${round(baseline + rise * 0.8)}S${width} ${round(baseline + rise * 0.5)} ${width} ${round(baseline + rise * 0.7)}V${panelTop}H0Z`,
    palette.grassBottom,
    ' opacity="0.35"'
  )
  const tufts = [40, 90, 160][look.detail] ?? 90
  let blades = ""
  const blooms: string[] = ["", "", ""]
  for (let tuft = 0; tuft < tufts; tuft += 1) {
    const x = random() * width
    const y = baseline + 12 * unit + random() * (panelTop - baseline - 18 * unit)
    const tall = (4 + random() * 6) * unit
    if (random() < 0.6)
      blades += `M${round(x)} ${round(y)}q${round(-tall * 0.3)} ${round(-tall * 0.6)} ${round(-tall * 0.5)} ${round(-tall)}M${round(x)} ${round(y)}q${round(tall * 0.2)} ${round(-tall * 0.6)} ${round(tall * 0.5)} ${round(-tall * 0.9)}`
    else blooms[Math.floor(random() * 3)] += ellipse(x, y, 2.6 * unit, 2.2 * unit, "currentColor")
  }
  const colours = {
    spring: ["#fff6f8", "#f7b7cb", "#fbe38a"],
    summer: ["#ffffff", "#fbe38a", "#f3f7d8"],
    autumn: ["#c4702a", "#a8442b", "#e0b04a"],
    winter: ["#ffffff", "#ffffff", "#f4fafc"]
  }[look.season]
  drawn += stroke(
    blades,
    look.season === "winter" ? "#ffffff" : palette.grassBottom,
    1.6 * unit,
    ' stroke-linecap="round" opacity="0.8"'
  )
  return drawn + blooms.map((bloom, index) => bloom.replaceAll("currentColor", colours[index]!)).join("")
}

/** Soft shadows at the feet, on the ground only. */
export const drawShadows = (layout: Layout): string =>
  layout.plotBottom > layout.baseline
    ? ""
    : layout.slots
        .filter((slot) => heightOf(layout.scale, slot.product.yieldPercent) > 0)
        .map((slot) => {
          const rx = layout.objectWidth * 0.56
          const y = layout.baseline
          return path(
            `M${round(slot.center - rx * 0.8)} ${y}H${round(slot.center + rx)}Q${round(slot.center + rx * 1.1)} ${round(y + 20 * layout.unit)} ${round(slot.center + rx * 0.1)} ${round(y + 20 * layout.unit)}T${round(slot.center - rx * 0.8)} ${y}Z`,
            "#0b2a20",
            ' opacity="0.22"'
          )
        })
        .join("")

export const drawHeader = (brief: Brief, layout: Layout, palette: Palette): string => {
  const { unit, width } = layout
  const x = 48 * unit
  const title = titleOf(brief)
  const titleSize = Math.min(54 * unit, (width - x * 2) / widthOf(title, "extraBold", 1))
  const subtitle = subtitleOf(brief.language)
  const subtitleSize = Math.min(27 * unit, (width - x * 2) / widthOf(subtitle, "semiBold", 1))
  return (
    letters({ text: title, x, y: 70 * unit, size: titleSize, weight: "extraBold" }, palette.ink) +
    letters({ text: subtitle, x, y: 110 * unit, size: subtitleSize, weight: "semiBold" }, palette.inkSoft)
  )
}

/** A bracket beside the objects from the lowest yield to the highest: small differences are read off it, not exaggerated. */
export const drawBracket = (brief: Brief, layout: Layout, palette: Palette): string => {
  const left = layout.bracketLeft
  const difference = differenceOf(brief)
  if (left === null || difference === null) return ""
  const { unit } = layout
  const yields = brief.products.map((product) => product.yieldPercent)
  const top = layout.baseline - heightOf(layout.scale, Math.max(...yields))
  const bottom = layout.baseline - heightOf(layout.scale, Math.min(...yields))
  const cap = 16 * unit
  const drawn = stroke(
    `M${round(left)} ${top}h${round(cap)}V${bottom}h${round(-cap)}`,
    palette.ink,
    3 * unit,
    ' stroke-linejoin="round"'
  )
  const x = left + cap + 14 * unit
  const room = layout.width - x - 14 * unit
  const word = brief.language === "ru" ? "разница" : "difference"
  const sizes = [
    { text: word, size: 23 * unit, weight: "semiBold" as const, gap: 0 },
    { text: difference.points, size: 40 * unit, weight: "extraBold" as const, gap: 44 * unit },
    { text: difference.money, size: 27 * unit, weight: "semiBold" as const, gap: 36 * unit }
  ]
  let y = Math.min((top + bottom) / 2 - 18 * unit, layout.plotBottom - 100 * unit)
  y = Math.max(y, layout.headerBottom + 26 * unit)
  let text = ""
  for (const line of sizes) {
    y += line.gap
    const size = Math.min(line.size, room / widthOf(line.text, line.weight, 1))
    text += letters({ text: line.text, x, y, size, weight: line.weight }, palette.ink)
  }
  return drawn + text
}

/** Numbers on the ground under the objects, where the names stand in a numbered list. */
export const drawNumbers = (layout: Layout): string =>
  layout.numbered
    ? layout.slots
        .map((slot, place) =>
          letters(
            {
              text: String(place + 1),
              x: slot.center,
              y: layout.panelTop - 8 * layout.unit,
              size: 20 * layout.unit,
              weight: "extraBold",
              anchor: "middle"
            },
            "#0b2a20"
          )
        )
        .join("")
    : ""
