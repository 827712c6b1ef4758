/** The auditor's reports beside live conferences: recorded first, read in small pages one report at a time, bounded in number and in time. */
import { Effect, Exit, Layer, Logger, Scope } from "effect"
import { afterEach, expect, it, vi } from "vitest"
import type { Person } from "../../actors/access.ts"
import { type CommitRecord, EventStore, StoreUnavailable } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { makeReportDesk } from "../../infra/audit/report-desk.ts"
import { MemoryStore } from "../server/memory-store.ts"

const pageMax = 32
const personOf = (account: string) => ({ account }) as Person
const wish = { from: "2026-11-01", to: "2026-12-01", reason: "monthly check" }
const marker = { type: "KeyUsed", actor: "account:1", purpose: "", key: "notary", at: Date.parse("2026-11-02") }

/** A journal of so many commits. What the desk did, in order: `recorded`, `page 0`, `page 32`. */
async function deskOver(commitCount: number, { fails = "" }: { fails?: "" | "unavailable" | "defect" } = {}) {
  const did: string[] = []
  const memory = new MemoryStore()
  const recording = Layer.effect(
    EventStore,
    Effect.map(EventStore, (store) => ({
      ...store,
      append: (commit: Parameters<typeof store.append>[0]) =>
        Effect.tap(store.append(commit), () => Effect.sync(() => did.push("recorded")))
    }))
  ).pipe(Layer.provide(memory.layer))
  const readAll: EventStore["Service"]["readAll"] = (after, commitsMax) =>
    Effect.suspend(() => {
      const from = Number(after)
      did.push(`page ${from}`)
      if (fails === "defect") return Effect.die(new Error("a fold that throws"))
      if (fails !== "") return Effect.fail(new StoreUnavailable({ action: "read", why: "gone", advice: "Wait" }))
      const count = Math.min(commitsMax, commitCount - from)
      const records = Array.from(
        { length: count },
        () => ({ erased: false, events: [marker] }) as unknown as CommitRecord
      )
      return Effect.succeed({ records, checkpoint: `${from + count}` as CommitRecord["checkpoint"] })
    })
  const journal = Layer.effect(
    EventStore,
    Effect.map(EventStore, (store) => ({ ...store, readAll }))
  ).pipe(Layer.provide(memory.layer))
  const scope = Effect.runSync(Scope.make())
  const services = Layer.merge(Layer.provide(Operations.layer, recording), journal)
  const desk = await Effect.runPromise(
    makeReportDesk(Effect.succeed(commitCount), () => undefined).pipe(Effect.provide(services), Scope.provide(scope))
  )
  opened.push(scope)
  const order = (account: string) =>
    Effect.runPromise(Effect.provide(desk.order(personOf(account), wish), Logger.layer([])))
  const runOf = (account: string, id: string) => Effect.runPromise(desk.run(personOf(account), id))
  const ended = async (account: string, id: string) => {
    await vi.waitFor(async () => expect((await runOf(account, id)).state).not.toBe("reading"), 20_000)
    return runOf(account, id)
  }
  return { did, memory, desk, order, runOf, ended }
}
const opened: Scope.Closeable[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const scope of opened.splice(0)) await Effect.runPromise(Scope.close(scope, Exit.void))
})

it("records the act before the first page, reads page after page, and counts all of them", async () => {
  const { did, memory, order, ended } = await deskOver(70)
  const { report } = await order("1")
  expect(await ended("1", report)).toMatchObject({ state: "ready", report: { eventCount: 70 } })
  expect(did).toEqual(["recorded", "page 0", `page ${pageMax}`, `page ${2 * pageMax}`])
  expect(memory.eventsOf("operations")).toMatchObject([
    { type: "PersonalDataRead", actor: "account:1", purpose: wish.reason, what: "audit report" }
  ])
})

it("reads one report at a time, and no further once its maker dropped it", async () => {
  const { did, desk, order, runOf } = await deskOver(1_000_000)
  const first = await order("1")
  const second = await order("2")
  await vi.waitFor(() => expect(did).toContain(`page ${pageMax}`), 20_000)
  expect(did.filter((step) => step === "page 0")).toHaveLength(1)
  await Effect.runPromise(desk.drop(personOf("1"), first.report))
  await vi.waitFor(() => expect(did.filter((step) => step === "page 0")).toHaveLength(2), 20_000)
  const before = did.length
  await Effect.runPromise(desk.drop(personOf("2"), second.report))
  const after = did.length
  await new Promise((resolve) => setImmediate(resolve))
  expect(did.length).toBe(after)
  expect(after - before).toBeLessThanOrEqual(1)
  await expect(runOf("2", second.report)).rejects.toThrow("Cannot find the report")
})

it("turns the maker of a seventeenth away, until one was held for half an hour", async () => {
  const { memory, order, runOf } = await deskOver(0)
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-12-02") })
  const { report } = await order("0")
  for (let account = 1; account < 16; account += 1) await order(`${account}`)
  await order("15")
  await expect(order("16")).rejects.toMatchObject({ fault: "tooManyReports" })
  expect(memory.eventsOf("operations")).toHaveLength(17)
  vi.setSystemTime(Date.now() + 30 * 60_000)
  await expect(runOf("0", report)).rejects.toMatchObject({ fault: "unknownReport" })
  await order("16")
})

it.each(["unavailable", "defect"] as const)("says that a report failed: %s", async (fails) => {
  const { order, ended } = await deskOver(3, { fails })
  const { report } = await order("1")
  expect(await ended("1", report)).toEqual({ state: "failed" })
})
