/**
 * What edges say, handed to the conferences it is about. Of a conference or an epoch that is gone they say it in vain,
 * so nothing of a replaced edge is ever counted.
 */
import { type Context, Effect } from "effect"
import type { EdgeMessage } from "./edge-link.ts"
import type { EdgeListener, Edges } from "./ports.ts"
import { edgeAnswered, interrupt, type RunningConference } from "./running-conference.ts"

export function edgeListener(
  running: ReadonlyMap<string, RunningConference>,
  edges: Context.Service.Shape<typeof Edges>,
  now: () => number,
  fork: (effect: Effect.Effect<void, never, Edges>) => unknown
): EdgeListener {
  const message = (edge: string, said: EdgeMessage) => {
    if (said.type === "failed") {
      fork(Effect.annotateLogs(Effect.logError("An edge could not read a frame"), { edge, why: said.why }))
      return
    }
    if (said.type === "ready" || said.type === "load" || said.type === "refused") return
    const conference = running.get(said.conference)
    if (conference === undefined || conference.edge !== edge) return
    const { hosted, takeBatch } = conference.conference
    if (said.epoch !== hosted.snapshot().context.epoch) return
    switch (said.type) {
      case "opened":
        conference.streamOpen = true
        return
      case "frames": {
        if (!takeBatch(said, now())) return
        const { epoch, settledThrough: throughSequence } = said
        hosted.whenDurable(() =>
          edges.send(edge, { type: "durable", conference: said.conference, epoch, throughSequence })
        )
        return
      }
      case "drained":
      case "analysisSet":
        edgeAnswered(conference, said.type)
        return
      case "closed":
        fork(interrupt(conference, "clientLost"))
    }
  }
  const lost = (edge: string) => {
    for (const conference of running.values()) {
      if (conference.edge !== edge) continue
      conference.control?.send({ type: "interrupted", reason: "edgeLost" })
      fork(interrupt(conference, "edgeLost"))
    }
  }
  return { message, lost }
}
