/**
 * A conference while it runs in this process: which edge reads its frames, whether the client's stream is open, and the
 * control link that its report leaves on. Nothing here outlives the process; what must is in the journal.
 */
import { Clock, Deferred, Effect, Option, Schema, type Semaphore } from "effect"
import type { ConferenceEvent } from "../machines/conference-events.ts"
import { offeredOf } from "../machines/tally.ts"
import { type Codec, isEncoded } from "../machines/wire.ts"
import { type Conference, isAnalysing } from "./conference.ts"
import type { CoreMessage } from "./edge-link.ts"
import type { Illustration } from "./illustration.ts"
import { type ControlLink, Edges, Tokens } from "./ports.ts"

/** How long an edge may take to answer what is on its way: a withdrawal has to act within a second. */
export const edgeAnswerMsMax = 800
/** How long a conference may take to end and hand over its report when it must not go on, in milliseconds: a few commits. */
const endMsMax = 5_000
/** A client that was refused for want of room or journal may try again after this, in milliseconds. */
export const retryAfterMs = 5_000

/** A wish that cannot be granted, in words for the platform's developers. */
export class ConferenceRefused extends Schema.TaggedError<ConferenceRefused>()("ConferenceRefused", {
  reason: Schema.Literals([
    ...["alreadyRunning", "unknownConference", "full", "consentRefused", "codecRefused", "notNow", "journal"]
  ] as const),
  why: Schema.String,
  retryAfterMs: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    return this.why
  }
}

/** What a started or resumed client needs to send frames. */
export interface StreamOffer {
  readonly conference: string
  readonly streamUrl: string
  readonly streamToken: string
  readonly resumeToken: string
  readonly analysing: boolean
  /** Frames are counted on from here: a page that was loaded anew does not know how far the one before it had come. */
  readonly afterSequence: number
}

export interface RunningConference {
  readonly id: string
  readonly conference: Conference
  readonly illustration: Illustration
  /** Fingerprint of the platform's number of the call. */
  readonly call: string
  /** Pseudonyms. */
  readonly subject: string
  readonly manager: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Commands of one conference go one at a time. */
  readonly turn: Semaphore.Semaphore
  control: ControlLink | null
  edge: string | null
  /** Where it is to go on when it resumes next; null leaves that to the load. */
  wantedEdge: string | null
  streamOpen: boolean
  /** What an edge was asked and somebody waits for. */
  readonly asked: Map<"drained" | "analysisSet", Deferred.Deferred<void>>
}

export const journalRefused = (error: { readonly message: string }) =>
  new ConferenceRefused({ reason: "journal", why: error.message, retryAfterMs })

export const full = (name: string) => {
  const why = `Cannot read the frames of "${name}": every edge is full. Try again in ${retryAfterMs / 1000} s`
  return new ConferenceRefused({ reason: "full", why, retryAfterMs })
}

/** Records events that belong together, or says why the state does not take them. */
export const record = (running: RunningConference, ...events: readonly ConferenceEvent[]) =>
  Effect.suspend(() => {
    const refused = running.conference.hosted.tell(events)
    return refused === null
      ? Effect.void
      : Effect.fail(new ConferenceRefused({ reason: "notNow", why: refused.message }))
  })

/** A message about this conference's current stream to the edge that reads it. */
export const tellEdge = Effect.fnUntraced(function* (
  running: RunningConference,
  message: { readonly [Type in CoreMessage as Type["type"]]: Omit<Type, "conference" | "epoch"> }[Exclude<
    CoreMessage["type"],
    "recording"
  >]
) {
  const edges = yield* Edges
  if (running.edge === null) return
  const { id, hosted } = running.conference
  edges.send(running.edge, { ...message, conference: id, epoch: hosted.snapshot().context.epoch } as CoreMessage)
})

