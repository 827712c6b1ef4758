/**
 * Where everything stands on a picture of a given size: slots of equal width, one baseline, a panel of labels below. It refuses to let a label
 * reach into the sky over an object, where it could be taken for height.
 */
import type { Brief, Product } from "./brief.ts"
import { fitted, widthOf } from "./lettering.ts"
import type { Look } from "./look.ts"
import { type Scale, scaleFor } from "./scale.ts"
import { insuredWords, printGain, printYield, rateWords, riskOf } from "./wording.ts"

export interface Size {
  readonly width: number
  readonly height: number
}
export const wideSize: Size = { width: 1920, height: 1080 }
export const squareSize: Size = { width: 1024, height: 1024 }

export interface Slot {
  /** Index of the product in the brief. */
  readonly index: number
  readonly product: Product
  readonly left: number
  readonly right: number
  readonly center: number
}

export interface Label {
  readonly size: number
  readonly lines: readonly string[]
}

export interface Layout extends Size {
  readonly unit: number
  readonly headerBottom: number
  readonly plotTop: number
  readonly baseline: number
  /** Lower end of what may lie below the baseline. */
  readonly plotBottom: number
  readonly panelTop: number
  readonly slots: readonly Slot[]
  readonly objectWidth: number
  readonly scale: Scale
  /** Font size of the yields and of the risk line: the same by design. */
  readonly yieldSize: number
  readonly risk: Label
  readonly nameSize: number
  readonly names: readonly Label[]
  readonly gainSize: number
  readonly markSize: number
  /** In one row, in two rows, or as icons that the legend explains. */
  readonly marks: "row" | "words" | "icons"
  /** Names stand in a numbered list under the yields because slots are too narrow for them. */
  readonly numbered: boolean
  readonly listColumns: number
  readonly footSize: number
  readonly axisRight: number
  readonly bracketLeft: number | null
  readonly bars: {
    readonly top: number
    readonly perRow: number
    readonly width: number
    readonly height: number
    readonly countMax: number
  }
}

const ordered = (brief: Brief, look: Look): { product: Product; index: number }[] => {
  const all = brief.products.map((product, index) => ({ product, index }))
  if (look.order === "asGiven") return all
  const sign = look.order === "ascending" ? 1 : -1
  return all.sort((a, b) => sign * (a.product.yieldPercent - b.product.yieldPercent) || a.index - b.index)
}

/** A narrower slot than this many units holds no name. */
const namedSlotMin = 116

