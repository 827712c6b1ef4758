/** Days of the auditor's report. They are days of UTC, as the command counts them, so that the same days give everybody the same report. */

/** Such as 2026-11-24; both are in it. */
export interface Days {
  readonly from: string
  readonly to: string
}

export const presets = ["thisMonth", "lastMonth", "thisQuarter", "lastQuarter"] as const
export type Preset = (typeof presets)[number]

const dayMs = 24 * 60 * 60_000
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)

/** A month or quarter that is not over ends today. */
export function daysOf(preset: Preset, now: number): Days {
  const today = new Date(now)
  const months = preset === "thisMonth" || preset === "lastMonth" ? 1 : 3
  const first = today.getUTCMonth() - (today.getUTCMonth() % months)
  const begin = (month: number) => Date.UTC(today.getUTCFullYear(), month, 1)
  return preset === "thisMonth" || preset === "thisQuarter"
    ? { from: dayOf(begin(first)), to: dayOf(now) }
    : { from: dayOf(begin(first - months)), to: dayOf(begin(first) - dayMs) }
}

/** Where a stretch of days ends: the command and the server leave their last moment out. An unfinished date stays as it is. */
export function dayAfter(day: string): string {
  const at = Date.parse(`${day}T00:00Z`)
  return Number.isNaN(at) ? day : dayOf(at + dayMs)
}
