/**
 * Readings held against the truth: confusion, precision, recall, F1, calibration, and bootstrap intervals. Pure; it
 * reads no files. An unreadable face is wrong everywhere: it lowers recall and accuracy and raises no precision.
 * Where a class never occurs in the truth its figures are null, never zero or one.
 */
import { type Reading, type ReadingClass, readingClasses } from "../../machines/reading.ts"

/** One face, or one clip, that was judged. */
export interface Case {
  readonly truth: ReadingClass
  readonly reading: Reading
  /** Probability of the class read, 0 to 1; of no meaning when unreadable. */
  readonly confidence: number
  /** How right the reading is, 0 to 1: the share of the votes that agree with it, or 1 and 0 against a label. */
  readonly agreement: number
}

export type ByClass<Value> = Readonly<Record<ReadingClass, Value>>
export interface Interval {
  readonly low: number
  readonly high: number
}

interface Figures<Value> {
  readonly f1: ByClass<Value>
  readonly recall: ByClass<Value>
  readonly precision: ByClass<Value>
  /** Mean of F1 over the classes that occur in the truth. */
  readonly macroF1: Value
  readonly accuracy: Value
}

/** Ratios from 0 to 1. */
export interface Judgement extends Figures<number | null> {
  readonly n: number
  readonly unreadable: number
  readonly unreadableByClass: ByClass<number>
  /** Rows: the truth, columns: the reading, both in the order of `readingClasses`; unreadable ones are in no column. */
  readonly confusion: readonly (readonly number[])[]
  readonly ece: number | null
  /** 95 % by the bootstrap over the cases (Efron, 1979), percentile method. */
  readonly intervals: Figures<Interval | null>
}

/** Readings and Unreadable: the columns that are counted. */
const columns = readingClasses.length + 1
const cellCount = readingClasses.length * columns

/** Calibration bins, of equal width. */
export const calibrationBins = 15
/** Percentiles at 2.5 % rest on 50 of these. */
export const resamplingsDefault = 2_000

/** `random` gives numbers in [0, 1); the same sequence gives the same intervals. */
export function judge(
  cases: readonly Case[],
  random: () => number,
  resamplings: number = resamplingsDefault
): Judgement {
  const cells = new Float64Array(cellCount)
  for (const { truth, reading } of cases) cells[cellOf(truth, reading)]! += 1
  const point = figuresOf(cells)
  const unreadableByClass = byClass((row) => cells[row * columns + columns - 1]!)
  return {
    n: cases.length,
    unreadable: Object.values(unreadableByClass).reduce((sum, count) => sum + count, 0),
    ...point,
    confusion: readingClasses.map((_, row) => [...cells.slice(row * columns, (row + 1) * columns - 1)]),
    unreadableByClass,
    ece: calibrationError(cases.filter(({ reading }) => reading !== "unreadable")),
    intervals: intervalsOf(cells, point, random, resamplings)
  }
}

const cellOf = (truth: ReadingClass, reading: Reading): number =>
  readingClasses.indexOf(truth) * columns + (reading === "unreadable" ? columns - 1 : readingClasses.indexOf(reading))

const byClass = <Value>(valueOf: (row: number) => Value): ByClass<Value> => ({
  negative: valueOf(0),
  neutral: valueOf(1),
  positive: valueOf(2)
})

function figuresOf(cells: Float64Array): Figures<number | null> {
  let total = 0
  let hits = 0
  const rows = [0, 0, 0]
  const reads = [0, 0, 0]
  for (let cell = 0; cell < cellCount; cell++) {
    const row = Math.floor(cell / columns)
    const column = cell % columns
    total += cells[cell]!
    rows[row]! += cells[cell]!
    if (column < readingClasses.length) reads[column]! += cells[cell]!
    if (row === column) hits += cells[cell]!
  }
  const hit = (row: number) => cells[row * columns + row]!
  const f1 = byClass((row) => (rows[row] === 0 ? null : (2 * hit(row)) / (rows[row]! + reads[row]!)))
  const occurring = Object.values(f1).filter((value) => value !== null)
  return {
    f1,
    recall: byClass((row) => (rows[row] === 0 ? null : hit(row) / rows[row]!)),
    precision: byClass((row) => (reads[row] === 0 ? null : hit(row) / reads[row]!)),
    macroF1: occurring.length === 0 ? null : occurring.reduce((sum, value) => sum + value, 0) / occurring.length,
    accuracy: total === 0 ? null : hits / total
  }
}

/**
 * Expected calibration error over bins of equal width (Naeini et al., AAAI 2015; Guo et al., ICML 2017): the mean
 * distance between how sure the net was and how right it was, weighted by how many cases a bin holds.
 */
export function calibrationError(cases: readonly Pick<Case, "confidence" | "agreement">[]): number | null {
  if (cases.length === 0) return null
  const gaps = new Float64Array(calibrationBins)
  for (const { confidence, agreement } of cases) {
    const bin = Math.min(calibrationBins - 1, Math.max(0, Math.floor(confidence * calibrationBins)))
    gaps[bin]! += confidence - agreement
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / cases.length
}

/** Draws cases with replacement, which only their cell matters for, and takes the percentiles of every figure. */
function intervalsOf(
  cells: Float64Array,
  point: Figures<number | null>,
  random: () => number,
  resamplings: number
): Figures<Interval | null> {
  const total = cells.reduce((sum, count) => sum + count, 0)
  const cellOfCase = new Uint8Array(total)
  let filled = 0
  cells.forEach((count, cell) => {
    cellOfCase.fill(cell, filled, filled + count)
    filled += count
  })
  const drawn: Figures<number | null>[] = []
  const sample = new Float64Array(cellCount)
  for (let round = 0; round < resamplings && total > 0; round++) {
    sample.fill(0)
    for (let draw = 0; draw < total; draw++) sample[cellOfCase[Math.floor(random() * total)]!]! += 1
    drawn.push(figuresOf(sample))
  }
  const interval = (figure: (figures: Figures<number | null>) => number | null): Interval | null => {
    if (figure(point) === null) return null
    const values = drawn.map(figure).filter((value) => value !== null)
    return percentiles(values)
  }
  return {
    f1: byClass((row) => interval(({ f1 }) => f1[readingClasses[row]!])),
    recall: byClass((row) => interval(({ recall }) => recall[readingClasses[row]!])),
    precision: byClass((row) => interval(({ precision }) => precision[readingClasses[row]!])),
    macroF1: interval(({ macroF1 }) => macroF1),
    accuracy: interval(({ accuracy }) => accuracy)
  }
}

/** The middle 95 % of values in any order; null of none. */
export function percentiles(values: readonly number[]): Interval | null {
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const below = Math.floor(place)
    const above = Math.min(sorted.length - 1, below + 1)
    return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
  }
  return { low: at(0.025), high: at(0.975) }
}
