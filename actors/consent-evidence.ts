/**
 * Keeps the proof of a consent apart from the conference, so that it outlives the readings. It is durable before the conference's own event is recorded:
 * a crash between leaves proof of what the client did say, never a consent without proof.
 */
import { Effect, Option, Stream } from "effect"
import type { ConsentEvidence } from "../machines/consent-evidence.ts"
import { EventStore, keptScopeOf, type StoredEvent } from "./event-store.ts"
import { journalRefused, type RunningConference } from "./running-conference.ts"

export const consentEvidencePrefix = "consents-"
export const consentEvidenceStreamOf = (conference: string) => `${consentEvidencePrefix}${conference}`
/** A platform that sends two wishes of one conference at once gets through at the second try. */
const triesMax = 8

type Said<Event> = Event extends ConsentEvidence ? Omit<Event, "conference" | "subject"> : never

/** Done when it is durable. */
export const keepEvidence = Effect.fnUntraced(function* (
  { id: conference, subject, startedAt }: Pick<RunningConference, "id" | "subject" | "startedAt">,
  said: Said<ConsentEvidence>
) {
  const store = yield* EventStore
  const stream = consentEvidenceStreamOf(conference)
  const keyScope = keptScopeOf(subject, "consentEvidence", startedAt)
  const commandId = globalThis.crypto.randomUUID()
  const events: readonly StoredEvent[] = [{ ...said, conference, subject }]
  const attempt = Effect.gen(function* () {
    const last = yield* Stream.runLast(store.read(stream))
    const expectedVersion = Option.isSome(last) ? last.value.lastVersion : 0
    yield* store.append({ stream, expectedVersion, commandId, keyScope, events })
  })
  yield* attempt.pipe(
    Effect.retry({ times: triesMax, while: ({ _tag }) => _tag === "StaleStream" }),
    Effect.mapError(journalRefused)
  )
})