/** Assigns an edge under a new epoch, and makes that durable before anybody hears of it. */
export const offerStream = Effect.fnUntraced(function* (running: RunningConference, sentThrough: number, codec: Codec) {
  const edges = yield* Edges
  const tokens = yield* Tokens
  const { id, hosted } = running.conference
  const assigned = edges.assign(id, codec, running.wantedEdge)
  running.wantedEdge = null
  if (assigned === null) return yield* full(id)
  const at = yield* Clock.currentTimeMillis
  const epoch = hosted.snapshot().context.epoch + 1
  yield* record(running, { type: "StreamAssigned", at, epoch, edge: assigned.edge })
  yield* Effect.mapError(hosted.durable, journalRefused)
  running.edge = assigned.edge
  running.streamOpen = false
  const { tally } = hosted.snapshot().context
  const analysing = isAnalysing(hosted.snapshot())
  const afterSequence = Math.max(sentThrough, offeredOf(tally))
  yield* tellEdge(running, { type: "admit", analysing, afterSequence, codec: isEncoded(codec) ? codec : null })
  const offer: StreamOffer = {
    conference: id,
    streamUrl: assigned.streamUrl,
    streamToken: tokens.signStream({ conference: id, epoch, edge: assigned.edge }),
    resumeToken: tokens.signResume({ conference: id }),
    analysing,
    afterSequence
  }
  return offer
})

/** Asks the edge and waits until it has done so, in vain no longer than `edgeAnswerMsMax`. */
const askEdge = Effect.fnUntraced(function* (
  running: RunningConference,
  message: Parameters<typeof tellEdge>[1],
  answer: "drained" | "analysisSet"
) {
  if (running.edge === null || !running.conference.hosted.snapshot().context.streaming) return
  const answered = Deferred.makeUnsafe<void>()
  running.asked.set(answer, answered)
  yield* tellEdge(running, message)
  yield* Effect.timeoutOption(Deferred.await(answered), edgeAnswerMsMax)
  running.asked.delete(answer)
})

/** The edge answers what was sent up to the frame and takes no more. */
export const drain = (running: RunningConference, throughSequence: number) =>
  askEdge(running, { type: "drain", throughSequence }, "drained")

/** From when this is done the edge reads frames, or reads no more of them and what it read before has been heard. */
export const setAnalysis = (running: RunningConference, analysing: boolean) =>
  askEdge(running, { type: "analysing", analysing }, "analysisSet")

/** The edge said what it was asked for, or can no longer say it. */
export const edgeAnswered = (running: RunningConference, answer: "drained" | "analysisSet") => {
  const answered = running.asked.get(answer)
  if (answered !== undefined) Deferred.doneUnsafe(answered, Effect.void)
}

/** Records as lost what the client sent and nobody saw. */
export const accountForLost = Effect.fnUntraced(function* (running: RunningConference, sentThrough: number) {
  if (running.conference.accountForLost(sentThrough, yield* Clock.currentTimeMillis)) return
  const why = `Cannot account for ${sentThrough} frames: no camera sends that many in this time. Count frames from 1, by one`
  return yield* new ConferenceRefused({ reason: "notNow", why })
})

/** Nothing more comes from the current epoch. Frames that the client sent and nobody saw are lost. */
export const interrupt = Effect.fnUntraced(function* (
  running: RunningConference,
  reason: "edgeLost" | "clientLost" | "serverRestarted"
) {
  const edges = yield* Edges
  const { id, hosted } = running.conference
  const { epoch, streaming } = hosted.snapshot().context
  if (streaming) {
    const at = yield* Clock.currentTimeMillis
    hosted.tell([{ type: "StreamInterrupted", at, epoch, reason }])
  }
  if (reason !== "edgeLost") yield* tellEdge(running, { type: "dismiss", reason: "superseded" })
  edges.release(id)
  running.edge = null
  running.streamOpen = false
  for (const answer of running.asked.keys()) edgeAnswered(running, answer)
})

/** Ends it whatever its client says; the report leaves as always. False when that is not durable in time. */
export const endNow = Effect.fnUntraced(function* (running: RunningConference) {
  const { hosted } = running.conference
  yield* setAnalysis(running, false)
  hosted.tell([{ type: "ConferenceEnded", at: yield* Clock.currentTimeMillis }])
  const over = Effect.raceFirst(hosted.finished, hosted.stopped)
  return Option.isSome(yield* Effect.timeoutOption(over, endMsMax))
})
