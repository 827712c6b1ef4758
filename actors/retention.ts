/**
 * Destroys what has been kept long enough: the keys of past months by purpose, then persons of whom nothing is left. Each
 * run is a row of steps that may be repeated, and one that was begun stays owed until it is certified. No fence is needed
 * around a month's key: the shortest period is longer than any conference. It also reminds of the half-yearly backup.
 */
import { Clock, Context, Effect, Layer, Semaphore, Stream } from "effect"
import {
  backupOverdueDays,
  dayMs,
  dueKeys,
  duePersons,
  type KeptKey,
  type KeptPurpose,
  monthEnd,
  type RetentionPeriods
} from "../machines/retention.ts"
import { evolveErasures, noErasures } from "../projections/erasures.ts"
import { periodIsOver } from "../projections/own-reasons.ts"
import { evolveRuns, noRuns, type RetentionDue, type RetentionView } from "../projections/retention-runs.ts"
import type { ErasureProof } from "./certificate.ts"
import { Notary, SubjectKeys } from "./erasure-ports.ts"
import { type ReadFailed, StoreUnavailable, type SubjectErased } from "./event-store.ts"
import { type OperationNotRecorded, Operations } from "./operations.ts"
import { type ErasureFailed, Subjects } from "./subjects.ts"

/** Keys of one run and so of one certificate; what is more goes with the next. Wrapping the others anew is done once a run. */
const keysPerRunMax = 4_096
/** Erased persons of one run: each wraps all other keys anew. */
const personsPerRunMax = 50
/** Nothing was recorded for so long and much is due: then rather the clock is wrong. Reminders come every week. */
const silenceDaysMax = 40
const remindEveryDays = 7
const runEveryMs = dayMs

/** What is in force, wherever it is kept. */
export class RetentionPolicy extends Context.Service<
  RetentionPolicy,
  {
    readonly periods: Effect.Effect<RetentionPeriods, StoreUnavailable>
    /** Durable when it answers. Refuses periods that `whyNoPeriods` would. */
    readonly set: (periods: Partial<RetentionPeriods>) => Effect.Effect<RetentionPeriods, StoreUnavailable>
  }
>()("actors/RetentionPolicy") {}

/** The periods as settings on record. */
export const settingsOf = (periods: RetentionPeriods): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(periods).map(([name, days]) => [`retention.${name}`, `${days} days`]))

/** Proof for somebody who trusts only our public key. */
export interface RetentionProof {
  readonly run: string
  readonly certificate: string
  readonly signature: string
  readonly publicKey: string
}

export interface RetentionOutcome {
  readonly proofs: readonly RetentionProof[]
  readonly persons: readonly ErasureProof[]
  /** Due and left for the next run. */
  readonly leftCount: number
}

export type RetentionFailed = StoreUnavailable | OperationNotRecorded | ReadFailed | SubjectErased | ErasureFailed

