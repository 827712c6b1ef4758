/** The sealed directory: found by blind index, forgotten for good, and nothing of a person in clear on disk. */
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterEach, expect, it } from "vitest"
import { Directory } from "../../actors/ports.ts"
import { keysIn } from "../../infra/journal/event-store.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { freshFolder } from "../server/core.ts"
import { findPlain } from "../server/plain-text.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
const fresh = () => {
  const folder = freshFolder()
  folders.push(folder)
  return folder
}
const runIn = <A, E>(folder: string, steps: Effect.Effect<A, E, Directory | KeyStore>) =>
  Effect.runPromise(steps.pipe(Effect.provide(sqliteDirectory(folder).pipe(Layer.provideMerge(keysIn(folder, {}))))))

const anna = { names: ["Анна Сергеевна Вишневская"], contacts: ["+7 905 123-45-67"], crmIds: ["CRM-778812"] }

it("finds a person by the platform's id, a name, a contact and an id of the CRM, after a restart too", async () => {
  const folder = fresh()
  const pseudonym = await runIn(
    folder,
    Effect.gen(function* () {
      const directory = yield* Directory
      const made = yield* directory.pseudonymOf("client", "client-anna")
      yield* directory.pseudonymOf("client", "client-boris")
      yield* directory.describe("client", made, anna)
      return made
    })
  )
  await runIn(
    folder,
    Effect.gen(function* () {
      const directory = yield* Directory
      expect(yield* directory.find("client", "client-anna")).toBe(pseudonym)
      expect(yield* directory.find("client", "client-vera")).toBe(null)
      expect(yield* directory.findBy("names", " анна  сергеевна ВИШНЕВСКАЯ")).toEqual([pseudonym])
      expect(yield* directory.findBy("contacts", "+7 905 123-45-67")).toEqual([pseudonym])
      expect(yield* directory.findBy("crmIds", "CRM-778812")).toEqual([pseudonym])
      expect(yield* directory.findBy("crmIds", "CRM-7788")).toEqual([])
      expect(yield* directory.detailsOf("client", pseudonym)).toEqual({ externalId: "client-anna", ...anna })
    })
  )
})

it("describe() replaces what was known, and the old name finds nobody", () =>
  runIn(
    fresh(),
    Effect.gen(function* () {
      const directory = yield* Directory
      const pseudonym = yield* directory.pseudonymOf("client", "client-anna")
      yield* directory.describe("client", pseudonym, anna)
      yield* directory.describe("client", pseudonym, { ...anna, names: ["Анна Сергеевна Орлова"] })
      expect(yield* directory.findBy("names", anna.names[0]!)).toEqual([])
      expect(yield* directory.findBy("names", "Анна Сергеевна Орлова")).toEqual([pseudonym])
    })
  ))

it("forget() takes every row of a person out, and no byte of them stays in the file", async () => {
  const folder = fresh()
  const path = join(folder, "directory.sqlite")
  await runIn(
    folder,
    Effect.gen(function* () {
      const directory = yield* Directory
      const pseudonym = yield* directory.pseudonymOf("client", "client-anna")
      const boris = yield* directory.pseudonymOf("client", "client-boris")
      yield* directory.describe("client", pseudonym, anna)
      expect(readFileSync(path).includes(pseudonym)).toBe(true)
      expect(yield* directory.forget(pseudonym)).toBe(true)
      expect(yield* directory.forget(pseudonym)).toBe(false)
      expect(readFileSync(path).includes(pseudonym)).toBe(false)
      expect(readFileSync(path).includes(directory.fingerprintOf("client", "client-anna"))).toBe(false)
      expect(yield* directory.detailsOf("client", pseudonym)).toBe(null)
      expect(yield* directory.findBy("names", anna.names[0]!)).toEqual([])
      expect(yield* directory.find("client", "client-boris")).toBe(boris)
      expect(yield* directory.pseudonymOf("client", "client-anna")).not.toBe(pseudonym)
    })
  )
})

it("a row that outlived its key, as after restoring an old copy, is nobody's: the person gets a new pseudonym", () =>
  runIn(
    fresh(),
    Effect.gen(function* () {
      const directory = yield* Directory
      const pseudonym = yield* directory.pseudonymOf("client", "client-anna")
      yield* (yield* KeyStore).destroyDataKey({ kind: "subject", subject: pseudonym })
      const again = yield* directory.pseudonymOf("client", "client-anna")
      expect(again).not.toBe(pseudonym)
      expect(yield* directory.pseudonymOf("client", "client-anna")).toBe(again)
    })
  ))

it("keeps nothing of a person in clear, in any encoding", async () => {
  const folder = fresh()
  await runIn(
    folder,
    Effect.gen(function* () {
      const directory = yield* Directory
      const pseudonym = yield* directory.pseudonymOf("client", "client-anna")
      yield* directory.describe("client", pseudonym, anna)
      yield* directory.pseudonymOf("manager", "manager-petrov")
    })
  )
  expect(readdirSync(folder)).toContain("directory.sqlite")
  const words = ["client-anna", "manager-petrov", "Вишневская", "905 123", "CRM-778812"]
  expect(findPlain(folder, words)).toEqual([])
})
