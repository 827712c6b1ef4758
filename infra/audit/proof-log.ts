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

/** Sealed commits and the log over them, for whoever needs no key. */
export function provenReaders({ folder, url }: ProvenPlace) {
  const hasher = treeHasher(sha256)
  return url === undefined
    ? Layer.merge(sqliteCommitStore({ folder, readOnly: true }), sqliteProofLogReader(folder, hasher))
    : Layer.merge(postgresCommitStore({ url, readOnly: true }), postgresProofLogReader(url, hasher))
}
