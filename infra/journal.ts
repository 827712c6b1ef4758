/**
 * Chooses the journal: the embedded one in the data folder, or a PostgreSQL named by its address. Keys stay in the folder,
 * under the master key that the environment chooses.
 */
import process from "node:process"
import { embeddedEventStore, postgresEventStore } from "./event-store.ts"
import type { MasterKey } from "./master-key.ts"
import { masterKeyOf } from "./master-keys.ts"

export interface JournalPlace {
  readonly folder: string
  /** Such as `postgres://user@host/database`; without it the embedded journal. */
  readonly url?: string | undefined
  readonly readOnly?: boolean
}

/** The secret is taken out of the environment, so it is read once for the process. */
let chosen: { readonly masterKey?: MasterKey } | undefined

export function journalAt({ folder, url, readOnly = false }: JournalPlace) {
  if (chosen === undefined) {
    const masterKey = masterKeyOf(process.env)
    chosen = masterKey === undefined ? {} : { masterKey }
  }
  if (url === undefined) return embeddedEventStore({ folder, readOnly, ...chosen })
  if (/^postgres(ql)?:\/\//.test(url)) return postgresEventStore({ folder, url, readOnly, ...chosen })
  throw new Error(
    `Cannot open the journal "${url.split(":", 1)[0]}": only postgres:// addresses are known. Check MIMIKA_JOURNAL`
  )
}
