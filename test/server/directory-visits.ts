/** Browsers of a test's server that go out to a test's directory, sign in there, and bring back its answer. */
import { expect } from "vitest"
import type { TestServer } from "./core.ts"
import type { OpenIdProvider } from "./openid-provider.ts"
import { browserOf, type StaffBrowser } from "./staff.ts"

export function visitsOf({ core }: TestServer, provider: OpenIdProvider) {
  const freshBrowser = () => browserOf(core.console!.url, core.certificateFile)
  /** Where the browser is sent. */
  const begin = async (browser: StaffBrowser) => {
    const { status, json } = await browser.post("/api/sign-in/directory", {})
    expect(status).toBe(200)
    return (json as { readonly url: string }).url
  }
  const finish = (browser: StaffBrowser, query: string) => browser.post("/api/sign-in/directory/finish", { query })
  /** Out, in there, and back. */
  const come = async (browser: StaffBrowser) => finish(browser, await provider.visit(await begin(browser)))
  const comeAs = (person: OpenIdProvider["person"], browser = freshBrowser()) => {
    provider.person = person
    return come(browser)
  }
  const isIn = async (browser: StaffBrowser) => (await browser.get("/api/me")).status === 200
  return { freshBrowser, begin, finish, come, comeAs, isIn }
}
