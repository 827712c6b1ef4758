/**
 * One conference: its machine hosted on the journal, its report folded beside it, and what frames and drops from an
 * edge become. Numbers only; who the edge is and where the client's sockets are is `conferences.ts`' affair.
 */
import { Clock, Effect } from "effect"
import type { SnapshotFrom } from "xstate"
import { conferenceMachine } from "../machines/conference.ts"
import type { ConferenceEvent } from "../machines/conference-events.ts"
import { offeredOf } from "../machines/tally.ts"
import { type DropReason, defaultBounds } from "../machines/wire.ts"
import { evolveLive, type Live, type LiveState, liveOf, nothingLive } from "../projections/live.ts"
import { emptyReport, evolveReport, type Report, type ReportState, reportOf } from "../projections/report.ts"
import type { Seconds } from "../projections/seconds.ts"
import { type Course, evolveCourse, noCourse } from "../projections/timeline.ts"
import type { FrameBatch } from "./edge-link.ts"
import { keptScopeOf } from "./event-store.ts"
import { eventOfDrops, eventsOfFrame } from "./frame-events.ts"
import { type ActorStopped, type Behaviour, type EventRefused, type Hosted, hostActor } from "./host.ts"

export type ConferenceSnapshot = SnapshotFrom<typeof conferenceMachine>

/** Whether frames may be read now: a consent stands, and the manager has not switched the analysis off. */
export const isAnalysing = (snapshot: ConferenceSnapshot): boolean =>
  snapshot.context.consent !== null && !snapshot.matches("switchedOff")

const streamPrefix = "conference-"
export const conferenceStreamOf = (conference: string) => `${streamPrefix}${conference}`
/** The conference whose stream this is, or null when it is another kind of stream. */
export const conferenceIdOf = (stream: string): string | null =>
  stream.startsWith(streamPrefix) ? stream.slice(streamPrefix.length) : null

export interface Conference {
  readonly id: string
  readonly hosted: Hosted<ConferenceSnapshot, ConferenceEvent>
  /** The report as of now; on a call that still runs, a preview. */
  readonly report: () => Report
  /** What the report's page shows beside the table; on a call that still runs, a preview. */
  readonly course: () => Course
  /** What the report sums, second by second. */
  readonly seconds: () => Seconds
  /** What a manager sees: smoothed, a preview. */
  readonly live: (at: number) => Live
  /** Takes what an edge says of frames; false when it speaks of an epoch that no longer counts. */
  readonly takeBatch: (batch: FrameBatch, at: number) => boolean
  /**
   * Accounts as lost for frames the client sent and nobody saw: those up to `sentThrough` that are in no count. False
   * when it cannot have sent that many since the conference started.
   */
  readonly accountForLost: (sentThrough: number, at: number) => boolean
  readonly tell: (event: ConferenceEvent) => EventRefused | ActorStopped | null
}

/**
 * A conference that was started from the console goes on without its client for as long as a talk may take: half a working
 * day. The manager ends it; this ends those that were forgotten.
 */
export const clientAwaitedMsMax = 4 * 3_600_000

const timersOf = (resumeWindowMs: number): Behaviour<ConferenceSnapshot, ConferenceEvent>["timers"] => {
  return (snapshot) => {
    const { epoch, streaming, clientAwaited, startedAt, interruptedAt } = snapshot.context
    const isOpen = snapshot.status === "active" && !snapshot.matches("end")
    if (!isOpen || streaming || (epoch === 0 && !clientAwaited)) return []
    const elapsed = (at: number): ConferenceEvent => ({ type: "ResumeWindowClosed", at, epoch })
    const since = epoch === 0 ? startedAt : interruptedAt
    const windowMs = clientAwaited ? clientAwaitedMsMax : resumeWindowMs
    return [{ name: "resumeWindow", id: epoch, dueAt: since + windowMs, elapsed }]
  }
}

/** Opens a conference from its journal, or a new one. */
export const openConference = Effect.fnUntraced(function* (options: {
  readonly id: string
  readonly subject: string
  /** When it began, milliseconds since 1970: the month decides which key seals it. */
  readonly startedAt: number
  readonly owner: string
  readonly resumeWindowMs?: number
  readonly snapshotEveryEvents?: number
  /** What must have happened before the report is issued. */
  readonly beforeReport?: Effect.Effect<void>
}) {
  const {
    id,
    subject,
    startedAt,
    owner,
    resumeWindowMs = defaultBounds.resumeWindowMs,
    beforeReport = Effect.void
  } = options
  let reportState = emptyReport
  let liveState = nothingLive
  let course = noCourse
  const behaviour: Behaviour<ConferenceSnapshot, ConferenceEvent> = {
    machine: conferenceMachine,
    work: {
      "work:issueReport": (snapshot) =>
        Effect.andThen(beforeReport, Effect.map(Clock.currentTimeMillis, issueReport(snapshot)))
    },
    // A frame that turns out lost after the end changes what the report has to say.
    workId: ({ context }) => offeredOf(context.tally),
    timers: timersOf(resumeWindowMs),
    applied(event) {
      reportState = evolveReport(reportState, event)
      liveState = evolveLive(liveState, event)
      course = evolveCourse(course, event)
    },
    memory: {
      saved: () => ({ report: reportState, live: liveState, course }),
      restore(saved) {
        const kept = saved as { readonly report: ReportState; readonly live: LiveState; readonly course: Course }
        reportState = kept.report
        liveState = kept.live
        course = kept.course
      }
    }
  }
  const stream = conferenceStreamOf(id)
  const keyScope = keptScopeOf(subject, "expressionAnalysis", startedAt)
  const { snapshotEveryEvents } = options
  const every = snapshotEveryEvents === undefined ? {} : { snapshotEveryEvents }
  const hosted = yield* hostActor({ behaviour, stream, keyScope, owner, ...every })

  const tell = (event: ConferenceEvent) => hosted.tell([event])
  const dropAll = (reason: DropReason, count: number, at: number) => {
    if (count > 0) tell(eventOfDrops({ reason, count }, at))
  }

  const conference: Conference = {
    id,
    hosted,
    report: () => reportOf(reportState),
    course: () => course,
    seconds: () => reportState.seconds,
    live: (at) => liveOf(liveState, at),
    tell,
    takeBatch(batch, at) {
      const { context } = hosted.snapshot()
      if (batch.epoch !== context.epoch || !context.streaming) return false
      for (const drops of batch.drops) dropAll(drops.reason, drops.count, at)
      if (!isAnalysing(hosted.snapshot())) {
        // Read before the withdrawal or the switch reached the edge: the result is discarded, the frame is accounted for.
        dropAll("noConsent", batch.reports.length, at)
        return true
      }
      for (const report of batch.reports) hosted.tell(eventsOfFrame(report))
      return true
    },
    accountForLost(sentThrough, at) {
      const { startedAt, tally } = hosted.snapshot().context
      const seconds = (at - startedAt + resumeWindowMs) / 1000
      if (sentThrough > seconds * defaultBounds.framesPerSecondMax) return false
      dropAll("lost", sentThrough - offeredOf(tally), at)
      return true
    }
  }
  return conference
})

const issueReport =
  (snapshot: ConferenceSnapshot) =>
  (at: number): readonly ConferenceEvent[] => {
    const { tally } = snapshot.context
    const { negative, neutral, positive, unreadable } = tally.counts
    const dropped = offeredOf(tally) - negative - neutral - positive - unreadable
    return [{ type: "ReportIssued", at, counts: [negative, neutral, positive], unreadable, dropped }]
  }
