/**
 * The panel of labels: yields, gains, names, marks, the risk line as large as the yields, and the legend. Everything in words stands here, below every object.
 */
import { barUnitOf, drawBar } from "./bars.ts"
import type { Brief, Product } from "./brief.ts"
import type { Layout } from "./layout.ts"
import { letters, widthOf, wrap } from "./lettering.ts"
import type { Palette } from "./palette.ts"
import type { Insured, RateKind } from "./pieces.ts"
import { path, rectangle, round, stroke, verticalGradient } from "./svg.ts"
import { barLegend, insuredWords, printGain, printYield, rateWords, sourcesOf } from "./wording.ts"

const markColours = { good: "#8fe3b0", warn: "#ffcf7a", unknown: "#b7c6cc" }

const rateColour = (rate: RateKind) =>
  rate === "contract" ? markColours.good : rate === "forecast" ? markColours.warn : markColours.unknown
const insuredColour = (insured: Insured) =>
  insured === "yes" ? markColours.good : insured === "no" ? markColours.warn : markColours.unknown

const question = (x: number, y: number, s: number, colour: string): string =>
  stroke(
    `M${round(x)} ${round(y)}m${round(-s * 0.42)} 0a${round(s * 0.42)} ${round(s * 0.42)} 0 1 1 ${round(s * 0.84)} 0a${round(s * 0.42)} ${round(s * 0.42)} 0 1 1 ${round(-s * 0.84)} 0Z`,
    colour,
    s * 0.08
  ) + letters({ text: "?", x, y: y + s * 0.22, size: s * 0.62, weight: "extraBold", anchor: "middle" }, colour)

/** A signed sheet for a contract rate, a rising dashed line for a forecast, a question mark for what is not stated. `s` is the icon's side. */
const rateIcon = (rate: RateKind, x: number, y: number, s: number): string => {
  const colour = rateColour(rate)
  if (rate === "unknown") return question(x, y, s, colour)
  if (rate === "forecast")
    return (
      stroke(
        `M${round(x - s * 0.42)} ${round(y + s * 0.3)}L${round(x + s * 0.36)} ${round(y - s * 0.26)}`,
        colour,
        s * 0.12,
        ` stroke-dasharray="${round(s * 0.17)} ${round(s * 0.13)}"`
      ) +
      path(
        `M${round(x + s * 0.46)} ${round(y - s * 0.38)}l${round(-s * 0.32)} ${round(s * 0.04)}l${round(s * 0.2)} ${round(s * 0.26)}Z`,
        colour
      )
    )
  return (
    stroke(
      `M${round(x - s * 0.3)} ${round(y - s * 0.42)}h${round(s * 0.6)}v${round(s * 0.84)}h${round(-s * 0.6)}Z`,
      colour,
      s * 0.09,
      ' stroke-linejoin="round"'
    ) +
    stroke(
      `M${round(x - s * 0.16)} ${round(y)}l${round(s * 0.12)} ${round(s * 0.14)}l${round(s * 0.22)} ${round(-s * 0.28)}`,
      colour,
      s * 0.1
    )
  )
}

/** A shield, ticked when insured and crossed when not. */
const insuredIcon = (insured: Insured, x: number, y: number, s: number): string => {
  const colour = insuredColour(insured)
  if (insured === "unknown") return question(x, y, s, colour)
  const shield = `M${round(x)} ${round(y - s * 0.46)}l${round(s * 0.38)} ${round(s * 0.13)}c0 ${round(s * 0.4)} ${round(-s * 0.12)} ${round(s * 0.62)} ${round(-s * 0.38)} ${round(s * 0.79)}c${round(-s * 0.26)} ${round(-s * 0.17)} ${round(-s * 0.38)} ${round(-s * 0.39)} ${round(-s * 0.38)} ${round(-s * 0.79)}Z`
  const sign =
    insured === "yes"
      ? `M${round(x - s * 0.17)} ${round(y - s * 0.01)}l${round(s * 0.13)} ${round(s * 0.14)}l${round(s * 0.22)} ${round(-s * 0.28)}`
      : `M${round(x - s * 0.14)} ${round(y - s * 0.14)}l${round(s * 0.28)} ${round(s * 0.28)}m0 ${round(-s * 0.28)}l${round(-s * 0.28)} ${round(s * 0.28)}`
  return stroke(shield, colour, s * 0.09, ' stroke-linejoin="round"') + stroke(sign, colour, s * 0.1)
}

