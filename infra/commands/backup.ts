/** `mimika backup` and `mimika restore`: writes the files a person named, says what was written, and decides nothing. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Clock, Effect } from "effect"
import { makeBackup } from "../backup/backup.ts"
import { restore } from "../backup/restore.ts"
import { logging } from "../core.ts"
import { isKurrentAddress, kurrentAddressOf } from "../journal/kurrentdb.ts"
import { osActor } from "../subjects/os-actor.ts"
import { openDesk } from "../subjects/subject-desk.ts"

const say = (line: string) => process.stdout.write(`${line}\n`)

export interface BackupOptions {
  readonly data: string
  readonly journal?: string
  readonly keys?: string
  readonly reason: string
}

export async function backup(file: string, { data, journal, keys, reason }: BackupOptions): Promise<void> {
  if (journal !== undefined && isKurrentAddress(journal)) {
    throw new Error(
      `Cannot back up the journal in KurrentDB at "${kurrentAddressOf(journal)}": only its own server's backup sees one moment of it. Stop the server, bring it into a folder with \`journal copy\` and back that up, or back up KurrentDB and the folder's proof-kurrentdb.sqlite`
    )
  }
  if (journal === undefined && !existsSync(join(data, "journal.sqlite"))) {
    throw new Error(
      `Cannot back up "${data}": it holds no embedded journal. Name the server's folder with --data, and a PostgreSQL journal with --journal`
    )
  }
  const program = Effect.gen(function* () {
    const desk = yield* openDesk({ data, journal })
    const write = Effect.fnUntraced(function* (holds: "journal" | "keys", to: string) {
      const madeAt = yield* Clock.currentTimeMillis
      const beforeUse = (sha256: string) => desk.recordBackup({ actor: osActor(), purpose: reason, holds, sha256 })
      const { sha256 } = yield* makeBackup({ data, journal, holds, file: to, madeAt, beforeUse })
      say(`${to}\n  SHA-256 ${sha256}, read back and checked`)
    })
    yield* write("journal", file)
    // After the journal: the key of everybody in it is in the key store by then.
    if (keys !== undefined) yield* write("keys", keys)
  })
  await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(logging)))
  say(
    keys === undefined
      ? "The journal's backup opens with the key store only: back that up too, apart, with --keys"
      : "Keep the two apart, the master key apart from both, and the keys' backup only until the next erasure"
  )
  process.exit(0)
}

export interface RestoreCommandOptions {
  readonly data: string
  readonly journal?: string
  readonly keys: string
  readonly bars: string
  readonly masterKey?: string
  readonly reason: string
}

export async function restoreCommand(file: string, options: RestoreCommandOptions): Promise<void> {
  const { data, journal, keys, bars, masterKey, reason } = options
  const program = restore({ file, data, journal, keys, bars, masterKey, actor: osActor(), purpose: reason })
  const { madeAt, commitCount, erasedCount } = await Effect.runPromise(Effect.provide(program, logging))
  say(`Restored into ${data} as of ${new Date(madeAt).toISOString()}`)
  say(`  ${commitCount} commits, all read; ${erasedCount} of them belong to erased people and stay closed`)
  process.exit(0)
}
