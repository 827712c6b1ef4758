/** Whoever a token stands for may ask so often and no more, at each door: the refusal says when to come back, and nobody beside pays for it. */
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { join } from "node:path"
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { Operations } from "../../actors/operations.ts"
import { analyticsTokenFile } from "../../infra/exchange/analytics-socket.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import {
  accessTokenRate,
  analyticsRate,
  callRate,
  conferenceRate,
  consoleRate,
  operatorRate,
  sessionRate
} from "../../infra/security/rate-limit.ts"
import { closeCodes } from "../../machines/wire.ts"
import type { ClientLink, Scheduled } from "../../projections/console.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { openControl, openRaw, openStream, RawSocket, startMessage } from "../server/raw-client.ts"
import { type Answer, browserOf, type StaffBrowser, staffOf } from "../server/staff.ts"

/** Asks until it is told to slow down, and answers after how many; more than the bucket holds and fills meanwhile is a fault. */
async function untilSlowed(burst: number, ask: () => Promise<Answer>): Promise<{ asked: number; refusal: Answer }> {
  for (let asked = 0; asked < 4 * burst; asked += 1) {
    const answer = await ask()
    if (answer.status === 429) return { asked, refusal: answer }
    expect(answer.status).toBeLessThan(300)
  }
  throw new Error("it was never refused")
}

function expectHint({ headers, json }: Answer): void {
  expect(json).toMatchObject({ tag: "slowDown", retryAfterMs: expect.any(Number) })
  expect(Number(headers["retry-after"])).toBeGreaterThan(0)
}

