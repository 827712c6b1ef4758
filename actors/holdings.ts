/**
 * Finds a client and reads what is kept of them, at a glance. Read-only by construction. Whoever shows it has recorded that look
 * before.
 */
import { Context, Effect, Layer } from "effect"
import type { ConsentEvidence } from "../machines/consent-evidence.ts"
import type { PurposeWithdrawn } from "../machines/withdrawal-events.ts"
import { type Holdings as Held, type HeldStream, holdingsOf, type SubjectTrait } from "../projections/holdings.ts"
import { conferenceStreamOf } from "./conference.ts"
import { Conferences } from "./conferences.ts"
import { consentEvidencePrefix } from "./consent-evidence.ts"
import { EndedConferences } from "./ended-conferences.ts"
import { SubjectKeys } from "./erasure-ports.ts"
import { EventStore, type ReadFailed, type StoreUnavailable } from "./event-store.ts"
import { keptCommits, keptEvents } from "./kept-events.ts"
import { RetentionPolicy } from "./retention.ts"
import { SubjectRefused, type SubjectRequest, Subjects } from "./subjects.ts"
import { withdrawalsPrefix } from "./withdrawals.ts"

const make = Effect.gen(function* () {
  const store = yield* EventStore
  const keys = yield* SubjectKeys
  const policy = yield* RetentionPolicy
  const subjects = yield* Subjects
  const ended = yield* EndedConferences
  const conferences = yield* Conferences

  const find = Effect.fnUntraced(function* (by: SubjectTrait, value: string) {
    if (by === "client") return yield* subjects.resolve(value)
    if (by === "pseudonym") return value
    const subject = yield* keys.subjectOf(conferenceStreamOf(value))
    if (subject !== null) return subject
    const why = "Cannot find the client: no conference of this id is in the journal. Check the id"
    return yield* new SubjectRefused({ fault: "unknownClient", why })
  })

  const named = (streams: readonly HeldStream[], prefix: string) =>
    streams.map(({ stream }) => stream).filter((stream) => stream.startsWith(prefix))

  const of = Effect.fnUntraced(function* (request: SubjectRequest) {
    const { subject } = request
    const person = yield* subjects.detailsOf(request)
    const all = (yield* keys.all).filter((key) => key.subject === subject)
    const streams = yield* keys.streamsUnder(new Set(all.map(({ id }) => id)))
    const rows = yield* ended.ofSubject(subject)
    const running = conferences.all().filter((one) => one.subject === subject)
    // Under the keys of months nothing is written for long after them; under the person's own, at any time.
    const own = all.filter(({ kept }) => kept === null).map(({ id }) => id)
    const lastUses = new Map<string, number>()
    for (const { stream, keyId } of streams.filter((one) => own.includes(one.keyId))) {
      const last = (yield* keptCommits(store, stream)).at(-1)
      if (last !== undefined) lastUses.set(keyId, Math.max(lastUses.get(keyId) ?? 0, last.committedAt))
    }
    return holdingsOf(subject, person, {
      keys: all,
      streams,
      times: new Map<string, { startedAt: number; endedAt: number | null }>([
        ...rows.map(({ conference, startedAt, endedAt }) => [conference, { startedAt, endedAt }] as const),
        ...running.map(({ id, startedAt }) => [id, { startedAt, endedAt: null }] as const)
      ]),
      evidence: yield* keptEvents<ConsentEvidence>(store, named(streams, consentEvidencePrefix)),
      withdrawals: yield* keptEvents<PurposeWithdrawn>(store, named(streams, withdrawalsPrefix)),
      lastUseOf: (keyId) => lastUses.get(keyId) ?? null,
      periods: yield* policy.periods
    })
  })

  return Holdings.of({ find, of })
})

export class Holdings extends Context.Service<
  Holdings,
  {
    /** The pseudonym of whom is meant. Of a pseudonym it is not asked whether anything is kept under it. */
    readonly find: (by: SubjectTrait, value: string) => Effect.Effect<string, SubjectRefused | StoreUnavailable>
    /** Refuses for nobody, for somebody erased, and a reason that names the person. One row of every stream is looked at. */
    readonly of: (request: SubjectRequest) => Effect.Effect<Held, SubjectRefused | ReadFailed>
  }
>()("actors/Holdings") {
  static readonly layer = Layer.effect(Holdings, make)
}
