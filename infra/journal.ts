/** Chooses the journal: the embedded one in the data folder, or a PostgreSQL named by its address. Keys stay in the folder. */
import { embeddedEventStore, postgresEventStore } from "./event-store.ts"

export interface JournalPlace {
  readonly folder: string
  /** Such as `postgres://user@host/database`; without it the embedded journal. */
  readonly url?: string | undefined
  readonly readOnly?: boolean
}

export function journalAt({ folder, url, readOnly = false }: JournalPlace) {
  if (url === undefined) return embeddedEventStore({ folder, readOnly })
  if (/^postgres(ql)?:\/\//.test(url)) return postgresEventStore({ folder, url, readOnly })
  throw new Error(
    `Cannot open the journal "${url.split(":", 1)[0]}": only postgres:// addresses are known. Check MIMIKA_JOURNAL`
  )
}
