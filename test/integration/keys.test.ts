/** Keys on disk: who may read them, what is made once, and that destroyed means destroyed in every process. */
import { randomBytes } from "node:crypto"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Layer } from "effect"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { type DataKey, KeyStore } from "../../infra/keys/key-store.ts"
import { sqliteKeyStore } from "../../infra/keys/key-store-sqlite.ts"
import { fileMasterKey } from "../../infra/keys/master-key-file.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-keys-"))
let folderCount = 0
let folder: string
let masterPath: string

beforeEach(() => {
  folder = join(root, String(folderCount++))
  masterPath = join(folder, "master.key")
})
afterAll(() => rmSync(root, { recursive: true }))

const open = () =>
  Layer.build(sqliteKeyStore({ path: join(folder, "keys.sqlite"), masterKey: fileMasterKey(masterPath) }))
const openKeys = Effect.map(Effect.suspend(open), (context) => Layer.succeedContext(context))
const withKeys = <A>(steps: (keys: KeyStore["Service"]) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(openKeys, (layer) => Effect.provide(Effect.flatMap(KeyStore, steps), layer)))
  )
const refusal = () => Effect.runPromise(Effect.map(Effect.flip(Effect.scoped(Effect.suspend(open))), String))
const secretOf = (key: DataKey | "destroyed" | "unknown") => Buffer.from((key as DataKey).secret).toString("hex")

const anna = { kind: "subject", subject: "anna" } as const
const boris = { kind: "subject", subject: "boris" } as const
const operations = { kind: "operations" } as const

describe("the master key's file", () => {
  it("is made at first start, readable by its owner alone, and leaves no draft", async () => {
    await withKeys(() => Effect.void)
    expect(statSync(masterPath).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).sort()).toEqual(["keys.sqlite", "master.key"])
  })

  it("is refused when others may read it, with the command that mends it", async () => {
    await withKeys(() => Effect.void)
    for (const mode of [0o640, 0o604, 0o644, 0o660]) {
      chmodSync(masterPath, mode)
      expect(await refusal()).toContain(
        `others may read the file (mode ${mode.toString(8)}). Run: chmod 600 "${masterPath}"`
      )
    }
    chmodSync(masterPath, 0o600)
    await withKeys(() => Effect.void)
  })

  it("is not made anew when it is missing, and another key or another file is not taken for it", async () => {
    await withKeys(() => Effect.void)
    renameSync(masterPath, `${masterPath}.away`)
    expect(await refusal()).toContain("the file is not there, but the key store was made with it")
    await Effect.runPromise(fileMasterKey(masterPath).wrap(randomBytes(32)))
    expect(await refusal()).toContain("it is not the key this key store was made with")
    writeFileSync(masterPath, "something else\n")
    expect(await refusal()).toContain("the file holds no master key")
    renameSync(`${masterPath}.away`, masterPath)
    await withKeys(() => Effect.void)
  })

  it("is one file for two first starts at once", async () => {
    const { wrap, unwrap } = fileMasterKey(masterPath)
    const secrets = Array.from({ length: 8 }, () => randomBytes(32))
    const wrapped = await Promise.all(secrets.map((secret) => Effect.runPromise(wrap(secret))))
    const back = await Promise.all(wrapped.map((bytes) => Effect.runPromise(unwrap(bytes))))
    expect(back.map((bytes) => Buffer.from(bytes))).toEqual(secrets)
  })
})

