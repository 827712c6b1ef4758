/** A verification as the console has it run, without a console: what was known before it, and how it ended. */
import { Effect, Layer, Logger } from "effect"
import { Operations } from "../../actors/operations.ts"
import type { ProvenPlace } from "../../infra/audit/proof-log.ts"
import { makeVerifier } from "../../infra/audit/verifier.ts"
import type { NoteKey } from "../../models/proof/signed-note.ts"
import type { MemoryStore } from "./memory-store.ts"

/** `record` holds the journal of operations; `verify` stands for the process apart. */
export function verified(
  place: ProvenPlace,
  key: NoteKey,
  record: MemoryStore,
  verify?: Parameters<typeof makeVerifier>[2]
) {
  const steps = Effect.gen(function* () {
    const { start, look } = yield* makeVerifier(place, key, verify)
    const { last: before } = yield* look
    yield* start("account:1")
    let now = yield* look
    while (now.running !== null) {
      yield* Effect.sleep(20)
      now = yield* look
    }
    return { before, last: now.last }
  })
  const outside = Layer.merge(Layer.provide(Operations.layer, record.layer), Logger.layer([]))
  return Effect.runPromise(Effect.scoped(Effect.provide(steps, outside)))
}
