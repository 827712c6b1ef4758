/** Backups and restores of the embedded store: everything comes back but who was erased, and half a restore is none. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Logger, Stream } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Subjects } from "../../actors/subjects.ts"
import { makeBackup } from "../../infra/backup/backup.ts"
import { type RestoreOptions, restore } from "../../infra/backup/restore.ts"
import { openForReading, openForWriting } from "../../infra/journal/sqlite.ts"
import { openDesk } from "../../infra/subjects/subject-desk.ts"
import { freshFolder } from "../server/core.ts"
import { findPlain } from "../server/plain-text.ts"
import { addClient, eventsOf, withStores } from "../server/subject-rig.ts"

let root: string
const at = (name: string) => join(root, name)
const why = { actor: "os:operator", purpose: "weekly" }
let anna: string
beforeEach(async () => {
  root = freshFolder()
  mkdirSync(at("data"))
  anna = await withStores(
    at("data"),
    Effect.gen(function* () {
      yield* addClient("client-boris", "conference-b")
      return yield* addClient("client-anna", "conference-a")
    })
  )
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const run = <A, E>(steps: Effect.Effect<A, E>) => Effect.runPromise(Effect.provide(steps, Logger.layer([])))
const backUp = (name: string) =>
  run(
    Effect.scoped(
      Effect.gen(function* () {
        const desk = yield* openDesk({ data: at("data") })
        for (const holds of ["journal", "keys"] as const) {
          const beforeUse = (sha256: string) => desk.recordBackup({ ...why, holds, sha256 })
          yield* makeBackup({ data: at("data"), holds, file: at(`${name}.${holds}`), madeAt: 17, beforeUse })
        }
      })
    )
  )
const eraseAnna = () =>
  withStores(
    at("data"),
    Effect.flatMap(Subjects, ({ erase }) => erase({ subject: anna, ...why }))
  )
const restoreTo = (data: string, more: Partial<RestoreOptions> = {}) =>
  run(
    restore({
      file: at("one.journal"),
      data: at(data),
      keys: at("data/keys"),
      bars: at("data/bars/bars.jsonl"),
      ...why,
      ...more
    })
  )
const readable = Effect.all([eventsOf("conference-a"), eventsOf("conference-b")])

describe("a backup", () => {
  it("brings back journal, proof log, directory and keys, and the restore is on record", async () => {
    openForWriting(at("data/proof.sqlite"), "WAL").exec("CREATE TABLE log (origin TEXT)")
    writeFileSync(at("data/keys/log-key.pem"), "of the proof log")
    await backUp("one")
    const masterKey = at("data/keys/master.key")
    const restored = await restoreTo("new", { keys: at("one.keys"), masterKey })
    // Two commits each, and the journal of operations: the restore itself.
    expect(restored).toEqual({ madeAt: 17, commitCount: 5, erasedCount: 0 })
    expect(openForReading(at("new/proof.sqlite")).prepare("SELECT count(*) AS count FROM log").get()).toEqual({
      count: 0
    })
    expect(readFileSync(at("new/keys/log-key.pem"), "utf8")).toBe("of the proof log")
    await withStores(
      at("new"),
      Effect.gen(function* () {
        expect(yield* readable).toEqual([2, 2])
        expect(yield* (yield* Directory).find("client", "client-anna")).toBe(anna)
        const recorded = yield* Stream.runCollect((yield* Operations).read())
        expect(recorded.at(-1)).toMatchObject({ type: "JournalRestored", madeAt: 17, ...why })
      })
    )
  })

  it("holds nothing in clear, not even stream names, and leaves no draft beside it", async () => {
    await backUp("one")
    expect(readdirSync(root).sort()).toEqual(["data", "one.journal", "one.keys"])
    rmSync(at("data"), { recursive: true })
    expect(findPlain(root, ["conference-a", "client-anna", anna, "SQLite format"])).toEqual([])
  })

  it("is on record before it can be used, and is not there when it cannot be recorded", async () => {
    const beforeUse = () => Effect.fail(new Error("Cannot record it"))
    const made = makeBackup({ data: at("data"), holds: "journal", file: at("one.journal"), madeAt: 17, beforeUse })
    await expect(run(made)).rejects.toThrow("Cannot record it")
    expect(readdirSync(root)).toEqual(["data"])
  })
})

describe("a restore", () => {
  it("gives back everybody but who was erased since, by the current bar list", async () => {
    await backUp("one")
    await eraseAnna()
    expect(await restoreTo("new")).toMatchObject({ erasedCount: 2 })
    await withStores(
      at("new"),
      Effect.gen(function* () {
        expect(yield* readable).toEqual(["SubjectErased", 2])
        expect(yield* (yield* Directory).find("client", "client-anna")).toBe(null)
      })
    )
  })

  it("from keys of before an erasure needs their master key too, and then erases again", async () => {
    await backUp("one")
    cpSync(at("data/keys/master.key"), at("old-master.key"))
    await eraseAnna()
    const keys = at("one.keys")
    await expect(restoreTo("new", { keys, masterKey: at("data/keys/master.key") })).rejects.toThrow(
      "it is not the key this key store was made with"
    )
    expect(await restoreTo("new", { keys, masterKey: at("old-master.key") })).toMatchObject({ erasedCount: 2 })
  })

  it("is refused with no bar list or with one that is older than the backup", async () => {
    cpSync(at("data/bars/bars.jsonl"), at("old.jsonl"))
    await eraseAnna()
    await backUp("one")
    await expect(restoreTo("new", { bars: at("nowhere") })).rejects.toThrow("without the current bar list")
    await expect(restoreTo("new", { bars: at("old.jsonl") })).rejects.toThrow(
      "the bar list has 0 lines, the backup was made when it had 1"
    )
    expect(await restoreTo("new")).toMatchObject({ erasedCount: 2 })
  })

  it("is refused into a folder in use, from a damaged or another backup, and leaves the folder empty", async () => {
    await backUp("one")
    await expect(restoreTo("data")).rejects.toThrow("it is not empty")
    await expect(restoreTo("new", { file: at("one.keys") })).rejects.toThrow("it holds the keys")
    const whole = readFileSync(at("one.journal"))
    whole[whole.length - 50]! ^= 1
    writeFileSync(at("one.journal"), whole)
    await expect(restoreTo("new")).rejects.toThrow("it was cut short or changed")
    expect(readdirSync(at("new"))).toEqual([])
  })
})
