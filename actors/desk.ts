/**
 * The manager's desk: what is planned, what runs and what has ended of a manager's own conferences, and starting one with a
 * single wish that waits neither for the client nor for a consent. Who the client is goes sealed into the directory; labels are
 * shown to that manager and stand in no event and no log.
 */
import { Clock, Context, Effect, Layer, Option } from "effect"
import type {
  ConferenceList,
  Ended,
  NewConference,
  Running,
  Scheduled,
  TeamConferences
} from "../projections/console.ts"
import type { EndedConferenceRow } from "../projections/ended-conferences.ts"
import type { Person } from "./access.ts"
import { Conferences } from "./conferences.ts"
import { DeskAccess, DeskRefused } from "./desk-access.ts"
import { Agenda, type AgendaEntry, agendaKeptMs, type KeptEntry } from "./desk-agenda.ts"
import { EndedConferences } from "./ended-conferences.ts"
import { Directory } from "./ports.ts"
import type { ConferenceRefused, RunningConference } from "./running-conference.ts"

/** A planned conference stays in the list so long after it was to start: a working day, for those that begin late. */
const overdueMsMax = 12 * 3_600_000
/** And is in it so long before. */
const aheadMsMax = 24 * 3_600_000
/** How far ahead one may be made by hand: further, and it would be forgotten before it starts. */
const plannedAheadMsMax = agendaKeptMs

/** What a client agreed to before a conference runs; without it nobody has. */
export class AgreedBefore extends Context.Service<
  AgreedBefore,
  { readonly stateOf: (call: string, subject: string) => Effect.Effect<Scheduled["consent"]> }
>()("actors/AgreedBefore") {}

/** A conference as its client's page needs it. */
export interface Meeting {
  /** Keyed fingerprint of the call. */
  readonly id: string
  readonly subject: string
  /** The bank's own number of the client. */
  readonly client: string
  readonly title: string
  readonly startsAt: number
  readonly state: "notStarted" | "running" | "ended"
  /** The one that runs, or the last that did. */
  readonly conference: string | null
}

