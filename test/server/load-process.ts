/** Writers in a process of their own: prints the acknowledged versions of its streams after each commit, "away" with the reason when the store refuses, and goes on. */
import { writeSync } from "node:fs"
import process from "node:process"
import { Effect, Logger } from "effect"
import { embeddedEventStore, postgresEventStore } from "../../infra/journal/event-store.ts"
import { emptyLedger, load } from "./load.ts"

const [kind, folder, ballast, url] = process.argv.slice(2)
const pace = { streams: 3, restMs: 0, ballastBytes: Number(ballast) }
const ledger = emptyLedger()
const say = (line: string) => {
  try {
    writeSync(1, `${line}\n`)
  } catch (error) {
    // The pipe is full for a moment: what is said less often is said later.
    if ((error as { code?: string }).code !== "EAGAIN") throw error
  }
}
const layer =
  kind === "postgres" ? postgresEventStore({ url: url!, folder: folder! }) : embeddedEventStore({ folder: folder! })
const heard = {
  acknowledged: () => say([...ledger.acknowledged].flat().join(" ")),
  away: (why: string) => say(`away ${why.replaceAll("\n", " ")}`)
}
await Effect.runPromise(
  load(pace, ledger, () => false, heard).pipe(Effect.provide(layer), Effect.provide(Logger.layer([])))
)
