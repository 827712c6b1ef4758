/**
 * Signing in through the bank's directory, against a real OpenID provider over HTTPS: who gets in and by which second factor, and every
 * answer that must not be believed.
 */
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { operationsStream } from "../../actors/operations.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { OpenIdProvider, type Token } from "../server/openid-provider.ts"
import { browserOf, type StaffBrowser, staffOf } from "../server/staff.ts"

let provider: OpenIdProvider
let server: TestServer
let staff: Awaited<ReturnType<typeof staffOf>>
let anna: Awaited<ReturnType<typeof staff.person>>

const acr = "urn:bank:two-factors"
const mfa = { sub: "anna-4711", amr: ["pwd", "mfa"] }
const console_ = () => server.core.console!.url
const freshBrowser = () => browserOf(console_(), server.core.certificateFile)
const link = (account: string, subject: string | null) =>
  staff.admin.put(`/api/accounts/${account}/directory`, { subject })

const begin = async (browser: StaffBrowser) => {
  const { status, json } = await browser.post("/api/sign-in/directory", {})
  expect(status).toBe(200)
  return (json as { readonly url: string }).url
}
const finish = (browser: StaffBrowser, query: string) => browser.post("/api/sign-in/directory/finish", { query })
/** Out to the directory, in there, and back. */
const come = async (browser: StaffBrowser) => finish(browser, await provider.visit(await begin(browser)))
const comeAs = (person: OpenIdProvider["person"], browser = freshBrowser()) => {
  provider.person = person
  return come(browser)
}
const isIn = async (browser: StaffBrowser) => (await browser.get("/api/me")).status === 200

beforeAll(async () => {
  provider = await OpenIdProvider.start()
  server = await startServer({ console: true, staffDirectory: provider.settings({ amr: ["mfa"], acr: [acr] }) })
  staff = await staffOf(server)
  anna = await staff.person("anna", ["manager"])
  expect((await link(anna.account, mfa.sub)).status).toBe(204)
})
beforeEach(() => {
  provider.forge = (token) => token
  provider.denies = null
  provider.person = mfa
})
afterAll(async () => {
  await server?.stop()
  await provider?.stop()
})

describe("somebody of the directory", () => {
  it("is sent there with PKCE, a state, a nonce and what proves a second factor, and with no secret", async () => {
    expect((await freshBrowser().get("/api/sign-in/ways")).json).toEqual({ directory: true })
    const url = new URL(await begin(freshBrowser()))
    expect(url.origin).toBe(provider.issuer)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: "code",
      scope: "openid",
      redirect_uri: `${console_()}/sign-in/directory`,
      code_challenge_method: "S256",
      acr_values: acr,
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/)
    })
    expect(url.href).not.toContain(provider.clientSecret)
  })

  it.each([
    ["amr", mfa],
    ["acr", { sub: mfa.sub, acr }]
  ])("is in at once when the directory proves a second factor by its %s", async (_, person) => {
    const browser = freshBrowser()
    const answer = await comeAs(person, browser)
    expect(answer.json).toEqual({ step: "in" })
    expect((await browser.get("/api/me")).json).toMatchObject({ login: "anna", roles: ["manager"] })
    const { sessions } = (await browser.get("/api/account")).json as { readonly sessions: readonly object[] }
    expect(sessions).toContainEqual(expect.objectContaining({ factor: "directory", current: true }))
  })

  it.each([
    ["nothing of one", { sub: mfa.sub }],
    ["methods that nobody named", { sub: mfa.sub, amr: ["pwd", "otp"], acr: "1" }],
    ["a text in place of a list", { sub: mfa.sub, amr: "mfa" }]
  ])("is asked for ours when the directory says %s", async (_, person) => {
    const browser = freshBrowser()
    expect((await comeAs(person, browser)).json).toEqual({
      step: "secondFactor",
      totp: true,
      recovery: true,
      passkey: false
    })
    expect(await isIn(browser)).toBe(false)
    expect((await browser.post("/api/sign-in/totp", { code: "000000" })).status).toBe(401)
    expect(await isIn(browser)).toBe(false)
    const [code] = (anna.recoveryCodes as string[]).splice(0, 1)
    expect((await browser.post("/api/sign-in/recovery", { code })).json).toEqual({ step: "in" })
    expect(await isIn(browser)).toBe(true)
  })

  it("goes on getting in when the directory has changed its key", async () => {
    expect((await comeAs(mfa)).json).toEqual({ step: "in" })
    provider.rotate()
    expect((await comeAs(mfa)).json).toEqual({ step: "in" })
  })
})

