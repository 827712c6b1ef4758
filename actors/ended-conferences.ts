/**
 * The list of ended conferences as the server keeps it: read by the console's list and by trends. Behind the journal by a
 * moment while it follows, and by nothing once it has; empty while it is built for the first time. What it shows is
 * personal data: whoever shows it to a person records that read first.
 */
import { Context, Effect, Layer } from "effect"
import type { ConferenceEvent } from "../machines/conference-events.ts"
import {
  type EndedConferenceRow,
  type EndingConference,
  endedConferencesVersion,
  endedRowOf,
  evolveEnding,
  notStarted
} from "../projections/ended-conferences.ts"
import { conferenceEventTypes } from "../projections/event-types.ts"
import { conferenceIdOf } from "./conference.ts"
import { keptScopeOf, type StoreUnavailable } from "./event-store.ts"
import { ProjectionStore, type RowFilter } from "./projection-store.ts"
import { follow, type Projection, type ProjectorStatus } from "./projector.ts"

const tagOf = (kind: "subject" | "manager", pseudonym: string) => `${kind} ${pseudonym}`

export const endedConferences: Projection<EndingConference, EndedConferenceRow> = {
  name: "conferences",
  version: endedConferencesVersion,
  reads: (stream) => conferenceIdOf(stream) !== null,
  known: conferenceEventTypes,
  initial: notStarted,
  evolve: (state, event) => evolveEnding(state, event as unknown as ConferenceEvent),
  rowOf: (state) => {
    const value = endedRowOf(state)
    if (value === null) return null
    const { conference: key, subject, manager, endedAt: at } = value
    return { key, at, tags: [tagOf("subject", subject), tagOf("manager", manager)], value }
  },
  keyScopeOf: ({ started }) =>
    started === null ? null : keptScopeOf(started.subject, "expressionAnalysis", started.at)
}

const make = Effect.gen(function* () {
  const store = yield* ProjectionStore
  const listeners = new Set<(row: EndedConferenceRow) => void>()
  let status: ProjectorStatus = { projection: endedConferences.name, state: "building", eventCount: 0, parked: null }
  const hears = {
    status: (now: ProjectorStatus) => {
      status = now
    },
    onRow: (row: EndedConferenceRow) => {
      for (const listener of listeners) listener(row)
    }
  }
  yield* Effect.forkScoped(follow(endedConferences, hears))

  const rows = Effect.fnUntraced(function* (filter: RowFilter) {
    const found = yield* store.inUse(endedConferences.name)
    if (found?.version !== endedConferences.version) return []
    return [...(yield* store.rows(found.generation, filter)).values()] as EndedConferenceRow[]
  })

  return EndedConferences.of({
    list: rows({}),
    since: (since) => rows({ since }),
    ofSubject: (pseudonym, since = 0) => rows({ since, tag: tagOf("subject", pseudonym) }),
    ofManager: (pseudonym, since = 0) => rows({ since, tag: tagOf("manager", pseudonym) }),
    listen: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    status: () => status
  })
})

export class EndedConferences extends Context.Service<
  EndedConferences,
  {
    /** All of them, in the order of their end; those of erased clients are gone. Opens every row: for a year's, ask for less. */
    readonly list: Effect.Effect<readonly EndedConferenceRow[], StoreUnavailable>
    /** Those that ended at this moment (milliseconds since 1970) or later. */
    readonly since: (since: number) => Effect.Effect<readonly EndedConferenceRow[], StoreUnavailable>
    readonly ofSubject: (
      pseudonym: string,
      since?: number
    ) => Effect.Effect<readonly EndedConferenceRow[], StoreUnavailable>
    readonly ofManager: (
      pseudonym: string,
      since?: number
    ) => Effect.Effect<readonly EndedConferenceRow[], StoreUnavailable>
    /** Hears of each conference that ends from now on, once it is in the list. Answers how to stop. */
    readonly listen: (listener: (row: EndedConferenceRow) => void) => () => void
    readonly status: () => ProjectorStatus
  }
>()("actors/EndedConferences") {
  static readonly layer = Layer.effect(EndedConferences, make)
}
