/** What was kept long enough goes, with proof; what was not stays; and whatever cuts a run short, the next one finishes it. */
import { execFile, execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Effect, Layer, Logger, Stream } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { BarList, SubjectKeys } from "../../actors/erasure-ports.ts"
import { EventStore, keptScopeOf, StoreUnavailable } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Retention, RetentionPolicy } from "../../actors/retention.ts"
import { Subjects } from "../../actors/subjects.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { isSignedBy } from "../../infra/subjects/notary.ts"
import { retentionAct } from "../../infra/subjects/retention-act.ts"
import { retentionFile } from "../../infra/subjects/retention-file.ts"
import { noConferences, subjectsIn } from "../../infra/subjects/subject-stores.ts"
import { dayMs } from "../../machines/retention.ts"
import { freshFolder, startServer } from "../server/core.ts"
import { eventsOf } from "../server/subject-rig.ts"

let folder: string
beforeEach(() => {
  folder = freshFolder()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Services = Retention | RetentionPolicy | Subjects | SubjectKeys | Operations | EventStore | Directory | BarList
const begunAt = Date.UTC(2027, 0, 15)

/** Runs the steps at a moment, as a process of its own would. */
function at<A, E>(moment: number, steps: Effect.Effect<A, E, Services>): Promise<A> {
  const stores = subjectsIn(folder).pipe(
    Layer.provideMerge(noConferences),
    Layer.provideMerge(sqliteDirectory(folder)),
    Layer.provideMerge(embeddedEventStore({ folder }))
  )
  const timed = Effect.andThen(TestClock.setTime(moment), steps)
  const layers = stores.pipe(Layer.provideMerge(TestClock.layer()), Layer.provideMerge(Logger.layer([])))
  return Effect.runPromise(timed.pipe(Effect.scoped, Effect.provide(layers)) as Effect.Effect<A, E>)
}

/** A conference of a client, and its illustrations, each under the key of its purpose and month. */
const confer = Effect.fnUntraced(function* (client: string, id: string, begun: number) {
  const store = yield* EventStore
  const subject = yield* (yield* Directory).pseudonymOf("client", client)
  for (const [stream, purpose] of [
    [`conference-${id}`, "expressionAnalysis"],
    [`illustration-${id}`, "illustrationInteraction"]
  ] as const) {
    const keyScope = keptScopeOf(subject, purpose, begun)
    const events = [{ type: "OwnerTaken", at: begun, owner: "test" }]
    yield* store.append({ stream, expectedVersion: 0, commandId: "1", keyScope, events })
  }
  return subject
})
const run = (byHand = true) => Effect.flatMap(Retention, (retention) => retention.run("os:officer", byHand))
const recorded = Effect.flatMap(Operations, (operations) => Stream.runCollect(operations.read()))
const afterMonths = (months: number) => Date.UTC(2027, months, 15)

describe("a run", () => {
  it("destroys what is due by purpose and month, certifies it, and leaves everything else readable", async () => {
    await at(begunAt, confer("anna", "january", begunAt))
    await at(afterMonths(1), confer("anna", "february", afterMonths(1)))
    await at(
      begunAt,
      Effect.flatMap(Retention, ({ set }) => set({ expressionAnalysis: 30 }, "os:officer", "order 7"))
    )
    const outcome = await at(
      Date.UTC(2027, 2, 5),
      Effect.gen(function* () {
        const view = yield* (yield* Retention).show
        expect(view.due).toEqual([{ purpose: "expressionAnalysis", month: "2027-01", keyCount: 1 }])
        const done = yield* run()
        expect(yield* eventsOf("conference-january")).toBe("SubjectErased")
        for (const stream of ["illustration-january", "conference-february", "illustration-february"]) {
          expect(yield* eventsOf(stream)).toBe(1)
        }
        expect((yield* (yield* Retention).show).due).toEqual([])
        const types = (yield* recorded).map(({ type }) => type)
        expect(types.slice(-3)).toEqual(["RetentionDue", "RetentionKeysDestroyed", "RetentionEnforced"])
        return done
      })
    )
    expect(outcome).toMatchObject({ persons: [], leftCount: 0 })
    const [proof] = outcome.proofs
    expect(isSignedBy(proof!.publicKey, proof!.certificate, proof!.signature)).toBe(true)
    expect(isSignedBy(proof!.publicKey, proof!.certificate.replace("2027-01", "2027-02"), proof!.signature)).toBe(false)
    expect(JSON.parse(proof!.certificate)).toMatchObject({
      keys: [{ purpose: "expressionAnalysis", month: "2027-01" }],
      streams: [{ stream: "conference-january", eventCount: 1 }],
      masterKeyReplaced: true
    })
    expect(retentionAct(proof!)).toContain("анализ выражения лица")
  })

  it("changes nothing when nothing is due, and takes nothing twice", async () => {
    await at(begunAt, confer("anna", "january", begunAt))
    await at(
      begunAt,
      Effect.map(run(), (outcome) => expect(outcome.proofs).toEqual([]))
    )
    await at(afterMonths(14), run())
    const before = await at(afterMonths(14), recorded)
    await at(
      afterMonths(14),
      Effect.map(run(), (outcome) => expect(outcome.proofs).toEqual([]))
    )
    expect(await at(afterMonths(14), recorded)).toEqual(before)
  })

  it("lets a client's export go on with what is left", async () => {
    const subject = await at(begunAt, confer("anna", "january", begunAt))
    await at(afterMonths(14), confer("anna", "later", afterMonths(14)))
    await at(afterMonths(14), run())
    const records = await at(
      afterMonths(14),
      Effect.flatMap(Subjects, ({ copyOf }) =>
        Effect.flatMap(copyOf({ subject, actor: "os:officer", purpose: "letter 17" }), Stream.runCollect)
      )
    )
    const streams = records.flatMap((record) => (record.record === "commit" ? [record.stream] : []))
    expect(streams).toEqual(["conference-later", "illustration-later"])
  })

  it("erases a person of whom nothing was left for the person's period, with a certificate of its own", async () => {
    const anna = await at(begunAt, confer("anna", "january", begunAt))
    await at(afterMonths(30), confer("boris", "later", afterMonths(30)))
    await at(afterMonths(14), run())
    await at(
      afterMonths(35),
      Effect.map(run(), ({ persons }) => expect(persons).toEqual([]))
    )
    await at(
      afterMonths(40),
      Effect.gen(function* () {
        const { persons } = yield* run()
        expect(persons.map(({ subject }) => subject)).toEqual([anna])
        // Her own key, and one for each purpose of the month.
        expect(JSON.parse(persons[0]!.certificate).destroyedKeys).toHaveLength(3)
        const directory = yield* Directory
        expect(yield* directory.find("client", "anna")).toBe(null)
        expect(yield* directory.find("client", "boris")).not.toBe(null)
        expect((yield* (yield* BarList).bars).map(({ subject }) => subject)).toEqual([anna])
      })
    )
  })

  it("that was cut short after it became due is finished by the next, and proven once", async () => {
    await at(begunAt, confer("anna", "january", begunAt))
    const cut = Effect.gen(function* () {
      const keys = yield* SubjectKeys
      const due = (yield* keys.all).flatMap(({ id, subject, kept }) =>
        kept === null ? [] : [{ id, subject, ...kept }]
      )
      const periods = yield* (yield* RetentionPolicy).periods
      yield* (yield* Operations).record({ type: "RetentionDue", actor: "os:officer", run: "cut", periods, keys: due })
    })
    await at(afterMonths(14), cut)
    const { proofs } = await at(afterMonths(14), run())
    expect(proofs.map((proof) => proof.run)).toEqual(["cut"])
    expect(await at(afterMonths(14), eventsOf("conference-january"))).toBe("SubjectErased")
    expect(await at(afterMonths(14), run())).toMatchObject({ proofs: [] })
  })

  it("by schedule waits for a person when the clock may be wrong", async () => {
    await at(begunAt, confer("anna", "january", begunAt))
    const error = await at(afterMonths(14), Effect.flip(run(false)))
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error.message).toContain("Check the clock")
    expect(await at(afterMonths(14), eventsOf("conference-january"))).toBe(1)
    expect(await at(afterMonths(14), run(true))).toMatchObject({ proofs: [{}] })
  })
})

describe("the periods", () => {
  it("are on record with who set them and why, and bad ones are refused", async () => {
    await at(
      begunAt,
      Effect.gen(function* () {
        const { set } = yield* Retention
        yield* set({ person: 2000 }, "os:officer", "order 7")
        const last = (yield* recorded).at(-1)
        expect(last).toMatchObject({
          setting: "retention.person",
          value: "2000 days",
          actor: "os:officer",
          purpose: "order 7"
        })
        const refused = yield* Effect.flip(set({ person: 3 }, "os:officer", "order 8"))
        expect(refused.message).toContain('"person" must be 7 to')
      })
    )
  })

  it("that cannot be read destroy nothing and are not taken for the defaults", async () => {
    await at(begunAt, confer("anna", "january", begunAt))
    writeFileSync(retentionFile(folder), '{"expressionAnalysis": 1}')
    const error = await at(afterMonths(14), Effect.flip(run()))
    expect(error.message).toContain("Cannot read the retention periods")
    expect(await at(afterMonths(14), eventsOf("conference-january"))).toBe(1)
  })
})

describe("the reminder of a backup", () => {
  it("comes after half a year, once a week, until a backup of the journal is made", async () => {
    const remind = Effect.flatMap(Retention, (retention) => retention.remind("server"))
    const record = (holds: "journal" | "keys") =>
      Effect.flatMap(Operations, (operations) =>
        operations.record({ type: "BackupWritten", actor: "os:operator", purpose: "weekly", holds, sha256: "0" })
      )
    await at(begunAt, record("keys"))
    expect(await at(begunAt + 181 * dayMs, remind)).toBe(false)
    expect(await at(begunAt + 182 * dayMs, remind)).toBe(true)
    expect(await at(begunAt + 183 * dayMs, remind)).toBe(false)
    expect(await at(begunAt + 190 * dayMs, remind)).toBe(true)
    expect((await at(begunAt, recorded)).at(-1)).toMatchObject({ type: "BackupReminded", lastBackupAt: null })
    await at(begunAt + 191 * dayMs, record("journal"))
    expect(await at(begunAt + 200 * dayMs, remind)).toBe(false)
    expect(await at(begunAt + 374 * dayMs, remind)).toBe(true)
  })
})

describe("mimika retention", () => {
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
  const mimika = (...words: string[]) =>
    execFileSync(process.execPath, [main, "retention", ...words, "--data", folder], { encoding: "utf8" })

  it("shows, sets and enforces, and writes certificate and act", async () => {
    const longAgo = Date.UTC(2020, 0, 15)
    await at(longAgo, confer("anna", "old", longAgo))
    expect(mimika("set", "illustrationInteraction", "400", "--reason", "order 7")).toContain("400")
    expect(mimika("show")).toContain("2020-01 анализ выражения лица: ключей — 1")
    const out = join(folder, "out")
    expect(mimika("run", "--out", out)).toContain("ключей — 2")
    const [only] = readdirSync(out)
    expect(readdirSync(join(out, only!)).sort()).toEqual([
      "act.html",
      "certificate-key.pem",
      "certificate.json",
      "certificate.sig"
    ])
    expect(JSON.parse(readFileSync(join(out, only!, "certificate.json"), "utf8")).keys).toHaveLength(2)
    expect(existsSync(retentionFile(folder))).toBe(true)
    expect(JSON.parse(mimika("show", "--json"))).toMatchObject({
      due: [],
      owedCount: 0,
      periods: { illustrationInteraction: 400 }
    })
  })

  it("goes through the running server, and nothing is destroyed or proven twice", async () => {
    const longAgo = Date.UTC(2020, 0, 15)
    await at(longAgo, confer("anna", "old", longAgo))
    // Something was recorded lately, so the clock is believed.
    await at(Date.now(), confer("boris", "new", Date.now()))
    const server = await startServer({ dataFolder: folder })
    const ask = async (...words: string[]) => {
      const command = [main, "retention", ...words, "--data", folder, "--json"]
      return JSON.parse((await promisify(execFile)(process.execPath, command)).stdout)
    }
    // It waits for the run of the start, or is the first itself.
    await ask("run")
    expect(await ask("show")).toMatchObject({ due: [], owedCount: 0 })
    expect(await ask("set", "person", "2000", "--reason", "order 7")).toMatchObject({ person: 2000 })
    expect(await ask("run")).toEqual({ keyCount: 0, personCount: 0, leftCount: 0 })
    await server.stop()
    const types = (await at(Date.now(), recorded)).map(({ type }) => type)
    expect(types.filter((type) => type === "RetentionEnforced")).toHaveLength(1)
    expect(await at(Date.now(), eventsOf("conference-old"))).toBe("SubjectErased")
    expect(await at(Date.now(), eventsOf("conference-new"))).toBe(1)
  })
})
