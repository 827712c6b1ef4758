/** What the journal of operations says of erasures: which are owed, which are done, and with which certificate. A fold; it erases nothing. Types that server and pages share. */
import type { OperationsEvent } from "../machines/operations-events.ts"

export type ErasureEvent = Extract<OperationsEvent, { readonly erasure: string }>

export interface Erasure {
  readonly id: string
  readonly subject: string
  readonly actor: string
  readonly purpose: string
  readonly done: boolean
  readonly events: readonly ErasureEvent[]
}

export interface Erasures {
  /** By subject, in the order of request. A subject is erased once, however often it is asked for. */
  readonly bySubject: ReadonlyMap<string, Erasure>
  /** The highest number that a bar list must reach to be the current one. */
  readonly barredCount: number
}

export const noErasures: Erasures = { bySubject: new Map(), barredCount: 0 }

export function evolveErasures(state: Erasures, event: OperationsEvent): Erasures {
  if (event.type === "OperationsCarriedOver") {
    return { ...state, barredCount: Math.max(state.barredCount, event.barredCount) }
  }
  if (!("erasure" in event)) return state
  const { subject, erasure: id } = event
  const known = state.bySubject.get(subject)
  const started = { id, subject, actor: event.actor, purpose: "purpose" in event ? event.purpose : "", done: false }
  const erasure: Erasure = { ...(known ?? { ...started, events: [] }) }
  const events = [...erasure.events, event]
  const bySubject = new Map(state.bySubject)
  bySubject.set(subject, { ...erasure, events, done: erasure.done || event.type === "SubjectErased" })
  const barNumber = event.type === "SubjectKeyDestroyed" ? event.barNumber : 0
  return { bySubject, barredCount: Math.max(state.barredCount, barNumber) }
}

/** An erasure as a page shows it; it names a pseudonym that stands for nobody any more, or soon. */
export interface ErasureView {
  readonly erasure: string
  readonly subject: string
  readonly reason: string
  readonly requestedAt: number
  /** `failed`: a step failed and nobody has tried again yet; it stays owed. */
  readonly state: "running" | "failed" | "done"
  /** In the order in which they were recorded, milliseconds since 1970. */
  readonly steps: readonly { readonly type: ErasureEvent["type"]; readonly at: number }[]
  /** The last one, unless it is done. */
  readonly failure: { readonly step: string; readonly why: string } | null
  readonly endedConferenceCount: number
}

export function erasureViewOf({ id, subject, purpose, done, events }: Erasure): ErasureView {
  const last = events.at(-1)
  const failed = events.findLast((event) => event.type === "SubjectErasureFailed")
  const fenced = events.filter((event) => event.type === "SubjectFenced")
  return {
    erasure: id,
    subject,
    reason: purpose,
    requestedAt: events[0]?.at ?? 0,
    state: done ? "done" : last?.type === "SubjectErasureFailed" ? "failed" : "running",
    steps: events.map(({ type, at }) => ({ type, at })),
    failure: done || failed === undefined ? null : { step: failed.step, why: failed.why },
    endedConferenceCount: fenced.reduce((sum, { endedConferences }) => sum + endedConferences, 0)
  }
}