const make = Effect.gen(function* () {
  const operations = yield* Operations
  const keys = yield* SubjectKeys
  const notary = yield* Notary
  const subjects = yield* Subjects
  const policy = yield* RetentionPolicy
  const turn = yield* Semaphore.make(1)

  const runs = Effect.suspend(() => Stream.runFold(operations.read(), () => noRuns, evolveRuns))
  const erasures = Effect.suspend(() => Stream.runFold(operations.read(), () => noErasures, evolveErasures))
  /** Operations from which something is owed stay until it is done. */
  const isOwedFrom = Effect.gen(function* () {
    const { owed } = yield* runs
    const { bySubject } = yield* erasures
    const asked = [...bySubject.values()].flatMap(({ done, events }) => (done ? [] : [events[0]!.at]))
    const since = Math.min(...asked, ...[...owed.values()].map(({ at }) => at))
    return ({ kept }: KeptKey) => kept?.purpose === "operations" && monthEnd(kept.month) > since
  })
  const look = Effect.gen(function* () {
    const periods = yield* policy.periods
    const all = yield* keys.all
    const now = yield* Clock.currentTimeMillis
    const isOwed = yield* isOwedFrom
    const due = dueKeys(all, periods, now).filter((key) => !isOwed(key))
    // Looking at every stream is dear, so it is done only when somebody could be due at all.
    const isAnybody = duePersons(all, () => null, periods, now).length > 0
    if (!isAnybody) return { periods, now, due, persons: [] }
    const lastUses = yield* keys.lastUses
    return { periods, now, due, persons: duePersons(all, (keyId) => lastUses.get(keyId) ?? null, periods, now) }
  })

  const show = Effect.gen(function* () {
    const { periods, now, due, persons } = yield* look
    const { owed, lastBackupAt, firstEventAt } = yield* runs
    const counts = new Map<string, { purpose: KeptPurpose; month: string; keyCount: number }>()
    for (const { kept } of due) {
      const name = `${kept!.month} ${kept!.purpose}`
      counts.set(name, { ...kept!, keyCount: (counts.get(name)?.keyCount ?? 0) + 1 })
    }
    const view: RetentionView = {
      periods,
      due: [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, count]) => count),
      personCount: persons.length,
      owedCount: owed.size,
      lastBackupAt,
      backupOverdueDays: backupOverdueDays(lastBackupAt, firstEventAt, now)
    }
    return view
  })

  /** Done again from the beginning whenever it was cut short: destroying what is destroyed changes nothing. */
  const finish = Effect.fnUntraced(function* ({ run, actor, periods, keys: doomed }: RetentionDue) {
    const kept = doomed.map(({ id, subject, purpose, month }): KeptKey => {
      return { id, subject, kept: { purpose: purpose as KeptPurpose, month }, madeAt: 0, destroyed: false }
    })
    yield* keys.destroyKept(kept)
    const masterKeyReplaced = keys.replacesMasterKey
    const keyCount = doomed.length
    yield* operations.record({ type: "RetentionKeysDestroyed", actor, run, keyCount, masterKeyReplaced })
    const streams = yield* keys.streamsUnder(new Set(doomed.map(({ id }) => id)))
    const issuedAt = new Date(yield* Clock.currentTimeMillis).toISOString()
    const text = {
      format: "mimika-retention-certificate-1",
      run,
      requestedBy: actor,
      periodsInDays: periods,
      issuedAt,
      cipher: "AES-256-GCM",
      keys: doomed,
      keyEncryptionKeyReplaced: true,
      masterKeyReplaced,
      /** Unreadable from now on, here and in every copy without the keys of its time. */
      streams: streams.map(({ stream, version }) => ({ stream, eventCount: version }))
    }
    const certificate = `${JSON.stringify(text, null, 2)}\n`
    const signature = notary.sign(certificate)
    yield* operations.record({ type: "RetentionEnforced", actor, run, certificate, signature })
    const proof: RetentionProof = { run, certificate, signature, publicKey: notary.publicKey }
    return proof
  })

  /** A clock that is far ahead would take what is not due. */
  const requireHeard = Effect.fnUntraced(function* (lastEventAt: number, now: number) {
    const isSilent = (heardAt: number) => now - heardAt > silenceDaysMax * dayMs
    if (!isSilent(lastEventAt)) return
    const lastUses = yield* keys.lastUses
    const heardAt = [...lastUses.values()].reduce((one, other) => Math.max(one, other), lastEventAt)
    if (!isSilent(heardAt)) return
    return yield* new StoreUnavailable({
      action: "enforce the retention periods",
      why: `nothing was recorded for ${Math.floor((now - heardAt) / dayMs)} days, so the clock may be wrong`,
      advice: 'Check the clock, then enforce them by hand with "mimika retention run"'
    })
  })

  const runOnce = Effect.fnUntraced(function* (actor: string, byHand: boolean) {
    const before = yield* runs
    const proofs = yield* Effect.forEach([...before.owed.values()], finish)
    const { periods, now, due, persons } = yield* look
    if (!byHand && due.length + persons.length > 0) yield* requireHeard(before.lastEventAt ?? 0, now)
    const doomed = due.slice(0, keysPerRunMax)
    if (doomed.length > 0) {
      const run = globalThis.crypto.randomUUID()
      const named = doomed.map(({ id, subject, kept }) => ({ id, subject, ...kept! }))
      const request = { type: "RetentionDue", actor, run, periods, keys: named } as const
      const { barredCount } = yield* erasures
      const carried = {
        type: "OperationsCarriedOver",
        actor,
        run,
        barredCount,
        lastBackupAt: before.lastBackupAt
      } as const
      if (doomed.some(({ subject }) => subject === null)) yield* operations.record(carried, request)
      else yield* operations.record(request)
      proofs.push(yield* finish({ ...request, at: now }))
    }
    const erased = persons.slice(0, personsPerRunMax)
    const purpose = periodIsOver(periods.person)
    const done = yield* Effect.forEach(erased, (subject) => subjects.erase({ subject, actor, purpose }))
    const leftCount = due.length - doomed.length + persons.length - erased.length
    const outcome: RetentionOutcome = { proofs, persons: done, leftCount }
    return outcome
  })
  const run = (actor: string, byHand: boolean) => turn.withPermit(runOnce(actor, byHand))

  const set = Effect.fnUntraced(function* (periods: Partial<RetentionPeriods>, actor: string, purpose: string) {
    const before = yield* policy.periods
    const after = yield* policy.set(periods)
    const known = settingsOf(before)
    const changed = Object.entries(settingsOf(after)).filter(([setting, value]) => known[setting] !== value)
    if (changed.length > 0) {
      yield* operations.record(
        ...changed.map(
          ([setting, value]) => ({ type: "ConfigurationChanged", actor, purpose, setting, value }) as const
        )
      )
    }
    return after
  })

  const remind = Effect.fnUntraced(function* (actor: string) {
    const { lastBackupAt, lastReminderAt, firstEventAt } = yield* runs
    const now = yield* Clock.currentTimeMillis
    const overdueDays = backupOverdueDays(lastBackupAt, firstEventAt, now)
    if (overdueDays === null || now - (lastReminderAt ?? 0) < remindEveryDays * dayMs) return false
    yield* operations.record({ type: "BackupReminded", actor, lastBackupAt })
    yield* Effect.logWarning('A backup of the journal is owed: run "mimika backup"', {
      overdueDays,
      lastBackup: lastBackupAt === null ? "never" : new Date(lastBackupAt).toISOString()
    })
    return true
  })

  const round = Effect.fnUntraced(function* (actor: string) {
    const { proofs, persons } = yield* run(actor, false)
    if (proofs.length + persons.length > 0) {
      yield* Effect.logInfo("What was kept long enough is destroyed", { runs: proofs.length, persons: persons.length })
    }
    yield* remind(actor)
  })
  const schedule = (actor: string) =>
    Effect.forever(
      Effect.andThen(
        Effect.catch(round(actor), (error) =>
          Effect.logError("ALARM: the retention periods could not be enforced", { why: error.message })
        ),
        Effect.sleep(runEveryMs)
      )
    )
  return Retention.of({ show, run, set, remind, schedule })
})

export class Retention extends Context.Service<
  Retention,
  {
    readonly show: Effect.Effect<RetentionView, RetentionFailed>
    /** Destroys what is due. By hand it is done even when the clock looks wrong. */
    readonly run: (actor: string, byHand: boolean) => Effect.Effect<RetentionOutcome, RetentionFailed>
    readonly set: (
      periods: Partial<RetentionPeriods>,
      actor: string,
      purpose: string
    ) => Effect.Effect<RetentionPeriods, StoreUnavailable | OperationNotRecorded>
    /** Says, at most once a week, that a backup is owed; answers whether it did. */
    readonly remind: (actor: string) => Effect.Effect<boolean, RetentionFailed>
    /** Enforces at once and then every day, for good. */
    readonly schedule: (actor: string) => Effect.Effect<never>
  }
>()("actors/Retention") {
  static readonly layer = Layer.effect(Retention, make)
}
