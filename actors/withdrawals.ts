/**
 * Purposes that clients withdrew after their conferences had ended: trends and handing over. A conference that ended before the
 * withdrawal counts no more; one with a newer consent does. Withdrawing analysis in a conference is `consenting.ts`' affair.
 */
import { Clock, Context, Effect, Layer, Stream } from "effect"
import type { ConsentPurpose } from "../machines/wire.ts"
import type { PurposeWithdrawn } from "../machines/withdrawal-events.ts"
import type { EndedConferenceRow } from "../projections/ended-conferences.ts"
import { EventStore } from "./event-store.ts"

export const withdrawalsPrefix = "withdrawals-"
const streamOf = (subject: string) => `${withdrawalsPrefix}${subject}`
/** A client who clicks in two browsers at once gets through at the second try. */
const triesMax = 8

const make = Effect.gen(function* () {
  const store = yield* EventStore

  const read = (subject: string) =>
    Stream.runFold(
      store.read(streamOf(subject)),
      () => ({ version: 0, at: new Map<ConsentPurpose, number>() }),
      (state, { lastVersion, events }) => {
        for (const { purpose, at } of events as unknown as readonly PurposeWithdrawn[]) state.at.set(purpose, at)
        return { ...state, version: lastVersion }
      }
    )

  /** Done when it is durable. */
  const withdraw = Effect.fnUntraced(function* (subject: string, purpose: ConsentPurpose) {
    const commandId = globalThis.crypto.randomUUID()
    const attempt = Effect.gen(function* () {
      const { version: expectedVersion } = yield* read(subject)
      const event = { type: "PurposeWithdrawn", at: yield* Clock.currentTimeMillis, purpose } as const
      const keyScope = { kind: "subject", subject } as const
      yield* store.append({ stream: streamOf(subject), expectedVersion, commandId, keyScope, events: [event] })
    })
    yield* Effect.retry(attempt, { times: triesMax, while: ({ _tag }) => _tag === "StaleStream" })
  })

  /** When the purpose was last withdrawn, milliseconds since 1970, or minus infinity; of an erased client nothing stands. */
  const withdrawnAt = (subject: string, purpose: ConsentPurpose) =>
    read(subject).pipe(
      Effect.map(({ at }): number => at.get(purpose) ?? Number.NEGATIVE_INFINITY),
      Effect.catchTag("SubjectErased", () => Effect.succeed(Number.POSITIVE_INFINITY))
    )

  /** Of these conferences those that may still be used for the purpose. */
  const standing = Effect.fnUntraced(function* (rows: readonly EndedConferenceRow[], purpose: ConsentPurpose) {
    const agreed = rows.filter(({ purposes }) => purposes.includes(purpose))
    const subjects = [...new Set(agreed.map(({ subject }) => subject))]
    const times = yield* Effect.forEach(subjects, (subject) => withdrawnAt(subject, purpose))
    const timeOf = new Map(subjects.map((subject, index) => [subject, times[index]!]))
    return agreed.filter(({ subject, endedAt }) => endedAt > timeOf.get(subject)!)
  })

  return { withdraw, withdrawnAt, standing }
})

export class Withdrawals extends Context.Service<Withdrawals, Effect.Success<typeof make>>()("actors/Withdrawals") {
  static readonly layer = Layer.effect(Withdrawals, make)
}
