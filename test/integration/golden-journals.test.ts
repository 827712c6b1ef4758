/** Journals that earlier versions wrote, keys and all: each must be read to what was in it when it was written. */
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Layer, Logger, Stream } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import { Committer } from "../../actors/committer.ts"
import { openConference } from "../../actors/conference.ts"
import { EventStore } from "../../actors/event-store.ts"
import { Subjects } from "../../actors/subjects.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { storesAt } from "../../infra/subjects/subject-desk.ts"
import { readGolden } from "../golden/golden.ts"
import { freshFolder } from "../server/core.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const goldenFolder = fileURLToPath(new URL("../golden", import.meta.url))
const goldens = readdirSync(goldenFolder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : []
)

/** A copy, with keys that only their owner may read. */
function copyOf(name: string): string {
  const folder = freshFolder()
  folders.push(folder)
  cpSync(join(goldenFolder, name), folder, { recursive: true })
  chmodSync(join(folder, "keys"), 0o700)
  chmodSync(join(folder, "keys", "master.key"), 0o600)
  return folder
}
const openConferenceId = "11111111-1111-4111-8111-111111111111"

describe.each(goldens)("the golden journal %s", (name) => {
  it("is read to the states, counts and reports it was written with", async () => {
    const folder = copyOf(name)
    const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"))
    expect(await Effect.runPromise(readGolden(folder))).toMatchObject(expected)
  })

  it("opens as a running server would open it, and the erased stay erased", async () => {
    const folder = copyOf(name)
    const steps = Effect.gen(function* () {
      expect(yield* (yield* Subjects).settle).toBe(0)
      const store = yield* EventStore
      const [first] = yield* Stream.runCollect(store.read(`conference-${openConferenceId}`))
      const started = first!.events.find(({ type }) => type === "ConferenceStarted")!
      expect(Object.keys(started)).toContain("call")
      expect(Object.keys(started)).not.toContain("schema")
      const subject = String(started.subject)
      const conference = yield* openConference({ id: openConferenceId, subject, startedAt: 0, owner: "test" })
      expect(conference.hosted.snapshot().value).toBe("report")
    })
    const stores = Committer.layer.pipe(
      Layer.provideMerge(sqliteDirectory(folder)),
      Layer.provideMerge(storesAt({ data: folder }))
    )
    await Effect.runPromise(steps.pipe(Effect.scoped, Effect.provide(stores), Effect.provide(Logger.layer([]))))
  })
})

it("there is a golden journal of the shapes before the first change, and one of those after each", () => {
  const names = ["before-calls", "one-key-a-subject", "key-a-purpose", "operations-a-month"]
  expect(goldens).toEqual(expect.arrayContaining(names))
})
