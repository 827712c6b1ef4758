/** The proof of a consent lies apart from the conference: it outlives the readings, and not the person. */
import { rmSync } from "node:fs"
import { Effect, Layer, Logger, Stream } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, beforeEach, expect, it } from "vitest"
import { keepEvidence } from "../../actors/consent-evidence.ts"
import { EventStore, keptScopeOf } from "../../actors/event-store.ts"
import { Directory } from "../../actors/ports.ts"
import { Retention } from "../../actors/retention.ts"
import { Subjects } from "../../actors/subjects.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { makeExportPage } from "../../infra/subjects/export-page.ts"
import { noConferences, subjectsIn } from "../../infra/subjects/subject-stores.ts"
import { foldAudit } from "../../projections/audit-report.ts"
import { freshFolder } from "../server/core.ts"
import { eventsOf } from "../server/subject-rig.ts"

let folder: string
beforeEach(() => {
  folder = freshFolder()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const begunAt = Date.UTC(2027, 0, 15)
const afterMonths = (months: number) => Date.UTC(2027, months, 15)

/** Runs the steps at a moment, as a process of its own would. */
function at<A, E>(moment: number, steps: Effect.Effect<A, E, Retention | Subjects | EventStore | Directory>) {
  const stores = subjectsIn(folder).pipe(
    Layer.provideMerge(noConferences),
    Layer.provideMerge(sqliteDirectory(folder)),
    Layer.provideMerge(embeddedEventStore({ folder }))
  )
  const layers = stores.pipe(Layer.provideMerge(TestClock.layer()), Layer.provideMerge(Logger.layer([])))
  const timed = Effect.andThen(TestClock.setTime(moment), steps)
  return Effect.runPromise(timed.pipe(Effect.scoped, Effect.provide(layers)) as Effect.Effect<A, E>)
}
const begin = Effect.fnUntraced(function* (client: string, id: string, begun: number) {
  const subject = yield* (yield* Directory).pseudonymOf("client", client)
  const keyScope = keptScopeOf(subject, "expressionAnalysis", begun)
  const events = [{ type: "OwnerTaken", at: begun, owner: "test" }]
  yield* (yield* EventStore).append({
    stream: `conference-${id}`,
    expectedVersion: 0,
    commandId: "1",
    keyScope,
    events
  })
  return subject
})
const run = () => Effect.flatMap(Retention, (retention) => retention.run("os:officer", true))

it("stays when the readings go, in exports and reports too, and goes after its own period or with the person", async () => {
  const said = { at: begunAt, consent: "c1" }
  const shown = { textVersion: "bank-7", textSha256: "ab".repeat(32), purposes: ["expressionAnalysis"] as const }
  const agree = (subject: string, id: string) =>
    Effect.gen(function* () {
      const conference = { id, subject, startedAt: begunAt }
      yield* keepEvidence(conference, { type: "ConsentEvidenced", ...said, ...shown, givenAt: begunAt - 9 })
      yield* keepEvidence(conference, { type: "WithdrawalEvidenced", at: begunAt + 5, consent: "c1" })
    })
  const anna = await at(begunAt, begin("anna", "january", begunAt))
  const boris = await at(begunAt, begin("boris", "winter", begunAt))
  await at(begunAt, Effect.andThen(agree(anna, "january"), agree(boris, "winter")))
  const records = await at(
    afterMonths(14),
    Effect.gen(function* () {
      yield* run()
      expect(yield* eventsOf("conference-january")).toBe("SubjectErased")
      const subjects = yield* Subjects
      yield* subjects.erase({ subject: boris, actor: "os:officer", purpose: "letter 18" })
      expect(yield* eventsOf("consents-winter")).toBe("SubjectErased")
      return yield* Stream.runCollect(
        yield* subjects.copyOf({ subject: anna, actor: "os:officer", purpose: "letter 17" })
      )
    })
  )
  const events = records.flatMap((record) => (record.record === "commit" ? record.events : []))
  const who = { conference: "january", subject: anna }
  expect(events).toEqual([
    { type: "ConsentEvidenced", ...said, ...shown, givenAt: begunAt - 9, ...who },
    { type: "WithdrawalEvidenced", at: begunAt + 5, consent: "c1", ...who }
  ])
  const fold = foldAudit(0, Number.MAX_SAFE_INTEGER)
  for (const event of [{ ...events[0]!, type: "ConsentGiven" }, ...events]) fold.take(event)
  expect(fold.report().consents).toEqual({ expressionAnalysis: { given: 1, withdrawn: 1 } })
  const page = makeExportPage("en")
  for (const record of records) page.take(record)
  expect(page.finish()).toContain("Consents: proofs")
  expect(page.finish()).toContain("bank-7")

  await at(afterMonths(36), run())
  expect(await at(afterMonths(36), eventsOf("consents-january"))).toBe(2)
  await at(afterMonths(38), run())
  expect(await at(afterMonths(38), eventsOf("consents-january"))).toBe("SubjectErased")
})
