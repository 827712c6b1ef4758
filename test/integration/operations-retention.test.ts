/** The journal of operations goes month by month when its period is over; what is still owed or asked for does not go with it. */
import { cpSync, rmSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Logger, Stream } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { Operations, operationsStream } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { Retention } from "../../actors/retention.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { Subjects } from "../../actors/subjects.ts"
import { verifyJournal } from "../../infra/audit/audit-verify.ts"
import { fileLogIdentity, readVerifierKey, sha256 } from "../../infra/audit/log-key.ts"
import { sqliteProofLog, sqliteProofLogReader } from "../../infra/audit/proof-log-sqlite.ts"
import { sqliteCommitStore } from "../../infra/journal/commit-store-sqlite.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import type { KeyStore } from "../../infra/keys/key-store.ts"
import { barListFile } from "../../infra/subjects/bar-list.ts"
import { retentionAct } from "../../infra/subjects/retention-act.ts"
import { noConferences, subjectsIn } from "../../infra/subjects/subject-stores.ts"
import { dayMs, defaultPeriods } from "../../machines/retention.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { freshFolder } from "../server/core.ts"

let folder: string
let copies: string[]
beforeEach(() => {
  folder = freshFolder()
  copies = []
})
afterEach(() => {
  for (const one of [folder, ...copies]) rmSync(one, { recursive: true, force: true })
})

type Services = Retention | Subjects | Operations | EventStore | Directory | KeyStore
const january = Date.UTC(2027, 0, 15)
const february = Date.UTC(2027, 1, 15)
/** January's operations are due then, and no others. */
const januaryDue = Date.UTC(2027, 1, 1) + defaultPeriods.operations * dayMs

/** Runs the steps at a moment, as a process of its own would. */
function at<A, E>(moment: number, steps: Effect.Effect<A, E, Services>, place = folder): Promise<A> {
  const stores = subjectsIn(place).pipe(
    Layer.provideMerge(noConferences),
    Layer.provideMerge(sqliteDirectory(place)),
    Layer.provideMerge(embeddedEventStore({ folder: place }))
  )
  const timed = Effect.andThen(TestClock.setTime(moment), steps)
  const layers = stores.pipe(Layer.provideMerge(TestClock.layer()), Layer.provideMerge(Logger.layer([])))
  return Effect.runPromise(timed.pipe(Effect.scoped, Effect.provide(layers)) as Effect.Effect<A, E>)
}

const look = (what: string) =>
  Effect.flatMap(Operations, (operations) =>
    operations.record({ type: "PersonalDataRead", actor: "os:officer", purpose: "letter 17", what })
  )
const recorded = Effect.flatMap(Operations, (operations) => Stream.runCollect(operations.read()))
const looks = Effect.map(recorded, (events) =>
  events.flatMap((event) => (event.type === "PersonalDataRead" ? [event.what] : []))
)
const run = Effect.flatMap(Retention, (retention) => retention.run("os:officer", true))
const due = Effect.flatMap(Retention, ({ show }) => Effect.map(show, (view) => view.due))

/** The log of proofs as far as the journal goes, signed. */
const prove = () => {
  const layers = sqliteProofLog(folder).pipe(
    Layer.provideMerge(fileLogIdentity(join(folder, "keys"))),
    Layer.provideMerge(embeddedEventStore({ folder }))
  )
  const steps = Effect.gen(function* () {
    yield* (yield* makeSequencer).catchUp
    return (yield* (yield* ProofLog).checkpoints()).signed!
  })
  return Effect.runPromise(Effect.provide(steps, layers))
}

