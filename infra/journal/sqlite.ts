/**
 * How every SQLite file of the product is opened, and the lock that keeps a folder to one writing process.
 * It holds no schema and no query.
 */
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"

/** How long a statement waits for another process, in milliseconds; a checkpoint of the log takes far less. */
const busyMsMax = 5_000

/** Opens for writing, making file and folder (only for this user) when they are not there. Every commit is on disk when it returns. */
export function openForWriting(path: string, journalMode: "WAL" | "DELETE"): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA busy_timeout = ${busyMsMax}; PRAGMA journal_mode = ${journalMode}; PRAGMA synchronous = FULL`)
  return database
}

/** Opens what is there, beside a process that writes. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true })
  database.exec(`PRAGMA busy_timeout = ${busyMsMax}`)
  return database
}

/** Writes a consistent and compact copy into a new file, beside a process that writes. Throws when the copy is not sound. */
export function snapshotInto(path: string, target: string): void {
  const database = openForReading(path)
  try {
    database.prepare("VACUUM INTO ?").run(target)
  } finally {
    database.close()
  }
  const copy = openForReading(target)
  try {
    const { integrity_check: verdict } = copy.prepare("PRAGMA integrity_check").get() as { integrity_check: string }
    if (verdict !== "ok") throw new Error(`the copy of "${path}" is damaged (${verdict})`)
  } finally {
    copy.close()
  }
}

/** Runs the steps as one transaction that excludes other writers; what throws inside undoes all. */
export function inTransaction<A>(database: DatabaseSync, steps: () => A): A {
  database.exec("BEGIN IMMEDIATE")
  try {
    const answer = steps()
    database.exec("COMMIT")
    return answer
  } catch (error) {
    try {
      database.exec("ROLLBACK")
    } catch {
      // SQLite has undone it already, as it does when the disk is full.
    }
    throw error
  }
}

/**
 * Takes the folder's lock until closed, or nothing when another process has it. It is an exclusive transaction on an
 * empty database, so the kernel lets go of it when the process dies, however it dies. Never open the file in another
 * way within this process: closing that would drop the lock (POSIX advisory locks belong to the process).
 */
export function lockFile(path: string): DatabaseSync | undefined {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(path)
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE")
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && /locked|busy/i.test(error.message)) return undefined
    throw error
  }
}
