/**
 * What the journal knows of a conference that does not run here: whether it is there, still open, or ended and with
 * which report. It opens no actor itself and appends nothing.
 */
import { Cause, Effect, Option, Stream } from "effect"
import type { ConferenceEvent, ConferenceStarted } from "../machines/conference-events.ts"
import { isFromLater } from "../machines/upcasters.ts"
import { conferenceEventTypes } from "../projections/event-types.ts"
import { emptyReport, evolveReport, type Report, reportOf } from "../projections/report.ts"
import { conferenceIdOf, conferenceStreamOf } from "./conference.ts"
import { EventStore, type StoredEvent, UnreadableCommit } from "./event-store.ts"

/** What must be known of a conference to go on with it. */
export interface OpenConference {
  readonly id: string
  /** Pseudonyms. */
  readonly subject: string
  readonly manager: string
  /** Fingerprint of the platform's number of the call. */
  readonly call: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

export type JournalledConference =
  | { readonly state: "absent" }
  | ({ readonly state: "open" } & Omit<OpenConference, "id">)
  | { readonly state: "ended" }

const isEnd = ({ type }: StoredEvent) => type === "ReportIssued"

/** The last commit tells whether it ended, the first one whose it is; `version` saves reading what is between. */
export const findJournalled = Effect.fnUntraced(function* (id: string, version = 1) {
  const store = yield* EventStore
  const stream = conferenceStreamOf(id)
  const last = yield* Effect.catchTag(Stream.runLast(store.read(stream, version)), "SubjectErased", () =>
    Effect.succeed("erased" as const)
  )
  if (last === "erased") return { state: "ended" } as JournalledConference
  if (Option.isNone(last)) return { state: "absent" } as JournalledConference
  if (last.value.events.some(isEnd)) return { state: "ended" } as JournalledConference
  const first = yield* Stream.runHead(store.read(stream))
  const events = Option.isSome(first) ? first.value.events : []
  const started = events.find(({ type }) => type === "ConferenceStarted")
  if (started === undefined) return { state: "absent" } as JournalledConference
  const { subject, manager, call, at: startedAt } = started as unknown as typeof ConferenceStarted.Type
  return { state: "open", subject, manager, call, startedAt } as JournalledConference
})

/** Everything that was said in a conference, oldest first. Nothing comes of one that holds what this version does not know. */
export const journalledEvents = (store: EventStore["Service"], id: string) => {
  const stream = conferenceStreamOf(id)
  const known = Stream.mapEffect(store.read(stream), (commit) => {
    const unknown = commit.events.find((event) => !conferenceEventTypes.has(event.type) || isFromLater(event))
    if (unknown === undefined) return Effect.succeed(commit)
    const why = `this version does not know its event "${unknown.type}"`
    const advice = "Run the version that wrote it"
    return Effect.fail(new UnreadableCommit({ stream, firstVersion: commit.firstVersion, why, advice }))
  })
  return Stream.flatMap(known, (commit) => Stream.fromIterable(commit.events as unknown as readonly ConferenceEvent[]))
}

/** The report of a conference that ended, folded anew. */
export const journalledReport = Effect.fnUntraced(function* (id: string) {
  const state = yield* Stream.runFold(journalledEvents(yield* EventStore, id), () => emptyReport, evolveReport)
  return reportOf(state) as Report
})

/** Goes on with every conference that the journal says is open; answers how many. One that cannot be read is left alone and named: it must not keep the others from going on. */
export const recoverAll = Effect.fnUntraced(function* <E, R>(
  goOn: (open: OpenConference) => Effect.Effect<unknown, E, R>
) {
  const recoverOne = Effect.fnUntraced(
    function* (id: string, version: number) {
      const journalled = yield* findJournalled(id, version)
      if (journalled.state !== "open") return 0
      yield* goOn({ id, ...journalled })
      return 1
    },
    (recovered, id) =>
      Effect.catchCause(recovered, (cause) =>
        Effect.as(
          Effect.annotateLogs(Effect.logError("A conference could not be recovered"), { id, why: Cause.pretty(cause) }),
          0
        )
      )
  )
  const store = yield* EventStore
  const streams = yield* Stream.runCollect(store.streams())
  let count = 0
  for (const { stream, version } of streams) {
    const id = conferenceIdOf(stream)
    if (id !== null) count += yield* recoverOne(id, version)
  }
  return count
})
