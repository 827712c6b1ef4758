/**
 * Signing in through the bank's directory, against a real OpenID provider over HTTPS: who gets in and by which second factor, and every
 * answer that must not be believed.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { startServer, type TestServer } from "../server/core.ts"
import { visitsOf } from "../server/directory-visits.ts"
import { OpenIdProvider, type Token } from "../server/openid-provider.ts"
import { staffOf } from "../server/staff.ts"

let provider: OpenIdProvider
let visits: ReturnType<typeof visitsOf>
let server: TestServer
let staff: Awaited<ReturnType<typeof staffOf>>
let anna: Awaited<ReturnType<typeof staff.person>>

const acr = "urn:bank:two-factors"
const mfa = { sub: "anna-4711", amr: ["pwd", "mfa"] }
beforeAll(async () => {
  provider = await OpenIdProvider.start()
  server = await startServer({ console: true, staffDirectory: provider.settings({ amr: ["mfa"], acr: [acr] }) })
  staff = await staffOf(server)
  visits = visitsOf(server, provider)
  anna = await staff.person("anna", ["manager"])
  const linked = await staff.admin.put(`/api/accounts/${anna.account}/directory`, { subject: mfa.sub })
  expect(linked.status).toBe(204)
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
    expect((await visits.freshBrowser().get("/api/sign-in/ways")).json).toEqual({ directory: true })
    const url = new URL(await visits.begin(visits.freshBrowser()))
    expect(url.origin).toBe(provider.issuer)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: "code",
      scope: "openid",
      redirect_uri: `${server.core.console!.url}/sign-in/directory`,
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
    const browser = visits.freshBrowser()
    const answer = await visits.comeAs(person, browser)
    expect(answer.json).toEqual({ step: "in" })
    expect((await browser.get("/api/me")).json).toMatchObject({ login: "anna", roles: ["manager"] })
    const { sessions } = (await browser.get("/api/account")).json as { readonly sessions: readonly object[] }
    expect(sessions).toContainEqual(expect.objectContaining({ factor: "directory", current: true }))
  })

  it.each([
    ["nothing of one", { sub: mfa.sub }],
    ["methods that nobody named", { sub: mfa.sub, amr: ["pwd", "otp"], acr: "1" }],
    ["a text in place of a list", { sub: mfa.sub, amr: "mfa" }],
    ["one that was shown on another day", { ...mfa, auth_time: Math.floor(Date.now() / 1000) - 13 * 3_600 }]
  ])("is asked for ours when the directory says %s", async (_, person) => {
    const browser = visits.freshBrowser()
    expect((await visits.comeAs(person, browser)).json).toEqual({
      step: "secondFactor",
      totp: true,
      recovery: true,
      passkey: false
    })
    expect(await visits.isIn(browser)).toBe(false)
    expect((await browser.post("/api/sign-in/totp", { code: "000000" })).status).toBe(401)
    expect(await visits.isIn(browser)).toBe(false)
    const [code] = (anna.recoveryCodes as string[]).splice(0, 1)
    expect((await browser.post("/api/sign-in/recovery", { code })).json).toEqual({ step: "in" })
    expect(await visits.isIn(browser)).toBe(true)
  })

  it("goes on getting in when the directory has changed its key", async () => {
    expect((await visits.comeAs(mfa)).json).toEqual({ step: "in" })
    provider.rotate()
    expect((await visits.comeAs(mfa)).json).toEqual({ step: "in" })
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
    const browser = visits.freshBrowser()
    const { status, json } = await visits.come(browser)
    expect([status, json]).toEqual([409, expect.objectContaining({ tag: "directoryAnswer", detail })])
    expect(await visits.isIn(browser)).toBe(false)
  })

  let stranger: OpenIdProvider
  beforeAll(async () => {
    stranger = await OpenIdProvider.start()
  })
  afterAll(() => stranger?.stop())

  it("when its state is another's, is missing, or the browser never asked", async () => {
    const browser = visits.freshBrowser()
    const other = await provider.visit(await visits.begin(visits.freshBrowser()))
    for (const query of [other, "?code=x", ""]) {
      await visits.begin(browser)
      expect((await visits.finish(browser, query)).json).toMatchObject({ tag: "directoryState" })
    }
    const stolen = await provider.visit(await visits.begin(browser))
    expect((await visits.finish(visits.freshBrowser(), stolen)).json).toMatchObject({ tag: "directoryState" })
    expect(await visits.isIn(browser)).toBe(false)
  })

  it("a second time, neither whole nor its code alone", async () => {
    const browser = visits.freshBrowser()
    const query = await provider.visit(await visits.begin(browser))
    const cookie = [...browser.cookies()].map(([name, value]) => `${name}=${value}`).join("; ")
    expect((await visits.finish(browser, query)).json).toEqual({ step: "in" })
    const replayed = await visits.freshBrowser().send("POST", "/api/sign-in/directory/finish", { query }, { cookie })
    expect(replayed.json).toMatchObject({ tag: "directoryState" })

    const thief = visits.freshBrowser()
    const own = new URLSearchParams(await provider.visit(await visits.begin(thief)))
    own.set("code", new URLSearchParams(query).get("code")!)
    expect((await visits.finish(thief, `?${own}`)).json).toMatchObject({ tag: "directoryAnswer", detail: "code" })
  })

  it("with a code that was made for another browser's proof", async () => {
    const theirs = new URLSearchParams(await provider.visit(await visits.begin(visits.freshBrowser())))
    const thief = visits.freshBrowser()
    const own = new URLSearchParams(await provider.visit(await visits.begin(thief)))
    own.set("code", theirs.get("code")!)
    expect((await visits.finish(thief, `?${own}`)).json).toMatchObject({ tag: "directoryAnswer", detail: "code" })
  })

  it("when it comes in another issuer's name, or says that nobody was let in", async () => {
    const browser = visits.freshBrowser()
    const mixed = new URLSearchParams(await provider.visit(await visits.begin(browser)))
    mixed.set("iss", "https://elsewhere.example")
    expect((await visits.finish(browser, `?${mixed}`)).json).toMatchObject({ tag: "directoryAnswer" })
    provider.denies = "access_denied"
    expect((await visits.come(browser)).json).toMatchObject({ tag: "directoryDenied" })
  })
})

it("lets nobody in while it is away, and the other ways go on", async () => {
  const browser = visits.freshBrowser()
  const query = await provider.visit(await visits.begin(staff.admin))
  await provider.stop()
  expect((await visits.finish(staff.admin, query)).json).toMatchObject({ tag: "directoryUnreachable" })
  expect(await visits.isIn(staff.admin)).toBe(true)
  const wrong = await browser.post("/api/sign-in", { login: "anna", password: "не тот пароль" })
  expect(wrong.json).toMatchObject({ tag: "wrongPassword" })
})

it("slows down whoever brings answers that do not hold, and keeps nobody from another way in", async () => {
  const tags: unknown[] = []
  for (let tries = 0; tries < 45; tries++) {
    const { json } = await visits.finish(visits.freshBrowser(), "?state=guessed&code=x")
    tags.push((json as { tag: string }).tag)
  }
  expect(tags).toContain("directoryState")
  expect(tags.at(-1)).toBe("slowDown")
  const wrong = await visits.freshBrowser().post("/api/sign-in", { login: "anna", password: "не тот пароль" })
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
