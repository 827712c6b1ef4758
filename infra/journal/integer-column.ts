/**
 * A column of safe integers in as few bits as three simple guesses allow: the numbers themselves, their
 * differences, or the differences of those; each as distances from the smallest, all of one width
 * (frame of reference, Goldstein et al. 1998). It refuses columns whose range leaves the safe integers.
 */
import { type BitReader, type BitWriter, bitWidthOf, integerCostBits } from "./bit-stream.ts"

/** Times of differencing tried; jittered clocks gain from the second, nothing measured gained from a third. */
const ordersMax = 2

interface Plan {
  /** The first number of each earlier order, needed to undo the differences. */
  readonly heads: readonly number[]
  readonly residuals: readonly number[]
  readonly smallest: number
  readonly width: number
  readonly costBits: number
}

export function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

/** How to write the column in the fewest bits, or nothing when its range is too wide. */
export function planIntegerColumn(values: readonly number[]): Plan | undefined {
  let best: Plan | undefined
  let residuals = values
  const heads: number[] = []
  for (let order = 0; order <= ordersMax; order++) {
    const plan = planResiduals(residuals, heads)
    if (plan === undefined) break
    if (best === undefined || plan.costBits < best.costBits) best = plan
    if (plan.width === 0 || residuals.length < 2) break
    heads.push(residuals[0]!)
    residuals = differencesOf(residuals)
  }
  return best
}

export function writeIntegerColumn(bits: BitWriter, plan: Plan): void {
  bits.writeBits(plan.heads.length, 2)
  for (const head of plan.heads) bits.writeInteger(head)
  bits.writeInteger(plan.smallest)
  bits.writeBits(plan.width, 6)
  if (plan.width === 0) return
  for (const residual of plan.residuals) bits.writeBits(residual - plan.smallest, plan.width)
}

export function readIntegerColumn(bits: BitReader, count: number): number[] {
  const order = bits.readBits(2)
  if (order > ordersMax)
    throw new TypeError(`it claims differences of order ${order}, where ${ordersMax} is the highest`)
  const heads: number[] = []
  for (let index = 0; index < order; index++) heads.push(bits.readInteger())
  const smallest = bits.readInteger()
  const width = bits.readBits(6)
  const values = new Array<number>(count)
  for (let index = order; index < count; index++) {
    values[index] = width === 0 ? smallest : smallest + bits.readBits(width)
  }
  for (let undone = order - 1; undone >= 0; undone--) {
    values[undone] = heads[undone]!
    for (let index = undone + 1; index < count; index++) values[index] = values[index - 1]! + values[index]!
  }
  return values
}

function planResiduals(residuals: readonly number[], heads: readonly number[]): Plan | undefined {
  let smallest = residuals[0] ?? 0
  let largest = smallest
  for (const residual of residuals) {
    if (!Number.isSafeInteger(residual)) return undefined
    if (residual < smallest) smallest = residual
    if (residual > largest) largest = residual
  }
  if (!Number.isSafeInteger(largest - smallest)) return undefined
  const width = bitWidthOf(largest - smallest)
  let costBits = 8 + integerCostBits(smallest) + width * residuals.length
  for (const head of heads) costBits += integerCostBits(head)
  return { heads: [...heads], residuals, smallest, width, costBits }
}

function differencesOf(values: readonly number[]): number[] {
  const differences = new Array<number>(values.length - 1)
  for (let index = 1; index < values.length; index++) differences[index - 1] = values[index]! - values[index - 1]!
  return differences
}
