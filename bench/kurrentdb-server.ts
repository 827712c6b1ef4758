/** The in-process KurrentDB in a process of its own, which tells its address to whoever started it and lives until it is killed. */
import process from "node:process"
import { startKurrent } from "../test/kurrentdb/server.ts"

const { url } = await startKurrent()
process.send!(url)
