/**
 * A browser for the tests: Debian's Chromium driven over its own protocol, against a real server with real pages. Where no Chromium is
 * found the tests fail and say how to get one.
 */
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import axe from "axe-core"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]

export function browserPath(): string {
  const found = [process.env.MIMIKA_CHROMIUM ?? "", ...places].find((place) => place !== "" && existsSync(place))
  if (found !== undefined) return found
  throw new Error(
    "Cannot test the pages: no Chromium is installed. On Debian: apt-get install chromium, or set MIMIKA_CHROMIUM"
  )
}

export const openBrowser = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath(), headless: true, args: [...quiet, ...args] })

/** A fresh profile of a person at a desk in Moscow. The server's certificate is its own, so errors of it are expected. */
export const openProfile = (
  browser: Browser,
  more: Parameters<Browser["newContext"]>[0] = {}
): Promise<BrowserContext> =>
  browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1366, height: 768 },
    locale: "ru-RU",
    timezoneId: "Europe/Moscow",
    ...more
  })

/** Everything that a page complained about: script errors, refused loads, policies broken. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("console", (message) => {
    // A refusal by the server is the page's business, not a fault of it.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  return complaints
}

/** A picture of the page, or of what is in view, when a folder for pictures is named: `npm run screens` does. */
export async function shoot(page: Page, name: string, fullPage = true): Promise<void> {
  const folder = process.env.MIMIKA_SCREENS
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.evaluate(() => scrollTo(0, 0))
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage })
}

/** What axe has against the page as it stands, by WCAG 2.2 AA and good practice: a line each. */
export async function axeOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { axe: typeof import("axe-core") }
    const { violations } = await checker.run(document)
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`)
  })
  return found
}

/** A profile that goes on as somebody who signed in over HTTPS. */
export async function profileOf(
  browser: Browser,
  url: string,
  person: { readonly cookies: () => ReadonlyMap<string, string> },
  language = "ru"
): Promise<BrowserContext> {
  const profile = await openProfile(browser)
  const cookies = [...person.cookies()].map(([name, value]) => {
    return { name, value, url, secure: true, httpOnly: true, sameSite: "Strict" as const }
  })
  await profile.addCookies(cookies)
  await profile.addInitScript((chosen) => localStorage.setItem("mimika-language", chosen), language)
  return profile
}
