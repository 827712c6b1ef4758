/**
 * Chooses the journal: the embedded one in the data folder, or a PostgreSQL or KurrentDB named by its address. Keys stay in the folder,
 * under the master key that the environment chooses.
 */
import { join } from "node:path"
import process from "node:process"
import type { MasterKey } from "../keys/master-key.ts"
import { fileMasterKey } from "../keys/master-key-file.ts"
import { masterKeyOf } from "../keys/master-keys.ts"
import { embeddedEventStore, kurrentEventStore, postgresEventStore } from "./event-store.ts"
import { isKurrentAddress } from "./kurrentdb.ts"

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

export function journalAt({ folder, url, readOnly = false }: JournalPlace) {
  const masterKey = masterKeyIn(folder)
  if (url === undefined) return embeddedEventStore({ folder, readOnly, masterKey })
  if (/^postgres(ql)?:\/\//.test(url)) return postgresEventStore({ folder, url, readOnly, masterKey })
  if (isKurrentAddress(url)) return kurrentEventStore({ folder, url, readOnly, masterKey })
  throw new Error(
    `Cannot open the journal "${url.split(":", 1)[0]}": only postgres:// and kurrentdb:// addresses are known. Check MIMIKA_JOURNAL`
  )
}
