/** Who goes on watching a feed: whoever is still signed in with that session and still has the permission, and nobody else for long. */
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { expect, it } from "vitest"
import type { Person, Role } from "../../actors/access.ts"
import type { GatewaySocket } from "../../actors/gateway.ts"
import { Operations } from "../../actors/operations.ts"
import { type Feed, makeFeeds } from "../../infra/console/feeds.ts"

const manager: Person = {
  account: "a",
  login: "anna",
  name: "Анна",
  roles: ["manager"],
  team: null,
  session: "session-1"
}
const request = new Request("https://localhost/api/feeds/live", { method: "POST" })

/** A feed that a manager watches; `becomes` says who stands behind the request from then on. Answers how the socket was closed. */
const watched = (becomes: Person | null) =>
  Effect.gen(function* () {
    let now: Person | null = manager
    let isOver = false
    const end = () => {
      isOver = true
    }
    const feed: Feed = { door: "POST /api/feeds/live", prepare: () => Effect.succeed(() => end) }
    const { routes, path } = yield* makeFeeds([feed], () => Effect.sync(() => now))
    const [route] = routes
    const asked = { request, parameters: {}, query: new URLSearchParams(), address: "::1", person: manager, body: {} }
    const { ticket } = (yield* route!.handle(asked)) as { readonly ticket: string }
    let closed: number | null = null
    const socket = {
      attachment: undefined as unknown,
      remoteAddress: "::1",
      bufferedBytes: 0,
      clientAccessToken: null,
      send: () => true,
      admit: () => {},
      close(code: number) {
        closed = code
        path.handlers.closed(socket as never, code, "")
      }
    }
    socket.attachment = path.handlers.open(socket as unknown as GatewaySocket<never>)
    path.handlers.text(socket as never, ticket)
    yield* TestClock.adjust(30_000)
    expect([closed, isOver]).toEqual([null, false])
    now = becomes
    yield* TestClock.adjust(10_000)
    return { closed, isOver }
  }).pipe(
    Effect.scoped,
    Effect.provide(Layer.succeed(Operations)({ refused: () => Effect.void } as unknown as Operations["Service"])),
    Effect.provide(TestClock.layer()),
    Effect.runPromise
  )
const withRoles = (...roles: readonly Role[]): Person => ({ ...manager, roles })

it.each<[string, Person | null]>([
  ["is signed out", null],
  ["has lost the role", withRoles("auditor")],
  ["has signed in anew, with another session", { ...manager, session: "session-2" }]
])("whoever %s watches ten seconds more at most", async (_, becomes) => {
  expect(await watched(becomes)).toEqual({ closed: 4401, isOver: true })
})

it("whoever still has the role goes on, whatever else changes", async () => {
  expect(await watched(withRoles("manager", "supervisor"))).toEqual({ closed: null, isOver: false })
})
