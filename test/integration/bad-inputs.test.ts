/** The table of bad inputs says what each gets today. */
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { badInputsPage, tryBadInputs } from "../server/bad-inputs.ts"
import { startServer, type TestServer } from "../server/core.ts"

describe("bad inputs", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ console: true })
  })
  afterAll(() => server.stop())

  it("get what docs/security/bad-inputs.md says; `node scripts/bad-inputs.ts` writes it anew", async () => {
    const page = readFileSync(new URL("../../docs/security/bad-inputs.md", import.meta.url), "utf8")
    expect(badInputsPage(await tryBadInputs(server))).toBe(page)
  }, 60_000)
})
