/** Erasure on PostgreSQL: found by key id there too, and seen at once by another process that shares journal and keys. */
import { rmSync } from "node:fs"
import { Effect, Layer, Logger, Stream } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { Subjects } from "../../actors/subjects.ts"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { storesAt } from "../../infra/subjects/subject-desk.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { freshFolder } from "../server/core.ts"
import { addClient, eventsOf } from "../server/subject-rig.ts"

const folder = freshFolder()
let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

it("erases one person's streams and no other's, in every process", async () => {
  const url = await postgres.freshDatabase()
  const stores = sqliteDirectory(folder).pipe(Layer.provideMerge(storesAt({ data: folder, journal: url })))
  const steps = Effect.gen(function* () {
    const anna = yield* addClient("client-anna", "conference-a")
    yield* addClient("client-boris", "conference-b")
    const elsewhere = yield* Layer.build(Layer.fresh(postgresEventStore({ folder, url })))
    const there = (stream: string) => Effect.provide(eventsOf(stream), elsewhere)
    expect([yield* there("conference-a"), yield* there("conference-b")]).toEqual([2, 2])

    const subjects = yield* Subjects
    const proof = yield* subjects.erase({ subject: anna, actor: "os:officer", purpose: "letter 17" })
    expect(JSON.parse(proof.certificate).streams).toEqual([{ stream: "conference-a", eventCount: 2 }])
    expect([yield* eventsOf("conference-a"), yield* eventsOf("conference-b")]).toEqual(["SubjectErased", 2])
    expect([yield* there("conference-a"), yield* there("conference-b")]).toEqual(["SubjectErased", 2])
    const keyScope = { kind: "subject", subject: anna } as const
    const events = [{ type: "ConferenceEnded", at: 3 }]
    const late = { stream: "conference-a", expectedVersion: 2, commandId: "late", keyScope, events }
    const append = Effect.provide(
      Effect.flatMap(EventStore, (store) => store.append(late)),
      elsewhere
    )
    expect((yield* Effect.flip(append))._tag).toBe("SubjectErased")
    const recorded = yield* Stream.runCollect((yield* Operations).read())
    expect(recorded.at(-1)).toMatchObject({ type: "SubjectErased", subject: anna })
    expect(yield* subjects.settle).toBe(0)
  })
  await Effect.runPromise(steps.pipe(Effect.scoped, Effect.provide(stores), Effect.provide(Logger.layer([]))))
})
