/**
 * `mimika audit report`: everything in the journal of a stretch of time, folded into what an auditor asks for. That it was read, and
 * why, is on record before anything is shown.
 */
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect } from "effect"
import { beginning, EventStore } from "../../actors/event-store.ts"
import { foldAudit } from "../../projections/audit-report.ts"
import { auditReportPage } from "../audit/audit-report-page.ts"
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

/** A day (2026-11-24, from its midnight in UTC) or a moment with its time. */
export function momentOf(words: string | undefined, otherwise: number, option: string): number {
  if (words === undefined) return otherwise
  const moment = /^\d+$/.test(words) ? Number(words) : Date.parse(words)
  if (Number.isFinite(moment)) return moment
  throw new Error(`Cannot read ${option} "${words}". Write a day like 2026-11-24 or a moment like 2026-11-24T10:30:00Z`)
}

export async function auditReport(options: AuditReportOptions): Promise<void> {
  const { data, journal, json, lang, out, reason } = options
  if (journal === undefined && !existsSync(join(data, "journal.sqlite"))) {
    throw new Error(`Cannot report on "${data}": there is no journal in it. Name the server's folder with --data`)
  }
  const from = momentOf(options.from, 0, "--from")
  const to = momentOf(options.to, Date.now() + 1, "--to")
  if (to <= from) throw new Error("Cannot report: --to is not after --from. Swap them")
  const fold = foldAudit(from, to)
  const program = Effect.gen(function* () {
    const store = yield* EventStore
    let checkpoint = beginning
    let commits = 0
    while (true) {
      const page = yield* store.readAll(checkpoint, pageCommitsMax)
      for (const record of page.records) {
        if (!record.erased) for (const event of record.events) fold.take(event)
      }
      commits += page.records.length
      if (Math.floor(commits / progressEvery) > Math.floor((commits - page.records.length) / progressEvery)) {
        process.stderr.write(`${commits} commits read\n`)
      }
      checkpoint = page.checkpoint
      if (page.records.length < pageCommitsMax) return
    }
  })
  const act = { actor: osActor(), purpose: reason, what: "audit report" }
  const recorded = Effect.flatMap(openDesk({ data, journal }), ({ recordRead }) => recordRead(act))
  await Effect.runPromise(recorded.pipe(Effect.scoped, Effect.provide(logging)))
  const store = journalAt({ folder: data, url: journal, readOnly: true })
  await Effect.runPromise(program.pipe(Effect.provide(store), Effect.provide(logging)))
  const report = fold.report()
  const text = json ? `${JSON.stringify(report)}\n` : auditReportPage(report, lang)
  if (out === undefined) process.stdout.write(text)
  else {
    writeFileSync(out, text, { mode: 0o600 })
    process.stderr.write(lang === "ru" ? `Отчёт записан в ${out}\n` : `The report is in ${out}\n`)
  }
}
