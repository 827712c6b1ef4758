/**
 * Which conference leaves an overloaded edge for one with room. Effect-free: it moves nothing itself, and knows no clock but the
 * moments it is handed. A move must leave the busier of the two edges with clearly less to do than the giver had, so the same
 * loads can never ask for the way back, and every chain of moves comes to an end.
 */
import { type EdgeRoom, roomFor } from "./edge-room.ts"
import { calmWindowsMin, loadWindowMs, type OverloadStep } from "./overload.ts"

/** What is known of an edge's work in its last window. */
export interface EdgeWork extends EdgeRoom {
  readonly edge: string
  /** Share of the time in which it was at work, 0 to 1. */
  readonly busyShare: number
  readonly step: OverloadStep
  readonly draining: boolean
  /** Of each conference that is read here, the share of the edge's time that it takes when nothing of it is left out. */
  readonly shares: ReadonlyMap<string, number>
}

export interface Move {
  readonly conference: string
  readonly from: string
  readonly to: string
}

export interface PastMove extends Move {
  /** By the monotonic clock. */
  readonly atMs: number
}

/** A taker is filled no further than the share that capacity is reckoned at: above it answers begin to wait for each other. */
export const filledShareMax = 0.7
/** The busier of the two must be less busy by this much, or the interruption is not worth it: some two conferences of a core's fifteen. */
export const gainMin = 0.1
/**
 * An edge that gave or took is left alone until both loads show it: the client resumes within a second or two, and then as many calm
 * windows must pass as take a step back.
 */
export const settleMs = (2 + calmWindowsMin) * loadWindowMs
/** A conference is interrupted for the load's sake no more often than this, in milliseconds: a tenth of a percent of its frames. */
export const restMs = 60_000

/** What is forgotten of past moves changes no decision. */
export const stillCounts = ({ atMs }: PastMove, nowMs: number): boolean => nowMs - atMs < Math.max(restMs, settleMs)

/** With nothing left out it may be more than there is time: that is what its conferences ask for. */
const askedOf = ({ busyShare, shares }: EdgeWork) =>
  Math.max(
    busyShare,
    [...shares.values()].reduce((sum, share) => sum + share, 0)
  )

/** The one move that relieves an overloaded edge most, or null when none does, or when it is too soon to tell. */
export function nextMove(edges: readonly EdgeWork[], past: readonly PastMove[], nowMs: number): Move | null {
  const settling = new Set(past.filter(({ atMs }) => nowMs - atMs < settleMs).flatMap(({ from, to }) => [from, to]))
  const resting = new Set(past.filter(({ atMs }) => nowMs - atMs < restMs).map(({ conference }) => conference))
  const free = edges.filter(({ edge, draining }) => !draining && !settling.has(edge))
  const givers = free.filter(({ step }) => step !== "full").sort((one, other) => askedOf(other) - askedOf(one))
  const takers = free.filter(({ step }) => step === "full")
  for (const from of givers) {
    const asked = askedOf(from)
    let best: { readonly move: Move; readonly busier: number } | null = null
    for (const to of takers) {
      for (const [conference, share] of from.shares) {
        const weight = from.conferences.get(conference)
        if (weight === undefined || roomFor(to, weight) === 0) continue
        // A machine that bears twice as many conferences reads this one in half the share of its time.
        const filled = askedOf(to) + (share * from.capacity) / to.capacity
        const busier = Math.max(asked - share, filled)
        if (resting.has(conference) || filled > filledShareMax || busier > asked - gainMin) continue
        if (best === null || busier < best.busier) best = { move: { conference, from: from.edge, to: to.edge }, busier }
      }
    }
    if (best !== null) return best.move
  }
  return null
}
