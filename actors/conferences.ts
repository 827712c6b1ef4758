/**
 * All running conferences of this core: starts them, lets them resume, feeds them what edges say, ends them and hands
 * the report over. What others rely on leaves only after it is durable; a withdrawal acts first and is recorded after.
 */
import { Clock, Context, Effect, Exit, Layer, Scope, Semaphore } from "effect"
import type { Consent, ConsentPurpose } from "../machines/wire.ts"
import type { Live } from "../projections/live.ts"
import type { Report } from "../projections/report.ts"
import { chosenCodec } from "./codec-choice.ts"
import type { Committer } from "./committer.ts"
import { openConference } from "./conference.ts"
import { giveConsent, recordConsent, requirePublished, withdraw } from "./consenting.ts"
import { edgeListener } from "./edge-listener.ts"
import { Fence } from "./erasure-ports.ts"
import type { EventStore } from "./event-store.ts"
import { makeFence } from "./fence.ts"
import { type Illustration, openIllustration } from "./illustration.ts"
import { findJournalled, journalledReport, type OpenConference, recoverAll } from "./journalled-conference.ts"
import { type ControlLink, Directory, Edges, Identity, type Illustrators, type Tokens } from "./ports.ts"
import {
  accountForLost,
  ConferenceRefused,
  drain,
  full,
  interrupt,
  journalRefused,
  offerStream,
  type RunningConference,
  record,
  type StreamOffer,
  tellEdge
} from "./running-conference.ts"

export interface OpenRequest {
  /** The platform's own ids; only pseudonyms of them are stored. */
  readonly call: string
  readonly client: string
  readonly manager: string
}

export interface StartRequest extends OpenRequest {
  readonly consent: Consent | null
  /** What the client will send; without it JPEG. */
  readonly codec?: string | undefined
}

export type ResumeRequest = Pick<StartRequest, "codec"> & { readonly sentThrough: number }

export interface EndedConference {
  readonly conference: string
  readonly report: Report
}

export interface ConferenceView {
  readonly id: string
  readonly edge: string | null
  readonly live: Live
}