const make = Effect.gen(function* () {
  const access = yield* DeskAccess
  const agenda = yield* Agenda
  const conferences = yield* Conferences
  const directory = yield* Directory
  const ended = yield* EndedConferences
  const agreed = Option.getOrNull(yield* Effect.serviceOption(AgreedBefore))

  const runningCall = (call: string) => conferences.all().find((running) => running.call === call)

  /** The client's pseudonym; what the bank says of the client stands in the directory from here on. */
  const subjectOf = Effect.fnUntraced(function* (entry: AgendaEntry) {
    const subject = yield* directory.pseudonymOf("client", entry.client)
    const known = yield* directory.detailsOf("client", subject)
    const joined = (before: readonly string[] = [], now: readonly string[]) => [
      ...new Set([...now.filter((text) => text.trim() !== ""), ...before])
    ]
    const details = {
      names: joined(known?.names, [entry.clientLabel]),
      contacts: joined(known?.contacts, entry.contacts),
      crmIds: joined(known?.crmIds, entry.crmIds)
    }
    const isNews = (["names", "contacts", "crmIds"] as const).some(
      (field) => details[field].length !== (known?.[field].length ?? 0)
    )
    if (isNews) yield* directory.describe("client", subject, details)
    return subject
  })

  const labelOf = Effect.fnUntraced(function* (subject: string, entry: AgendaEntry | undefined) {
    if (entry !== undefined && entry.clientLabel !== "") return entry.clientLabel
    return (yield* directory.detailsOf("client", subject))?.names[0] ?? ""
  })

  const consentOf = Effect.fnUntraced(function* ({ id, client }: AgendaEntry) {
    const subject = agreed === null ? null : yield* directory.find("client", client)
    return agreed === null || subject === null ? ("missing" as const) : yield* agreed.stateOf(id, subject)
  })

  const scheduledOf = Effect.fnUntraced(function* (entry: AgendaEntry) {
    const { id, title, clientLabel, startsAt, source } = entry
    const scheduled: Scheduled = { id, title, clientLabel, startsAt, consent: yield* consentOf(entry), source }
    return scheduled
  })

  const runningOf = Effect.fnUntraced(function* (running: RunningConference, entry: AgendaEntry | undefined) {
    const { id: conference, subject, startedAt } = running
    const clientLabel = yield* labelOf(subject, entry)
    const shown: Running = { conference, title: entry?.title ?? "", clientLabel, startedAt }
    return shown
  })

  const endedOf = Effect.fnUntraced(function* (row: EndedConferenceRow, entry: AgendaEntry | undefined) {
    const { conference, subject, startedAt, endedAt, purposes, report } = row
    const { satisfaction, coverage } = report
    const clientLabel = yield* labelOf(subject, entry)
    const trendSubject = purposes.includes("trends") ? subject : null
    const title = entry?.title ?? ""
    const shown: Ended = { conference, title, clientLabel, startedAt, endedAt, satisfaction, coverage, trendSubject }
    return shown
  })

  const list = Effect.fnUntraced(function* (person: Person) {
    yield* access.recordList(person, "own conferences", "conferences of the last 30 days")
    const now = yield* Clock.currentTimeMillis
    const manager = yield* access.managerOf(person)
    const { entries, badEntries } = yield* agenda.of(person.login)
    const kept = yield* agenda.kept(person.login)
    const rows = manager === null ? [] : yield* ended.ofManager(manager, now - agendaKeptMs)
    const held = new Set(rows.map(({ call }) => call))
    for (const { entry, conference } of kept) if (conference !== null) held.add(entry.id)
    const ofCall = new Map([...kept.map(({ entry }) => entry), ...entries].map((entry) => [entry.id, entry]))
    const own = conferences.all().filter((running) => running.manager === manager)
    const calls = new Set(conferences.all().map(({ call }) => call))
    const due = entries
      .filter(({ id, startsAt }) => !calls.has(id) && !held.has(id) && startsAt >= now - overdueMsMax)
      .filter(({ startsAt, source }) => source === "hand" || startsAt <= now + aheadMsMax)
    const answer: ConferenceList = {
      scheduled: yield* Effect.forEach(
        due.sort((a, b) => a.startsAt - b.startsAt),
        scheduledOf
      ),
      running: yield* Effect.forEach(own, (running) => runningOf(running, ofCall.get(running.call))),
      ended: yield* Effect.forEach(
        [...rows].sort((a, b) => b.endedAt - a.endedAt),
        (row) => endedOf(row, ofCall.get(row.call))
      ),
      badEntries
    }
    return answer
  })

  const add = Effect.fnUntraced(function* (person: Person, wish: NewConference) {
    const now = yield* Clock.currentTimeMillis
    const { clientId: client, clientLabel = "", title = "", startsAt = now } = wish
    if (startsAt < now - overdueMsMax || startsAt > now + plannedAheadMsMax) {
      const why = "Cannot plan a conference for then: choose a moment from today to a month ahead"
      return yield* new DeskRefused({ fault: "badRequest", why })
    }
    const call = `hand-${globalThis.crypto.randomUUID()}`
    const id = directory.fingerprintOf("call", call)
    const more = { clientLabel, title, startsAt, contacts: [], crmIds: [], source: "hand" } as const
    const entry: AgendaEntry = { id, call, client, ...more }
    yield* agenda.keep(person.login, { entry, subject: yield* subjectOf(entry), conference: null })
    return yield* scheduledOf(entry)
  })

  /** An entry of this manager's, by its own id or by that of the conference it became. */
  const entryOf = Effect.fnUntraced(function* (person: Person, id: string) {
    const kept = yield* agenda.kept(person.login)
    const before = kept.find(({ entry, conference }) => entry.id === id || conference === id)
    if (before !== undefined) return before
    const entry = (yield* agenda.of(person.login)).entries.find((each) => each.id === id)
    return entry === undefined ? yield* access.refuse(id) : { entry, conference: null }
  })

  const start = Effect.fnUntraced(function* (person: Person, id: string) {
    const { entry } = yield* entryOf(person, id)
    const subject = yield* subjectOf(entry)
    const { call, client } = entry
    const opened = conferences.open({ call, client, manager: person.login })
    // A second click, or a platform that was faster, means the one that runs.
    const meantRunning = Effect.fnUntraced(function* (error: ConferenceRefused) {
      const running = runningCall(entry.id)
      if (error.reason !== "alreadyRunning" || running === undefined) return yield* error
      yield* access.leads(person, running.id)
      return running.id
    })
    const conference = yield* Effect.catchTag(opened, "ConferenceRefused", meantRunning)
    const keeping = agenda.keep(person.login, { entry, subject, conference })
    yield* Effect.catch(keeping, (error) =>
      Effect.logError("A conference runs and its place in the agenda could not be kept", { why: error.message })
    )
    return { conference }
  })

  const meetingFrom = ({ entry, subject, conference }: KeptEntry): Meeting => {
    const { id, client, title, startsAt } = entry
    const running = runningCall(id)
    const state = running !== undefined ? "running" : conference === null ? "notStarted" : "ended"
    return { id, subject, client, title, startsAt, state, conference: running?.id ?? conference }
  }

  /** What a link for the client is made for; from here on `meeting` knows it. */
  const invite = Effect.fnUntraced(function* (person: Person, id: string) {
    const { entry, conference } = yield* entryOf(person, id)
    const kept: KeptEntry = { entry, subject: yield* subjectOf(entry), conference }
    yield* agenda.keep(person.login, kept)
    return meetingFrom(kept)
  })

  /** A manager's ended conferences for the team's supervisor: numbers and times, and nothing of who the clients are. */
  const endedOfTeam = Effect.fnUntraced(function* (person: Person, account: string) {
    const member = access.teamOf(person).find((each) => each.account === account)
    if (member === undefined) {
      const why = `Cannot find the account "${account}" in your team. Choose one from the list of the team`
      return yield* new DeskRefused({ fault: "unknownTrend", why })
    }
    const manager = yield* access.managerOf(member)
    yield* access.recordList(person, "conferences of the team", `conferences of manager ${manager}`)
    const since = (yield* Clock.currentTimeMillis) - agendaKeptMs
    const rows = manager === null ? [] : yield* ended.ofManager(manager, since)
    const shown = [...rows].sort((a, b) => b.endedAt - a.endedAt)
    const answer: TeamConferences = {
      ended: shown.map(({ conference, startedAt, endedAt, report: { satisfaction, coverage } }) => {
        return { conference, startedAt, endedAt, satisfaction, coverage }
      })
    }
    return answer
  })

  /** What a conference of this manager's is called, by its call. */
  const titlesOf = Effect.fnUntraced(function* (person: Person, call: string, subject: string) {
    const kept = yield* agenda.find(call)
    const planned = kept === null ? (yield* agenda.of(person.login)).entries : [kept.entry]
    const entry = planned.find(({ id }) => id === call)
    return { title: entry?.title ?? "", clientLabel: yield* labelOf(subject, entry) }
  })

  return {
    list,
    add,
    start,
    end: (person: Person, conference: string) =>
      Effect.flatMap(access.leads(person, conference), ({ id }) => conferences.end(id, 0)),
    invite,
    meeting: (id: string) => Effect.map(agenda.find(id), (kept) => (kept === null ? null : meetingFrom(kept))),
    endedOfTeam,
    titlesOf
  }
})

export class Desk extends Context.Service<Desk, Effect.Success<typeof make>>()("actors/Desk") {
  static readonly layer = Layer.effect(Desk, make)
}
