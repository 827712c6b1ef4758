/**
 * The key store in a SQLite file of its own, apart from the journal and from its backups. Several processes of one
 * machine may share it; each sees at its next commit or read that another destroyed a key. Overwritten cells are
 * zeroed (secure_delete), and no write-ahead log keeps old pages.
 */
import { randomBytes, randomUUID } from "node:crypto"
import type { DatabaseSync } from "node:sqlite"
import { Effect, Layer } from "effect"
import { type KeyScope, StoreUnavailable } from "../../actors/event-store.ts"
import { inTransaction, openForReading, openForWriting } from "../journal/sqlite.ts"
import {
  DamagedKey,
  type DataKey,
  KeyStore,
  type OperationsKey,
  operationsPrefix,
  type SubjectKey,
  scopeNameOf,
  subjectScopeOf
} from "./key-store.ts"
import { keyBytes, unwrapKey, wrapKey } from "./key-wrap.ts"
import type { MasterKey } from "./master-key.ts"

/** Data keys held unwrapped: the subjects of 50 running conferences many times over; a miss costs one query. */
const dataKeysHeldMax = 4096
const keyIdBytes = 8

const schema = `
  CREATE TABLE IF NOT EXISTS key_store (id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS key_encryption_keys (
    id TEXT PRIMARY KEY, wrapped BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS data_keys (
    id TEXT PRIMARY KEY, scope TEXT NOT NULL UNIQUE, wrapped BLOB, made_at INTEGER NOT NULL, destroyed_at INTEGER
  ) STRICT, WITHOUT ROWID;`

interface KeyRow {
  readonly id: string
  readonly scope: string
  readonly wrapped: Uint8Array | null
}

export function sqliteKeyStore(options: {
  readonly path: string
  readonly masterKey: MasterKey
  readonly readOnly?: boolean
}) {
  const { path, masterKey } = options
  const readOnly = options.readOnly ?? false
  const unavailable = (error: unknown) =>
    new StoreUnavailable({
      action: `use the key store "${path}"`,
      why: (error as Error).message,
      advice: "Check that the file is there, belongs to this user and that the disk has space"
    })

  const open = Effect.try({
    try: () => {
      if (readOnly) return openForReading(path)
      const database = openForWriting(path, "DELETE")
      database.exec(`PRAGMA secure_delete = ON; ${schema}`)
      inTransaction(database, () => {
        if (database.prepare("SELECT id FROM key_store").get() === undefined) {
          database.prepare("INSERT INTO key_store (id) VALUES (?)").run(randomUUID())
        }
      })
      return database
    },
    catch: unavailable
  })

  return Layer.effect(
    KeyStore,
    Effect.gen(function* () {
      const database = yield* Effect.acquireRelease(open, (opened) => Effect.sync(() => opened.close()))
      return yield* keyStoreOf(database, masterKey, unavailable)
    })
  )
}

