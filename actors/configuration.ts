/** Which settings a server runs with, on record: at each start those that differ from the last start's. It changes none. */
import { Effect, Stream } from "effect"
import type { OwnReason } from "../projections/own-reasons.ts"
import { Operations } from "./operations.ts"

/** Answers how many differed. The values must hold no secret. */
export const recordConfiguration = Effect.fnUntraced(function* (
  inForce: Readonly<Record<string, string>>,
  actor: string
) {
  const operations = yield* Operations
  const known = new Map<string, string>()
  yield* Stream.runForEach(operations.read(), (event) =>
    Effect.sync(() => event.type === "ConfigurationChanged" && known.set(event.setting, event.value))
  )
  const changed = Object.entries(inForce).filter(([setting, value]) => known.get(setting) !== value)
  if (changed.length === 0) return 0
  yield* operations.record(
    ...changed.map(([setting, value]) => {
      return {
        type: "ConfigurationChanged",
        actor,
        purpose: "start of the server" satisfies OwnReason,
        setting,
        value
      } as const
    })
  )
  return changed.length
})
