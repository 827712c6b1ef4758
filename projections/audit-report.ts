/**
 * What an auditor asks of a stretch of time: operations by person and purpose, erasures with their acts, consents, refused and
 * failed sign-ins, gaps in recording, keys that were replaced. A fold over every event of the journal; it names pseudonyms and accounts only.
 */
import { monthOf } from "../machines/retention.ts"

export interface AuditReport {
  /** Milliseconds since 1970; `to` is not in it. */
  readonly from: number
  readonly to: number
  readonly eventCount: number
  /** By who acted, what and why, the most frequent first. */
  readonly operations: readonly {
    readonly actor: string
    readonly type: string
    readonly purpose: string
    readonly count: number
    readonly firstAt: number
    readonly lastAt: number
  }[]
  readonly erasures: readonly {
    readonly subject: string
    readonly requestedAt: number | null
    readonly finishedAt: number | null
    readonly actor: string
    readonly failures: readonly string[]
    /** SHA-256 the certificate's text begins with is in the act; this is whether there is one. */
    readonly certified: boolean
  }[]
  readonly consents: Readonly<Record<string, { readonly given: number; readonly withdrawn: number }>>
  readonly signIns: { readonly succeeded: number; readonly failed: number; readonly refusedAtDoors: number }
  readonly failedSignIns: readonly { readonly account: string; readonly why: string; readonly count: number }[]
  /** Frames and streams that were not recorded, and why. */
  readonly gaps: {
    readonly framesDroppedForJournal: number
    readonly serverRestarts: number
    readonly edgesLost: number
    readonly clientsLost: number
  }
  readonly keys: readonly { readonly at: number; readonly what: string; readonly actor: string }[]
  /** What was recorded and can no longer be read: by kind of stream, month of the record and why, the oldest first. Nothing of it is in the counts above. */
  readonly erased: readonly ErasedMonth[]
}

export interface ErasedMonth {
  /** What streams of the kind begin with, such as `conference`; `operations` is one stream. */
  readonly kind: string
  /** Such as "2026-11", in UTC. */
  readonly month: string
  readonly by: "retention" | "erasure"
  readonly streamCount: number
  readonly eventCount: number
}

/** The fact of a commit, as far as it is needed here. */
interface ErasedCommit {
  readonly stream: string
  readonly firstVersion: number
  readonly lastVersion: number
  readonly committedAt: number
}

type Told = { readonly type: string; readonly at: number } & Readonly<Record<string, unknown>>
type Operation = { -readonly [Key in keyof AuditReport["operations"][number]]: AuditReport["operations"][number][Key] }
type Erasure = { -readonly [Key in keyof AuditReport["erasures"][number]]: AuditReport["erasures"][number][Key] }

const text = (value: unknown) => (typeof value === "string" ? value : "")
const number = (value: unknown) => (typeof value === "number" ? value : 0)

const isConsent = ({ type }: Told) => type === "ConsentGiven" || type === "ConsentEvidenced"
const isWithdrawal = ({ type }: Told) => type === "ConsentWithdrawn" || type === "WithdrawalEvidenced"

