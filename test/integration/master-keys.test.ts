/** Master keys that are no file: from the environment, and in a key service that speaks Vault's transit. */
import { randomBytes } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import { type DataKey, KeyStore } from "../../infra/keys/key-store.ts"
import { sqliteKeyStore } from "../../infra/keys/key-store-sqlite.ts"
import type { MasterKey } from "../../infra/keys/master-key.ts"
import { masterKeyOf } from "../../infra/keys/master-keys.ts"
import { freshFolder } from "../server/core.ts"
import { startTransit, type Transit } from "../server/transit.ts"

const undone: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of undone.splice(0).reverse()) await undo()
})
const fresh = () => {
  const folder = freshFolder()
  undone.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const secret = randomBytes(32)
const wrap = (master: MasterKey) => Effect.runPromise(master.wrap(secret))
const unwrap = (master: MasterKey, wrapped: Uint8Array) =>
  Effect.runPromise(Effect.map(master.unwrap(wrapped), (bytes) => Buffer.from(bytes)))

const anna = { kind: "subject", subject: "anna" } as const
const boris = { kind: "subject", subject: "boris" } as const
const withKeys = <A>(
  folder: string,
  masterKey: MasterKey,
  steps: (keys: KeyStore["Service"]) => Effect.Effect<A, unknown>
) =>
  Effect.runPromise(
    Effect.provide(Effect.flatMap(KeyStore, steps), sqliteKeyStore({ path: join(folder, "keys.sqlite"), masterKey }))
  )
const secretOf = (key: DataKey | "destroyed") => (key === "destroyed" ? key : Buffer.from(key.secret).toString("hex"))
const secretsOf = (keys: KeyStore["Service"]) =>
  Effect.sync(() => [anna, boris].map((scope) => secretOf(keys.keyOf(scope))))

describe("the master key in the environment", () => {
  const encoded = randomBytes(32).toString("base64")

  it("is taken out of it, so that no process started later inherits it", async () => {
    const settings: Record<string, string | undefined> = { MIMIKA_MASTER_KEY: encoded, PATH: "/bin" }
    const master = masterKeyOf(settings)!
    expect(settings).toEqual({ PATH: "/bin" })
    expect(await unwrap(master, await wrap(master))).toEqual(secret)
    expect(await unwrap(masterKeyOf({ MIMIKA_MASTER_KEY: encoded })!, await wrap(master))).toEqual(secret)
  })

  it("is refused when it is no key, or not this key store's, without saying what it is", async () => {
    await expect(wrap(masterKeyOf({ MIMIKA_MASTER_KEY: "c2VjcmV0" })!)).rejects.toThrow("it is not 32 bytes in base64")
    const wrapped = await wrap(masterKeyOf({ MIMIKA_MASTER_KEY: encoded })!)
    const other = masterKeyOf({ MIMIKA_MASTER_KEY: randomBytes(32).toString("base64") })!
    await expect(unwrap(other, wrapped)).rejects.toThrow("it is not the key this key store was made with")
  })

  it("says that it does not replace itself when a data key is destroyed", async () => {
    const folder = fresh()
    const master = masterKeyOf({ MIMIKA_MASTER_KEY: encoded })!
    const [, boriss] = await withKeys(folder, master, secretsOf)
    await withKeys(folder, master, (keys) =>
      Effect.andThen(
        keys.destroyDataKey(anna),
        Effect.sync(() => expect(keys.replacesMasterKey).toBe(false))
      )
    )
    expect(await withKeys(folder, master, secretsOf)).toEqual(["destroyed", boriss])
  })
})

describe("which master key", () => {
  it("is the file without settings, and nobody's guess when two are set or Vault's token is not named", () => {
    expect(masterKeyOf({})).toBe(undefined)
    const both = { MIMIKA_MASTER_KEY: "x", MIMIKA_VAULT_ADDR: "https://127.0.0.1" }
    expect(() => masterKeyOf(both)).toThrow("are both set")
    expect(() => masterKeyOf({ MIMIKA_VAULT_ADDR: "https://127.0.0.1" })).toThrow("Set MIMIKA_VAULT_TOKEN_FILE")
  })
})

describe("the master key in a transit engine", () => {
  const start = async () => {
    const folder = fresh()
    const tokenFile = join(folder, "token")
    writeFileSync(tokenFile, "hvs.right\n")
    const transit = await startTransit(folder, "hvs.right")
    undone.push(transit.stop)
    const settings = {
      MIMIKA_VAULT_ADDR: transit.address,
      MIMIKA_VAULT_TOKEN_FILE: tokenFile,
      MIMIKA_VAULT_CA_FILE: transit.authorityFile
    }
    return { folder, transit, tokenFile, settings, master: masterKeyOf(settings)! }
  }
  const versionsOf = (transit: Transit) => transit.versions()

  it("wraps and unwraps there, so that no master key is in this process or on this disk", async () => {
    const { master } = await start()
    const wrapped = await wrap(master)
    expect(Buffer.from(wrapped).toString("utf8")).toMatch(/^vault:v1:/)
    expect(await unwrap(master, wrapped)).toEqual(secret)
  })

  it("is rotated and its old versions deleted when a data key is destroyed: an old copy of the key store opens nothing", async () => {
    const { folder, transit, master } = await start()
    const [, boriss] = await withKeys(folder, master, secretsOf)
    const path = join(folder, "keys.sqlite")
    const old = readFileSync(path)
    await withKeys(folder, master, (keys) => keys.destroyDataKey(anna))
    expect(versionsOf(transit)).toEqual([2])
    expect(await withKeys(folder, master, secretsOf)).toEqual(["destroyed", boriss])
    writeFileSync(path, old)
    await expect(withKeys(folder, master, secretsOf)).rejects.toThrow("it answered 400")
  })

  it("that may not be trimmed fails the destruction, which can be repeated, and loses no key", async () => {
    const { folder, transit, master } = await start()
    const [, boriss] = await withKeys(folder, master, secretsOf)
    transit.denied.add("keys/mimika/trim")
    const destroy = () => withKeys(folder, master, (keys) => keys.destroyDataKey(anna))
    await expect(destroy()).rejects.toThrow("it answered 403 (permission denied) to keys/mimika/trim")
    expect(await withKeys(folder, master, secretsOf)).toEqual(["destroyed", boriss])
    transit.denied.clear()
    await destroy()
    expect(versionsOf(transit)).toHaveLength(1)
    expect(await withKeys(folder, master, secretsOf)).toEqual(["destroyed", boriss])
  })

  it("is refused over plain HTTP, with an unknown certificate, a wrong token, an answer of another kind, and when it is away", async () => {
    const { transit, tokenFile, settings, master } = await start()
    const plain = masterKeyOf({ ...settings, MIMIKA_VAULT_ADDR: transit.address.replace("https", "http") })!
    await expect(wrap(plain)).rejects.toThrow("does not begin with https://")
    const { MIMIKA_VAULT_CA_FILE: _, ...untrusted } = settings
    await expect(wrap(masterKeyOf(untrusted)!)).rejects.toThrow(/self.signed certificate/i)
    transit.garbled.add("encrypt/mimika")
    await expect(wrap(master)).rejects.toThrow('its answer to encrypt/mimika has no "ciphertext"')
    transit.garbled.clear()
    writeFileSync(tokenFile, "hvs.wrong")
    const refused = await wrap(master).catch((error: Error) => error.message)
    expect(refused).toContain("it answered 403 (permission denied)")
    expect(refused).not.toContain("hvs.wrong")
    writeFileSync(tokenFile, "hvs.right")
    await transit.stop()
    undone.pop()
    await expect(wrap(master)).rejects.toThrow("ECONNREFUSED")
  })
})
