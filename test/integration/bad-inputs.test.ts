/** The table of bad inputs says what each gets today, with every gateway that loads here. */
import { readFileSync } from "node:fs"
import process from "node:process"
import { afterEach, describe, expect, it } from "vitest"
import { chooseGateway } from "../../infra/gateway/gateway.ts"
import { badInputsRow, tryBadInputs, tryBadWords } from "../server/bad-inputs.ts"
import { startServer } from "../server/core.ts"

const page = readFileSync(new URL("../../docs/security/bad-inputs.md", import.meta.url), "utf8")
const rows = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| where"))

/** What a row says of one gateway. */
const of = (gateway: string, row: string) => {
  const both = /^(\| .* \| )uWebSockets\.js: (.*); ws: (.*) \|$/.exec(row)
  return both === null ? row : `${both[1]}${gateway === "ws" ? both[3] : both[2]} |`
}

const isTyped = (row: string) => /^\| (brief|command line) \|/.test(row)

const { gateway } = await chooseGateway()
const loaded = gateway.name === "ws" ? ["ws"] : [gateway.name, "ws"]

describe("bad inputs", () => {
  it("that people type get what the page says", async () => {
    expect((await tryBadWords()).map(badInputsRow)).toEqual(rows.filter(isTyped))
  }, 120_000)

  afterEach(() => {
    delete process.env.MIMIKA_TEST_GATEWAY
  })

  it.each(loaded)(
    "get from %s what docs/security/bad-inputs.md says; `node scripts/bad-inputs.ts` writes it anew",
    async (name) => {
      process.env.MIMIKA_TEST_GATEWAY = name
      const server = await startServer({ console: true })
      expect(server.core.gateway).toBe(name)
      const tried = await tryBadInputs(server)
      await server.stop()
      const ofServer = rows.filter((row) => !isTyped(row)).map((row) => of(name, row))
      expect(tried.map(badInputsRow)).toEqual(ofServer)
    },
    120_000
  )
})
