/** The files for the CRM over time: what is written once, what is tried again, and what is taken back. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, describe, expect, it } from "vitest"
import { EndedConferences } from "../../actors/ended-conferences.ts"
import { OperationNotRecorded, Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Withdrawals } from "../../actors/withdrawals.ts"
import { handOverToCrm, outFolder } from "../../infra/exchange/crm-files.ts"
import type { EndedConferenceRow } from "../../projections/ended-conferences.ts"
import { emptyReport, reportOf } from "../../projections/report.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const rowOf = (conference: string, subject: string, agreed = true): EndedConferenceRow => ({
  conference,
  call: "f",
  subject,
  manager: "m",
  startedAt: 0,
  endedAt: 1,
  purposes: agreed ? ["crmTransfer"] : [],
  consents: [],
  report: reportOf(emptyReport)
})

/** The handing over in a world of the test's. */
function world(rows: readonly EndedConferenceRow[]) {
  const folder = mkdtempSync(join(tmpdir(), "mimika-test-"))
  folders.push(folder)
  const state = {
    recorded: 0,
    journalIsAway: false,
    withdrawn: new Set<string>(),
    erased: new Set<string>(),
    listener: (_row: EndedConferenceRow) => {}
  }
  const away = new OperationNotRecorded({ operation: "PersonalDataRead", why: "the journal is away" })
  const withdrawnAt = (subject: string) => (state.withdrawn.has(subject) ? 2 : Number.NEGATIVE_INFINITY)
  const fakes = Layer.mergeAll(
    Layer.succeed(Directory)({
      detailsOf: (_kind: string, subject: string) =>
        Effect.sync(() => (state.erased.has(subject) ? null : { externalId: `id-${subject}`, crmIds: [] }))
    } as never),
    Layer.succeed(EndedConferences)({
      since: () => Effect.succeed(rows),
      listen: (listener: typeof state.listener) => {
        state.listener = listener
        return () => {}
      }
    } as never),
    Layer.succeed(Operations)({
      record: () =>
        Effect.suspend(() => (state.journalIsAway ? Effect.fail(away) : Effect.sync(() => state.recorded++)))
    } as never),
    Layer.succeed(Withdrawals)({
      withdrawnAt: (subject: string) => Effect.sync(() => withdrawnAt(subject)),
      standing: (given: readonly EndedConferenceRow[]) =>
        Effect.sync(() => given.filter(({ subject, endedAt }) => endedAt > withdrawnAt(subject)))
    } as never),
    TestClock.layer(),
    Logger.layer([])
  )
  const out = outFolder(folder)
  const run = <E>(steps: Effect.Effect<void, E>) =>
    Effect.runPromise(
      Effect.andThen(handOverToCrm(folder), Effect.andThen(TestClock.adjust(0), steps)).pipe(
        Effect.scoped,
        Effect.provide(fakes)
      )
    )
  return { state, run, out, filesNow: () => (existsSync(out) ? readdirSync(out).sort() : []) }
}

describe("the files for the CRM", () => {
  it("are written for those who agreed, also when they ended before the start, and once", async () => {
    const { run, filesNow, state, out } = world([rowOf("a", "s1"), rowOf("b", "s2", false)])
    await run(Effect.void)
    expect(filesNow()).toEqual(["a.json"])
    rmSync(join(out, "a.json"))
    await run(TestClock.adjust(60_000))
    expect([filesNow(), state.recorded]).toEqual([[], 1])
  })

  it("are written when a conference ends, and never before it is recorded", async () => {
    const { run, filesNow, state } = world([])
    await run(
      Effect.gen(function* () {
        state.journalIsAway = true
        state.listener(rowOf("c", "s1"))
        yield* TestClock.adjust(0)
        expect(filesNow()).toEqual([])
        state.journalIsAway = false
        state.listener(rowOf("d", "s1"))
        yield* TestClock.adjust(0)
        expect(filesNow()).toEqual(["d.json"])
      })
    )
  })

  it("are neither written nor recorded for a client who has withdrawn meanwhile", async () => {
    const { run, filesNow, state } = world([rowOf("a", "s1"), rowOf("b", "s2")])
    state.withdrawn.add("s1")
    await run(Effect.sync(() => expect([filesNow(), state.recorded]).toEqual([["b.json"], 1])))
  })

  it("are tried again after a failure", async () => {
    const { run, filesNow, state } = world([rowOf("a", "s1")])
    state.journalIsAway = true
    await run(
      Effect.gen(function* () {
        expect(filesNow()).toEqual([])
        state.journalIsAway = false
        yield* TestClock.adjust(10_000)
        expect(filesNow()).toEqual(["a.json"])
      })
    )
  })

  it("are taken back within ten seconds when the client withdraws or is erased, if the CRM has not fetched them", async () => {
    const { run, filesNow, state } = world([rowOf("a", "s1"), rowOf("b", "s2"), rowOf("c", "s3")])
    await run(
      Effect.gen(function* () {
        expect(filesNow()).toEqual(["a.json", "b.json", "c.json"])
        state.withdrawn.add("s1")
        state.erased.add("s2")
        yield* TestClock.adjust(10_000)
        expect(filesNow()).toEqual(["c.json"])
      })
    )
  })
})