describe("a rate for each token", () => {
  let server: TestServer
  let admin: StaffBrowser
  let manager: StaffBrowser
  beforeAll(async () => {
    server = await startServer({ console: true })
    const staff = await staffOf(server)
    admin = staff.admin
    manager = await staff.person("ivanova", ["manager"])
  }, 60_000)
  afterAll(() => server.stop())

  it("bounds one session's requests, and not those of another session from the same address", async () => {
    const { asked, refusal } = await untilSlowed(sessionRate.burst, () => admin.get("/api/me"))
    expect(asked).toBeGreaterThan(sessionRate.burst / 2)
    expect(asked).toBeLessThan(consoleRate.burst)
    expectHint(refusal)
    expect((await manager.get("/api/me")).status).toBe(200)
  })

  it("bounds one client's visit, and not the manager who invited", async () => {
    const planned = await manager.post("/api/conferences", { clientId: "client-9", title: "t", clientLabel: "c" })
    const { json } = await manager.post(`/api/conferences/${(planned.json as Scheduled).id}/link`)
    const client = browserOf(server.core.console!.url, server.core.certificateFile)
    await client.post("/client/api/open", { token: new URL((json as ClientLink).url).hash.slice(1) })
    const { asked, refusal } = await untilSlowed(sessionRate.burst, () => client.get("/client/api/state"))
    expect(asked).toBeLessThan(consoleRate.burst)
    expectHint(refusal)
    expect((await manager.get("/api/me")).status).toBe(200)
  })

  it("bounds calls with one access token, from however many addresses they come", async () => {
    // From each address less than one address may.
    const each = callRate.burst / 2
    const refusals: { readonly retryAfterMs?: number; readonly message: string }[] = []
    for (let address = 2; refusals.length === 0; address += 1) {
      // The bucket fills while they call, so they call together; 127.0.0.0/8 has addresses enough.
      expect(address).toBeLessThan(255)
      const controls = await Promise.all(
        Array.from({ length: each }, () => openControl(server, { localAddress: `127.0.0.${address}` }))
      )
      for (const [call, control] of controls.entries()) {
        control.say(startMessage(server, `flood-${call}`, { role: "manager" }))
      }
      for (const control of controls) {
        const refused = await control.hear(({ type }) => type === "refused")
        if (refused.reason === "full") refusals.push(refused)
        else expect(refused.reason).toBe("roleRefused")
        control.socket.terminate()
      }
    }
    expect(refusals[0]).toMatchObject({ message: expect.stringContaining("calls with one access token") })
    expect(refusals[0]!.retryAfterMs).toBeLessThanOrEqual(1000 / accessTokenRate.perSecond)
    // It fills up again, and who resumes needs no access token.
    const { end } = await vi.waitFor(() => openRaw(server, "after-the-flood"))
    await end(0)
  }, 60_000)

  it("bounds consents and withdrawals of one conference, which goes on, and not those of its neighbour", async () => {
    const beside = await openRaw(server, "beside-acts")
    const { control, started } = await openRaw(server, "acts")
    let answers = 0
    const isAnswer = ({ type }: { type: string }) => type === "withdrawn"
    for (let act = 0; act < 2 * conferenceRate.burst && control.closed === null; act += 1) {
      control.say({ type: "withdraw", purpose: "trends" })
      await control.hear((message) => message.type === "refused" || control.heard.filter(isAnswer).length > answers)
      answers = control.heard.filter(isAnswer).length
      if (control.heard.some(({ type }) => type === "refused")) break
    }
    const { message, retryAfterMs } = await control.hear(({ type }) => type === "refused")
    expect(message).toContain("acts of one conference")
    expect(retryAfterMs).toBeLessThanOrEqual(1000 / conferenceRate.perSecond)
    expect(await control.close()).toMatchObject({ code: closeCodes.full })
    beside.control.say({ type: "withdraw", purpose: "trends" })
    await beside.control.hear(({ type }) => type === "withdrawn")
    await beside.end(0)
    await expect
      .poll(
        async () => {
          const again = await openControl(server)
          again.say({ type: "resume", resumeToken: started.resumeToken, sentThrough: 0 })
          return (await again.hear(({ type }) => type === "resumed" || type === "refused")).type
        },
        { timeout: 10_000, interval: 500 }
      )
      .toBe("resumed")
  })

  it("bounds openings of one conference's stream at the edge, and not those of its neighbour", async () => {
    const { started, end } = await openRaw(server, "streams")
    let said = { code: 0, reason: "" }
    for (let open = 0; open < 2 * conferenceRate.burst && said.code !== closeCodes.full; open += 1) {
      const another = await openStream(server, started)
      said = await another.close()
      expect([closeCodes.alreadyStreaming, closeCodes.full]).toContain(said.code)
    }
    expect(said.reason).toMatch(/^Too many streams of one conference\. Try again in \d+ ms$/)
    await end(0)
    const beside = await openRaw(server, "beside-streams")
    await beside.end(0)
  })

  it("bounds openings of analytics and requests at the operator's door from one address", async () => {
    const url = server.core.url.replace("/conferences", "/analytics")
    const token = readFileSync(analyticsTokenFile(server.dataFolder), "utf8").trim()
    let said = { code: 0, reason: "" }
    for (let open = 0; open < 2 * analyticsRate.burst && said.code !== closeCodes.full; open += 1) {
      const reader = new RawSocket(url, server.core.certificateFile)
      reader.socket.on("open", () => reader.say({ type: "open", token }))
      await Promise.race([reader.hear(({ type }) => type === "opened").catch(() => {}), reader.close()])
      if (reader.closed !== null) said = reader.closed
      reader.socket.terminate()
    }
    expect(said.reason).toMatch(/^Too many openings from this address\. Try again in \d+ ms$/)
    const { status, retryAfter } = await operatorUntilRefused()
    expect(status).toBe(429)
    expect(Number(retryAfter)).toBeGreaterThan(0)
  })

  it("leaves each refusal in the journal of operations, with where it came from", async () => {
    const events = Effect.flatMap(Operations, ({ read }) => Stream.runCollect(read()))
    const readOnly = journalAt({ folder: server.dataFolder, url: undefined, readOnly: true })
    const refused = async () => {
      const all = await Effect.runPromise(
        events.pipe(Effect.provide(Operations.layer), Effect.provide(readOnly), Effect.scoped)
      )
      return all.filter((event) => event.type === "AccessRefused")
    }
    await expect
      .poll(async () => (await refused()).map(({ door, why }) => `${door}: ${why}`))
      .toEqual(
        expect.arrayContaining([
          "console: too many requests of one session",
          "client: too many requests of one visit",
          "conferences: too many calls with one access token",
          "conferences: too many acts of one conference",
          "stream: too many streams of one conference",
          "analytics: too many openings from one address",
          "admin: too many requests from one address"
        ])
      )
    expect((await refused()).every(({ address = "" }) => /^127\.0\.0\.\d+$/.test(address))).toBe(true)
  })

  /** Greets the operator's door with its token until it refuses. */
  async function operatorUntilRefused() {
    const { hostname, port } = new URL(server.core.url)
    const ca = readFileSync(server.core.certificateFile)
    const authorization = `Bearer ${readFileSync(join(server.dataFolder, "admin-token"), "utf8").trim()}`
    const greet = () =>
      new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
        const path = "/admin/hello"
        const asked = request(
          { host: hostname, port, path, method: "POST", ca, headers: { authorization } },
          (answer) => {
            answer.resume()
            answer.on("end", () =>
              resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"] })
            )
          }
        )
        asked.on("error", reject)
        asked.end()
      })
    for (let count = 0; count < 4 * operatorRate.burst; count += 1) {
      const answer = await greet()
      if (answer.status !== 200) return answer
    }
    throw new Error("it was never refused")
  }
})
