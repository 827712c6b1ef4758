/**
 * Every route that the running console serves, asked by every role and by nobody: who may is exactly who the one table says. New
 * routes are walked by themselves, because the list is the server's own.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { permissions, type Role, roles } from "../../actors/access.ts"
import { commands, operatorWishes, routes as routeTable, sockets } from "../../actors/doors.ts"
import type { Route } from "../../infra/console/route.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { type Answer, browserOf, type StaffBrowser, staffOf } from "../server/staff.ts"

let server: TestServer
let routes: readonly Route[]
const people = new Map<Role, StaffBrowser>()
const staffRoles = roles.filter((role) => role !== "service")

beforeAll(async () => {
  server = await startServer({ console: true })
  routes = server.core.console?.routes ?? []
  const staff = await staffOf(server)
  for (const role of staffRoles) people.set(role, await staff.person(`walk-${role}`, [role]))
})
afterAll(() => server?.stop())

const pathOf = ({ path }: Route) => path.replace(/:\w+/g, "nothing")
/** Routes that would end what the walk needs. */
const ends = (route: Route) => route.path === "/api/sign-out"

/** So many routes from one address are more than its rate allows on a quick machine: who is told to wait waits, and asks again. */
async function patiently(asking: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await asking()
    if (answer.status !== 429) return answer
    await sleep(1000 * Number(answer.headers["retry-after"]))
  }
}
const ask = (browser: StaffBrowser, route: Route) => {
  const path = pathOf(route)
  return patiently(() => (route.method === "GET" ? browser.get(path) : browser.send(route.method, path, {})))
}

it("has no permission that no door takes", () => {
  const tables = [routeTable, ...Object.values(sockets), operatorWishes, commands]
  const taken = new Set(tables.flatMap((table) => Object.values(table).flat()))
  expect(Object.keys(permissions).filter((permission) => !taken.has(permission))).toEqual([])
})

describe("every route", () => {
  it("is in the table of doors, and every door of the table is a route", () => {
    const served = routes.map((route) => [
      `${route.method} ${route.path}`,
      "permission" in route ? route.permission : route.audience
    ])
    expect(served.sort()).toEqual(Object.entries(routeTable).sort())
  })

  it("that names a permission is closed to nobody's browser", async () => {
    const stranger = browserOf(server.core.console?.url ?? "", server.core.certificateFile)
    for (const route of routes.filter((one) => "permission" in one)) {
      expect([route.path, (await ask(stranger, route)).status]).toEqual([route.path, 401])
    }
  })

  it.each(staffRoles)("answers a %s exactly where the table lets that role in", async (role) => {
    const person = people.get(role)!
    for (const route of routes) {
      if (!("permission" in route) || ends(route)) continue
      const mayDo = (permissions[route.permission] as readonly Role[]).includes(role)
      const { status } = await ask(person, route)
      expect([route.method, route.path, role, status === 403]).toEqual([route.method, route.path, role, !mayDo])
    }
  })

  it("of a client's page is closed to every role and to nobody: it takes the cookie of a client's visit", async () => {
    const stranger = browserOf(server.core.console?.url ?? "", server.core.certificateFile)
    for (const route of routes.filter((one) => "audience" in one && one.audience === "client")) {
      for (const browser of [stranger, ...people.values()]) {
        const { status } = await ask(browser, route)
        expect([route.path, status >= 400 && status < 500]).toEqual([route.path, true])
      }
    }
  })

  it("refuses changes that do not come from our own page, whoever asks", async () => {
    const everybody = [...people.values()]
    for (const [index, route] of routes.filter(({ method }) => method !== "GET").entries()) {
      const person = everybody[index % everybody.length]!
      const from = (headers: Readonly<Record<string, string>>) =>
        patiently(() => person.send(route.method, pathOf(route), {}, headers))
      const plain = await from({ "x-mimika": "" })
      expect([route.path, plain.status]).toEqual([route.path, 403])
      const foreign = await from({ origin: "https://elsewhere.example" })
      expect([route.path, foreign.status]).toEqual([route.path, 403])
    }
  })

  it("answers with headers that keep a browser safe", async () => {
    const { headers } = await people.get("manager")!.get("/api/me")
    expect(headers["strict-transport-security"]).toMatch(/max-age=31536000/)
    expect(headers["content-security-policy"]).toContain("default-src 'none'")
    expect(headers["content-security-policy"]).not.toContain("unsafe-inline")
    expect(headers["x-content-type-options"]).toBe("nosniff")
    expect(headers["cache-control"]).toBe("no-store")
  })
})