const withClaims = (claims: object) => (token: Token) => ({ ...token, claims: { ...token.claims, ...claims } })
const seconds = () => Math.floor(Date.now() / 1000)

describe("an answer of the directory is not believed", () => {
  it.each<[string, string, (token: Token) => Token]>([
    ["with another nonce", "nonce", withClaims({ nonce: "another" })],
    ["with no nonce", "other", withClaims({ nonce: undefined })],
    ["by another issuer", "issuer", withClaims({ iss: "https://elsewhere.example" })],
    ["for another client", "audience", withClaims({ aud: "another" })],
    ["for another client too", "audience", withClaims({ aud: ["mimika", "another"] })],
    ["for us by another's leave", "audience", withClaims({ aud: ["mimika", "another"], azp: "another" })],
    ["that has run out", "expired", (token) => withClaims({ exp: seconds() - 60 })(token)],
    ["that begins later", "expired", (token) => withClaims({ nbf: seconds() + 120 })(token)],
    ["without a signature", "signature", (token) => ({ ...token, header: { alg: "none" }, key: null })],
    ["with a signature taken away", "signature", (token) => ({ ...token, key: null })],
    [
      "signed with our own secret",
      "signature",
      (token) => ({ ...token, header: { alg: "HS256" }, key: provider.clientSecret })
    ],
    [
      "signed with a key that was taken back",
      "signature",
      (token) => {
        const { kid, privateKey } = provider.rotate()
        return { ...token, header: { ...token.header, kid }, key: privateKey }
      }
    ],
    [
      "signed with a stranger's key under the name of its own",
      "signature",
      (token) => ({ ...token, key: stranger.rotate().privateKey })
    ],
    ["about nobody", "other", withClaims({ sub: undefined })]
  ])("%s", async (_, detail, forge) => {
    provider.forge = forge
    const browser = freshBrowser()
    const { status, json } = await come(browser)
    expect([status, json]).toEqual([409, expect.objectContaining({ tag: "directoryAnswer", detail })])
    expect(await isIn(browser)).toBe(false)
  })

  let stranger: OpenIdProvider
  beforeAll(async () => {
    stranger = await OpenIdProvider.start()
  })
  afterAll(() => stranger?.stop())

  it("when its state is another's, is missing, or the browser never asked", async () => {
    const browser = freshBrowser()
    const other = await provider.visit(await begin(freshBrowser()))
    for (const query of [other, "?code=x", ""]) {
      await begin(browser)
      expect((await finish(browser, query)).json).toMatchObject({ tag: "directoryState" })
    }
    const stolen = await provider.visit(await begin(browser))
    expect((await finish(freshBrowser(), stolen)).json).toMatchObject({ tag: "directoryState" })
    expect(await isIn(browser)).toBe(false)
  })

  it("a second time, neither whole nor its code alone", async () => {
    const browser = freshBrowser()
    const query = await provider.visit(await begin(browser))
    const cookie = [...browser.cookies()].map(([name, value]) => `${name}=${value}`).join("; ")
    expect((await finish(browser, query)).json).toEqual({ step: "in" })
    const replayed = await freshBrowser().send("POST", "/api/sign-in/directory/finish", { query }, { cookie })
    expect(replayed.json).toMatchObject({ tag: "directoryState" })

    const thief = freshBrowser()
    const own = new URLSearchParams(await provider.visit(await begin(thief)))
    own.set("code", new URLSearchParams(query).get("code")!)
    expect((await finish(thief, `?${own}`)).json).toMatchObject({ tag: "directoryAnswer", detail: "code" })
  })

  it("with a code that was made for another browser's proof", async () => {
    const theirs = new URLSearchParams(await provider.visit(await begin(freshBrowser())))
    const thief = freshBrowser()
    const own = new URLSearchParams(await provider.visit(await begin(thief)))
    own.set("code", theirs.get("code")!)
    expect((await finish(thief, `?${own}`)).json).toMatchObject({ tag: "directoryAnswer", detail: "code" })
  })

  it("when it comes in another issuer's name, or says that nobody was let in", async () => {
    const browser = freshBrowser()
    const mixed = new URLSearchParams(await provider.visit(await begin(browser)))
    mixed.set("iss", "https://elsewhere.example")
    expect((await finish(browser, `?${mixed}`)).json).toMatchObject({ tag: "directoryAnswer" })
    provider.denies = "access_denied"
    expect((await come(browser)).json).toMatchObject({ tag: "directoryDenied" })
  })
})

