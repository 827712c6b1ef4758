/** Looks whether the journal still takes what is said, and has the edges and the log know when that changes. */
import { Effect } from "effect"
import type { Committer } from "../../actors/committer.ts"
import type { Edges } from "../../actors/ports.ts"

/** How often it is looked, in milliseconds. */
const recordingCheckMs = 500

/** Tells the edges when nothing can be recorded, so that frames are answered *journal*, and when it can again. */
export const watchRecording = (committer: Committer["Service"], edges: Edges["Service"]) =>
  Effect.gen(function* () {
    let told = true
    while (true) {
      yield* Effect.sleep(recordingCheckMs)
      const recording = committer.isRecording()
      if (recording === told) continue
      told = recording
      edges.broadcast({ type: "recording", recording })
      yield* recording
        ? Effect.logInfo("The journal takes commits again")
        : Effect.logError("Nothing is being recorded: the journal takes no commits; frames are answered busy")
    }
  })
