/** `mimika doctor`: what is unsafe or missing here, in plain words, and how to mend it. Exit code 1 when something is unsafe. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect } from "effect"
import type { StaffDirectoryOptions } from "../access/staff-directory-settings.ts"
import { logging } from "../core.ts"
import { examine } from "../doctor/checks.ts"
import type { Finding, Level } from "../doctor/finding.ts"
import type { Language } from "../report-table.ts"
import { osActor } from "../subjects/os-actor.ts"
import { openDesk } from "../subjects/subject-desk.ts"
import { sized } from "./sizing.ts"

export interface DoctorOptions extends StaffDirectoryOptions {
  readonly data: string
  readonly journal?: string
  /** For how many the machine's size is to be said too. */
  readonly conferences?: number
  readonly json: boolean
  readonly lang: Language
}

const marks: Readonly<Record<Level, string>> = { good: "+", warning: "!", bad: "×" }

const verdicts = {
  ru: {
    good: "Всё в порядке.",
    warning: "Опасного нет, но есть что улучшить (!).",
    bad: "Есть опасное (×): исправьте его до работы с клиентами."
  },
  en: {
    good: "All is well.",
    warning: "Nothing is unsafe; some things could be better (!).",
    bad: "Something is unsafe (×): mend it before clients come."
  }
} as const

/** When the last backup was made, as the journal of operations says; null when it cannot be asked, or there was none. */
const lastBackup = (data: string, journal: string | undefined) =>
  Effect.runPromise(
    Effect.flatMap(openDesk({ data, journal }), ({ retention }) =>
      retention({ wish: "show", actor: osActor(), purpose: "doctor", periods: {} })
    ).pipe(
      Effect.map((answer) => (answer.wish === "show" ? answer.lastBackupAt : null)),
      Effect.scoped,
      Effect.provide(logging),
      Effect.orElseSucceed(() => null)
    )
  )

export async function doctor(options: DoctorOptions): Promise<void> {
  const { data, journal, json, lang } = options
  if (!existsSync(data)) {
    throw new Error(
      `Cannot examine "${data}": there is no such folder. Name the server's with --data, or start the server once`
    )
  }
  const hasJournal = journal !== undefined || existsSync(join(data, "journal.sqlite"))
  const place = { data, postgres: journal, staffDirectory: options, now: Date.now() }
  const findings = await examine(place, hasJournal ? await lastBackup(data, journal) : null)
  const worst = (["bad", "warning"] as const).find((level) => findings.some((one) => one.level === level)) ?? "good"
  const { conferences } = options
  const size = conferences === undefined ? null : await sized([conferences], { data, again: false, lang })
  if (json) process.stdout.write(`${JSON.stringify({ verdict: worst, findings, ...size?.json })}\n`)
  else {
    for (const finding of findings) process.stdout.write(`${lineOf(finding, lang)}\n`)
    process.stdout.write(`${verdicts[lang][worst]}\n`)
    if (size !== null) process.stdout.write(`\n${size.text}`)
  }
  process.exit(worst === "bad" ? 1 : 0)
}

const lineOf = (finding: Finding, lang: Language) => ` ${marks[finding.level]} ${finding[lang]}`
