/**
 * The developer's live machines: both actors of a running conference, told at most ten times a second and only while somebody watches.
 * Personal data is masked before it leaves. It observes; it can change nothing.
 */
import { Clock, Effect, Schema } from "effect"
import { Conferences } from "../../actors/conferences.ts"
import { DeskRefused } from "../../actors/desk-access.ts"
import { type Inspected, type InspectionBatch, messagesOf } from "../../projections/inspection.ts"
import type { MachineName } from "../../projections/past.ts"
import type { Feed, FeedLink, FeedWish } from "./feeds.ts"

const everyMs = 100
/** Events of one batch: a frame has five, 30 frames a second make 15 in a tenth; more are counted as missed. */
const eventsMax = 200
/** A reader this far behind is told less. */
const bufferedBytesMax = 512 * 1024

const Wish = Schema.Struct({ conference: Schema.String })

/** The side of an actor that an inspector needs. */
interface Watched {
  readonly snapshot: () => unknown
  readonly version: () => number
  readonly durableVersion: () => number
  readonly observe: (call: (event: never, version: number) => void) => () => void
}

function watch(machine: MachineName, conference: string, actor: Watched, link: FeedLink, now: () => number) {
  let events: ({ readonly type: string; readonly at: number } & Record<string, unknown>)[] = []
  let missed = 0
  let number = 0
  let isFirst = true
  let told = -1
  const stop = actor.observe((event) => {
    if (events.length < eventsMax) events.push(event)
    else missed += 1
  })
  const tell = () => {
    const version = actor.version()
    if (version === told || link.bufferedBytes() > bufferedBytesMax) return
    const { status, value, context } = actor.snapshot() as Inspected
    const seen = { machine, conference, snapshot: { status, value, context }, events, isFirst, firstNumber: number }
    const messages = messagesOf({ ...seen, at: now() })
    const durableVersion = actor.durableVersion()
    link.send({ type: "inspection", machine, version, durableVersion, missed, messages } satisfies InspectionBatch)
    number += messages.length
    told = version
    isFirst = false
    events = []
    missed = 0
  }
  return { tell, stop }
}

export const inspectorFeed = Effect.map(
  Effect.all([Conferences, Clock.Clock]),
  ([conferences, clock]): Feed => ({
    door: "POST /api/feeds/inspector",
    prepare: ({ body }: FeedWish<unknown>) =>
      Effect.gen(function* () {
        const { conference } = yield* Effect.mapError(
          Schema.decodeUnknownEffect(Wish)(body),
          () => new DeskRefused({ fault: "badRequest", why: "Cannot watch: name a conference" })
        )
        const running = yield* conferences.find(conference)
        return (link: FeedLink) => {
          const now = () => clock.currentTimeMillisUnsafe()
          const watches = [
            watch("conference", conference, running.conference.hosted as unknown as Watched, link, now),
            watch("illustration", conference, running.illustration.hosted as unknown as Watched, link, now)
          ]
          const timer = setInterval(() => {
            for (const { tell } of watches) tell()
            if (!conferences.all().includes(running)) link.close("ended")
          }, everyMs)
          return () => {
            clearInterval(timer)
            for (const { stop } of watches) stop()
          }
        }
      })
  })
)
