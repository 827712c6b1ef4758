/**
 * For how long this server has been there for its conferences: an edge is ready and the journal takes records. Seconds add up over a
 * month and over restarts (`increase(mimika_available_seconds_total[30d]) / 2592000`); while no server runs, none are added. It measures no latency.
 */
import { Clock, Effect } from "effect"

/** In milliseconds: what a server that dies takes with it uncounted. */
const lookEveryMs = 1_000
/** A machine that slept was not there: of a longer gap between two looks nothing is counted. */
const gapMsMax = 5_000

/** Never ends. Tells the seconds since the look before, each time that it was there at both. */
export const countAvailability = Effect.fnUntraced(function* (isThere: () => boolean, add: (seconds: number) => void) {
  const clock = yield* Clock.Clock
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  let before = { atMs: nowMs(), there: isThere() }
  while (true) {
    yield* Effect.sleep(lookEveryMs)
    const look = { atMs: nowMs(), there: isThere() }
    const gapMs = look.atMs - before.atMs
    if (look.there && before.there && gapMs <= gapMsMax) add(gapMs / 1000)
    before = look
  }
})
