/**
 * Makes the auditor's reports while the server serves: one at a time, in small pages with a rest after each, so that conferences keep more
 * than half of the process. That the journal is read, by whom and why, is on record before the first page is. A report is its
 * maker's alone, and is held in memory for a while.
 */
import { randomUUID } from "node:crypto"
import { Cause, Clock, Effect, Fiber, Semaphore } from "effect"
import type { Person } from "../../actors/access.ts"
import { EventStore } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import type { AuditReportRun } from "../../projections/audit-page.ts"
import type { AuditReport } from "../../projections/audit-report.ts"
import { refuse } from "./audit-refused.ts"
import { auditReportRead, reportOn } from "./audit-report.ts"
import { type PeriodRefused, periodOf } from "./period.ts"

/** Commits opened without a rest: a few milliseconds of frames. */
const pageCommitsMax = 32
/** How long a report can be looked at and taken away. */
const heldMsMax = 30 * 60_000
/** One of each auditor; those of more are turned away. */
const reportsMax = 16

export interface ReportWish {
  readonly from: string
  readonly to: string
  readonly reason: string
}

interface Held {
  readonly id: string
  readonly account: string
  readonly until: number
  run: AuditReportRun
  reading: Fiber.Fiber<void>
}

/**
 * Reads in the calling scope. `commitCount`: how many commits the journal has, where that is known. `nameOf`: what the bank's person is
 * called who acted as this.
 */
export const makeReportDesk = Effect.fnUntraced(function* (
  commitCount: Effect.Effect<number | null>,
  nameOf: (actor: string) => string | undefined
) {
  const operations = yield* Operations
  const store = yield* EventStore
  const scope = yield* Effect.scope
  const turn = yield* Semaphore.make(1)
  const held = new Map<string, Held>()

  const forget = ({ id, reading }: Held) => {
    held.delete(id)
    return Fiber.interrupt(reading)
  }
  const prune = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    yield* Effect.forEach(
      [...held.values()].filter(({ until }) => until <= now),
      forget,
      { discard: true }
    )
  })

  const peopleOf = (report: AuditReport) => {
    const actors = [...report.operations, ...report.erasures, ...report.keys].map(({ actor }) => actor)
    const accounts = report.failedSignIns.map(({ account }) => `account:${account}`)
    const named = [...new Set([...actors, ...accounts])].map((actor) => [actor, nameOf(actor)])
    return Object.fromEntries(named.filter(([, name]) => name !== undefined)) as Record<string, string>
  }

  /** Answers the report's id; the report comes later. */
  const order = Effect.fnUntraced(function* (person: Person, { from, to, reason }: ReportWish) {
    const now = yield* Clock.currentTimeMillis
    const period = yield* Effect.try({ try: () => periodOf(from, to, now), catch: (error) => error as PeriodRefused })
    yield* prune
    yield* Effect.forEach(
      [...held.values()].filter(({ account }) => account === person.account),
      forget
    )
    if (held.size >= reportsMax) return yield* refuse("tooManyReports")
    const act = { actor: `account:${person.account}`, purpose: reason, what: auditReportRead }
    yield* operations.record({ type: "PersonalDataRead", ...act })

    const total = yield* commitCount
    let pageSince = performance.now()
    const rested = (readCommits: number) =>
      Effect.gen(function* () {
        report.run = { state: "reading", readCommits, commitCount: total }
        yield* Effect.sleep(Math.ceil(performance.now() - pageSince))
        pageSince = performance.now()
      })
    const reading = Effect.gen(function* () {
      pageSince = performance.now()
      const made = yield* reportOn(period, pageCommitsMax, rested)
      report.run = { state: "ready", report: made, people: peopleOf(made) }
    }).pipe(
      turn.withPermit,
      Effect.provideService(EventStore, store),
      Effect.catchCause((cause) => {
        report.run = { state: "failed" }
        return Cause.hasInterrupts(cause)
          ? Effect.void
          : Effect.logError("An auditor's report could not be made", { why: Cause.pretty(cause) })
      })
    )
    const id = randomUUID()
    const report: Held = {
      id,
      account: person.account,
      until: now + heldMsMax,
      run: { state: "reading", readCommits: 0, commitCount: total },
      reading: yield* Effect.forkIn(reading, scope)
    }
    held.set(id, report)
    return { report: id }
  })

  const find = Effect.fnUntraced(function* ({ account }: Person, id: string) {
    yield* prune
    const found = held.get(id)
    return found?.account === account ? found : yield* refuse("unknownReport")
  })
  const made = Effect.fnUntraced(function* (person: Person, id: string) {
    const { run } = yield* find(person, id)
    return run.state === "ready" ? run.report : yield* refuse("reportNotReady")
  })

  return {
    order,
    run: (person: Person, id: string) => Effect.map(find(person, id), ({ run }) => run),
    made,
    /** Ends the reading, too. */
    drop: (person: Person, id: string) => Effect.flatMap(find(person, id), forget)
  }
})
