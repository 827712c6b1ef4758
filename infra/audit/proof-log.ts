/** Chooses the proof log that belongs to a journal: beside the embedded one, or in the database of one in PostgreSQL. */
import { Layer } from "effect"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { postgresCommitStore } from "../journal/commit-store-postgres.ts"
import { sqliteCommitStore } from "../journal/commit-store-sqlite.ts"
import { sha256 } from "./log-key.ts"
import { postgresProofLog, postgresProofLogReader } from "./proof-log-postgres.ts"
import { sqliteProofLog, sqliteProofLogReader } from "./proof-log-sqlite.ts"

export interface ProvenPlace {
  readonly folder: string
  /** Of a journal elsewhere than in the folder. */
  readonly url?: string | undefined
}

/** To be written by the one sequencer. */
export const proofLogAt = ({ folder, url }: ProvenPlace) =>
  url === undefined ? sqliteProofLog(folder) : postgresProofLog(url)

/** Sealed commits, for whoever opens none. */
export const sealedReaders = ({ folder, url }: ProvenPlace) =>
  url === undefined ? sqliteCommitStore({ folder, readOnly: true }) : postgresCommitStore({ url, readOnly: true })

/** Sealed commits and the log over them, for whoever needs no key. */
export function provenReaders(place: ProvenPlace) {
  const { folder, url } = place
  const hasher = treeHasher(sha256)
  const log = url === undefined ? sqliteProofLogReader(folder, hasher) : postgresProofLogReader(url, hasher)
  return Layer.merge(sealedReaders(place), log)
}
