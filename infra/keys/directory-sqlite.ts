/**
 * The sealed directory: which pseudonym stands for which person. What identifies one (the platform's id, names,
 * contacts, ids of other systems) is kept only sealed under that person's own data key, so it goes when the key goes,
 * and found only by a keyed fingerprint (blind index). Nothing of it stands in clear, in the file or in an error.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, randomUUID } from "node:crypto"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { type KeyScope, StoreUnavailable } from "../../actors/event-store.ts"
import { Directory, type PersonDetails, type PersonKind } from "../../actors/ports.ts"
import { inTransaction, openForWriting } from "../journal/sqlite.ts"
import { KeyStore } from "./key-store.ts"

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

const schema = `
  CREATE TABLE IF NOT EXISTS person (
    fingerprint TEXT PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, sealed_id BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS person_details (
    pseudonym TEXT PRIMARY KEY, kind TEXT NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS person_index (
    fingerprint TEXT NOT NULL, pseudonym TEXT NOT NULL, PRIMARY KEY (fingerprint, pseudonym)) WITHOUT ROWID;`

/** As different people write the same thing: case and spaces tell nobody apart. */
const normalised = (text: string) => text.trim().toLowerCase().replace(/\s+/g, " ")

const scopeOf = (kind: PersonKind, pseudonym: string): KeyScope =>
  kind === "client" ? { kind: "subject", subject: pseudonym } : { kind: "staff" }

export const sqliteDirectory = (folder: string) =>
  Layer.effect(
    Directory,
    Effect.gen(function* () {
      const keys = yield* KeyStore
      yield* keys.refresh()
      const path = join(folder, "directory.sqlite")
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => openForWriting(path, "DELETE")),
        (opened) => Effect.sync(() => opened.close())
      )
      database.exec(`PRAGMA secure_delete = ON; ${schema}`)
      const findPerson = database.prepare("SELECT pseudonym FROM person WHERE fingerprint = ?")
      const findIndexed = database.prepare("SELECT pseudonym FROM person_index WHERE fingerprint = ?")
      const addPerson = database.prepare("INSERT INTO person (fingerprint, pseudonym, sealed_id) VALUES (?, ?, ?)")
      const addIndexed = database.prepare("INSERT OR IGNORE INTO person_index (fingerprint, pseudonym) VALUES (?, ?)")
      const findDetails = database.prepare("SELECT kind, sealed FROM person_details WHERE pseudonym = ?")
      const putDetails = database.prepare(
        "INSERT OR REPLACE INTO person_details (pseudonym, kind, sealed) VALUES (?, ?, ?)"
      )
      const findSealedId = database.prepare("SELECT sealed_id FROM person WHERE pseudonym = ?")

      const attempt = <A>(action: string, steps: () => A) =>
        Effect.andThen(
          keys.refresh(),
          Effect.try({
            try: steps,
            catch: (error) =>
              new StoreUnavailable({
                action,
                why: error instanceof Error ? error.message : String(error),
                advice: `Check the file "${path}"; nothing of this step was kept`
              })
          })
        )

      const secretOf = (scope: KeyScope, purpose: string): Uint8Array => {
        const key = keys.keyOf(scope)
        if (key === "destroyed") throw new Error(`the data key of the ${scope.kind} was destroyed`)
        return new Uint8Array(hkdfSync("sha256", key.secret, "", purpose, keyBytes))
      }
      const indexKey = secretOf({ kind: "operations" }, "mimika directory blind index")
      const fingerprintOf = (kind: string, text: string) =>
        createHmac("sha256", indexKey).update(`${kind}\n${text}`).digest("hex")

      const seal = (scope: KeyScope, bound: string, text: string): Uint8Array => {
        const nonce = randomBytes(nonceBytes)
        const cipher = createCipheriv("aes-256-gcm", secretOf(scope, "mimika directory"), nonce)
        cipher.setAAD(Buffer.from(bound))
        return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
      }
      const open = (scope: KeyScope, bound: string, sealed: Uint8Array): string => {
        const nonce = sealed.subarray(0, nonceBytes)
        const decipher = createDecipheriv("aes-256-gcm", secretOf(scope, "mimika directory"), nonce)
        decipher.setAAD(Buffer.from(bound))
        decipher.setAuthTag(sealed.subarray(-tagBytes))
        const opened = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
        return opened.toString("utf8")
      }

      const remove = (pseudonym: string): boolean => {
        const counts = ["person", "person_details", "person_index"].map(
          (table) => database.prepare(`DELETE FROM ${table} WHERE pseudonym = ?`).run(pseudonym).changes
        )
        return counts.some((count) => Number(count) > 0)
      }
      /** A row whose key is gone came back with an old copy of the file: its person is unknown here. */
      const isErased = (kind: PersonKind, pseudonym: string) => keys.keyOf(scopeOf(kind, pseudonym)) === "destroyed"

      const add = (kind: PersonKind, fingerprint: string, externalId: string): string => {
        const pseudonym = randomUUID()
        addPerson.run(fingerprint, pseudonym, seal(scopeOf(kind, pseudonym), pseudonym, externalId))
        return pseudonym
      }

      return Directory.of({
        fingerprintOf,
        pseudonymOf: (kind, externalId) =>
          attempt("keep a person in the directory", () => {
            const fingerprint = fingerprintOf(kind, externalId)
            const known = findPerson.get(fingerprint)
            if (known === undefined) return add(kind, fingerprint, externalId)
            const pseudonym = String(known.pseudonym)
            if (!isErased(kind, pseudonym)) return pseudonym
            return inTransaction(database, () => {
              remove(pseudonym)
              return add(kind, fingerprint, externalId)
            })
          }),
        find: (kind, externalId) =>
          attempt("look a person up in the directory", () => {
            const row = findPerson.get(fingerprintOf(kind, externalId))
            return row === undefined ? null : String(row.pseudonym)
          }),
        findBy: (field, text) =>
          attempt("look a person up in the directory", () =>
            findIndexed.all(fingerprintOf(field, normalised(text))).map(({ pseudonym }) => String(pseudonym))
          ),
        describe: (kind, pseudonym, details) =>
          attempt("keep a person's details in the directory", () =>
            inTransaction(database, () => {
              const sealed = seal(scopeOf(kind, pseudonym), `details ${pseudonym}`, JSON.stringify(details))
              putDetails.run(pseudonym, kind, sealed)
              database.prepare("DELETE FROM person_index WHERE pseudonym = ?").run(pseudonym)
              for (const field of ["names", "contacts", "crmIds"] as const) {
                for (const text of details[field]) addIndexed.run(fingerprintOf(field, normalised(text)), pseudonym)
              }
            })
          ),
        detailsOf: (kind, pseudonym) =>
          attempt("open a person's details in the directory", () => {
            const row = findSealedId.get(pseudonym) as { sealed_id: Uint8Array } | undefined
            if (row === undefined) return null
            const externalId = open(scopeOf(kind, pseudonym), pseudonym, row.sealed_id)
            const kept = findDetails.get(pseudonym) as { sealed: Uint8Array } | undefined
            const details: PersonDetails =
              kept === undefined
                ? { names: [], contacts: [], crmIds: [] }
                : JSON.parse(open(scopeOf(kind, pseudonym), `details ${pseudonym}`, kept.sealed))
            return { externalId, ...details }
          }),
        forget: (pseudonym) =>
          attempt("forget a person in the directory", () => inTransaction(database, () => remove(pseudonym)))
      })
    })
  )
