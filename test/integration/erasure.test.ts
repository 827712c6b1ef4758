/** Erasure against everything that could bring a person back: repetition, failure between steps, old copies, restores. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Stream } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Subjects } from "../../actors/subjects.ts"
import { isSignedBy } from "../../infra/subjects/notary.ts"
import { freshFolder } from "../server/core.ts"
import { addClient, copyWithoutKeys, eventsOf, type FailingStep, withStores } from "../server/subject-rig.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
const fresh = () => {
  const folder = freshFolder()
  folders.push(folder)
  return folder
}

const why = { actor: "os:officer", purpose: "letter 17" }
const twoClients = (folder: string) =>
  withStores(
    folder,
    Effect.gen(function* () {
      const anna = yield* addClient("client-anna", "conference-a")
      const boris = yield* addClient("client-boris", "conference-b")
      return { anna, boris }
    })
  )
const eraseIn = (folder: string, subject: string, failing?: FailingStep) =>
  withStores(
    folder,
    Effect.flatMap(Subjects, ({ erase }) => erase({ subject, ...why })),
    failing
  )
const readable = Effect.all([eventsOf("conference-a"), eventsOf("conference-b")])
const settle = Effect.flatMap(Subjects, ({ settle }) => settle)

it("resolve() finds a client by the id of another system too, and nobody by one that two clients have", async () => {
  const folder = fresh()
  const { anna, boris } = await twoClients(folder)
  const steps = Effect.gen(function* () {
    const directory = yield* Directory
    const { resolve } = yield* Subjects
    const called = (...crmIds: readonly string[]) =>
      directory.describe("client", anna, { names: [], contacts: [], crmIds })
    yield* called("crm-9", "client-boris")
    expect(yield* resolve("CRM-9")).toBe(anna)
    expect((yield* Effect.flip(resolve("client-boris"))).message).toContain("several clients have this id")
    yield* called("crm-9")
    expect(yield* resolve("client-boris")).toBe(boris)
  })
  await withStores(folder, steps)
})

describe("erase()", () => {
  it("makes one person unreadable and unknown, leaves the others, and proves it to anybody with the public key", async () => {
    const folder = fresh()
    const { anna } = await twoClients(folder)
    expect(await withStores(folder, readable)).toEqual([2, 2])
    const proof = await eraseIn(folder, anna)
    expect(await withStores(folder, readable)).toEqual(["SubjectErased", 2])

    expect(isSignedBy(proof.publicKey, proof.certificate, proof.signature)).toBe(true)
    expect(isSignedBy(proof.publicKey, proof.certificate.replace("letter 17", "letter 18"), proof.signature)).toBe(
      false
    )
    expect(JSON.parse(proof.certificate)).toMatchObject({
      subject: anna,
      purpose: "letter 17",
      masterKeyReplaced: true,
      streams: [{ stream: "conference-a", eventCount: 2 }]
    })
    expect(proof.events.map(({ type }) => type)).toEqual([
      "SubjectErasureRequested",
      "SubjectFenced",
      "SubjectKeyDestroyed",
      "SubjectForgotten",
      "SubjectErased"
    ])
    expect(JSON.stringify(proof)).not.toContain("client-anna")
  })

  it("refuses every later append for the person, loudly, and gives them a new pseudonym when they come back", async () => {
    const folder = fresh()
    const { anna } = await twoClients(folder)
    await eraseIn(folder, anna)
    await withStores(
      folder,
      Effect.gen(function* () {
        const store = yield* EventStore
        const events = [{ type: "ConferenceEnded", at: 3 }]
        const keyScope = { kind: "subject", subject: anna } as const
        const commit = { stream: "conference-a", expectedVersion: 2, commandId: "late", keyScope, events }
        expect((yield* Effect.flip(store.append(commit))).message).toContain(
          "the data key of its subject was destroyed"
        )
        const again = yield* addClient("client-anna", "conference-c")
        expect(again).not.toBe(anna)
        expect(yield* eventsOf("conference-c")).toBe(2)
      })
    )
  })

  it("answers the same proof again, and refuses who was never there", async () => {
    const folder = fresh()
    const { anna } = await twoClients(folder)
    const first = await eraseIn(folder, anna)
    expect(await eraseIn(folder, anna)).toEqual(first)
    await expect(eraseIn(folder, "nobody")).rejects.toThrow("nothing is kept under this pseudonym")
  })

  it("refuses a reason that names the person, and one that says nothing", async () => {
    const folder = fresh()
    const { anna } = await twoClients(folder)
    const erase = (purpose: string) =>
      withStores(
        folder,
        Effect.flatMap(Subjects, (subjects) => subjects.erase({ subject: anna, actor: "os:officer", purpose }))
      )
    await expect(erase("wish of Client-Anna")).rejects.toThrow("it names the person")
    await expect(erase(" ")).rejects.toThrow("without a reason")
    expect(await withStores(folder, readable)).toEqual([2, 2])
  })

  it.each(["fence", "bar", "destroy", "forget", "certify"] as const)(
    "that fails at %s says so, is on record as failed, and is finished by the next try or the next start",
    async (failing) => {
      for (const finishBy of ["try", "start"]) {
        const folder = fresh()
        const { anna } = await twoClients(folder)
        await expect(eraseIn(folder, anna, failing)).rejects.toThrow(
          `Cannot finish the erasure of "${anna}" (step "${failing}")`
        )
        if (finishBy === "try") await eraseIn(folder, anna)
        else expect(await withStores(folder, settle)).toBe(1)
        const proof = await eraseIn(folder, anna)
        expect(proof.events.filter(({ type }) => type === "SubjectErasureFailed")).toMatchObject([{ step: failing }])
        expect(proof.events.filter(({ type }) => type === "SubjectErasureRequested")).toHaveLength(1)
        expect(await withStores(folder, readable)).toEqual(["SubjectErased", 2])
        expect(await withStores(folder, settle)).toBe(0)
      }
    }
  )
})

describe("an old copy", () => {
  it("of the journal with today's keys opens nothing of the person, and everything of the others", async () => {
    const [folder, copy] = [fresh(), fresh()]
    const { anna } = await twoClients(folder)
    copyWithoutKeys(folder, copy)
    await eraseIn(folder, anna)
    for (const apart of ["keys", "bars"]) cpSync(join(folder, apart), join(copy, apart), { recursive: true })
    await withStores(
      copy,
      Effect.gen(function* () {
        yield* settle
        expect(yield* readable).toEqual(["SubjectErased", 2])
        expect(yield* (yield* Directory).find("client", "client-anna")).toBe(null)
        expect(yield* (yield* Directory).find("client", "client-boris")).not.toBe(null)
      })
    )
  })

  it("of the key store does not open with today's master key", async () => {
    const folder = fresh()
    const { anna } = await twoClients(folder)
    const keyStore = join(folder, "keys", "keys.sqlite")
    const old = readFileSync(keyStore)
    await eraseIn(folder, anna)
    writeFileSync(keyStore, old)
    await expect(withStores(folder, readable)).rejects.toThrow("it is not the key this key store was made with")
  })

  it("of everything, master key too, is erased again at start by the current bar list", async () => {
    const [folder, copy] = [fresh(), fresh()]
    const { anna } = await twoClients(folder)
    cpSync(folder, copy, { recursive: true })
    await eraseIn(folder, anna)
    cpSync(join(folder, "bars"), join(copy, "bars"), { recursive: true })
    expect(await withStores(copy, readable)).toEqual([2, 2])
    await withStores(copy, settle)
    expect(await withStores(copy, readable)).toEqual(["SubjectErased", 2])
  })

  it("of the bar list, or none, keeps the server from starting", async () => {
    const folder = fresh()
    const { anna, boris } = await twoClients(folder)
    await eraseIn(folder, anna)
    const list = join(folder, "bars", "bars.jsonl")
    const old = readFileSync(list)
    await eraseIn(folder, boris)
    writeFileSync(list, old)
    await expect(withStores(folder, settle)).rejects.toThrow(
      "Cannot start: the bar list names 1 destroyed keys, the journal knows of 2. Put the current bar list back"
    )
    rmSync(list)
    await expect(withStores(folder, settle)).rejects.toThrow("the bar list names 0 destroyed keys")
  })
})

describe("the bar list", () => {
  it("is refused when a line was changed or taken out, and goes on behind a line that was cut short", async () => {
    const folder = fresh()
    const { anna, boris } = await twoClients(folder)
    await eraseIn(folder, anna)
    const list = join(folder, "bars", "bars.jsonl")
    writeFileSync(list, `${readFileSync(list, "utf8")}{"number":2,"at":17`)
    await eraseIn(folder, boris)
    const text = readFileSync(list, "utf8")
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).subject)
    ).toEqual([anna, boris])
    writeFileSync(list, text.replace(anna, boris))
    await expect(withStores(folder, settle)).rejects.toThrow("line 1 was changed, moved or is of another installation")
    writeFileSync(list, text.slice(text.indexOf("\n") + 1))
    await expect(withStores(folder, settle)).rejects.toThrow("line 1 was changed")
    expect(existsSync(join(folder, "keys", "bars"))).toBe(false)
  })
})

describe("copyOf()", () => {
  it("hands out every event and every detail of one person, after that is on record", async () => {
    const folder = fresh()
    const { anna, boris } = await twoClients(folder)
    await withStores(
      folder,
      Effect.gen(function* () {
        const subjects = yield* Subjects
        const subject = yield* subjects.resolve("client-anna")
        expect(subject).toBe(anna)
        const copy = yield* subjects.copyOf({ subject, ...why })
        const recorded = yield* Stream.runCollect((yield* Operations).read())
        expect(recorded).toMatchObject([{ type: "SubjectExported", subject, ...why, streams: ["conference-a"] }])
        const records = yield* Stream.runCollect(copy)
        expect(records[0]).toMatchObject({ record: "subject", person: { externalId: "client-anna" } })
        expect(records.slice(1)).toMatchObject([
          { stream: "conference-a", firstVersion: 1 },
          { stream: "conference-a", firstVersion: 2 }
        ])
        expect(JSON.stringify(records)).not.toContain(boris)
        yield* subjects.erase({ subject, ...why })
        const refused = yield* Effect.flip(subjects.copyOf({ subject, ...why }))
        expect(refused.message).toContain("the person was erased")
      })
    )
  })
})
