/**
 * What a backup holds and how it is made, for both stores alike: PostgreSQL's journal goes into it as a file of the embedded store. The journal's file holds journal, proof log and directory, and
 * opens with the key store it was written under; the keys' file holds the key store, and opens with the master key of its
 * time. The bar list is in neither: a restore needs the current one from elsewhere, or it would bring erased people back.
 */
import { hkdfSync, randomBytes } from "node:crypto"
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { keysIn } from "../journal/event-store.ts"
import { masterKeyIn } from "../journal/journal.ts"
import { snapshotInto } from "../journal/sqlite.ts"
import { KeyStore } from "../keys/key-store.ts"
import { keyBytes, unwrapKey, wrapKey } from "../keys/key-wrap.ts"
import { barListFile } from "../subjects/bar-list.ts"
import { type BackupHeader, openBackup, writeBackup } from "./backup-file.ts"
import { bundle, sha256Of, unbundle } from "./file-bundle.ts"
import { copyFromPostgres } from "./postgres-copy.ts"

/** In the order of copying: no proof of a commit that is missing, and nobody in the journal whom the directory lacks. */
const journalFiles = ["proof.sqlite", "journal.sqlite", "directory.sqlite"]
/** Signing keys lie beside the key store. */
const signingKeys = ["token-key.pem", "certificate-key.pem", "log-key.pem", "log-key.pub"]
const wrapPurpose = "mimika backup"

/** Lines of a bar list; none when it is not there. */
export const barCountIn = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0)

/** Wraps a file's key: under the key store for the journal's, under the master key for the keys'. */
export const wrapperOf = Effect.fnUntraced(function* (data: string, holds: BackupHeader["holds"]) {
  const masterKey = masterKeyIn(data)
  if (holds === "keys") return masterKey
  const secret = yield* Effect.flatMap(KeyStore, (keys) =>
    Effect.sync(() => {
      const key = keys.keyOf({ kind: "operations" })
      if (key === "destroyed")
        throw new Error("Cannot make or open a backup: the data key of the operations was destroyed")
      return new Uint8Array(hkdfSync("sha256", key.secret, "", wrapPurpose, keyBytes))
    })
  ).pipe(Effect.provide(keysIn(data, { masterKey, readOnly: true })))
  return {
    wrap: (key: Uint8Array) => Effect.sync(() => wrapKey(key, secret, wrapPurpose)),
    unwrap: (wrapped: Uint8Array) =>
      Effect.try({
        try: () => unwrapKey(wrapped, secret, wrapPurpose),
        catch: () => new Error("Cannot open the backup: it was made with another key store. Name the one of its time")
      })
  }
})

/**
 * Writes and reads back; the file gets its name only after `beforeUse` has succeeded. Works beside a running server:
 * SQLite gives a consistent copy of each file.
 */
export const makeBackup = Effect.fnUntraced(function* <E>(options: {
  readonly data: string
  /** A PostgreSQL journal; without it the embedded one. */
  readonly journal?: string | undefined
  readonly holds: BackupHeader["holds"]
  readonly file: string
  readonly madeAt: number
  readonly beforeUse: (sha256: string) => Effect.Effect<void, E>
}) {
  const { data, journal, holds, file, madeAt, beforeUse } = options
  if (existsSync(file)) return yield* Effect.fail(new Error(`Cannot write "${file}": it is there. Name a new file`))
  const wrapper = yield* wrapperOf(data, holds)
  const barCount = barCountIn(barListFile(data))
  const key = new Uint8Array(randomBytes(keyBytes))
  const wrappedKey = Buffer.from(yield* wrapper.wrap(key)).toString("base64")
  const draft = `${file}.part`
  return yield* Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(`${file}.copy-`)),
    (folder) =>
      Effect.gen(function* () {
        if (journal !== undefined && holds === "journal") {
          // Before the directory, as with the embedded journal: nobody is in it whom the directory lacks.
          yield* Effect.tryPromise({
            try: () => copyFromPostgres(journal, join(folder, "journal.sqlite")),
            catch: (error) => new Error(`Cannot copy the journal from PostgreSQL: ${(error as Error).message}`)
          })
        }
        const sha256 = yield* attempt(`write the backup "${file}"`, () => {
          rmSync(draft, { force: true })
          const names = holds === "journal" ? journalFiles : ["keys.sqlite", ...signingKeys]
          const found = names.filter((name) => copyOne(data, holds, name, join(folder, name)))
          writeBackup(draft, { holds, madeAt, barCount, wrappedKey }, key, bundle(folder, found))
          const opened = openBackup(draft)
          try {
            if (unbundle(opened.plain(key), null).length !== found.length) throw new Error("a file is missing in it")
          } finally {
            opened.close()
          }
          if (barCountIn(barListFile(data)) !== barCount)
            throw new Error("somebody was erased at this moment. Repeat it")
          return sha256Of(draft)
        })
        yield* beforeUse(sha256)
        yield* attempt(`name the backup "${file}"`, () => renameSync(draft, file))
        return { sha256 }
      }),
    (folder) =>
      Effect.sync(() => {
        rmSync(folder, { recursive: true, force: true })
        rmSync(draft, { force: true })
      })
  )
})

function copyOne(data: string, holds: BackupHeader["holds"], name: string, target: string): boolean {
  if (existsSync(target)) return true
  const source = holds === "journal" ? join(data, name) : join(data, "keys", name)
  if (!existsSync(source)) return false
  if (name.endsWith(".sqlite")) snapshotInto(source, target)
  else copyFileSync(source, target)
  return true
}

/** What the steps throw, as a sentence for the operator. */
export const attempt = <A>(action: string, steps: () => A) =>
  Effect.try({
    try: steps,
    catch: (error) => {
      const { message } = error as Error
      return message.startsWith("Cannot") ? (error as Error) : new Error(`Cannot ${action}: ${message}`)
    }
  })