describe("the account stays ours", () => {
  it("is never made: a stranger of the directory is told the id that an administrator needs, and nobody else is", async () => {
    const count = async () => ((await staff.admin.get("/api/accounts")).json as { accounts: object[] }).accounts.length
    const before = await count()
    const answer = await comeAs({ sub: "stranger-1", amr: ["mfa"], email: "anna@bank.example" })
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
    expect((await comeAs(person)).json).toMatchObject({ tag: "noBriefing" })
    await staff.admin.put(`/api/accounts/${account.id}/briefing`, { heldAt: Date.now(), by: "security" })
    const browser = freshBrowser()
    expect((await comeAs(person, browser)).json).toEqual({ step: "in" })
    expect((await comeAs({ sub: "new-1" })).json).toMatchObject({ tag: "noSecondFactor" })
    await staff.admin.put(`/api/accounts/${account.id}/enabled`, { enabled: false })
    expect(await isIn(browser)).toBe(false)
    expect((await comeAs(person)).json).toMatchObject({ tag: "disabled" })
  })

  it("ends its sessions when they are revoked, and when the link is taken away or given to another", async () => {
    const vera = await staff.person("vera", ["manager"])
    for (const [subject, next] of [
      ["vera-1", "vera-2"],
      ["vera-2", null]
    ] as const) {
      await link(vera.account, subject)
      const browser = freshBrowser()
      expect((await comeAs({ sub: subject, amr: ["mfa"] }, browser)).json).toEqual({ step: "in" })
      await link(vera.account, next)
      expect(await isIn(browser)).toBe(false)
      expect((await comeAs({ sub: subject, amr: ["mfa"] })).json).toMatchObject({ tag: "directoryStranger" })
    }
    await link(vera.account, "vera-3")
    const browser = freshBrowser()
    await comeAs({ sub: "vera-3", amr: ["mfa"] }, browser)
    await staff.admin.send("DELETE", `/api/accounts/${vera.account}/sessions`, undefined)
    expect(await isIn(browser)).toBe(false)
  })

  it("is on record with each sign-in, refusal and link, and with no id of the directory", async () => {
    const read = Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read(operationsStream)))
    const store = journalAt({ folder: server.dataFolder, readOnly: true })
    const events = (await Effect.runPromise(Effect.provide(read, store))).flatMap((commit) => commit.events)
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

it("lets nobody in while it is away, and the other ways go on", async () => {
  const browser = browserOf(console_(), server.core.certificateFile)
  const query = await provider.visit(await begin(staff.admin))
  await provider.stop()
  expect((await finish(staff.admin, query)).json).toMatchObject({ tag: "directoryUnreachable" })
  expect(await isIn(staff.admin)).toBe(true)
  const wrong = await browser.post("/api/sign-in", { login: "anna", password: "не тот пароль" })
  expect(wrong.json).toMatchObject({ tag: "wrongPassword" })
})

it("slows down whoever brings answers that do not hold, and keeps nobody from another way in", async () => {
  const tags: unknown[] = []
  for (let tries = 0; tries < 45; tries++) {
    const { json } = await finish(freshBrowser(), "?state=guessed&code=x")
    tags.push((json as { tag: string }).tag)
  }
  expect(tags).toContain("directoryState")
  expect(tags.at(-1)).toBe("slowDown")
  const wrong = await freshBrowser().post("/api/sign-in", { login: "anna", password: "не тот пароль" })
  expect(wrong.json).toMatchObject({ tag: "wrongPassword" })
})

it("is not asked, and links nobody, where none is configured", async () => {
  const plain = await startServer({ console: true })
  const { admin, person } = await staffOf(plain)
  expect((await admin.get("/api/sign-in/ways")).json).toEqual({ directory: false })
  expect((await admin.post("/api/sign-in/directory", {})).json).toMatchObject({ tag: "directoryOff" })
  const { account } = await person("anna", ["manager"])
  const linked = await admin.put(`/api/accounts/${account}/directory`, { subject: "x" })
  expect(linked.json).toMatchObject({ tag: "directoryOff" })
  await plain.stop()
})
