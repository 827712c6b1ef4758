/**
 * What a manager's page is told while a conference runs: the live view five times a second at most, the illustrations when they
 * change, and the report when it is issued. One timer serves all readers, and a reader that is behind gets the next state instead of all
 * states. It shows nobody a conference that somebody else leads.
 */
import { Clock, Effect, Schedule, Schema } from "effect"
import { Committer } from "../../actors/committer.ts"
import { DeskAccess, DeskRefused } from "../../actors/desk-access.ts"
import { viewOf } from "../../actors/desk-illustrations.ts"
import { DeskReports } from "../../actors/desk-reports.ts"
import type { RunningConference } from "../../actors/running-conference.ts"
import type { ConsentState, LiveMessage } from "../../projections/console.ts"
import type { Feed, FeedLink } from "./feeds.ts"

/** Five times a second: what changes faster flickers and says nothing more. */
const everyMs = 200
/** A reader with so much unread gets no more states until it has read: some ten of them. */
const behindBytesMax = 64 * 1024

const Wish = Schema.Struct({ conference: Schema.String.check(Schema.isMaxLength(100)) })

interface Reader {
  readonly running: RunningConference
  readonly link: FeedLink
  /** The illustrations as this reader knows them, as text. */
  known: string
}

/** Of a conference, for all its readers. */
interface State {
  readonly live: LiveMessage
  readonly illustration: LiveMessage
  /** The illustrations, to compare. */
  readonly text: string
}

type StaffFeed = Exclude<Feed, { readonly audience: "client" }>

export const liveFeed = Effect.gen(function* () {
  const access = yield* DeskAccess
  const reports = yield* DeskReports
  const committer = yield* Committer
  const clock = yield* Clock.Clock
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const readers = new Set<Reader>()

  const liveMessage = (running: RunningConference): LiveMessage => {
    const { hosted, live, course } = running.conference
    const snapshot = hosted.snapshot()
    const at = clock.currentTimeMillisUnsafe()
    const { consent: agreed, streaming } = snapshot.context
    const consent: ConsentState = agreed !== null ? "given" : course().withdrawn ? "withdrawn" : "none"
    const recording = committer.isRecording()
    const switchedOff = snapshot.matches("switchedOff")
    return {
      type: "live",
      live: live(at),
      at,
      recording,
      streaming: streaming && running.streamOpen,
      consent,
      switchedOff
    }
  }

  const stateOf = (running: RunningConference): State => {
    const view = viewOf(running)
    return { live: liveMessage(running), illustration: { type: "illustration", view }, text: JSON.stringify(view) }
  }
  const tell = (reader: Reader, { live, illustration, text }: State) => {
    const { link } = reader
    if (link.bufferedBytes() > behindBytesMax) return
    link.send(live)
    if (text === reader.known) return
    reader.known = text
    link.send(illustration)
  }
  const tellAll = Effect.sync(() => {
    const states = new Map<RunningConference, State>()
    for (const reader of readers) {
      const state = states.get(reader.running) ?? stateOf(reader.running)
      states.set(reader.running, state)
      tell(reader, state)
    }
  })
  yield* Effect.forkScoped(Effect.repeat(tellAll, Schedule.spaced(everyMs)))

  const feed: StaffFeed = {
    door: "POST /api/feeds/live",
    prepare: ({ person, body }) =>
      Effect.gen(function* () {
        const { conference } = yield* Effect.mapError(Schema.decodeUnknownEffect(Wish)(body), () => {
          const why = "Cannot watch this: the request names no conference. Load the page again"
          return new DeskRefused({ fault: "badRequest", why })
        })
        const running = yield* access.leads(person, conference)
        yield* access.recordRead(person, "live view", running.conference.hosted.stream, running.subject)
        return (link: FeedLink) => {
          const reader: Reader = { running, link, known: "" }
          readers.add(reader)
          tell(reader, stateOf(running))
          const { hosted } = running.conference
          const say = (message: LiveMessage) => link.send(message)
          const { finished, stopped } = hosted
          // One that has ended is stopped at the same moment.
          const over = Effect.map(Effect.raceFirst(finished, stopped), () => hosted.snapshot().status === "done")
          const watching = fork(
            Effect.gen(function* () {
              const hasEnded = yield* over
              readers.delete(reader)
              if (hasEnded) say({ type: "report", page: yield* reports.atEnd(person, running) })
              say({ type: "gone", reason: hasEnded ? "ended" : "stopped" })
            }).pipe(
              Effect.catch((error) => Effect.logError("A report could not be shown", { why: error.message })),
              Effect.andThen(Effect.sync(() => link.close("over")))
            )
          )
          return () => {
            readers.delete(reader)
            watching.interruptUnsafe()
          }
        }
      })
  }
  return feed
})
