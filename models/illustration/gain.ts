/**
 * What the client gains in money, and how many gold bars that is. Interest is compounded once a year and taxes are left out; the picture says so.
 * Without a sum it counts per 100 units, without a term for one year, and the picture says that too.
 */
import type { Brief, Product } from "./brief.ts"

/** Of every hundred: the gain then reads like the percentage and needs no currency. */
const sumWithoutAmount = 100
const monthsWithoutTerm = 12

export interface Gain {
  /** In units of the brief's currency; the lower end of a range. Below zero for a loss. */
  readonly from: number
  readonly to: number | null
}

export const baseOf = (brief: Brief): { readonly sum: number; readonly months: number } => ({
  sum: brief.amount ?? sumWithoutAmount,
  months: brief.termMonths ?? monthsWithoutTerm
})

/** Compound interest once a year: sum · (1 + y/100)^(months/12) − sum. */
export const grown = (sum: number, yieldPercent: number, months: number): number =>
  sum * (1 + yieldPercent / 100) ** (months / 12) - sum

export const gainOf = (brief: Brief, product: Product): Gain => {
  const { sum, months } = baseOf(brief)
  return {
    from: grown(sum, product.yieldPercent, months),
    to: product.yieldPercentTo === null ? null : grown(sum, product.yieldPercentTo, months)
  }
}

/** The smallest of 1, 2, 5, 10, 20, 50… that makes at most `countMax` units of the largest gain. */
export const unitFor = (gains: readonly number[], countMax: number): number => {
  const largest = Math.max(...gains.map(Math.abs), 0)
  if (largest === 0) return 1
  const least = largest / countMax
  const magnitude = 10 ** Math.floor(Math.log10(least))
  for (const step of [1, 2, 5, 10, 20])
    if (step * magnitude >= least * (1 - 1e-9)) return Number((step * magnitude).toPrecision(1))
  return 20 * magnitude
}
