/** Whom of the bank's directory an account belongs to: linked by an administrator alone, made by nobody, and ours to open and close. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type TestServer } from "../server/core.ts"
import { visitsOf } from "../server/directory-visits.ts"
import { OpenIdProvider } from "../server/openid-provider.ts"
import { recordedOf } from "../server/recorded.ts"
import { staffOf } from "../server/staff.ts"

let provider: OpenIdProvider
let server: TestServer
let visits: ReturnType<typeof visitsOf>
let staff: Awaited<ReturnType<typeof staffOf>>
let anna: Awaited<ReturnType<typeof staff.person>>

const mfa = { sub: "anna-4711", amr: ["pwd", "mfa"] }
const link = (account: string, subject: string | null) =>
  staff.admin.put(`/api/accounts/${account}/directory`, { subject })

beforeAll(async () => {
  provider = await OpenIdProvider.start()
  server = await startServer({ console: true, staffDirectory: provider.settings({ amr: ["mfa"] }) })
  visits = visitsOf(server, provider)
  staff = await staffOf(server)
  anna = await staff.person("anna", ["manager"])
  expect((await link(anna.account, mfa.sub)).status).toBe(204)
})
afterAll(async () => {
  await server?.stop()
  await provider?.stop()
})

describe("the account stays ours", () => {
  it("is never made: a stranger of the directory is told the id that an administrator needs, and nobody else is", async () => {
    const count = async () => ((await staff.admin.get("/api/accounts")).json as { accounts: object[] }).accounts.length
    const before = await count()
    const answer = await visits.comeAs({ sub: "stranger-1", amr: ["mfa"], email: "anna@bank.example" })
    expect(answer.json).toMatchObject({ tag: "directoryStranger", detail: "stranger-1" })
    expect(await count()).toBe(before)
  })

  it("belongs to one person of the directory, whom an administrator alone names and sees", async () => {
    const ivan = await staff.person("ivan", ["auditor"])
    expect((await link(ivan.account, mfa.sub)).json).toMatchObject({ tag: "subjectTaken" })
    expect((await link("nobody", "x")).status).toBe(404)
    expect((await link(ivan.account, "")).json).toMatchObject({ tag: "badRequest" })
    expect((await link(ivan.account, "x".repeat(256))).json).toMatchObject({ tag: "badRequest" })
    expect((await ivan.put(`/api/accounts/${ivan.account}/directory`, { subject: "x" })).status).toBe(403)
    const { accounts } = (await staff.admin.get("/api/accounts")).json as { accounts: { login: string }[] }
    expect(accounts).toContainEqual(expect.objectContaining({ login: "anna", subject: mfa.sub }))
    expect(accounts).toContainEqual(expect.objectContaining({ login: "ivan", subject: null }))
  })

  it("opens only with a briefing on record, and not when it is switched off, whatever the directory says", async () => {
    const invited = await staff.admin.post("/api/accounts", { login: "new", name: "Н", roles: ["manager"], team: null })
    const { account } = invited.json as { account: { id: string } }
    await link(account.id, "new-1")
    const person = { sub: "new-1", amr: ["mfa"] }
    expect((await visits.comeAs(person)).json).toMatchObject({ tag: "noBriefing" })
    const briefing = `/api/accounts/${account.id}/briefing`
    const tomorrowNext = Date.now() + 2 * 86_400_000
    expect((await staff.admin.put(briefing, { heldAt: tomorrowNext, by: "x" })).json).toMatchObject({
      tag: "notHeldYet"
    })
    expect((await visits.comeAs(person)).json).toMatchObject({ tag: "noBriefing" })
    await staff.admin.put(briefing, { heldAt: Date.now(), by: "security" })
    const browser = visits.freshBrowser()
    expect((await visits.comeAs(person, browser)).json).toEqual({ step: "in" })
    expect((await visits.comeAs({ sub: "new-1" })).json).toMatchObject({ tag: "noSecondFactor" })
    await staff.admin.put(`/api/accounts/${account.id}/enabled`, { enabled: false })
    expect(await visits.isIn(browser)).toBe(false)
    expect((await visits.comeAs(person)).json).toMatchObject({ tag: "disabled" })
  })

  it("ends its sessions when they are revoked, and when the link is taken away or given to another", async () => {
    const vera = await staff.person("vera", ["manager"])
    for (const [subject, next] of [
      ["vera-1", "vera-2"],
      ["vera-2", null]
    ] as const) {
      await link(vera.account, subject)
      const browser = visits.freshBrowser()
      expect((await visits.comeAs({ sub: subject, amr: ["mfa"] }, browser)).json).toEqual({ step: "in" })
      await link(vera.account, next)
      expect(await visits.isIn(browser)).toBe(false)
      expect((await visits.comeAs({ sub: subject, amr: ["mfa"] })).json).toMatchObject({ tag: "directoryStranger" })
    }
    await link(vera.account, "vera-3")
    const browser = visits.freshBrowser()
    await visits.comeAs({ sub: "vera-3", amr: ["mfa"] }, browser)
    await staff.admin.send("DELETE", `/api/accounts/${vera.account}/sessions`, undefined)
    expect(await visits.isIn(browser)).toBe(false)
  })

  it("has one session a browser: signing in anew ends the one it had", async () => {
    const nina = await staff.person("nina", ["manager"])
    await link(nina.account, "nina-1")
    const browser = visits.freshBrowser()
    await visits.comeAs({ sub: "nina-1", amr: ["mfa"] }, browser)
    const cookie = [...browser.cookies()].map(([name, value]) => `${name}=${value}`).join("; ")
    await visits.comeAs({ sub: "nina-1", amr: ["mfa"] }, browser)
    expect(await visits.isIn(browser)).toBe(true)
    expect((await visits.freshBrowser().send("GET", "/api/me", undefined, { cookie })).status).toBe(401)
  })

  it("is on record with each sign-in, refusal and link, and with no id of the directory", async () => {
    expect((await visits.comeAs(mfa)).json).toEqual({ step: "in" })
    const browser = visits.freshBrowser()
    await visits.comeAs({ sub: mfa.sub }, browser)
    await browser.post("/api/sign-in/recovery", { code: anna.recoveryCodes[0] })
    const events = await recordedOf(server)
    expect(events).toContainEqual(
      expect.objectContaining({ type: "SignedIn", account: anna.account, factor: "directory" })
    )
    expect(events).toContainEqual(
      expect.objectContaining({ type: "SignedIn", account: anna.account, factor: "recovery", after: "directory" })
    )
    expect(events).toContainEqual(expect.objectContaining({ type: "SignInRefused", account: null }))
    expect(events).toContainEqual(
      expect.objectContaining({ type: "DirectoryLinkChanged", account: anna.account, linked: true })
    )
    expect(events).toContainEqual(
      expect.objectContaining({ type: "ConfigurationChanged", setting: "staffDirectory", value: `${provider.issuer}/` })
    )
    expect(JSON.stringify(events)).not.toContain(mfa.sub)
  })
})
