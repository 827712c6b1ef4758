/**
 * What edges cannot record themselves, for they have no journal: whom they turned away, and that one of them ended. What is said
 * before the journal of operations is there waits for it; a server that starts has no clients yet.
 */
import { Effect } from "effect"
import { Operations } from "../../actors/operations.ts"
import type { EdgeObserver } from "./edge-processes.ts"

type Report = (operations: Operations["Service"]) => Effect.Effect<void>

/** `others` hear everything too. */
export function makeEdgeReports(others: EdgeObserver) {
  let waiting: Report[] = []
  let take = (report: Report): void => void waiting.push(report)
  const observer: EdgeObserver = {
    heard(message) {
      others.heard(message)
      if (message.type !== "refused") return
      const { why, count, address } = message
      take(({ refused }) => refused("stream", why, address, count))
    },
    edgeLost(edge, why) {
      others.edgeLost(edge, why)
      take(({ edgeEnded }) => edgeEnded(edge, why))
    }
  }
  const record = Effect.gen(function* () {
    const operations = yield* Operations
    const fork = Effect.runForkWith(yield* Effect.context<never>())
    take = (report) => void fork(report(operations))
    for (const report of waiting) take(report)
    waiting = []
  })
  return { observer, record }
}
