/**
 * The report's page of a conference: at the end from what was folded while it ran, later folded anew from the journal. A few
 * pages are remembered, because an hour's fold takes seconds; they are no store, so an erased client's page goes with the
 * next look, which asks the journal first. Shown only to who led the conference and to the team's supervisor.
 */
import { Context, Effect, Layer, Option, Stream } from "effect"
import type { ConferenceStarted } from "../machines/conference-events.ts"
import type { ReportPage } from "../projections/console.ts"
import { reportPageOf } from "../projections/markers.ts"
import type { OwnReason } from "../projections/own-reasons.ts"
import { emptyReport, evolveReport, reportOf } from "../projections/report.ts"
import { evolveCourse, noCourse } from "../projections/timeline.ts"
import type { Person } from "./access.ts"
import { conferenceStreamOf } from "./conference.ts"
import { Conferences } from "./conferences.ts"
import { Desk } from "./desk.ts"
import { DeskAccess, DeskRefused } from "./desk-access.ts"
import { EventStore } from "./event-store.ts"
import { journalledEvents } from "./journalled-conference.ts"
import type { RunningConference } from "./running-conference.ts"

type Page = Omit<ReportPage, "title" | "clientLabel">

/** Of conferences that ended last: what the managers of a large branch have open. A page of an hour is some 300 kB. */
const pagesMax = 32

const make = Effect.gen(function* () {
  const access = yield* DeskAccess
  const desk = yield* Desk
  const conferences = yield* Conferences
  const store = yield* EventStore
  const pages = new Map<string, Page>()

  const remember = (page: Page): Page => {
    pages.delete(page.conference)
    if (pages.size >= pagesMax) pages.delete(pages.keys().next().value!)
    pages.set(page.conference, page)
    return page
  }

  /** Who led it and whom it is about, from its first commit: null when there is none or it can no longer be opened. */
  const startOf = Effect.fnUntraced(function* (conference: string) {
    const first = yield* Stream.runHead(store.read(conferenceStreamOf(conference))).pipe(
      Effect.catchTag("SubjectErased", () => Effect.succeedNone)
    )
    const started = Option.getOrNull(first)?.events.find(({ type }) => type === "ConferenceStarted")
    return started === undefined ? null : (started as unknown as typeof ConferenceStarted.Type)
  })

  const fold = Effect.fnUntraced(function* (conference: string) {
    const begin = () => ({ report: emptyReport, course: noCourse, isIssued: false })
    const folded = yield* Stream.runFold(journalledEvents(store, conference), begin, (state, event) => ({
      report: evolveReport(state.report, event),
      course: evolveCourse(state.course, event),
      isIssued: state.isIssued || event.type === "ReportIssued"
    }))
    const { report, course, isIssued } = folded
    if (isIssued) return reportPageOf(conference, reportOf(report), course, report.seconds)
    const why = `Cannot show the report of "${conference}": it has not ended. End it, or wait for its end`
    return yield* new DeskRefused({ fault: "stillRunning", why })
  })

  const withTitles = Effect.fnUntraced(function* (
    person: Person,
    page: Page,
    { call, subject }: { readonly call: string; readonly subject: string },
    isOwn: boolean
  ) {
    const titles = isOwn
      ? yield* desk.titlesOf(person, call, subject)
      : // A supervisor reads numbers, not who the client is.
        { title: "", clientLabel: "" }
    return { ...page, ...titles } as ReportPage
  })

  /** Of one that has just ended, out of the actor's memory. Its read is recorded by whoever watched it. */
  const atEnd = (person: Person, running: RunningConference) =>
    Effect.suspend(() => {
      const { id, report, course, seconds } = running.conference
      return withTitles(person, remember(reportPageOf(id, report(), course(), seconds())), running, true)
    })

  const page = Effect.fnUntraced(function* (person: Person, conference: string, purpose: OwnReason) {
    const start = yield* startOf(conference)
    const readable = yield* access.readable(person)
    if (start === null || !readable.has(start.manager)) return yield* access.refuse(conference)
    if (conferences.all().some(({ id }) => id === conference)) {
      const why = `Cannot show the report of "${conference}": it runs. End it first`
      return yield* new DeskRefused({ fault: "stillRunning", why })
    }
    yield* access.recordRead(person, purpose, conferenceStreamOf(conference), start.subject)
    const found = pages.get(conference) ?? remember(yield* fold(conference))
    return yield* withTitles(person, found, start, start.manager === (yield* access.managerOf(person)))
  })

  return { page, atEnd, startOf }
})

export class DeskReports extends Context.Service<DeskReports, Effect.Success<typeof make>>()("actors/DeskReports") {
  static readonly layer = Layer.effect(DeskReports, make)
}
