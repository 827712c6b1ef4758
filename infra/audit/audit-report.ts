/**
 * Everything in the journal of a stretch of time, folded into what an auditor asks for. Whoever shows it has recorded before that the
 * journal was read, and why.
 */
import { Effect } from "effect"
import { beginning, EventStore } from "../../actors/event-store.ts"
import { foldAudit } from "../../projections/audit-report.ts"
import type { Period } from "./period.ts"

/** What the journal of operations says was read. */
export const auditReportRead = "audit report"

/** `pageRead` is told how many commits were read so far, after each page, and may make the reader wait. */
export const reportOn = Effect.fnUntraced(function* (
  { from, to }: Period,
  pageCommitsMax: number,
  pageRead: (commitCount: number) => Effect.Effect<void>
) {
  const store = yield* EventStore
  const fold = foldAudit(from, to)
  let checkpoint = beginning
  let commitCount = 0
  while (true) {
    const page = yield* store.readAll(checkpoint, pageCommitsMax)
    for (const record of page.records) {
      if (record.erased) fold.takeErased(record, record.erased)
      for (const event of record.events) fold.take(event)
    }
    commitCount += page.records.length
    checkpoint = page.checkpoint
    yield* pageRead(commitCount)
    if (page.records.length < pageCommitsMax) return fold.report()
  }
})

/** As the file holds it, whoever asked for it. */
export const auditReportJson = (report: object) => `${JSON.stringify(report)}\n`
