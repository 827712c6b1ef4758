/** Stored projections: followed, killed, built anew beside the one in use, and parked before what they do not know. */
import { rmSync } from "node:fs"
import { Effect, Fiber, Layer, Logger, type Scope } from "effect"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { EndedConferences, endedConferences } from "../../actors/ended-conferences.ts"
import type { EventStore, StoredEvent } from "../../actors/event-store.ts"
import { ProjectionStore } from "../../actors/projection-store.ts"
import { follow, type Projection, rebuild } from "../../actors/projector.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { projectionsFile, sqliteProjectionStore } from "../../infra/projections/projection-store-sqlite.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"
import { conferenceEvents } from "../golden/golden.ts"
import { append, whole } from "../server/conference-commits.ts"
import { freshFolder } from "../server/core.ts"
import { findPlain } from "../server/plain-text.ts"

let folder: string
beforeEach(() => {
  folder = freshFolder()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Services = EventStore | ProjectionStore | KeyStore | Scope.Scope
/** Runs the steps as a process of its own would. */
const run = <A, E>(steps: Effect.Effect<A, E, Services>) => {
  const stores = sqliteProjectionStore(folder).pipe(Layer.provideMerge(embeddedEventStore({ folder })))
  return Effect.runPromise(
    steps.pipe(Effect.scoped, Effect.provide(stores), Effect.provide(Logger.layer([]))) as Effect.Effect<A, E>
  )
}

const reportOfAll = (id: string) =>
  reportOf(conferenceEvents(id, `subject-${id}`, "manager").reduce(evolveReport, emptyReport))

/** The rows in use. */
const rowsInUse = (name = endedConferences.name) =>
  Effect.gen(function* () {
    const store = yield* ProjectionStore
    const found = yield* store.inUse(name)
    return found === null ? null : yield* store.rows(found.generation)
  })
const build = (dryRun = false) => rebuild(endedConferences, { dryRun, progress: () => {} })
const until = (done: () => boolean) =>
  Effect.gen(function* () {
    while (!done()) yield* Effect.sleep(5)
  })

describe("a projection that follows", () => {
  it("has a conference's report numbers once its report is issued, and not before", () =>
    run(
      Effect.gen(function* () {
        const services = yield* Layer.build(EndedConferences.layer)
        yield* Effect.gen(function* () {
          const conferences = yield* EndedConferences
          const heard: string[] = []
          conferences.listen(({ conference }) => heard.push(conference))
          yield* until(() => conferences.status().state === "following")
          yield* append("a", 0, whole - 1)
          yield* append("b", 0, whole)
          yield* until(() => heard.length === 1)
          expect((yield* conferences.list).map(({ conference }) => conference)).toEqual(["b"])
          yield* append("a", whole - 1, whole)
          yield* until(() => heard.length === 2)
          const list = yield* conferences.list
          expect(list.map(({ conference }) => conference)).toEqual(["b", "a"])
          expect(list[1]).toMatchObject({
            subject: "subject-a",
            manager: "manager",
            purposes: ["expressionAnalysis", "trends"],
            report: reportOfAll("a")
          })
        }).pipe(Effect.provide(services))
      })
    ))

  it("is found by client, by manager and by time without opening the others", () =>
    run(
      Effect.gen(function* () {
        for (const id of ["a", "b"]) yield* append(id, 0, whole)
        yield* build()
        const services = yield* Layer.build(EndedConferences.layer)
        yield* Effect.gen(function* () {
          const { since, ofSubject, ofManager, list } = yield* EndedConferences
          const ids = Effect.map((rows: readonly { readonly conference: string }[]) =>
            rows.map((row) => row.conference)
          )
          const { endedAt } = (yield* list)[0]!
          expect(yield* ids(since(endedAt))).toEqual(["a", "b"])
          expect(yield* ids(since(endedAt + 1))).toEqual([])
          expect(yield* ids(ofSubject("subject-b"))).toEqual(["b"])
          expect(yield* ids(ofSubject("subject-b", endedAt + 1))).toEqual([])
          expect(yield* ids(ofManager("manager"))).toEqual(["a", "b"])
          expect(yield* ids(ofManager("subject-b"))).toEqual([])
        }).pipe(Effect.provide(services))
      })
    ))

  it("comes to the same rows wherever its process ends and starts again", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: whole }), fc.boolean()), {
          maxLength: 12
        }),
        async (history) => {
          rmSync(folder, { recursive: true, force: true })
          const versions: Record<string, number> = { a: 0, b: 0, c: 0 }
          for (const [id, count, restarts] of history) {
            const from = versions[id]!
            versions[id] = Math.min(whole, from + count)
            await run(
              Effect.gen(function* () {
                if (versions[id]! > from) yield* append(id, from, versions[id]!)
                if (restarts) yield* build()
                else {
                  // A follower is cut off as soon as it has said anything at all.
                  let heard = false
                  const hears = {
                    status: () => {
                      heard = true
                    },
                    onRow: () => {}
                  }
                  const following = yield* Effect.forkChild(follow(endedConferences, hears))
                  yield* until(() => heard)
                  yield* Fiber.interrupt(following)
                }
              })
            )
          }
          await run(
            Effect.gen(function* () {
              yield* build()
              const ended = Object.keys(versions).filter((id) => versions[id] === whole)
              expect([...(yield* rowsInUse())!.keys()].sort()).toEqual(ended)
            })
          )
        }
      ),
      { numRuns: 8 }
    ))
})

