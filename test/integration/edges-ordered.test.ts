/** What an operator has done with the edges stands in the journal of operations before it is done: who, why, and which. */
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { operationsStream } from "../../actors/operations.ts"
import type { EdgesWish } from "../../infra/gateway/admin-door.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { doorOf, textOf } from "../../infra/subjects/subject-desk.ts"
import { startServer, type TestServer } from "../server/core.ts"

let server: TestServer
beforeAll(async () => {
  server = await startServer({ edges: 1 })
})
afterAll(() => server?.stop())

const orders = async () => {
  const read = Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read(operationsStream)))
  const journal = journalAt({ folder: server.dataFolder, url: undefined, readOnly: true })
  const commits = await Effect.runPromise(Effect.provide(read, journal))
  return commits.flatMap(({ events }) => events).filter(({ type }) => type === "EdgesOrdered")
}
const ask = async (wish: EdgesWish) => JSON.parse(await textOf(await doorOf(server.dataFolder)("/admin/edges", wish)))
const who = { actor: "os:operator", purpose: "more room" }

it("records what is added and drained, and nothing for a look at the list", async () => {
  const [first] = (await ask({ wish: "list" })) as readonly { readonly edge: string }[]
  expect(await orders()).toEqual([])
  expect(await ask({ wish: "add", ...who })).toHaveLength(2)
  await ask({ wish: "drain", edge: first!.edge, ...who })
  const expected = [
    { type: "EdgesOrdered", order: "add", ...who },
    { type: "EdgesOrdered", order: "drain", edge: first!.edge, ...who }
  ]
  expect(await orders()).toMatchObject(expected)
  await vi.waitFor(() => expect(server.core.edges()).toHaveLength(1), { timeout: 10_000 })
})

it("refuses an order that does not say who gives it", async () => {
  const nobody = { wish: "add" } as unknown as EdgesWish
  await expect(ask(nobody)).rejects.toThrow(/actor/)
  expect(server.core.edges()).toHaveLength(1)
})
