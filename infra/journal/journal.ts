/**
 * Chooses the journal: the embedded one in the data folder, or a PostgreSQL or KurrentDB named by its address. Keys stay in the folder,
 * under the master key that the environment chooses.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect, Layer } from "effect"
import { StoreUnavailable } from "../../actors/event-store.ts"
import type { MasterKey } from "../keys/master-key.ts"
import { fileMasterKey } from "../keys/master-key-file.ts"
import { masterKeyOf } from "../keys/master-keys.ts"
import { embeddedEventStore, kurrentEventStore, postgresEventStore } from "./event-store.ts"
import { isKurrentAddress } from "./kurrentdb.ts"
import { lockFile } from "./sqlite.ts"

export interface JournalPlace {
  readonly folder: string
  /** Such as `postgres://user@host/database` or `kurrentdb://user:password@host`; without it the embedded journal. */
  readonly url?: string | undefined
  readonly readOnly?: boolean
}

export const masterKeyFile = (folder: string) => join(folder, "keys", "master.key")

/** The secret is taken out of the environment, so it is read once for the process. */
let chosen: { readonly masterKey: MasterKey | undefined } | undefined

/** The master key of the keys in this data folder. */
export function masterKeyIn(folder: string): MasterKey {
  chosen ??= { masterKey: masterKeyOf(process.env) }
  return chosen.masterKey ?? fileMasterKey(masterKeyFile(folder))
}

/** As it is shown and recorded. */
export function journalKindOf(url: string | undefined) {
  if (url === undefined) return "embedded"
  return isKurrentAddress(url) ? "kurrentdb" : "postgres"
}

export function journalAt({ folder, url, readOnly = false }: JournalPlace) {
  const masterKey = masterKeyIn(folder)
  if (url === undefined) return embeddedEventStore({ folder, readOnly, masterKey })
  if (/^postgres(ql)?:\/\//.test(url)) return postgresEventStore({ folder, url, readOnly, masterKey })
  if (isKurrentAddress(url)) {
    const store = kurrentEventStore({ folder, url, readOnly, masterKey })
    return readOnly ? store : Layer.provide(store, Layer.effectDiscard(oneWriterIn(folder)))
  }
  throw new Error(
    `Cannot open the journal "${url.split(":", 1)[0]}": only postgres:// and kurrentdb:// addresses are known. Check MIMIKA_JOURNAL`
  )
}

/** KurrentDB has no fence that an erasure could raise in several processes, so one of them writes, as with the embedded journal. */
const oneWriterIn = (folder: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        mkdirSync(folder, { recursive: true })
        const lock = lockFile(join(folder, "journal.lock"))
        if (lock === undefined) throw new Error("another process is writing to it")
        return lock
      },
      catch: (error) =>
        new StoreUnavailable({
          action: `open the journal of "${folder}" in KurrentDB for writing`,
          why: (error as Error).message,
          advice: "Stop the server that uses this folder; reading beside it is possible"
        })
    }),
    (lock) => Effect.sync(() => lock.close())
  )