describe("rebuild()", () => {
  it("says what differs, switches, and on a dry run changes nothing", () =>
    run(
      Effect.gen(function* () {
        const store = yield* ProjectionStore
        yield* append("a", 0, whole)
        yield* append("b", 0, whole)
        expect(yield* build()).toMatchObject({ switched: true, difference: { same: 0, added: 2, changed: 0, gone: 0 } })
        const other: typeof endedConferences = {
          ...endedConferences,
          version: endedConferences.version + 1,
          rowOf: (state) => {
            const row = endedConferences.rowOf(state)
            return row?.key === "b" ? { ...row, value: { ...row.value, manager: "another" } } : row
          }
        }
        const dry = yield* rebuild(other, { dryRun: true, progress: () => {} })
        const difference = { same: 1, added: 0, changed: 1, gone: 0, examples: ["b"] }
        expect(dry).toMatchObject({ switched: false, difference })
        expect((yield* store.inUse("conferences"))?.version).toBe(endedConferences.version)
        expect(yield* rebuild(other, { dryRun: false, progress: () => {} })).toMatchObject({
          switched: true,
          difference
        })
        expect((yield* store.inUse("conferences"))?.version).toBe(other.version)
        expect((yield* rowsInUse())!.get("b")).toMatchObject({ manager: "another" })
      })
    ))

  it("is mute, and a follower goes on from what was built", () =>
    run(
      Effect.gen(function* () {
        yield* append("a", 0, whole)
        yield* append("b", 0, whole - 1)
        const heard: string[] = []
        let following = false
        const hears = {
          status: ({ state }: { readonly state: string }) => {
            following = state === "following"
          },
          onRow: ({ conference }: { readonly conference: string }) => void heard.push(conference)
        }
        yield* Effect.forkChild(follow(endedConferences, hears))
        yield* until(() => following)
        // What was there was built in silence.
        expect(heard).toEqual([])
        yield* build()
        yield* append("b", whole - 1, whole)
        yield* until(() => heard.length > 0)
        expect(heard).toEqual(["b"])
        expect([...(yield* rowsInUse())!.keys()]).toEqual(["a", "b"])
      })
    ))
})

describe("an event that the projection was not written for", () => {
  const dreamt: StoredEvent = { type: "FrameDreamt", at: 5 }
  it("parks a follower before it: nothing is skipped, and the one that knows it goes on from there", () =>
    run(
      Effect.gen(function* () {
        yield* append("a", 0, whole)
        yield* append("b", 0, 40)
        yield* append("b", 40, 40, [dreamt])
        yield* append("c", 0, whole)
        let parked: unknown = null
        const hears = {
          status: (status: { readonly parked: unknown }) => {
            parked = status.parked
          },
          onRow: () => {}
        }
        const following = yield* Effect.forkChild(follow(endedConferences, hears))
        yield* until(() => parked !== null)
        expect(parked).toMatchObject({ stream: "conference-b", version: 41, type: "FrameDreamt" })
        yield* Fiber.interrupt(following)
        const known = new Set([...endedConferences.known, "FrameDreamt"])
        const knowing: Projection<never, never> = { ...endedConferences, known } as never
        expect(yield* rebuild(knowing, { dryRun: false, progress: () => {} })).toMatchObject({ parked: null })
        expect([...(yield* rowsInUse())!.keys()]).toEqual(["a", "c"])
      })
    ))

  it("parks a follower that has been running, with what came before it saved", () =>
    run(
      Effect.gen(function* () {
        yield* append("a", 0, whole)
        yield* build()
        yield* append("b", 0, whole)
        let parked: unknown = null
        const hears = {
          status: (status: { readonly parked: unknown }) => {
            parked = status.parked
          },
          onRow: () => {}
        }
        yield* Effect.forkChild(follow(endedConferences, hears))
        yield* append("c", 0, 2, [{ type: "ConsentGiven", at: 5, schema: 7 }])
        yield* until(() => parked !== null)
        expect(parked).toMatchObject({ stream: "conference-c", version: 3, type: "ConsentGiven" })
        expect([...(yield* rowsInUse())!.keys()]).toEqual(["a", "b"])
      })
    ))

  it("leaves the projection in use where it was when one is built anew", () =>
    run(
      Effect.gen(function* () {
        yield* append("a", 0, whole)
        yield* build()
        yield* append("b", 0, 0, [dreamt])
        expect(yield* build()).toMatchObject({ switched: false, parked: { stream: "conference-b", version: 1 } })
        expect([...(yield* rowsInUse())!.keys()]).toEqual(["a"])
      })
    ))
})

describe("what is stored", () => {
  it("dies with the subject's key, and holds nothing in clear", async () => {
    await run(
      Effect.gen(function* () {
        yield* append("a", 0, whole)
        yield* append("b", 0, whole)
        yield* append("c", 0, whole - 1)
        yield* build()
      })
    )
    const found = findPlain(folder, ["subject-a", "satisfaction", "expressionAnalysis"])
    expect(found.filter((place) => place.startsWith("projections"))).toEqual([])
    await run(
      Effect.gen(function* () {
        const keys = yield* KeyStore
        yield* keys.destroyDataKey({ kind: "subject", subject: "subject-a" })
        expect([...(yield* rowsInUse())!.keys()]).toEqual(["b"])
        expect(yield* build()).toMatchObject({ difference: { same: 1, changed: 0, added: 0, gone: 0 } })
      })
    )
  })

  it("may be deleted: it is built again", async () => {
    await run(Effect.andThen(append("a", 0, whole), build()))
    for (const end of ["", "-wal", "-shm"]) rmSync(`${projectionsFile(folder)}${end}`, { force: true })
    await run(
      Effect.gen(function* () {
        expect(yield* rowsInUse()).toBe(null)
        yield* build()
        expect([...(yield* rowsInUse())!.keys()]).toEqual(["a"])
      })
    )
  })
})