const make = Effect.gen(function* () {
  const edges = yield* Edges
  const directory = yield* Directory
  const { owner, bounds, model, consentTexts } = yield* Identity
  const clock = yield* Clock.Clock
  const layerScope = yield* Effect.scope
  const services = yield* Effect.context<Edges | Tokens | EventStore | Committer | Illustrators>()
  const runningById = new Map<string, RunningConference>()
  const startingCalls = new Set<string>()
  const fence = makeFence(runningById)
  const opening = yield* Semaphore.make(1)
  const now = () => clock.currentTimeMillisUnsafe()
  const provided = Effect.provide(services)

  const fails = (error: { readonly message: string }) => Effect.fail(journalRefused(error))
  const find = (id: string) =>
    Effect.suspend(() => {
      const running = runningById.get(id)
      if (running !== undefined) return Effect.succeed(running)
      const why = `Cannot find the conference "${id}": it is not running here, or it ended. Start it with "start"`
      return Effect.fail(new ConferenceRefused({ reason: "unknownConference", why }))
    })

  /** Hosts a conference, and waits beside everything else for its end or its actor's stop. */
  const host = Effect.fnUntraced(function* (open: OpenConference, control: ControlLink | null) {
    const { id, subject, startedAt } = open
    const scope = yield* Scope.fork(layerScope)
    const { resumeWindowMs } = bounds
    const { illustration, conference } = yield* Effect.gen(function* () {
      const illustration = yield* openIllustration({ conference: id, subject, startedAt, owner })
      const more = { resumeWindowMs, beforeReport: illustration.end }
      return { illustration, conference: yield* openConference({ id, subject, startedAt, owner, ...more }) }
    }).pipe(
      Scope.provide(scope),
      Effect.mapError(journalRefused),
      Effect.onError(() => Scope.close(scope, Exit.void))
    )
    const turn = yield* Semaphore.make(1)
    const place = { edge: null, wantedEdge: null, streamOpen: false, asked: new Map() }
    const running: RunningConference = { ...open, conference, illustration, turn, control, ...place }
    runningById.set(id, running)
    const finish = Effect.map(conference.hosted.finished, () => {
      running.control?.send({ type: "report", conference: id, report: { ...conference.report() } })
      running.control?.close("ended")
      return "ended" as const
    })
    const fail = Effect.flatMap(conference.hosted.stopped, (reason) => {
      if (reason === null) return Effect.succeed("stopping" as const)
      running.control?.send({ type: "interrupted", reason: "moved" })
      const said = Effect.annotateLogs(Effect.logError("A conference's actor stopped; its client must resume"), {
        id,
        why: reason.message
      })
      return Effect.as(said, "superseded" as const)
    })
    const forget = Effect.fnUntraced(function* (reason: "ended" | "stopping" | "superseded") {
      yield* tellEdge(running, { type: "dismiss", reason })
      edges.release(id)
      runningById.delete(id)
      yield* Scope.close(scope, Exit.void)
    })
    yield* Effect.forkIn(Effect.flatMap(Effect.raceFirst(finish, fail), forget), layerScope)
    return running
  }, provided)

  /** Goes on with a conference that the journal says is open. */
  const reopen = Effect.fnUntraced(function* (open: OpenConference) {
    yield* fence.requireLowered(open.subject)
    const running = yield* host(open, null)
    yield* interrupt(running, "serverRestarted")
    // Stopped before any client could have been told of it, and no manager waits for one: nobody will come back.
    const { epoch, clientAwaited } = running.conference.hosted.snapshot().context
    if (epoch === 0 && !clientAwaited) running.conference.tell({ type: "ConferenceEnded", at: now() })
  }, provided)

  /** Hosts a call that is not running and says that it has begun; it ends again if what follows does not come about. */
  const begin = Effect.fnUntraced(function* <A, E, R>(
    request: OpenRequest,
    control: ControlLink | null,
    then: (running: RunningConference) => Effect.Effect<A, E, R>
  ) {
    const call = directory.fingerprintOf("call", request.call)
    const isRunning = [...runningById.values()].some((running) => running.call === call)
    if (isRunning || startingCalls.has(call)) {
      const why = `Cannot start the call "${request.call}": it is running. Resume it with its resume token, or end it first`
      return yield* new ConferenceRefused({ reason: "alreadyRunning", why })
    }
    startingCalls.add(call)
    return yield* Effect.gen(function* () {
      const subject = yield* Effect.mapError(directory.pseudonymOf("client", request.client), journalRefused)
      const manager = yield* Effect.mapError(directory.pseudonymOf("manager", request.manager), journalRefused)
      const id = globalThis.crypto.randomUUID()
      yield* fence.requireLowered(subject)
      const running = yield* host({ id, subject, manager, call, startedAt: now() }, control)
      yield* record(running, { type: "ConferenceStarted", at: now(), conference: id, call, subject, manager, model })
      // The fence may have come up while it was opened.
      const begun = Effect.flatMap(fence.requireLowered(subject), () => then(running))
      return yield* Effect.onError(begun, () =>
        Effect.sync(() => running.conference.tell({ type: "ConferenceEnded", at: now() }))
      )
    }).pipe(Effect.ensuring(Effect.sync(() => startingCalls.delete(call))))
  })

  const start = Effect.fnUntraced(function* (
    { consent, codec: wished, ...request }: StartRequest,
    control: ControlLink
  ) {
    const codec = yield* chosenCodec(wished)
    if (consent !== null) yield* requirePublished(consentTexts, consent)
    if (edges.room(codec) === 0) return yield* full(request.call)
    return yield* begin(request, control, (running) =>
      Effect.gen(function* () {
        if (consent !== null) yield* recordConsent(running, consent)
        return yield* running.turn.withPermit(offerStream(running, 0, codec))
      })
    )
  }, provided)

  /** Waits neither for its client nor for a consent: an edge is assigned when the client comes. */
  const open = Effect.fnUntraced(function* (request: OpenRequest) {
    return yield* begin(request, null, (running) =>
      Effect.gen(function* () {
        yield* record(running, { type: "ClientAwaited", at: now() })
        yield* Effect.mapError(running.conference.hosted.durable, journalRefused)
        return running.id
      })
    )
  }, provided)

  const resume = Effect.fnUntraced(function* (id: string, request: ResumeRequest, control: ControlLink) {
    const { sentThrough } = request
    const codec = yield* chosenCodec(request.codec)
    // Its actor may have stopped for the journal's sake, or the call have ended while its client was away.
    const report = yield* opening.withPermit(
      Effect.gen(function* () {
        if (runningById.has(id)) return null
        const journalled = yield* findJournalled(id)
        if (journalled.state === "open") yield* reopen({ id, ...journalled })
        return journalled.state === "ended" ? yield* journalledReport(id) : null
      }).pipe(Effect.catchTags({ StoreUnavailable: fails, UnreadableCommit: fails, SubjectErased: fails }))
    )
    if (report !== null) return { conference: id, report }
    const running = yield* find(id)
    running.control = control
    return yield* running.turn.withPermit(
      Effect.gen(function* () {
        yield* drain(running, 0)
        yield* interrupt(running, "clientLost")
        yield* accountForLost(running, sentThrough)
        return yield* offerStream(running, sentThrough, codec)
      })
    )
  }, provided)

  const end = Effect.fnUntraced(function* (id: string, sentThrough: number) {
    const running = yield* find(id)
    yield* running.turn.withPermit(
      Effect.gen(function* () {
        yield* drain(running, sentThrough)
        yield* accountForLost(running, sentThrough)
        yield* record(running, { type: "ConferenceEnded", at: now() })
        yield* Effect.mapError(running.conference.hosted.durable, journalRefused)
      })
    )
  }, provided)

  const controlClosed = (id: string, control: ControlLink) => {
    const running = runningById.get(id)
    if (running === undefined || running.control !== control) return
    running.control = null
    if (!running.streamOpen) Effect.runForkWith(services)(interrupt(running, "clientLost"))
  }

  edges.listen(edgeListener(runningById, edges, now, Effect.runForkWith(services)))

  return Conferences.of({
    start,
    open,
    resume,
    giveConsent: (id, consent) =>
      requirePublished(consentTexts, consent).pipe(
        Effect.andThen(find(id)),
        Effect.flatMap((running) => giveConsent(running, consent)),
        provided
      ),
    withdraw: (id, purpose) => provided(Effect.flatMap(find(id), (running) => withdraw(running, purpose))),
    end,
    controlClosed,
    fence: { raise: (subject) => provided(fence.raise(subject)), lower: fence.lower },
    recover: provided(Effect.orDie(recoverAll(reopen))),
    illustrationOf: (id) => Effect.map(find(id), ({ illustration }) => illustration),
    find,
    all: () => [...runningById.values()],
    running: () =>
      [...runningById.values()].map(({ conference, edge }) => ({
        id: conference.id,
        edge,
        live: conference.live(now())
      }))
  })
})

