/** `mimika replay`: folds a conference's journal through its machine again and says whether the issued report stands. That it was read is on record before anything is shown. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect, Stream } from "effect"
import { createActor } from "xstate"
import { conferenceStreamOf } from "../../actors/conference.ts"
import { type ErasedBy, EventStore } from "../../actors/event-store.ts"
import { conferenceMachine } from "../../machines/conference.ts"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import { erasedText } from "../../projections/audit-words.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"
import { logging } from "../core.ts"
import { journalAt } from "../journal/journal.ts"
import { type Language, reportTable } from "../report-table.ts"
import { osActor } from "../subjects/os-actor.ts"
import { openDesk } from "../subjects/subject-desk.ts"

export interface ReplayOptions {
  readonly data: string
  readonly journal?: string
  readonly json: boolean
  readonly lang: Language
  readonly reason: string
}

/** That nothing can be replayed, and why: nothing is wrong with the journal. */
export function erasedAnswer(conference: string, erased: ErasedBy, json: boolean, lang: Language): string {
  if (json) return `${JSON.stringify({ conference, erased })}\n`
  return lang === "ru"
    ? `Звонок ${conference}: ${erasedText(erased, lang)}. Записи на месте, но ключа к ним больше нет; доказательства целостности действуют.\n`
    : `Conference ${conference}: ${erasedText(erased, lang)}. Its records are in place without a key; the proofs of the journal hold.\n`
}

export async function replay(conference: string, { data, journal, json, lang, reason }: ReplayOptions): Promise<void> {
  if (journal === undefined && !existsSync(join(data, "journal.sqlite"))) {
    throw new Error(`Cannot replay from "${data}": there is no journal in it. Name the server's folder with --data`)
  }
  const program = Effect.gen(function* () {
    const store = yield* EventStore
    const actor = createActor(conferenceMachine).start()
    let report = emptyReport
    let events = 0
    let commits = 0
    let refused = 0
    let issued: readonly number[] | null = null
    yield* Stream.runForEach(store.read(conferenceStreamOf(conference)), (commit) =>
      Effect.sync(() => {
        commits += 1
        for (const stored of commit.events) {
          const event = stored as unknown as ConferenceEvent
          const before = actor.getSnapshot()
          actor.send(event)
          if (actor.getSnapshot() === before) refused += 1
          report = evolveReport(report, event)
          events += 1
          if (event.type === "ReportIssued") issued = event.counts
        }
      })
    )
    return { events, commits, refused, issued, report: reportOf(report), state: String(actor.getSnapshot().value) }
  })
  const act = { actor: osActor(), purpose: reason, what: conferenceStreamOf(conference) }
  const recorded = Effect.flatMap(openDesk({ data, journal }), ({ recordRead }) => recordRead(act))
  await Effect.runPromise(recorded.pipe(Effect.scoped, Effect.provide(logging)))
  const store = journalAt({ folder: data, url: journal, readOnly: true })
  const replayed = await Effect.runPromise(
    program.pipe(
      Effect.catchTag("SubjectErased", ({ by }) => Effect.succeed({ erased: by })),
      Effect.provide(store),
      Effect.provide(logging)
    )
  )
  if ("erased" in replayed) {
    process.stdout.write(erasedAnswer(conference, replayed.erased, json, lang))
    process.exit(0)
  }
  const { events, commits, refused, issued, report, state } = replayed
  if (events === 0) {
    throw new Error(`Cannot replay "${conference}": the journal in "${data}" has no such conference. Check the id`)
  }
  const agrees =
    refused === 0 && (issued === null || (issued as readonly number[]).reduce((a, b) => a + b) === report.counted)
  if (json) {
    process.stdout.write(`${JSON.stringify({ conference, state, report, agrees, journal: { events, commits } })}\n`)
  } else {
    process.stdout.write(`${reportTable(report, lang)}\n`)
    process.stdout.write(
      lang === "ru" ? `  Событий: ${events}, записей: ${commits}. ` : `  Events: ${events}, commits: ${commits}. `
    )
    const verdict = {
      ru: agrees ? "Отчёт пересчитан по журналу и совпадает с выданным." : "Пересчёт НЕ совпадает с выданным отчётом.",
      en: agrees
        ? "The report, rebuilt from the journal, is the one issued."
        : "The rebuilt report is NOT the one issued."
    }
    const open = { ru: "Звонок ещё идёт: отчёт предварительный.", en: "The call still runs: the report is a preview." }
    process.stdout.write(`${issued === null ? open[lang] : verdict[lang]}\n`)
  }
  process.exit(agrees ? 0 : 1)
}
