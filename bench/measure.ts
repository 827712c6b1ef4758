/** What the journal's benchmarks share: percentiles, CPU, a table, and the verdict that a missed budget ends with. */
import process from "node:process"

export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((one, other) => one - other)[Math.floor((values.length - 1) * share)]!

export const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** User and system CPU of this process since then, all threads, in milliseconds. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

export function sayTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const line = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`)
  line(head)
  line(head.map((_, index) => (index === 0 ? "---" : "--:")))
  for (const row of rows) line(row)
}

export interface Budget {
  readonly what: string
  readonly value: number
  /** At most, or at least. */
  readonly max?: number
  readonly min?: number
}

/** Says each budget with what came of it; answers whether all were kept. */
export function keptAll(budgets: readonly Budget[]): boolean {
  let kept = true
  for (const { what, value, max = Number.POSITIVE_INFINITY, min = Number.NEGATIVE_INFINITY } of budgets) {
    const isKept = value <= max && value >= min
    kept &&= isKept
    const limit = Number.isFinite(max) ? `at most ${max}` : `at least ${min}`
    process.stdout.write(`${isKept ? "kept  " : "MISSED"} ${what}: ${Math.round(value * 100) / 100}, ${limit}\n`)
  }
  return kept
}

/** `mimika load` looks at the server's CPU time once a second, from two fifths of the time in which frames are sent: of a shorter run nothing but compiling is seen. */
const loadSecondsMin = 15

/** The seconds asked for; refuses a run too short to be believed. */
export function loadSeconds(text: string): number {
  const seconds = Number(text)
  if (seconds >= loadSecondsMin) return seconds
  process.stderr.write(
    `Cannot measure in "${text}" seconds: the server would hardly have begun. Take ${loadSecondsMin} or more\n`
  )
  process.exit(2)
}
