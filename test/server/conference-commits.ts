/** The golden story of a conference, appended piece by piece to whatever journal is there. */
import { Effect } from "effect"
import { EventStore, type StoredEvent } from "../../actors/event-store.ts"
import { conferenceEvents } from "../golden/golden.ts"

/** Appends the next events of a conference, as one commit. */
export const append = Effect.fnUntraced(function* (
  id: string,
  from: number,
  to: number,
  more: readonly StoredEvent[] = []
) {
  const store = yield* EventStore
  const events = [...conferenceEvents(id, `subject-${id}`, "manager").slice(from, to), ...more]
  const keyScope = { kind: "subject", subject: `subject-${id}` } as const
  const stream = `conference-${id}`
  yield* store.append({ stream, expectedVersion: from, commandId: `${from}`, keyScope, events })
})
/** Events of the whole story. */
export const whole = conferenceEvents("x", "y", "z").length