/** Takes the events in any order of streams, and the commits that are erased; `report` answers what they come to. */
export function foldAudit(from: number, to: number) {
  const operations = new Map<string, Operation>()
  const erasures = new Map<string, Erasure>()
  const consents: Record<string, { given: number; withdrawn: number }> = {}
  const purposeOf = new Map<string, string>()
  const consentsSeen = new Set<string>()
  const failed = new Map<string, { account: string; why: string; count: number }>()
  const signIns = { succeeded: 0, failed: 0, refusedAtDoors: 0 }
  const gaps = { framesDroppedForJournal: 0, serverRestarts: 0, edgesLost: 0, clientsLost: 0 }
  const keys: { at: number; what: string; actor: string }[] = []
  const erased = new Map<
    string,
    Omit<ErasedMonth, "streamCount" | "eventCount"> & { streams: Set<string>; eventCount: number }
  >()
  let eventCount = 0

  const consentOf = (purpose: string) => {
    consents[purpose] ??= { given: 0, withdrawn: 0 }
    return consents[purpose]
  }
  const erasureOf = (event: Told): Erasure => {
    const id = text(event.erasure)
    const known = erasures.get(id)
    if (known !== undefined) return known
    const begun: Erasure = {
      subject: text(event.subject),
      requestedAt: null,
      finishedAt: null,
      actor: text(event.actor),
      failures: [],
      certified: false
    }
    erasures.set(id, begun)
    return begun
  }
  const takeOperation = (event: Told) => {
    const [actor, purpose] = [text(event.actor), text(event.purpose)]
    const key = JSON.stringify([actor, event.type, purpose])
    const known = operations.get(key)
    const count = typeof event.count === "number" ? event.count : 1
    if (known === undefined) {
      operations.set(key, { actor, type: event.type, purpose, count, firstAt: event.at, lastAt: event.at })
    } else Object.assign(known, { count: known.count + count, lastAt: Math.max(known.lastAt, event.at) })
  }
  const replaced = (event: Told, what: string) => keys.push({ at: event.at, what, actor: text(event.actor) })

  /** Said twice, in the conference and in the proof that outlives it: whichever can be read counts, once. */
  const takeConsent = (event: Told) => {
    const said = `${isConsent(event)} ${text(event.consent)} ${event.at}`
    if (consentsSeen.has(said)) return
    consentsSeen.add(said)
    eventCount += 1
    if (isConsent(event)) consentOf(text((event.purposes as unknown[])?.[0])).given += 1
    else consentOf(purposeOf.get(text(event.consent)) ?? "?").withdrawn += 1
  }

  const take = (event: Told) => {
    if (isConsent(event)) purposeOf.set(text(event.consent), text((event.purposes as unknown[])?.[0]))
    if (event.at < from || event.at >= to) return
    if (isConsent(event) || isWithdrawal(event)) return takeConsent(event)
    eventCount += 1
    if (typeof event.actor === "string") takeOperation(event)
    switch (event.type) {
      case "PurposeWithdrawn":
        consentOf(text(event.purpose)).withdrawn += 1
        return
      case "FramesDropped":
        if (event.reason === "journal") gaps.framesDroppedForJournal += number(event.count)
        return
      case "StreamInterrupted":
        if (event.reason === "serverRestarted") gaps.serverRestarts += 1
        else if (event.reason === "edgeLost") gaps.edgesLost += 1
        else gaps.clientsLost += 1
        return
      case "SignedIn":
        signIns.succeeded += 1
        return
      case "SignInRefused": {
        signIns.failed += number(event.count)
        const [account, why] = [text(event.account), text(event.why)]
        const known = failed.get(`${account} ${why}`)
        failed.set(`${account} ${why}`, { account, why, count: (known?.count ?? 0) + number(event.count) })
        return
      }
      case "AccessRefused":
        signIns.refusedAtDoors += number(event.count)
        return
      case "SubjectErasureRequested":
        erasureOf(event).requestedAt = event.at
        return
      case "SubjectErasureFailed": {
        const erasure = erasureOf(event)
        erasure.failures = [...erasure.failures, `${text(event.step)}: ${text(event.why)}`]
        return
      }
      case "SubjectKeyDestroyed":
        if (event.masterKeyReplaced === true) replaced(event, "masterKey")
        replaced(event, "dataKeyDestroyed")
        return
      case "SubjectErased":
        Object.assign(erasureOf(event), { finishedAt: event.at, certified: text(event.certificate) !== "" })
        return
      case "RetentionKeysDestroyed":
        if (event.masterKeyReplaced === true) replaced(event, "masterKey")
        replaced(event, `retention: ${number(event.keyCount)}`)
        return
      case "LogKeyReplaced":
        replaced(event, `logKey: ${text(event.from)} → ${text(event.to)}`)
        return
      case "KeyUsed":
        replaced(event, text(event.key))
    }
  }

  const takeErased = ({ stream, firstVersion, lastVersion, committedAt }: ErasedCommit, by: ErasedMonth["by"]) => {
    if (committedAt < from || committedAt >= to) return
    const kind = stream.split("-", 1)[0]!
    const month = monthOf(committedAt)
    const name = `${month} ${kind} ${by}`
    const known = erased.get(name) ?? { kind, month, by, streams: new Set<string>(), eventCount: 0 }
    known.streams.add(stream)
    known.eventCount += lastVersion - firstVersion + 1
    erased.set(name, known)
  }

  const report = (): AuditReport => ({
    from,
    to,
    eventCount,
    operations: [...operations.values()].sort((a, b) => b.count - a.count || a.firstAt - b.firstAt),
    erasures: [...erasures.values()],
    consents,
    signIns,
    failedSignIns: [...failed.values()].sort((a, b) => b.count - a.count),
    gaps,
    keys: keys.sort((a, b) => a.at - b.at),
    erased: [...erased]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { streams, ...month }]) => ({ ...month, streamCount: streams.size }))
  })
  return { take, takeErased, report }
}
