/** Has conferences leave overloaded edges for as long as it runs: one look a window, one conference a look. What is best moved `rebalancing.ts` decides. */
import { Clock, Effect } from "effect"
import { askToResume } from "./edge-assignment.ts"
import { loadWindowMs } from "./overload.ts"
import { Edges } from "./ports.ts"
import { type Move, nextMove, type PastMove, stillCounts } from "./rebalancing.ts"
import type { RunningConference } from "./running-conference.ts"

/** Never ends. `moved` hears of each conference that was asked to go on elsewhere, for those who count. */
export const rebalance = Effect.fnUntraced(function* (
  all: () => readonly RunningConference[],
  moved: (move: Move) => void
) {
  const edges = yield* Edges
  const clock = yield* Clock.Clock
  let past: readonly PastMove[] = []
  while (true) {
    yield* Effect.sleep(loadWindowMs)
    const nowMs = Number(clock.monotonicTimeNanosUnsafe()) / 1e6
    past = past.filter((move) => stillCounts(move, nowMs))
    // One that is just resuming may be anywhere by the time it is asked.
    const streaming = new Map(all().flatMap((one) => (one.streamOpen ? [[one.id, one] as const] : [])))
    const work = edges.work().map((each) => {
      const shares = [...each.shares].filter(([conference]) => streaming.get(conference)?.edge === each.edge)
      return { ...each, shares: new Map(shares) }
    })
    const move = nextMove(work, past, nowMs)
    if (move === null) continue
    past = [...past, { ...move, atMs: nowMs }]
    const running = streaming.get(move.conference)!
    running.wantedEdge = move.to
    moved(move)
    yield* Effect.annotateLogs(Effect.logWarning("A conference leaves an edge that has too much to do"), { ...move })
    yield* askToResume(running)
  }
})
