/** `mimika rebuild`: folds stored projections from the whole journal again, beside those in use, and says what differs before it switches. A running server goes on from the new ones by itself. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect, Layer } from "effect"
import { endedConferences } from "../../actors/ended-conferences.ts"
import { type Rebuilt, rebuild } from "../../actors/projector.ts"
import { logging } from "../core.ts"
import { keysIn } from "../journal/event-store.ts"
import { journalAt, masterKeyIn } from "../journal/journal.ts"
import { sqliteProjectionStore } from "../projections/projection-store-sqlite.ts"

const projections = new Map([[endedConferences.name, endedConferences]])

export interface RebuildOptions {
  readonly data: string
  readonly journal?: string
  readonly dryRun: boolean
  readonly json: boolean
}

export async function rebuildCommand(name: string | undefined, options: RebuildOptions): Promise<void> {
  const { data, journal, dryRun, json } = options
  if (journal === undefined && !existsSync(join(data, "journal.sqlite"))) {
    throw new Error(`Cannot rebuild from "${data}": there is no journal in it. Name the server's folder with --data`)
  }
  const chosen = name === undefined ? [...projections.values()] : [projections.get(name)]
  const known = [...projections.keys()].join(", ")
  const say = (line: string) => void (json || process.stdout.write(`${line}\n`))
  const began = performance.now()
  const progress = (eventCount: number) => {
    const seconds = Math.max(0.001, (performance.now() - began) / 1000)
    say(`  ${eventCount} transitions folded, ${Math.round(eventCount / seconds)} a second`)
  }
  // The journal is only read; rows may need a key that their subject does not have yet.
  const keys = keysIn(data, { masterKey: masterKeyIn(data) })
  const stores = Layer.merge(
    Layer.provide(sqliteProjectionStore(data, journal), keys),
    journalAt({ folder: data, url: journal, readOnly: true })
  )
  const results: Rebuilt[] = []
  for (const projection of chosen) {
    if (projection === undefined) {
      throw new Error(`Cannot rebuild "${name}": there is no such projection. Name one of: ${known}; or none, for all`)
    }
    say(`${projection.name}, version ${projection.version}`)
    const built = rebuild(projection, { dryRun, progress })
    const rebuilt = await Effect.runPromise(built.pipe(Effect.provide(stores), Effect.provide(logging)))
    results.push(rebuilt)
    sayDifference(rebuilt, say)
  }
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`)
  process.exit(results.some(({ parked }) => parked !== null) ? 1 : 0)
}

function sayDifference({ difference, parked, switched }: Rebuilt, say: (line: string) => void): void {
  const { same, changed, added, gone, examples } = difference
  say(`  rows: ${same} the same, ${changed} changed, ${added} added, ${gone} gone`)
  if (examples.length > 0) say(`  such as: ${examples.join(", ")}`)
  if (parked !== null) {
    const { stream, version, type } = parked
    say(`  PARKED before event ${version} of "${stream}": this version does not know "${type}". The one in use stays`)
  } else say(switched ? "  switched" : "  not switched: this was a dry run")
}
