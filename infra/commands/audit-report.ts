/**
 * `mimika audit report`: everything in the journal of a stretch of time, folded into what an auditor asks for. That it was read, and
 * why, is on record before anything is shown.
 */
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect } from "effect"
import { auditReportJson, auditReportRead, reportOn } from "../audit/audit-report.ts"
import { auditReportPage } from "../audit/audit-report-page.ts"
import { periodOf } from "../audit/period.ts"
import { logging } from "../core.ts"
import { journalAt } from "../journal/journal.ts"
import type { Language } from "../report-table.ts"
import { osActor } from "../subjects/os-actor.ts"
import { openDesk } from "../subjects/subject-desk.ts"

export interface AuditReportOptions {
  readonly data: string
  readonly journal?: string
  readonly from?: string
  readonly to?: string
  readonly json: boolean
  readonly lang: Language
  readonly out?: string
  readonly reason: string
}

const pageCommitsMax = 2_000
/** Said on standard error at most this often, in commits. */
const progressEvery = 20_000

export async function auditReport(options: AuditReportOptions): Promise<void> {
  const { data, journal, json, lang, out, reason } = options
  if (journal === undefined && !existsSync(join(data, "journal.sqlite"))) {
    throw new Error(`Cannot report on "${data}": there is no journal in it. Name the server's folder with --data`)
  }
  const period = periodOf(options.from, options.to, Date.now())
  let saidAt = 0
  const progress = (commitCount: number) =>
    Effect.sync(() => {
      if (Math.floor(commitCount / progressEvery) > Math.floor(saidAt / progressEvery)) {
        process.stderr.write(`${commitCount} commits read\n`)
      }
      saidAt = commitCount
    })
  const act = { actor: osActor(), purpose: reason, what: auditReportRead }
  const recorded = Effect.flatMap(openDesk({ data, journal }), ({ recordRead }) => recordRead(act))
  await Effect.runPromise(recorded.pipe(Effect.scoped, Effect.provide(logging)))
  const store = journalAt({ folder: data, url: journal, readOnly: true })
  const reading = reportOn(period, pageCommitsMax, progress)
  const report = await Effect.runPromise(reading.pipe(Effect.provide(store), Effect.provide(logging)))
  const text = json ? auditReportJson(report) : auditReportPage(report, lang)
  if (out === undefined) process.stdout.write(text)
  else {
    writeFileSync(out, text, { mode: 0o600 })
    process.stderr.write(lang === "ru" ? `Отчёт записан в ${out}\n` : `The report is in ${out}\n`)
  }
}