const yieldColour = (product: Product, palette: Palette) => (product.yieldPercent < 0 ? palette.danger : palette.accent)

const marksUnder = (brief: Brief, product: Product, layout: Layout, center: number, y: number): string => {
  const s = layout.markSize
  if (layout.marks === "icons")
    return (
      rateIcon(product.rate, center - s * 0.75, y + s * 0.3, s * 1.15) +
      insuredIcon(product.insured, center + s * 0.75, y + s * 0.3, s * 1.15)
    )
  const lines = [
    {
      icon: rateIcon,
      kind: product.rate,
      text: rateWords[brief.language][product.rate],
      colour: rateColour(product.rate)
    },
    {
      icon: insuredIcon,
      kind: product.insured,
      text: insuredWords[brief.language][product.insured],
      colour: insuredColour(product.insured)
    }
  ] as const
  if (layout.marks === "row") {
    const widths = lines.map((line) => widthOf(line.text, "semiBold", s) + s * 1.3)
    let left = center - (widths[0]! + widths[1]! + s * 1.2) / 2
    const base = y + s * 0.8
    return lines
      .map((line, index) => {
        const x = left
        left += widths[index]! + s * 1.2
        const icon =
          index === 0
            ? rateIcon(line.kind as RateKind, x + s * 0.5, base - s * 0.34, s * 1.05)
            : insuredIcon(line.kind as Insured, x + s * 0.5, base - s * 0.34, s * 1.05)
        return icon + letters({ text: line.text, x: x + s * 1.3, y: base, size: s, weight: "semiBold" }, line.colour)
      })
      .join("")
  }
  return lines
    .map((line, index) => {
      const width = widthOf(line.text, "semiBold", s) + s * 1.35
      const left = center - width / 2
      const base = y + s * (0.75 + index * 1.38)
      const icon =
        index === 0
          ? rateIcon(line.kind as RateKind, left + s * 0.5, base - s * 0.34, s * 1.05)
          : insuredIcon(line.kind as Insured, left + s * 0.5, base - s * 0.34, s * 1.05)
      return icon + letters({ text: line.text, x: left + s * 1.35, y: base, size: s, weight: "semiBold" }, line.colour)
    })
    .join("")
}

const numberedList = (layout: Layout, palette: Palette, top: number): string => {
  const size = layout.nameSize
  const columnWidth = (layout.width - 80 * layout.unit) / layout.listColumns
  const rows = Math.ceil(layout.slots.length / layout.listColumns)
  return layout.slots
    .map((slot, place) => {
      const x = 40 * layout.unit + Math.floor(place / rows) * columnWidth
      const y = top + ((place % rows) + 1) * size * 1.45 - size * 0.35
      const number = letters(
        { text: String(place + 1), x: x + size * 1.1, y, size, weight: "extraBold", anchor: "end" },
        palette.accent
      )
      const first = wrap(slot.product.name, "semiBold", size, columnWidth - size * 4.6)
      const name = first.length > 1 ? `${first[0]!.replace(/[-,]$/, "")}…` : first[0]!
      return (
        number +
        letters({ text: name, x: x + size * 1.6, y, size, weight: "semiBold" }, palette.panelInk) +
        rateIcon(slot.product.rate, x + columnWidth - size * 2.4, y - size * 0.34, size) +
        insuredIcon(slot.product.insured, x + columnWidth - size * 1.1, y - size * 0.34, size)
      )
    })
    .join("")
}

const iconLegend = (brief: Brief, layout: Layout, x: number, y: number): string => {
  const size = layout.footSize
  const rates = [...new Set(brief.products.map((product) => product.rate))]
  const insured = [...new Set(brief.products.map((product) => product.insured))]
  let at = x
  let drawn = ""
  const put = (icon: string, text: string, colour: string) => {
    drawn += icon + letters({ text, x: at + size * 1.3, y, size, weight: "semiBold" }, colour)
    at += size * 2.1 + widthOf(text, "semiBold", size)
  }
  for (const rate of rates)
    put(rateIcon(rate, at + size * 0.5, y - size * 0.34, size), rateWords[brief.language][rate], rateColour(rate))
  for (const each of insured)
    put(
      insuredIcon(each, at + size * 0.5, y - size * 0.34, size),
      insuredWords[brief.language][each],
      insuredColour(each)
    )
  return drawn
}