const keyStoreOf = Effect.fnUntraced(function* (
  database: DatabaseSync,
  masterKey: MasterKey,
  unavailable: (error: unknown) => StoreUnavailable
) {
  const storeId = (database.prepare("SELECT id FROM key_store").get() as { id: string }).id
  const purposeOf = (id: string, scope: string) => `mimika data key ${storeId} ${id} ${scope}`
  const currentKey = database.prepare("SELECT id, wrapped FROM key_encryption_keys")
  const keyByScope = database.prepare("SELECT id, scope, wrapped FROM data_keys WHERE scope = ?")
  const keyById = database.prepare("SELECT id, scope, wrapped FROM data_keys WHERE id = ?")
  /** A subject's name with a slash behind it begins all its other keys; "0" comes right after the slash. */
  const keysOfSubject = database.prepare(
    "SELECT id, scope, made_at, wrapped IS NULL AS destroyed FROM data_keys WHERE scope = ?1 OR (scope > ?1 || '/' AND scope < ?1 || '0') ORDER BY made_at, id"
  )
  const keysOfSubjects = database.prepare(
    "SELECT id, scope, made_at, wrapped IS NULL AS destroyed FROM data_keys WHERE scope > 'subject/' AND scope < 'subject0' ORDER BY made_at, id"
  )
  const keysOfOperations = database.prepare(
    "SELECT id, substr(scope, length(?1) + 1) AS month, made_at AS madeAt, wrapped IS NULL AS destroyed FROM data_keys WHERE substr(scope, 1, length(?1)) = ?1 ORDER BY scope"
  )
  const destroyKeys = database.prepare(
    "UPDATE data_keys SET wrapped = NULL, destroyed_at = ?2 WHERE wrapped IS NOT NULL AND (scope = ?1 OR (scope > ?1 || '/' AND scope < ?1 || '0'))"
  )
  const insertKey = database.prepare("INSERT INTO data_keys (id, scope, wrapped, made_at) VALUES (?, ?, ?, ?)")
  const dataVersion = database.prepare("PRAGMA data_version")
  const attempt = <A>(steps: () => A) => Effect.try({ try: steps, catch: unavailable })

  const byScope = new Map<string, DataKey>()
  const byId = new Map<string, DataKey>()
  let generation = 0
  const forgetHeld = () => {
    byScope.clear()
    byId.clear()
    generation++
  }

  const makeKeyEncryptionKey = Effect.gen(function* () {
    const secret = randomBytes(keyBytes)
    const wrapped = yield* Effect.mapError(masterKey.wrap(secret), unavailable)
    return { id: newKeyId(), secret, wrapped }
  })
  const insertKeyEncryptionKey = (made: { readonly id: string; readonly wrapped: Uint8Array }) =>
    database.prepare("INSERT INTO key_encryption_keys (id, wrapped) VALUES (?, ?)").run(made.id, made.wrapped)
  const loadKeyEncryptionKey = Effect.gen(function* () {
    const row = (yield* attempt(() => currentKey.get())) as { id: string; wrapped: Uint8Array } | undefined
    if (row === undefined) return undefined
    return { id: row.id, secret: yield* Effect.mapError(masterKey.unwrap(row.wrapped), unavailable) }
  })

  if ((yield* attempt(() => currentKey.get())) === undefined) {
    const made = yield* makeKeyEncryptionKey
    yield* attempt(() => inTransaction(database, () => currentKey.get() === undefined && insertKeyEncryptionKey(made)))
  }
  let versionSeen = dataVersionOf(dataVersion.get())
  let keyEncryptionKey = (yield* loadKeyEncryptionKey)!

  /** Inside a transaction: nobody has wrapped the keys anew since ours was read. */
  const requireCurrent = () => {
    const row = currentKey.get() as { id: string } | undefined
    if (row?.id !== keyEncryptionKey.id) throw new Error("another process wrapped the keys anew at this moment")
  }

  const hold = (key: DataKey, scope: string): DataKey => {
    if (byId.size === dataKeysHeldMax) forgetHeld()
    byScope.set(scope, key)
    byId.set(key.id, key)
    return key
  }
  const secretOf = (row: KeyRow, wrapped: Uint8Array): Uint8Array => {
    try {
      return unwrapKey(wrapped, keyEncryptionKey.secret, purposeOf(row.id, row.scope))
    } catch {
      requireCurrent()
      throw new DamagedKey(row.id)
    }
  }
  const unwrapped = (row: KeyRow): DataKey | "destroyed" =>
    row.wrapped === null ? "destroyed" : hold({ id: row.id, secret: secretOf(row, row.wrapped) }, row.scope)

  const refresh = Effect.gen(function* () {
    const version = yield* attempt(() => dataVersionOf(dataVersion.get()))
    if (version === versionSeen) return generation
    forgetHeld()
    const loaded = yield* loadKeyEncryptionKey
    if (loaded === undefined) return yield* unavailable(new Error("its key-encryption key is gone"))
    keyEncryptionKey = loaded
    versionSeen = version
    return generation
  })

  const destroy = Effect.fnUntraced(function* (scopes: readonly KeyScope[]) {
    yield* refresh
    const names = scopes.map(scopeNameOf)
    const made = yield* makeKeyEncryptionKey
    const existed = yield* attempt(() =>
      inTransaction(database, () => {
        requireCurrent()
        let destroyedCount = 0
        for (const name of names) {
          if (keyByScope.get(name) === undefined) insertKey.run(newKeyId(), name, null, Date.now())
          destroyedCount += Number(destroyKeys.run(name, Date.now()).changes)
        }
        const rewrap = database.prepare("UPDATE data_keys SET wrapped = ? WHERE id = ?")
        for (const row of database
          .prepare("SELECT id, scope, wrapped FROM data_keys WHERE wrapped IS NOT NULL")
          .all()) {
          const { id, scope, wrapped } = row as unknown as KeyRow
          const secret = secretOf({ id, scope, wrapped }, wrapped!)
          rewrap.run(wrapKey(secret, made.secret, purposeOf(id, scope)), id)
        }
        database.exec("DELETE FROM key_encryption_keys")
        insertKeyEncryptionKey(made)
        return destroyedCount > 0
      })
    )
    keyEncryptionKey = made
    forgetHeld()
    return existed
  })

  const destroyDataKeys = (scopes: readonly KeyScope[]) => {
    const steps = destroy(scopes)
    if (masterKey.replacing === undefined) return steps
    return Effect.catchTag(masterKey.replacing(steps), "MasterKeyUnavailable", (error) =>
      Effect.fail(unavailable(error))
    )
  }

  /** Nothing is made for somebody who was erased, of whatever purpose. */
  const isErased = (scope: KeyScope): boolean => {
    if (scope.kind !== "subject" || scope.kept === undefined) return false
    const own = keyByScope.get(scopeNameOf({ kind: "subject", subject: scope.subject })) as KeyRow | undefined
    return own !== undefined && own.wrapped === null
  }
  const subjectKeyOf = (row: unknown): SubjectKey => {
    const { id, scope, made_at, destroyed } = row as { id: string; scope: string; made_at: number; destroyed: number }
    const { subject, kept = null } = subjectScopeOf(scope)!
    return { id, subject, kept, madeAt: made_at, destroyed: destroyed === 1 }
  }

  return KeyStore.of({
    refresh: () => refresh,
    keyOf(scope) {
      const name = scopeNameOf(scope)
      const held = byScope.get(name)
      if (held !== undefined) return held
      if (isErased(scope)) return "destroyed"
      const stored = keyByScope.get(name) as KeyRow | undefined
      if (stored !== undefined) return unwrapped(stored)
      return inTransaction(database, () => {
        requireCurrent()
        const raced = keyByScope.get(name) as KeyRow | undefined
        if (raced !== undefined) return unwrapped(raced)
        if (isErased(scope)) return "destroyed"
        const key = { id: newKeyId(), secret: randomBytes(keyBytes) }
        insertKey.run(key.id, name, wrapKey(key.secret, keyEncryptionKey.secret, purposeOf(key.id, name)), Date.now())
        return hold(key, name)
      })
    },
    keyById(id) {
      const held = byId.get(id)
      if (held !== undefined) return held
      const stored = keyById.get(id) as KeyRow | undefined
      return stored === undefined ? "unknown" : unwrapped(stored)
    },
    destroyedBy(id) {
      const name = (keyById.get(id) as KeyRow | undefined)?.scope ?? ""
      if (name.startsWith(operationsPrefix)) return "retention"
      const scope = subjectScopeOf(name)
      return scope?.kept === undefined || isErased(scope) ? "erasure" : "retention"
    },
    idOf: (scope) => (keyByScope.get(scopeNameOf(scope)) as KeyRow | undefined)?.id ?? null,
    replacesMasterKey: masterKey.replacing !== undefined,
    keysOf: (subject) =>
      (subject === null ? keysOfSubjects.all() : keysOfSubject.all(scopeNameOf({ kind: "subject", subject }))).map(
        subjectKeyOf
      ),
    operationsKeys: () =>
      keysOfOperations.all(operationsPrefix).map((row) => {
        const { destroyed, ...key } = row as unknown as Omit<OperationsKey, "destroyed"> & { destroyed: number }
        return { ...key, destroyed: destroyed === 1 }
      }),
    destroyDataKeys,
    destroyDataKey: (scope) => destroyDataKeys([scope])
  })
})

function newKeyId(): string {
  return randomBytes(keyIdBytes).toString("hex")
}

function dataVersionOf(row: unknown): number {
  return (row as { data_version: number }).data_version
}