describe("the key store", () => {
  it("makes one key per scope, once, and finds it again by scope and by id after a restart", async () => {
    const scopes = [anna, boris, operations, { kind: "staff" }, { kind: "configuration" }] as const
    const keysOnce = () => withKeys((keys) => Effect.sync(() => scopes.map((scope) => keys.keyOf(scope) as DataKey)))
    const made = await keysOnce()
    expect(new Set(made.map(secretOf)).size).toBe(scopes.length)
    expect((await keysOnce()).map(secretOf)).toEqual(made.map(secretOf))
    const byId = await withKeys((keys) => Effect.sync(() => made.map(({ id }) => keys.keyById(id))))
    expect(byId.map(secretOf)).toEqual(made.map(secretOf))
    expect(await withKeys((keys) => Effect.sync(() => keys.keyById("0000000000000000")))).toBe("unknown")
  })

  it("destroys one key in every process at its next refresh, and keeps all others readable", () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const one = yield* Effect.provide(KeyStore, yield* openKeys)
          const other = yield* Effect.provide(KeyStore, yield* openKeys)
          const [annas, boriss] = [one.keyOf(anna) as DataKey, one.keyOf(boris) as DataKey]
          const generation = yield* other.refresh()
          expect(secretOf(other.keyOf(anna))).toBe(secretOf(annas))

          expect(yield* one.destroyDataKey(anna)).toBe(true)
          expect([one.keyOf(anna), one.keyById(annas.id)]).toEqual(["destroyed", "destroyed"])
          expect(yield* other.refresh()).not.toBe(generation)
          expect([other.keyOf(anna), other.keyById(annas.id)]).toEqual(["destroyed", "destroyed"])
          for (const keys of [one, other]) expect(secretOf(keys.keyOf(boris))).toBe(secretOf(boriss))
          expect(secretOf(other.keyOf(operations))).toBe(
            secretOf((yield* Effect.as(one.refresh(), one)).keyOf(operations))
          )
        })
      )
    ))

  it("bars a scope that never had a key", async () => {
    expect(await withKeys((keys) => keys.destroyDataKey(anna))).toBe(false)
    expect(await withKeys((keys) => Effect.sync(() => keys.keyOf(anna)))).toBe("destroyed")
  })

  it("keeps no byte of a destroyed key, of its wrapping or of the old key-encryption key in its file", async () => {
    const path = join(folder, "keys.sqlite")
    const key = (await withKeys((keys) => Effect.sync(() => keys.keyOf(anna)))) as DataKey
    const database = new DatabaseSync(path)
    const wrapped = Object.values(database.prepare("SELECT wrapped FROM data_keys").get()!)[0] as Uint8Array
    const old = Object.values(database.prepare("SELECT wrapped FROM key_encryption_keys").get()!)[0] as Uint8Array
    database.close()
    for (const bytes of [wrapped, old]) expect(readFileSync(path).includes(Buffer.from(bytes))).toBe(true)
    await withKeys((keys) => keys.destroyDataKey(anna))
    for (const bytes of [key.secret, wrapped, old]) expect(readFileSync(path).includes(Buffer.from(bytes))).toBe(false)
    expect(readdirSync(folder).sort()).toEqual(["keys.sqlite", "master.key", "master.key.lock"])
  })

  it("names the key of a scope, destroyed or not, and makes none by being asked", async () => {
    const key = (await withKeys((keys) => Effect.sync(() => keys.keyOf(anna)))) as DataKey
    await withKeys((keys) => Effect.sync(() => expect([keys.idOf(anna), keys.idOf(boris)]).toEqual([key.id, null])))
    await withKeys((keys) => keys.destroyDataKey(anna))
    await withKeys((keys) => Effect.sync(() => expect([keys.idOf(anna), keys.idOf(boris)]).toEqual([key.id, null])))
  })

  it("replaces the master key when a key is destroyed: an old copy of the store opens with the old file alone", async () => {
    const path = join(folder, "keys.sqlite")
    const boriss = await withKeys((keys) => Effect.sync(() => [keys.keyOf(anna), secretOf(keys.keyOf(boris))] as const))
    const [oldStore, oldMaster] = [readFileSync(path), readFileSync(masterPath)]
    await withKeys((keys) => keys.destroyDataKey(anna))
    expect(await withKeys((keys) => Effect.sync(() => secretOf(keys.keyOf(boris))))).toBe(boriss[1])
    const newStore = readFileSync(path)
    writeFileSync(path, oldStore)
    expect(await refusal()).toContain("it is not the key this key store was made with")
    writeFileSync(path, newStore)
    writeFileSync(masterPath, oldMaster)
    expect(await refusal()).toContain("it is not the key this key store was made with")
  })
})

describe("replacing the master key", () => {
  it("that was cut short leaves both keys, and the next one destroys the old", async () => {
    const master = fileMasterKey(masterPath)
    const secret = randomBytes(32)
    const underOld = await Effect.runPromise(master.wrap(secret))
    await Effect.runPromise(Effect.exit(master.replacing!(Effect.fail("cut short"))))
    const underNew = await Effect.runPromise(master.wrap(secret))
    for (const wrapped of [underOld, underNew]) {
      expect(Buffer.from(await Effect.runPromise(master.unwrap(wrapped)))).toEqual(secret)
    }
    const underNewest = await Effect.runPromise(master.replacing!(master.wrap(secret)))
    for (const wrapped of [underOld, underNew]) {
      expect(String(await Effect.runPromise(Effect.flip(master.unwrap(wrapped))))).toContain("it is not the key")
    }
    expect(Buffer.from(await Effect.runPromise(master.unwrap(underNewest)))).toEqual(secret)
    expect(readFileSync(masterPath, "utf8").trim().split("\n")).toHaveLength(1)
    expect(statSync(masterPath).mode & 0o777).toBe(0o600)
  })

  it("is one process's at a time, so that no key in force is lost", async () => {
    const [one, other] = [fileMasterKey(masterPath), fileMasterKey(masterPath)]
    await Effect.runPromise(one.wrap(randomBytes(32)))
    const refused = await Effect.runPromise(one.replacing!(Effect.flip(other.replacing!(Effect.void))))
    expect(String(refused)).toContain("another process replaces it at this moment. Try again")
  })
})
