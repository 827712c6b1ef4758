/** Keeps subjects that are being erased out of conferences: what runs is ended, nothing starts or goes on. It forgets when the process ends: what is owed is finished before the next one starts. */
import { Effect } from "effect"
import { FenceNotRaised } from "./erasure-ports.ts"
import { ConferenceRefused, endNow, type RunningConference, retryAfterMs } from "./running-conference.ts"

export function makeFence(runningById: ReadonlyMap<string, RunningConference>) {
  const fenced = new Set<string>()

  const raise = Effect.fnUntraced(function* (subject: string) {
    fenced.add(subject)
    const running = [...runningById.values()].filter(
      ({ conference }) => conference.hosted.snapshot().context.subject === subject
    )
    const ended = yield* Effect.forEach(running, endNow, { concurrency: "unbounded" })
    if (ended.every(Boolean)) return ended.length
    return yield* new FenceNotRaised({ why: "a conference of this client could not be ended in time" })
  })

  return {
    raise,
    lower: (subject: string) => Effect.sync(() => void fenced.delete(subject)),
    requireLowered: (subject: string) =>
      Effect.suspend(() => {
        if (!fenced.has(subject)) return Effect.void
        const why = "Cannot start: everything kept about this client is being erased. Try again when that is done"
        return Effect.fail(new ConferenceRefused({ reason: "notNow", why, retryAfterMs }))
      })
  }
}
