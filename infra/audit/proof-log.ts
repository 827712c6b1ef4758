/** Chooses the proof log that belongs to a journal: beside the embedded one, in the database of one in PostgreSQL, in the folder for KurrentDB. */
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { kurrentCommitStore } from "../journal/commit-store-kurrentdb.ts"
import { postgresCommitStore } from "../journal/commit-store-postgres.ts"
import { sqliteCommitStore } from "../journal/commit-store-sqlite.ts"
import { isKurrentAddress } from "../journal/kurrentdb.ts"
import { fileLogIdentity, sha256 } from "./log-key.ts"
import { postgresLogOrigin, postgresProofLog, postgresProofLogReader } from "./proof-log-postgres.ts"
import {
  kurrentProofLogFile,
  proofLogFile,
  sqliteLogOrigin,
  sqliteProofLog,
  sqliteProofLogReader
} from "./proof-log-sqlite.ts"

export interface ProvenPlace {
  readonly folder: string
  /** Of a journal elsewhere than in the folder. */
  readonly url?: string | undefined
}

/** Who signs it: the key of the folder, under the name that the log has. */
export const logIdentityAt = (place: ProvenPlace) =>
  Layer.unwrap(Effect.map(originAt(place), (origin) => fileLogIdentity(join(place.folder, "keys"), origin)))

function originAt({ folder, url }: ProvenPlace) {
  if (url === undefined) return Effect.sync(() => sqliteLogOrigin(proofLogFile(folder)))
  return isKurrentAddress(url)
    ? Effect.sync(() => sqliteLogOrigin(kurrentProofLogFile(folder)))
    : postgresLogOrigin(url)
}

/** To be written by the one sequencer. */
export function proofLogAt({ folder, url }: ProvenPlace) {
  if (url === undefined) return sqliteProofLog(folder)
  return isKurrentAddress(url) ? sqliteProofLog(folder, kurrentProofLogFile(folder)) : postgresProofLog(url)
}

/** Sealed commits, for whoever opens none. */
export function sealedReaders({ folder, url }: ProvenPlace) {
  if (url === undefined) return sqliteCommitStore({ folder, readOnly: true })
  return isKurrentAddress(url)
    ? kurrentCommitStore({ url, readOnly: true })
    : postgresCommitStore({ url, readOnly: true })
}

/** Sealed commits and the log over them, for whoever needs no key. */
export const provenReaders = (place: ProvenPlace) => Layer.merge(sealedReaders(place), logReader(place))

function logReader({ folder, url }: ProvenPlace) {
  const hasher = treeHasher(sha256)
  if (url === undefined) return sqliteProofLogReader(folder, hasher)
  return isKurrentAddress(url)
    ? sqliteProofLogReader(folder, hasher, kurrentProofLogFile(folder))
    : postgresProofLogReader(url, hasher)
}
