/** What a browser downloads first, and what it must never be served: sizes of the built pages, and no source maps or inline script. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { builtConsole } from "../../infra/console/static-pages.ts"

/** The contract's bound on a first load, compressed. */
const firstLoadBytesMax = 250 * 1024
const pages = ["staff.html", "client.html", "sign-in.html"]
/** What each role's first page loads beside the shell. */
const gzipped = (file: string) => gzipSync(readFileSync(join(builtConsole, file))).length

/** A page's own files: those it names, and those that these import at once. */
function loadedBy(page: string): ReadonlySet<string> {
  const html = readFileSync(join(builtConsole, page), "utf8")
  const wanted = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, file]) => file!)
  const loaded = new Set<string>()
  while (wanted.length > 0) {
    const file = wanted.pop()!
    if (loaded.has(file)) continue
    loaded.add(file)
    if (!file.endsWith(".js")) continue
    const imports = readFileSync(join(builtConsole, file), "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)
    for (const [, name] of imports) wanted.push(`assets/${name}`)
  }
  return loaded
}

describe.each(pages)("%s", (page) => {
  it("is built", () => {
    expect(existsSync(join(builtConsole, page)), "npm run build:console builds the pages").toBe(true)
  })

  it("loads at most 250 KB, compressed, at first", () => {
    const bytes = [...loadedBy(page)].reduce((sum, file) => sum + gzipped(file), gzipped(page))
    expect(bytes).toBeGreaterThan(5_000)
    expect(bytes).toBeLessThanOrEqual(firstLoadBytesMax)
  })

  it("has no inline script and no inline style, which the policy would block", () => {
    const html = readFileSync(join(builtConsole, page), "utf8")
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/)
    expect(html).not.toMatch(/<style|style="/)
  })
})

it("no page of any role is too large with everything it imports, and no source map is built", () => {
  const files = readdirSync(join(builtConsole, "assets"))
  expect(files.filter((file) => file.endsWith(".map"))).toEqual([])
  const all = files.reduce((sum, file) => sum + gzipped(join("assets", file)), 0)
  expect(all).toBeLessThanOrEqual(firstLoadBytesMax)
})
