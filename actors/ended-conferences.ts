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
  notStarted,
  restoredEnding,
  type SavedEnding,
  savedEnding
} from "../projections/ended-conferences.ts"
import { conferenceEventTypes } from "../projections/event-types.ts"
import { conferenceIdOf } from "./conference.ts"
import { keptScopeOf, type StoreUnavailable } from "./event-store.ts"
import { ProjectionStore } from "./projection-store.ts"
import { follow, type Projection, type ProjectorStatus } from "./projector.ts"

export const endedConferences: Projection<EndingConference, EndedConferenceRow> = {
  name: "conferences",
  version: endedConferencesVersion,
  reads: (stream) => conferenceIdOf(stream) !== null,
  known: conferenceEventTypes,
  initial: notStarted,
  evolve: (state, event) => evolveEnding(state, event as unknown as ConferenceEvent),
  rowOf: (state) => {
    const value = endedRowOf(state)
    return value === null ? null : { key: value.conference, value }
  },
  keyScopeOf: ({ started }) =>
    started === null ? null : keptScopeOf(started.subject, "expressionAnalysis", started.at),
  saved: savedEnding,
  restored: (saved) => restoredEnding(saved as SavedEnding)
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

  return EndedConferences.of({
    list: Effect.gen(function* () {
      const found = yield* store.inUse(endedConferences.name)
      if (found?.version !== endedConferences.version) return []
      return [...(yield* store.rows(found.generation)).values()] as EndedConferenceRow[]
    }),
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
    /** All of them, in the order of their end; those of erased clients are gone. */
    readonly list: Effect.Effect<readonly EndedConferenceRow[], StoreUnavailable>
    /** Hears of each conference that ends from now on, once it is in the list. Answers how to stop. */
    readonly listen: (listener: (row: EndedConferenceRow) => void) => () => void
    readonly status: () => ProjectorStatus
  }
>()("actors/EndedConferences") {
  static readonly layer = Layer.effect(EndedConferences, make)
}
