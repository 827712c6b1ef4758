/**
 * Any past state of either machine of a conference, folded from its journal up to an event or a moment. Read-only by
 * construction: it knows a store's reading side alone. Whoever shows it has recorded that look before.
 */
import { Effect, Schema, Stream } from "effect"
import { createActor } from "xstate"
import { conferenceMachine } from "../machines/conference.ts"
import { illustrationMachine } from "../machines/illustration.ts"
import { isFromLater } from "../machines/upcasters.ts"
import type { MachineName, PastEvent, PastState } from "../projections/past.ts"
import { conferenceStreamOf } from "./conference.ts"
import type { EventStore, StoredEvent } from "./event-store.ts"
import { illustrationStreamOf } from "./illustration.ts"

/** An event by its place, a moment (the last event not after it), or the end. */
export type PastPoint = { readonly version: number } | { readonly at: number } | { readonly end: true }

/** Events shown before and after the one asked for. */
const aroundMax = 12

export class NoSuchPast extends Schema.TaggedError<NoSuchPast>()("NoSuchPast", {
  conference: Schema.String,
  why: Schema.String,
  /** A word that the page has a text for. */
  fault: Schema.optionalKey(Schema.Literals(["erasedByRetention", "erasedByErasure"]))
}) {
  override get message() {
    return `Cannot go back in "${this.conference}": ${this.why}`
  }
}

export const streamOfMachine = (machine: MachineName, conference: string) =>
  machine === "conference" ? conferenceStreamOf(conference) : illustrationStreamOf(conference)

type Reader = Pick<EventStore["Service"], "read">

/** Fails like reading does, with `SubjectErased` when all of it is erased, and with `NoSuchPast` when there is no such conference or event. */
export const pastState = Effect.fnUntraced(function* (
  store: Reader,
  conference: string,
  machine: MachineName,
  point: PastPoint
) {
  const actor = createActor(machine === "conference" ? conferenceMachine : illustrationMachine).start()
  const before: PastEvent[] = []
  const after: PastEvent[] = []
  let versionCount = 0
  let event: StoredEvent | null = null
  let version = 0
  let from = 0
  let to = 0
  let later: string | null = null
  const isPast = (stored: StoredEvent, number: number) =>
    "version" in point ? number > point.version : "at" in point ? stored.at > point.at : false

  yield* Stream.runForEach(store.read(streamOfMachine(machine, conference)), ({ events }) =>
    Effect.sync(() => {
      for (const stored of events) {
        versionCount += 1
        if (versionCount === 1) from = stored.at
        to = stored.at
        const listed: PastEvent = { version: versionCount, at: stored.at, type: stored.type }
        if (after.length > 0 || isPast(stored, versionCount)) {
          if (after.length < aroundMax) after.push(listed)
          continue
        }
        if (isFromLater(stored)) later = stored.type
        actor.send(stored as never)
        event = stored
        version = versionCount
        before.push(listed)
        if (before.length > aroundMax + 1) before.shift()
      }
    })
  )
  const refuse = (why: string) => new NoSuchPast({ conference, why })
  if (versionCount === 0) return yield* refuse("the journal has no such conference. Check the id")
  if ("version" in point && (point.version < 1 || point.version > versionCount)) {
    return yield* refuse(`it has events 1 to ${versionCount}. Name one of them`)
  }
  if (later !== null) return yield* refuse(`this version does not know its event "${later}". Run the one that wrote it`)
  const snapshot = actor.getSnapshot()
  const shownAt = (event as StoredEvent | null)?.at ?? from
  const past: PastState = {
    conference,
    machine,
    version,
    versionCount,
    state: String(snapshot.value),
    event: event === null ? null : { version, ...(event as StoredEvent) },
    context: snapshot.context as unknown as Readonly<Record<string, unknown>>,
    around: [...before, ...after],
    picture: yield* pictureAt(store, conference, shownAt),
    from,
    to
  }
  return past
})

/** What the client saw at a moment. */
const pictureAt = Effect.fnUntraced(function* (store: Reader, conference: string, at: number) {
  const drawn = new Map<number, { readonly sha256: string; readonly svg: string }>()
  let shared: number | null = null
  // Illustrations may be kept for less long than the conference.
  const read = Stream.catchTag(store.read(illustrationStreamOf(conference)), "SubjectErased", () => Stream.empty)
  yield* Stream.runForEach(read, ({ events }) =>
    Effect.sync(() => {
      for (const event of events) {
        if (event.at > at) return
        if (event.type === "VariantDrawn") {
          drawn.set(Number(event.variantIndex), { sha256: String(event.sha256), svg: String(event.svg) })
        } else if (event.type === "IllustrationShared") shared = Number(event.variantIndex)
        else if (event.type === "SharingStopped" || event.type === "ConferenceEnded") shared = null
      }
    })
  )
  const picture = shared === null ? undefined : drawn.get(shared)
  return shared === null || picture === undefined ? null : { variantIndex: shared, ...picture }
})
