/**
 * The sealed directory: which pseudonym stands for which of the platform's ids. An id is found by a keyed fingerprint
 * (blind index) and kept only sealed under the person's own data key, so it goes when the key goes.
 */
import { createCipheriv, createHmac, hkdfSync, randomBytes, randomUUID } from "node:crypto"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { type KeyScope, StoreUnavailable } from "../actors/event-store.ts"
import { Directory, type PersonKind } from "../actors/ports.ts"
import { KeyStore } from "./key-store.ts"
import { openForWriting } from "./sqlite.ts"

const keyBytes = 32
const nonceBytes = 12

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
      database.exec(`CREATE TABLE IF NOT EXISTS person (
        fingerprint TEXT PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, sealed_id BLOB NOT NULL) WITHOUT ROWID`)
      const find = database.prepare("SELECT pseudonym FROM person WHERE fingerprint = ?")
      const add = database.prepare("INSERT INTO person (fingerprint, pseudonym, sealed_id) VALUES (?, ?, ?)")

      const secretOf = (scope: KeyScope, purpose: string): Uint8Array => {
        const key = keys.keyOf(scope)
        if (key === "destroyed")
          throw new Error(`Cannot use the directory: the data key of ${scope.kind} was destroyed`)
        return new Uint8Array(hkdfSync("sha256", key.secret, "", purpose, keyBytes))
      }
      const indexKey = secretOf({ kind: "operations" }, "mimika directory blind index")
      const fingerprintOf = (kind: string, externalId: string) =>
        createHmac("sha256", indexKey).update(`${kind}\n${externalId}`).digest("hex")

      const seal = (scope: KeyScope, pseudonym: string, externalId: string): Uint8Array => {
        const nonce = randomBytes(nonceBytes)
        const cipher = createCipheriv("aes-256-gcm", secretOf(scope, "mimika directory"), nonce)
        cipher.setAAD(Buffer.from(pseudonym))
        return Buffer.concat([nonce, cipher.update(externalId, "utf8"), cipher.final(), cipher.getAuthTag()])
      }
      const scopeOf = (kind: PersonKind, pseudonym: string): KeyScope =>
        kind === "client" ? { kind: "subject", subject: pseudonym } : { kind: "staff" }

      return Directory.of({
        fingerprintOf,
        pseudonymOf: (kind, externalId) =>
          Effect.andThen(
            keys.refresh(),
            Effect.try({
              try: () => {
                const fingerprint = fingerprintOf(kind, externalId)
                const known = find.get(fingerprint)
                if (known !== undefined) return String(known.pseudonym)
                const pseudonym = randomUUID()
                add.run(fingerprint, pseudonym, seal(scopeOf(kind, pseudonym), pseudonym, externalId))
                return pseudonym
              },
              catch: (error) =>
                new StoreUnavailable({
                  action: "keep a person in the directory",
                  why: error instanceof Error ? error.message : String(error),
                  advice: `Check the file "${path}"; nothing was started`
                })
            })
          )
      })
    })
  )
