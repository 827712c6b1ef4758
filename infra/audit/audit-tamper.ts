/**
 * Forgeries for practice: a copy of journal, log and public key with one thing changed the way somebody with the files
 * might, so that `audit verify` can be seen failing. It writes to a new folder only and copies no secret key.
 */
import { copyFileSync, existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { Effect, Layer } from "effect"
import { LogIdentity } from "../../actors/proof-log.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { ed25519Type, noteKey } from "../../models/proof/signed-note.ts"
import { sqliteCommitStore } from "../journal/commit-store-sqlite.ts"
import { inTransaction, openForReading, openForWriting } from "../journal/sqlite.ts"
import { logKeyIn, publicKeyFileIn, readVerifierKey, sha256 } from "./log-key.ts"
import { proofLogFile, sqliteProofLog } from "./proof-log-sqlite.ts"

export const forgeries = ["flip", "cut", "reorder", "insert", "resign"] as const
export type Forgery = (typeof forgeries)[number]

/** Commits that `cut` takes off the end. */
const cutCommits = 3

/** Makes the forged copy and says what was done to it. */
export async function forgeCopy(folder: string, copy: string, forgery: Forgery): Promise<string> {
  if (existsSync(copy)) throw new Error(`Cannot forge into "${copy}": it is there already. Name a folder that is not`)
  const keyFile = publicKeyFileIn(join(folder, "keys"))
  const missing = [join(folder, "journal.sqlite"), proofLogFile(folder), keyFile].find((file) => !existsSync(file))
  if (missing !== undefined) throw new Error(`Cannot forge a copy: "${missing}" is not there. Name a server's folder`)
  mkdirSync(join(copy, "keys"), { recursive: true, mode: 0o700 })
  for (const name of ["journal.sqlite", "proof.sqlite"]) {
    const database = openForReading(join(folder, name))
    // A whole copy of one moment, also while the server writes.
    database.prepare("VACUUM INTO ?").run(join(copy, name))
    database.close()
  }
  copyFileSync(keyFile, publicKeyFileIn(join(copy, "keys")))
  const done = changeJournal(join(copy, "journal.sqlite"), forgery)
  if (forgery !== "resign") return done
  await Effect.runPromise(signAnew(copy, readVerifierKey(keyFile).name))
  return `${done}; then the whole log was computed anew and signed with a key of the forger's`
}

function changeJournal(path: string, forgery: Forgery): string {
  const database = openForWriting(path, "DELETE")
  try {
    return inTransaction(database, () => {
      const positions = database.prepare("SELECT position FROM commits ORDER BY position").all() as unknown as {
        position: number
      }[]
      if (positions.length < 2 * cutCommits)
        throw new Error("Cannot forge: the journal is too short. Run the demo first")
      const middle = positions[positions.length >> 1]!.position
      const next = positions[(positions.length >> 1) + 1]!.position
      const change = (sql: string, ...values: number[]) => database.prepare(sql).run(...values)
      switch (forgery) {
        case "flip":
        case "resign": {
          const row = database.prepare("SELECT sealed FROM commits WHERE position = ?").get(middle)
          const sealed = Uint8Array.from((row as { sealed: Uint8Array }).sealed)
          sealed[sealed.length >> 1]! ^= 1
          database.prepare("UPDATE commits SET sealed = ? WHERE position = ?").run(sealed, middle)
          return `one bit of the sealed commit at place ${middle} was flipped`
        }
        case "cut": {
          const from = positions.at(-cutCommits)!.position
          change("DELETE FROM commits WHERE position >= ?", from)
          return `the newest ${cutCommits} commits, from place ${from} on, were deleted`
        }
        case "reorder":
          change("UPDATE commits SET position = -1 WHERE position = ?", middle)
          change("UPDATE commits SET position = ? WHERE position = ?", middle, next)
          change("UPDATE commits SET position = ? WHERE position = -1", next)
          return `the commits at places ${middle} and ${next} changed places`
        case "insert":
          change("UPDATE commits SET position = -position WHERE position > ?", middle)
          change("UPDATE commits SET position = 1 - position WHERE position < 0")
          database.exec("INSERT INTO streams (name) VALUES ('conference-00000000-0000-4000-8000-000000000000')")
          database
            .prepare(
              `INSERT INTO commits (position, stream_id, first_version, event_count, committed_at, command_id, sealed)
               SELECT ?, (SELECT max(id) FROM streams), 1, event_count, committed_at, command_id, sealed
               FROM commits WHERE position = ?`
            )
            .run(middle + 1, middle)
          return `a commit was slipped in at place ${middle + 1}`
      }
    })
  } finally {
    database.close()
  }
}

/** What somebody with all the files but the signing key can do at best. */
function signAnew(copy: string, name: string) {
  const path = proofLogFile(copy)
  const database = openForWriting(path, "DELETE")
  database.exec("DELETE FROM leaves; DELETE FROM tiles; DELETE FROM checkpoints; UPDATE log SET size = 0")
  database.close()
  const identity = Layer.sync(LogIdentity, () => {
    const signing = logKeyIn(join(dirname(path), "forger-key.pem"))
    const key = noteKey(name, ed25519Type, signing.publicKey, sha256)
    return LogIdentity.of({ key, hasher: treeHasher(sha256), sign: signing.sign })
  })
  return Effect.flatMap(makeSequencer, ({ catchUp }) => catchUp).pipe(
    Effect.provide(
      sqliteProofLog(copy).pipe(
        Layer.provideMerge(identity),
        Layer.provideMerge(sqliteCommitStore({ folder: copy, readOnly: true }))
      )
    )
  )
}
