/**
 * Which edge takes a conference, and how an edge hands its conferences on. It starts no process and opens no
 * stream: a client that is told *moved* resumes by itself, as after any interruption.
 */
import { Effect } from "effect"
import { type OverloadStep, refusesNew } from "./overload.ts"
import type { Edges } from "./ports.ts"
import { type RunningConference, tellEdge } from "./running-conference.ts"

/** What is known of an edge that is ready. */
export interface EdgeState {
  readonly conferences: { readonly size: number }
  /** In its last window; 0 before the first. */
  readonly busyShare: number
  readonly step: OverloadStep
  /** It takes no conference any more and ends with its last one. */
  readonly draining: boolean
}

/** Conferences that were just assigned are not in the measured load yet, and dear ones are not in their number. */
const loadOf = ({ conferences, busyShare }: EdgeState, capacity: number) =>
  Math.max(busyShare, conferences.size / capacity)

const hasRoom = ({ draining, conferences }: EdgeState, capacity: number) => !draining && conferences.size < capacity

/** The least loaded edge with room, or undefined. One that refuses new conferences still takes a running one, as the last. */
export function leastLoaded<Edge extends EdgeState>(edges: readonly Edge[], capacity: number): Edge | undefined {
  return edges
    .filter((edge) => hasRoom(edge, capacity))
    .sort(
      (one, other) =>
        Number(refusesNew(one.step)) - Number(refusesNew(other.step)) ||
        loadOf(one, capacity) - loadOf(other, capacity) ||
        one.conferences.size - other.conferences.size
    )[0]
}

/** The edge that was chosen for a conference before, while it may still take it; otherwise the least loaded. */
export function edgeFor<Edge extends EdgeState & { readonly edge: string }>(
  edges: readonly Edge[],
  capacity: number,
  wanted: string | null
): Edge | undefined {
  const chosen = edges.find((edge) => edge.edge === wanted && hasRoom(edge, capacity) && !refusesNew(edge.step))
  return chosen ?? leastLoaded(edges, capacity)
}

/** New conferences that still fit. */
export const roomOf = (edges: readonly EdgeState[], capacity: number): number =>
  edges
    .filter(({ draining, step }) => !draining && !refusesNew(step))
    .reduce((sum, { conferences }) => sum + Math.max(0, capacity - conferences.size), 0)

/** Asks the client to go on elsewhere; one whose control socket is gone learns it by its stream. */
export const askToResume = (conference: RunningConference): Effect.Effect<void, never, Edges> =>
  Effect.suspend(() => {
    if (conference.control === null) return tellEdge(conference, { type: "dismiss", reason: "stopping" })
    conference.control.send({ type: "interrupted", reason: "moved" })
    return Effect.void
  })

/** Asks every client of the edge. */
export const moveAway = (running: readonly RunningConference[], edge: string): Effect.Effect<void, never, Edges> =>
  Effect.forEach(
    running.filter((conference) => conference.edge === edge),
    askToResume,
    { discard: true }
  )
