/** Writes `docs/security/bad-inputs.md`: every bad input tried on a real server, and what it got. */
import { mkdirSync, writeFileSync } from "node:fs"
import process from "node:process"
import { badInputsPage, tryBadInputs } from "../test/server/bad-inputs.ts"
import { startServer } from "../test/server/core.ts"

const server = await startServer({ console: true })
const tried = await tryBadInputs(server)
await server.stop()
const folder = new URL("../docs/security/", import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL("bad-inputs.md", folder), badInputsPage(tried))
process.stdout.write(`docs/security/bad-inputs.md: ${tried.length} inputs\n`)
process.exit(0)
