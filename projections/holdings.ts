/**
 * What is kept of a client, at a glance: months by purpose and when each is due to be destroyed, conferences, the proofs of consents.
 * A fold over names, counts and proofs: what was seen on a face is in none of it. Types that server and pages share.
 */
import type { ConsentEvidence } from "../machines/consent-evidence.ts"
import { dueAtOf, type KeptKey, type KeptPurpose, personDueAtOf, type RetentionPeriods } from "../machines/retention.ts"
import type { ConsentPurpose } from "../machines/wire.ts"
import type { PurposeWithdrawn } from "../machines/withdrawal-events.ts"

/** What lies under one key of a purpose and month. */
export interface HeldMonth {
  readonly purpose: KeptPurpose
  /** Such as "2026-11", in UTC. */
  readonly month: string
  readonly eventCount: number
  /** Milliseconds since 1970. */
  readonly dueAt: number
}

export interface HeldConference {
  readonly conference: string
  /** Milliseconds since 1970; null where the readings are gone and only proofs are left. */
  readonly startedAt: number | null
  /** Null while it runs, and where `startedAt` is. */
  readonly endedAt: number | null
  readonly running: boolean
  /** Of all its streams. */
  readonly eventCount: number
}

/** A consent and the text that was agreed to. */
export interface HeldConsent {
  readonly consent: string
  readonly conference: string
  readonly purposes: readonly ConsentPurpose[]
  readonly textVersion: string
  readonly textSha256: string
  readonly givenAt: number
  /** In the conference, or for good after it; null: it stands. */
  readonly withdrawnAt: number | null
}

export interface Holdings {
  /** The pseudonym. */
  readonly subject: string
  /** Null where the directory knows nobody any more. */
  readonly person: {
    readonly externalId: string
    readonly names: readonly string[]
    readonly contacts: readonly string[]
    readonly crmIds: readonly string[]
  } | null
  readonly streamCount: number
  readonly eventCount: number
  readonly months: readonly HeldMonth[]
  readonly conferences: readonly HeldConference[]
  readonly consents: readonly HeldConsent[]
  /** Not before this is everything else due: who it is, and what lies under the person's own key. */
  readonly personDueAt: number
}

/** How a wish names a client. */
export const subjectTraits = ["client", "pseudonym", "conference"] as const
export type SubjectTrait = (typeof subjectTraits)[number]

export interface HeldStream {
  readonly stream: string
  readonly version: number
  readonly keyId: string
}

export interface Held {
  /** All of the subject, destroyed ones too. */
  readonly keys: readonly KeptKey[]
  readonly streams: readonly HeldStream[]
  /** Of those that began here and are not erased; `endedAt` null: it runs. */
  readonly times: ReadonlyMap<string, { readonly startedAt: number; readonly endedAt: number | null }>
  readonly evidence: readonly ConsentEvidence[]
  readonly withdrawals: readonly PurposeWithdrawn[]
  readonly lastUseOf: (keyId: string) => number | null
  readonly periods: RetentionPeriods
}

const sum = (streams: readonly HeldStream[]) => streams.reduce((total, { version }) => total + version, 0)

/** Streams are named `conference-<id>` and so on; null for those of the client beyond a conference. */
const conferenceIn = (stream: string) => /^(?:conference|illustration|consents|answers)-(.+)$/.exec(stream)?.[1] ?? null

export function holdingsOf(subject: string, person: Holdings["person"], held: Held): Holdings {
  const { periods, evidence, withdrawals, times } = held
  const readable = new Map(held.keys.filter(({ destroyed }) => !destroyed).map((key) => [key.id, key]))
  const streams = held.streams.filter(({ keyId }) => readable.has(keyId))
  const months = [...readable.values()].flatMap(({ id, kept }): readonly HeldMonth[] => {
    if (kept === null) return []
    const eventCount = sum(streams.filter(({ keyId }) => keyId === id))
    return [{ ...kept, eventCount, dueAt: dueAtOf(kept, periods) }]
  })
  const byConference = Map.groupBy(streams, ({ stream }) => conferenceIn(stream))
  const conferences = [...byConference].flatMap(([conference, its]): readonly HeldConference[] => {
    if (conference === null) return []
    const { startedAt = null, endedAt = null } = times.get(conference) ?? {}
    return [{ conference, startedAt, endedAt, running: startedAt !== null && endedAt === null, eventCount: sum(its) }]
  })
  return {
    subject,
    person,
    streamCount: streams.length,
    eventCount: sum(streams),
    months: months.sort((a, b) =>
      a.month === b.month ? (a.purpose < b.purpose ? -1 : 1) : a.month < b.month ? 1 : -1
    ),
    conferences: conferences.sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0)),
    consents: consentsOf(evidence, withdrawals),
    personDueAt: personDueAtOf(held.keys, held.lastUseOf, periods)
  }
}

/** The newest first. A purpose taken back after the conferences takes every earlier consent to it with it. */
export function consentsOf(
  evidence: readonly ConsentEvidence[],
  withdrawals: readonly PurposeWithdrawn[]
): readonly HeldConsent[] {
  const takenBack = new Map(
    evidence.flatMap((event) => (event.type === "WithdrawalEvidenced" ? [[event.consent, event.at] as const] : []))
  )
  const given = evidence.flatMap((event): readonly HeldConsent[] => {
    if (event.type !== "ConsentEvidenced") return []
    const { consent, conference, purposes, textVersion, textSha256, givenAt, at } = event
    const later = withdrawals.find((one) => one.at > at && purposes.includes(one.purpose))
    const withdrawnAt = takenBack.get(consent) ?? later?.at ?? null
    return [{ consent, conference, purposes, textVersion, textSha256, givenAt, withdrawnAt }]
  })
  return given.sort((a, b) => b.givenAt - a.givenAt)
}