export const layOut = (brief: Brief, look: Look, size: Size): Layout => {
  const { width, height } = size
  const square = width / height < 1.3
  const unit = square ? 0.74 : width / 1920
  const labels = 1 + look.labelSteps * 0.1
  const products = ordered(brief, look)
  const count = products.length
  const margin = 40 * unit
  const axisRight = 118 * unit
  const yields = products.map(({ product }) => product.yieldPercent)
  // A range has no single difference from anything.
  const ranged = products.some(({ product }) => product.yieldPercentTo !== null)
  const bracketed = count > 1 && count <= 6 && !ranged && new Set(yields).size > 1
  const bracketWidth = bracketed ? 250 * unit : margin
  const slotsWidth = width - axisRight - bracketWidth
  const slotWidth = slotsWidth / count
  const slots = products.map(({ product, index }, place) => {
    const left = axisRight + place * slotWidth
    return { index, product, left, right: left + slotWidth, center: Math.round(left + slotWidth / 2) }
  })
  // Labels may use the margins beside the outer slots' share, so they get a panel of their own width.
  const labelWidth = slotWidth - 14 * unit
  const numbered = slotWidth < namedSlotMin * (square ? unit * 1.35 : unit)

  const widestYield = products
    .map(({ product }) => printYield(product, brief.language))
    .reduce((a, b) => (widthOf(a, "extraBold", 1) > widthOf(b, "extraBold", 1) ? a : b))
  let yieldSize = Math.min(
    (count <= 5 ? 60 : count <= 8 ? 50 : 42) * unit * labels,
    labelWidth / widthOf(widestYield, "extraBold", 1)
  )
  const riskText = riskOf(brief)
  const riskWidth = width - margin * 2
  const riskLines = square ? 2 : 1
  const risk = fitted(riskText, "extraBold", riskWidth, riskLines, Math.floor(yieldSize), 12)
  if (risk.lines.length <= riskLines) yieldSize = Math.min(yieldSize, risk.size)
  yieldSize = Math.floor(yieldSize)

  const nameMax = Math.round((count <= 4 ? 34 : count <= 6 ? 28 : 24) * unit * labels)
  const nameMin = Math.round((square ? 15 : 16) * unit)
  const nameLines = count <= 3 ? 2 : count <= 6 ? 3 : 4
  const listColumns = square ? 2 : 3
  const sized = products.map(({ product }) => fitted(product.name, "semiBold", labelWidth, nameLines, nameMax, nameMin))
  const nameSize = numbered ? Math.round(21 * unit) : Math.min(...sized.map((each) => each.size))
  const names = products.map(({ product }) =>
    fitted(
      product.name,
      "semiBold",
      numbered ? (width - margin * 2) / listColumns - 60 * unit : labelWidth,
      99,
      nameSize,
      nameSize
    )
  )
  const gainSize = Math.min(
    (count <= 5 ? 30 : 24) * unit * labels,
    Math.min(...products.map(({ product }) => labelWidth / widthOf(printGain(brief, product), "semiBold", 1)))
  )
  const markSize = Math.round((count <= 4 ? 23 : 20) * unit * Math.min(1.1, labels))
  const bothMarks = Math.max(
    ...products.map(
      ({ product }) =>
        widthOf(insuredWords[brief.language][product.insured], "semiBold", markSize) +
        widthOf(rateWords[brief.language][product.rate], "semiBold", markSize)
    )
  )
  const widestMark = Math.max(
    ...products.map(({ product }) => widthOf(insuredWords[brief.language][product.insured], "semiBold", markSize)),
    ...products.map(({ product }) => widthOf(rateWords[brief.language][product.rate], "semiBold", markSize))
  )
  const marks =
    numbered || widestMark + markSize * 1.5 > labelWidth
      ? "icons"
      : bothMarks + markSize * 4 <= labelWidth
        ? "row"
        : "words"

  const footSize = Math.round((square ? 17 : 20) * (square ? 1 : unit))
  const footHeight = footSize * (square ? 4.4 : 3.2)
  const riskHeight = yieldSize * 1.22 * risk.lines.length
  const nameHeight = numbered
    ? Math.ceil(count / listColumns) * nameSize * 1.45 + nameSize * 0.4
    : Math.max(...names.map((each) => each.lines.length)) * nameSize * 1.18
  const markHeight = numbered ? 0 : marks === "words" ? markSize * 2.9 : markSize * 1.6
  const gainHeight = gainSize * 1.3
  const panelHeight =
    14 * unit + yieldSize * 1.12 + gainHeight + nameHeight + markHeight + riskHeight + footHeight + 10 * unit
  const panelTop = Math.round(height - panelHeight)

  const perRow = count <= 4 ? 6 : count <= 8 ? 5 : 4
  const barWidth = Math.min(74 * unit, (slotWidth * 0.92) / perRow)
  const barHeight = barWidth * 0.44
  const countMax = perRow * 2
  const barsHeight = 2 * (barHeight + 7 * unit) + 14 * unit
  const headerBottom = Math.round((square ? 122 : 132) * unit * (square ? 1 : 1))
  const plotTop = Math.round(headerBottom + 22 * unit)
  const floor = Math.round(panelTop - barsHeight - 20 * unit)
  const room = floor - plotTop
  const anyBelow = yields.some((value) => value < 0)
  const objectWidth = Math.round(Math.min(slotWidth * 0.8, 330 * unit, room * 0.68))
  const heightMax = Math.min(room - (anyBelow ? 26 * unit : 0), objectWidth * (square ? 6.8 : 5.2))
  const scale = scaleFor(brief.products, heightMax)
  const baseline = Math.round(floor - (anyBelow ? scale.below * scale.pixelsPerPercent + 26 * unit : 0))
  return {
    width,
    height,
    unit,
    headerBottom,
    plotTop,
    baseline,
    plotBottom: anyBelow ? floor : baseline,
    panelTop,
    slots,
    objectWidth: objectWidth - (objectWidth % 2),
    scale,
    yieldSize,
    risk: { size: yieldSize, lines: risk.lines },
    nameSize,
    names,
    gainSize,
    markSize,
    marks,
    numbered,
    listColumns,
    footSize,
    axisRight,
    bracketLeft: bracketed ? width - bracketWidth + 16 * unit : null,
    bars: { top: Math.round(floor + 22 * unit), perRow, width: barWidth, height: barHeight, countMax }
  }
}