export const drawPanel = (brief: Brief, layout: Layout, palette: Palette): string => {
  const { width, height, panelTop, unit, yieldSize, gainSize, nameSize } = layout
  let drawn = verticalGradient("panel", [
    [0, palette.panel],
    [1, palette.panelDeep]
  ])
  drawn += rectangle(0, panelTop, width, height - panelTop, "url(#panel)")
  const yieldY = panelTop + 14 * unit + yieldSize * 0.92
  const gainY = panelTop + 14 * unit + yieldSize * 1.12 + gainSize * 0.92
  const namesTop = panelTop + 14 * unit + yieldSize * 1.12 + gainSize * 1.3
  let nameHeight = 0
  for (const [place, slot] of layout.slots.entries()) {
    const { product, center } = slot
    drawn += letters(
      {
        text: printYield(product, brief.language),
        x: center,
        y: yieldY,
        size: yieldSize,
        weight: "extraBold",
        anchor: "middle"
      },
      yieldColour(product, palette)
    )
    drawn += letters(
      {
        text: printGain(brief, product),
        x: center,
        y: gainY,
        size: gainSize,
        weight: "semiBold",
        anchor: "middle"
      },
      palette.panelInkSoft
    )
    if (layout.numbered) continue
    const label = layout.names[place]!
    for (const [line, text] of label.lines.entries()) {
      drawn += letters(
        {
          text,
          x: center,
          y: namesTop + nameSize * (0.9 + line * 1.18),
          size: nameSize,
          weight: "semiBold",
          anchor: "middle"
        },
        palette.panelInk
      )
    }
    nameHeight = Math.max(nameHeight, label.lines.length * nameSize * 1.18)
  }
  if (layout.numbered) drawn += numberedList(layout, palette, namesTop)
  else
    for (const slot of layout.slots)
      drawn += marksUnder(brief, slot.product, layout, slot.center, namesTop + nameHeight + 6 * unit)

  const square = width / height < 1.3
  const footTop = height - layout.footSize * (square ? 4.4 : 3.2)
  const riskTop = footTop - layout.risk.lines.length * yieldSize * 1.22
  drawn += rectangle(
    40 * unit,
    riskTop - 4 * unit,
    width - 80 * unit,
    Math.max(1, unit * 1.5),
    palette.panelInkSoft,
    ' opacity="0.35"'
  )
  for (const [line, text] of layout.risk.lines.entries()) {
    drawn += letters(
      {
        text,
        x: width / 2,
        y: riskTop + yieldSize * (0.96 + line * 1.18),
        size: yieldSize,
        weight: "extraBold",
        anchor: "middle"
      },
      palette.panelInk
    )
  }
  const foot = layout.footSize
  const x = 48 * unit
  const barWidth = foot * 1.9
  let y = footTop + foot * 1.1
  const legend = wrap(barLegend(brief, barUnitOf(brief, layout)), "semiBold", foot, width - x * 2 - barWidth * 1.3)
  drawn += drawBar(x, y - foot * 0.82, barWidth, foot * 0.95)
  for (const text of legend.slice(0, 2)) {
    drawn += letters({ text, x: x + barWidth * 1.25, y, size: foot, weight: "semiBold" }, palette.panelInkSoft)
    y += foot * 1.35
  }
  const sources = wrap(sourcesOf(brief), "semiBold", foot, width - x * 2)
  const shown = sources.length > 1 ? [`${sources[0]!.slice(0, -1)}…`] : sources
  const text = shown[0]!
  drawn += letters({ text, x, y, size: foot, weight: "semiBold" }, palette.panelInkSoft)
  if (layout.marks === "icons") {
    const beside = x + widthOf(text, "semiBold", foot) + foot * 2.5
    const fits = beside < width * 0.42
    drawn += iconLegend(brief, layout, fits ? beside : x, fits ? y : y + foot * 1.35)
  }
  return drawn
}
