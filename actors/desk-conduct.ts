/**
 * What a manager does to a running conference beside ending it: sets markers, and takes the analysis away or gives it back.
 * Switching off acts first and is recorded after; nothing is switched on that the client did not agree to.
 */
import { Clock, Effect } from "effect"
import type { MarkerTopic } from "../projections/console.ts"
import { isAnalysing } from "./conference.ts"
import { ConferenceRefused, journalRefused, type RunningConference, record, setAnalysis } from "./running-conference.ts"

/** Done when it is in the journal's queue: a marker that a crash takes along takes nothing else with it. */
export const setMarker = Effect.fnUntraced(function* (running: RunningConference, topic: MarkerTopic | "shared") {
  yield* record(running, { type: "MarkerSet", at: yield* Clock.currentTimeMillis, topic })
})

/** Done when it is durable. Off: nothing is analysed from before on. The same once more changes nothing. */
export const switchAnalysis = Effect.fnUntraced(function* (running: RunningConference, on: boolean) {
  const { hosted } = running.conference
  const isOff = hosted.snapshot().matches("switchedOff")
  if (isOff !== on) return
  if (on && hosted.snapshot().context.consent === null) {
    const why =
      "Cannot switch the analysis on: the client has not agreed to it, or has withdrawn. Send the consent page"
    return yield* new ConferenceRefused({ reason: "consentRefused", why })
  }
  if (!on) yield* setAnalysis(running, false)
  yield* record(running, { type: "AnalysisSwitched", at: yield* Clock.currentTimeMillis, on })
  yield* Effect.mapError(hosted.durable, journalRefused)
  if (on) yield* setAnalysis(running, isAnalysing(hosted.snapshot()))
})
