/** Wakes followers when something was appended, without losing a wake-up between a look and a wait. */
import { Deferred, Effect } from "effect"

export interface AppendSignal {
  raise(): void
  next(): Effect.Effect<void>
}

export function makeAppendSignal(): AppendSignal {
  let pending = Deferred.makeUnsafe<void>()
  return {
    raise() {
      const raised = pending
      pending = Deferred.makeUnsafe<void>()
      Deferred.doneUnsafe(raised, Effect.void)
    },
    next: () => Deferred.await(pending)
  }
}
