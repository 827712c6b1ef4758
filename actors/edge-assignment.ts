/**
 * Which edge takes a conference, and how an edge hands its conferences on. It starts no process and opens no
 * stream: a client that is told *moved* resumes by itself, as after any interruption.
 */
import { Effect } from "effect"
import { type EdgeRoom, filledShare, jpegWeight, overfills, roomFor, weightOn } from "./edge-room.ts"
import { type OverloadStep, refusesNew } from "./overload.ts"
import type { Edges } from "./ports.ts"
import { type RunningConference, tellEdge } from "./running-conference.ts"

/** What is known of an edge that is ready. */
export interface EdgeState extends EdgeRoom {
  /** In its last window; 0 before the first. */
  readonly busyShare: number
  readonly step: OverloadStep
  /** It takes no conference any more and ends with its last one. */
  readonly draining: boolean
}

/** Conferences that were just assigned are not in the measured load yet, and what costs more than it weighs is not in the weights. */
const loadOf = (edge: EdgeState) => Math.max(edge.busyShare, filledShare(edge))

const freeOf = (edge: EdgeState) => jpegWeight * edge.capacity - weightOn(edge)

const takes = (edge: EdgeState, weight: number) => !edge.draining && roomFor(edge, weight) > 0

/**
 * The least loaded edge with room for a conference of this weight, or undefined. One that it overfills, and one that refuses new
 * conferences and still takes a running one, come last.
 */
export function leastLoaded<Edge extends EdgeState>(edges: readonly Edge[], weight: number): Edge | undefined {
  return edges
    .filter((edge) => takes(edge, weight))
    .sort(
      (one, other) =>
        Number(refusesNew(one.step)) - Number(refusesNew(other.step)) ||
        Number(overfills(one, weight)) - Number(overfills(other, weight)) ||
        loadOf(one) - loadOf(other) ||
        freeOf(other) - freeOf(one)
    )[0]
}

/** The edge that was chosen for a conference before, while it may still take it; otherwise the least loaded. */
export function edgeFor<Edge extends EdgeState & { readonly edge: string }>(
  edges: readonly Edge[],
  weight: number,
  wanted: string | null
): Edge | undefined {
  const chosen = edges.find((edge) => edge.edge === wanted && takes(edge, weight) && !refusesNew(edge.step))
  return chosen ?? leastLoaded(edges, weight)
}

/** New conferences of this weight that still fit. */
export const roomOf = (edges: readonly EdgeState[], weight: number): number =>
  edges
    .filter(({ draining, step }) => !draining && !refusesNew(step))
    .reduce((sum, edge) => sum + roomFor(edge, weight), 0)

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
