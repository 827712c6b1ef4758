/** Writes `docs/security/bad-inputs.md`: every bad input tried on a real server, and what it got, with either gateway. */
import { mkdirSync, writeFileSync } from "node:fs"
import process from "node:process"
import { badInputsPage, bothOf, tryBadInputs, tryBadWords } from "../test/server/bad-inputs.ts"
import { startServer } from "../test/server/core.ts"

async function triedWith(gateway: "uWebSockets.js" | "ws") {
  process.env.MIMIKA_TEST_GATEWAY = gateway
  const server = await startServer({ console: true })
  if (server.core.gateway !== gateway) {
    throw new Error(
      `Cannot try bad inputs on ${gateway}: ${server.core.gateway} was loaded. On Debian 12 run scripts/node-with-newer-glibc.sh --install`
    )
  }
  const tried = await tryBadInputs(server)
  await server.stop()
  return tried
}

const tried = [...bothOf(await triedWith("uWebSockets.js"), await triedWith("ws")), ...(await tryBadWords())]
const folder = new URL("../docs/security/", import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL("bad-inputs.md", folder), badInputsPage(tried))
process.stdout.write(`docs/security/bad-inputs.md: ${tried.length} inputs\n`)
process.exit(0)
