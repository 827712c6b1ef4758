/** What is erased by retention is called so: by the auditor's report, on the command line and for a past state; none of them fails over it. */
import { execFileSync } from "node:child_process"
import { rmSync } from "node:fs"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EventStore, keptScopeOf } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { pastState } from "../../actors/past.ts"
import { Directory } from "../../actors/ports.ts"
import { Retention } from "../../actors/retention.ts"
import { Subjects } from "../../actors/subjects.ts"
import { auditReportPage } from "../../infra/audit/audit-report-page.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { noConferences, subjectsIn } from "../../infra/subjects/subject-stores.ts"
import type { SubjectPurpose } from "../../machines/retention.ts"
import type { AuditReport } from "../../projections/audit-report.ts"
import { freshFolder } from "../server/core.ts"

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
const longAgo = Date.UTC(2018, 4, 15)
const lately = Date.now() - 86_400_000
const [expired, erased, mixed] = ["11111111", "22222222", "33333333"].map((id) => `${id}-1111-4111-8111-111111111111`)
let folder: string
let report: AuditReport

function at<A, E>(
  moment: number,
  steps: Effect.Effect<A, E, Retention | Subjects | Operations | EventStore | Directory>
): Promise<A> {
  const stores = subjectsIn(folder).pipe(
    Layer.provideMerge(noConferences),
    Layer.provideMerge(sqliteDirectory(folder)),
    Layer.provideMerge(journalAt({ folder }))
  )
  const timed = Effect.andThen(TestClock.setTime(moment), steps)
  const layers = stores.pipe(Layer.provideMerge(TestClock.layer()), Layer.provideMerge(Logger.layer([])))
  return Effect.runPromise(timed.pipe(Effect.scoped, Effect.provide(layers)) as Effect.Effect<A, E>)
}

const mimika = (...words: string[]) =>
  execFileSync(process.execPath, [main, ...words, "--data", folder], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"]
  })

const begin = Effect.fnUntraced(function* (client: string, stream: string, purpose: SubjectPurpose, moment: number) {
  const subject = yield* (yield* Directory).pseudonymOf("client", client)
  const keyScope = keptScopeOf(subject, purpose, moment)
  const events = [{ type: "OwnerTaken", at: moment, owner: "test" }]
  yield* (yield* EventStore).append({ stream, expectedVersion: 0, commandId: "1", keyScope, events })
  return subject
})

beforeAll(async () => {
  folder = freshFolder()
  const look = { type: "PersonalDataRead", actor: "os:officer", purpose: "letter 17", what: "conference-a" } as const
  await at(
    longAgo,
    Effect.gen(function* () {
      yield* (yield* Operations).record(look)
      yield* begin("anna", `conference-${expired}`, "expressionAnalysis", longAgo)
      yield* begin("anna", `illustration-${mixed}`, "illustrationInteraction", longAgo)
    })
  )
  await at(
    lately,
    Effect.gen(function* () {
      const subject = yield* begin("boris", `conference-${erased}`, "expressionAnalysis", lately)
      yield* (yield* Subjects).erase({ subject, actor: "os:officer", purpose: "letter 18" })
      yield* begin("anna", `conference-${mixed}`, "expressionAnalysis", lately)
      const { proofs } = yield* (yield* Retention).run("os:officer", true)
      expect(JSON.parse(proofs[0]!.certificate).keys).toHaveLength(3)
    })
  )
  report = JSON.parse(mimika("audit", "report", "--json"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the auditor's report", () => {
  it("names what is erased by kind, month and why, and counts nothing of it", () => {
    const month = new Date(lately).toISOString().slice(0, 7)
    expect(report.erased).toEqual([
      { kind: "conference", month: "2018-05", by: "retention", streamCount: 1, eventCount: 1 },
      { kind: "illustration", month: "2018-05", by: "retention", streamCount: 1, eventCount: 1 },
      { kind: "operations", month: "2018-05", by: "retention", streamCount: 1, eventCount: 1 },
      { kind: "conference", month, by: "erasure", streamCount: 1, eventCount: 1 }
    ])
    expect(report.operations.some(({ purpose }) => purpose === "letter 17")).toBe(false)
    expect(report.operations.some(({ type }) => type === "RetentionEnforced")).toBe(true)
  })

  it("says so on its page, and only of the period that was asked for", () => {
    expect(auditReportPage(report, "ru")).toContain("<td>Журнал операций</td><td>стёрто по сроку хранения</td>")
    expect(auditReportPage(report, "en")).toContain("<td>Journal of operations</td><td>erased by retention</td>")
    const since: AuditReport = JSON.parse(mimika("audit", "report", "--json", "--from", "2019-01-01"))
    expect(since.erased.map(({ by }) => by)).toEqual(["erasure"])
  })
})

describe("mimika replay", () => {
  it("says that a conference is erased by retention or with its client, and that is no failure", () => {
    expect(mimika("replay", expired!)).toContain("стёрто по сроку хранения")
    expect(mimika("replay", expired!, "--version", "1", "--lang", "en")).toContain("erased by retention")
    expect(JSON.parse(mimika("replay", erased!, "--json"))).toEqual({ conference: erased, erased: "erasure" })
  })
})

it("pastState() shows a conference whose illustrations are erased already, without a picture", async () => {
  const past = await at(
    lately,
    Effect.flatMap(EventStore, (store) => pastState(store, mixed!, "conference", { end: true }))
  )
  expect(past).toMatchObject({ versionCount: 1, picture: null })
})