export class Conferences extends Context.Service<
  Conferences,
  {
    readonly start: (request: StartRequest, control: ControlLink) => Effect.Effect<StreamOffer, ConferenceRefused>
    /** Begins a call that a manager leads from the console; answers the conference's id when that is durable. */
    readonly open: (request: OpenRequest) => Effect.Effect<string, ConferenceRefused>
    /** Another stream; or the report, when the conference ended while its client was away. */
    readonly resume: (
      id: string,
      request: ResumeRequest,
      control: ControlLink
    ) => Effect.Effect<StreamOffer | EndedConference, ConferenceRefused>
    /** Done when it is durable. */
    readonly giveConsent: (id: string, consent: Consent) => Effect.Effect<void, ConferenceRefused>
    /** Analysis, where that is the purpose, has stopped before this records anything; done when it is durable. */
    readonly withdraw: (id: string, purpose: ConsentPurpose) => Effect.Effect<void, ConferenceRefused>
    /** The report leaves on the control link when it is durable. */
    readonly end: (id: string, sentThrough: number) => Effect.Effect<void, ConferenceRefused>
    readonly controlClosed: (id: string, control: ControlLink) => void
    readonly fence: Context.Service.Shape<typeof Fence>
    /** Goes on with what a stop of the server interrupted; answers how many. Clients have a resume window from now. */
    readonly recover: Effect.Effect<number>
    readonly running: () => readonly ConferenceView[]
    /** One that runs here. */
    readonly find: (id: string) => Effect.Effect<RunningConference, ConferenceRefused>
    readonly all: () => readonly RunningConference[]
    /** The illustrations of a running conference. */
    readonly illustrationOf: (id: string) => Effect.Effect<Illustration, ConferenceRefused>
  }
>()("actors/Conferences") {
  static readonly layer = Layer.effect(Conferences, make)
  /** Its fence, for those who erase. */
  static readonly fence = Layer.effect(
    Fence,
    Effect.map(Conferences, ({ fence }) => fence)
  )
}