describe("a month of operations", () => {
  it("is due when its period is over, and goes with certificate and act, while others stay readable", async () => {
    await at(january, look("conference-a"))
    await at(february, look("conference-b"))
    await at(
      januaryDue - 1,
      Effect.map(due, (keys) => expect(keys).toEqual([]))
    )
    const { proofs } = await at(
      januaryDue,
      Effect.gen(function* () {
        expect(yield* due).toEqual([{ purpose: "operations", month: "2027-01", keyCount: 1 }])
        return yield* run
      })
    )
    expect(JSON.parse(proofs[0]!.certificate)).toMatchObject({
      keys: [{ subject: null, purpose: "operations", month: "2027-01" }],
      streams: [{ stream: operationsStream, eventCount: 1 }]
    })
    expect(retentionAct(proofs[0]!)).toContain("журнал операций")
    await at(
      januaryDue,
      Effect.gen(function* () {
        expect(yield* due).toEqual([])
        expect(yield* looks).toEqual(["conference-b"])
        const store = yield* EventStore
        const refused = yield* Effect.flip(Stream.runDrain(store.read(operationsStream)))
        expect(refused._tag).toBe("SubjectErased")
        yield* look("conference-c")
        expect(yield* looks).toEqual(["conference-b", "conference-c"])
      })
    )
  })

  it("leaves every proof what it was", async () => {
    await at(january, look("conference-a"))
    await at(february, look("conference-b"))
    const kept = await prove()
    await at(januaryDue, run)
    await prove()
    const hasher = treeHasher(sha256)
    const log = readVerifierKey(join(folder, "keys", "log-key.pub"))
    const readers = Layer.merge(sqliteCommitStore({ folder, readOnly: true }), sqliteProofLogReader(folder, hasher))
    const verdict = await Effect.runPromise(
      Effect.provide(verifyJournal({ log, witnesses: [], kept: [kept], hasher, progress: () => {} }), readers)
    )
    expect(verdict.findings).toEqual([])
    expect(verdict.covered).toBeGreaterThan(2)
  })

  it("does not open in a backup of its time with the keys of today", async () => {
    await at(january, look("conference-a"))
    await at(february, look("conference-b"))
    const backup = freshFolder()
    copies.push(backup)
    cpSync(folder, backup, { recursive: true })
    await at(januaryDue, run)
    rmSync(join(backup, "keys"), { recursive: true })
    cpSync(join(folder, "keys"), join(backup, "keys"), { recursive: true })
    expect(await at(januaryDue, looks, backup)).toEqual(["conference-b"])
  })

  it("takes no record from a clock that stands years back, and says so", async () => {
    await at(january, look("conference-a"))
    await at(januaryDue, run)
    const refused = await at(january + dayMs, Effect.flip(look("conference-b")))
    expect(refused.message).toContain("the clock says 2027-01")
    expect(await at(januaryDue, looks)).toEqual([])
  })

  it("stays while an erasure that was asked for in it is owed", async () => {
    const asked = { actor: "os:officer", purpose: "letter 17", erasure: "1", subject: "nobody-yet" }
    await at(
      january,
      Effect.flatMap(Operations, ({ record }) => record({ type: "SubjectErasureRequested", ...asked }))
    )
    const done = Effect.flatMap(Operations, ({ record }) =>
      record({
        type: "SubjectErased",
        actor: asked.actor,
        erasure: "1",
        subject: asked.subject,
        certificate: "",
        signature: ""
      })
    )
    await at(
      januaryDue,
      Effect.gen(function* () {
        expect(yield* due).toEqual([])
        yield* done
        expect(yield* due).toMatchObject([{ month: "2027-01" }])
      })
    )
  })

  it("leaves behind when the last backup was made, and how long the bar list must be", async () => {
    const subject = await at(
      january,
      Effect.gen(function* () {
        const subject = yield* (yield* Directory).pseudonymOf("client", "anna")
        yield* (yield* Subjects).erase({ subject, actor: "os:officer", purpose: "letter 17" })
        const backup = { actor: "os:operator", purpose: "weekly", holds: "journal", sha256: "0" } as const
        yield* (yield* Operations).record({ type: "BackupWritten", ...backup })
        return subject
      })
    )
    const before = await at(
      januaryDue,
      Effect.flatMap(Retention, ({ show }) => show)
    )
    await at(januaryDue, run)
    await at(
      januaryDue,
      Effect.gen(function* () {
        expect((yield* recorded).some((event) => "subject" in event && event.subject === subject)).toBe(false)
        expect((yield* (yield* Retention).show).lastBackupAt).toBe(before.lastBackupAt)
        yield* (yield* Subjects).settle
      })
    )
    truncateSync(barListFile(folder))
    const refused = await at(januaryDue, Effect.flip(Effect.flatMap(Subjects, ({ settle }) => settle)))
    expect(refused.message).toContain("the bar list names 0 destroyed keys, the journal knows of 1")
  })
})

it("what versions before the months recorded under one key stays, and is read together with what is recorded since", async () => {
  const keyScope = { kind: "operations" } as const
  const events = [{ type: "PersonalDataRead", at: january, actor: "os:officer", purpose: "", what: "conference-old" }]
  await at(
    january,
    Effect.flatMap(EventStore, (store) =>
      store.append({ stream: operationsStream, expectedVersion: 0, commandId: "1", keyScope, events })
    )
  )
  await at(february, look("conference-b"))
  await at(januaryDue + 40 * dayMs, run)
  expect(await at(januaryDue, looks)).toEqual(["conference-old"])
})
