/** A stretch of time as people write it, on the command line and on the console alike. It refuses days that no calendar has. */
import { Schema } from "effect"

/** Milliseconds since 1970; `to` is not in it. */
export interface Period {
  readonly from: number
  readonly to: number
}

/** The largest moment that a date can be. */
const momentMsMax = 8.64e15
const momentForm = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}.*)?$/

export class PeriodRefused extends Schema.TaggedError<PeriodRefused>()("PeriodRefused", {
  fault: Schema.Literals(["badDate", "reversedPeriod"]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}

/** A day (2026-11-24, from its midnight in UTC), a moment with its time, or milliseconds since 1970. `name`: what it is called where it was given. */
export function momentOf(words: string | undefined, otherwise: number, name: string): number {
  if (words === undefined) return otherwise
  const day = momentForm.exec(words)?.[1]
  const isDay = day !== undefined && new Date(`${day}T00:00Z`).toJSON()?.startsWith(day)
  const moment = /^\d+$/.test(words) ? Number(words) : isDay ? Date.parse(words) : Number.NaN
  if (Number.isFinite(moment) && Math.abs(moment) <= momentMsMax) return moment
  const why = `Cannot read ${name} "${words}". Write a day like 2026-11-24 or a moment like 2026-11-24T10:30:00Z`
  throw new PeriodRefused({ fault: "badDate", why })
}

/** From the beginning unless said otherwise, up to now. */
export function periodOf(from: string | undefined, to: string | undefined, now: number): Period {
  const period = { from: momentOf(from, 0, "--from"), to: momentOf(to, now + 1, "--to") }
  if (period.to > period.from) return period
  throw new PeriodRefused({ fault: "reversedPeriod", why: "Cannot report: --to is not after --from. Swap them" })
}
