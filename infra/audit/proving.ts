/**
 * Proves the journal while the server runs: its log beside it, its key in the key folder, its sequencer and the
 * hand-over to witnesses in the calling scope. A journal that cannot be proven still serves: the operator is told, loudly, and nobody is turned away.
 */
import { Context, Effect, Layer } from "effect"
import { LogIdentity, ProofLog } from "../../actors/proof-log.ts"
import { runSequencer } from "../../actors/sequencer.ts"
import type { NoteKey } from "../../models/proof/signed-note.ts"
import { logIdentityAt, type ProvenPlace, proofLogAt } from "./proof-log.ts"
import { runWitnessClient, type WitnessPlace } from "./witness-client.ts"

/** A log that is being written, and the public keys of who signs and who cosigns it. */
export interface ProvenLog {
  readonly log: ProofLog["Service"]
  readonly key: NoteKey
  readonly witnesses: readonly NoteKey[]
}

/** Answers the log, for those who show what stands in it; null when the journal cannot be proven. */
export const proveJournal = Effect.fnUntraced(
  function* (place: ProvenPlace, witnesses: readonly WitnessPlace[]) {
    const layers = proofLogAt(place).pipe(Layer.provideMerge(logIdentityAt(place)))
    const services = yield* Layer.build(layers)
    yield* Effect.provide(runSequencer, services)
    if (witnesses.length > 0) yield* Effect.provide(runWitnessClient(witnesses), services)
    const proven: ProvenLog = {
      log: Context.get(services, ProofLog),
      key: Context.get(services, LogIdentity).key,
      witnesses: witnesses.map(({ key }) => key)
    }
    return proven
  },
  Effect.catch((error) =>
    Effect.as(Effect.annotateLogs(Effect.logError("Commits are not being proven"), { why: error.message }), null)
  )
)
