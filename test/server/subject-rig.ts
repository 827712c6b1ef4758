/** The stores of a data folder without a server, for tests of exports and erasures; any port can be made to fail. */
import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Logger, Stream } from "effect"
import { BarList, Fence, FenceNotRaised, type Notary, SubjectKeys } from "../../actors/erasure-ports.ts"
import { EventStore, StoreUnavailable } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Subjects } from "../../actors/subjects.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { fileBarList } from "../../infra/subjects/bar-list.ts"
import { fileNotary } from "../../infra/subjects/notary.ts"
import { subjectKeys } from "../../infra/subjects/subject-keys.ts"

export type FailingStep = "fence" | "bar" | "destroy" | "forget" | "certify"
type Services = Subjects | Operations | EventStore | Directory | BarList | SubjectKeys

const away = new StoreUnavailable({ action: "do this", why: "the test says so", advice: "Wait" })

/** Runs the steps on the folder's stores, as a process of their own would. */
export function withStores<A, E>(folder: string, steps: Effect.Effect<A, E, Services>, failing?: FailingStep) {
  const fence = Layer.succeed(Fence)({
    raise: () => (failing === "fence" ? Effect.fail(new FenceNotRaised({ why: "it runs on" })) : Effect.succeed(0)),
    lower: () => Effect.void
  })
  const keys = Layer.effect(
    SubjectKeys,
    Effect.map(SubjectKeys, (real) => ({
      ...real,
      ...(failing === "destroy" ? { destroy: () => Effect.fail(away) } : {}),
      ...(failing === "certify" ? { streamsOf: () => Effect.fail(away) } : {})
    }))
  ).pipe(Layer.provide(subjectKeys))
  const bars = Layer.effect(
    BarList,
    Effect.map(BarList, (real) => ({ ...real, ...(failing === "bar" ? { bar: () => Effect.fail(away) } : {}) }))
  ).pipe(Layer.provide(fileBarList(folder)))
  const directory = Layer.effect(
    Directory,
    Effect.map(Directory, (real) => ({ ...real, ...(failing === "forget" ? { forget: () => Effect.fail(away) } : {}) }))
  ).pipe(Layer.provide(sqliteDirectory(folder)))
  const notary: Layer.Layer<Notary> = fileNotary(join(folder, "keys"))
  const layer = Subjects.layer.pipe(
    Layer.provideMerge(Operations.layer),
    Layer.provideMerge(Layer.mergeAll(keys, bars, directory, notary, fence)),
    Layer.provideMerge(embeddedEventStore({ folder }))
  )
  return Effect.runPromise(steps.pipe(Effect.provide(layer), Effect.provide(Logger.layer([]))) as Effect.Effect<A, E>)
}

/** A client with one stream of two commits; answers the pseudonym. */
export const addClient = Effect.fnUntraced(function* (client: string, stream: string) {
  const directory = yield* Directory
  const store = yield* EventStore
  const subject = yield* directory.pseudonymOf("client", client)
  const keyScope = { kind: "subject", subject } as const
  for (const version of [0, 1]) {
    const events = [{ type: "ConferenceStarted", at: version, subject, conference: stream }]
    yield* store.append({ stream, expectedVersion: version, commandId: `${version}`, keyScope, events })
  }
  return subject
})

/** The events of a stream, or the tag of the error that reading it gives. */
export const eventsOf = (stream: string) =>
  Effect.flatMap(EventStore, (store) =>
    Effect.catch(
      Effect.map(Stream.runCollect(store.read(stream)), (commits) => commits.flatMap(({ events }) => events).length),
      (error) => Effect.succeed(error._tag)
    )
  )

/** Copies what a backup of the journal holds: everything but keys and bars. */
export function copyWithoutKeys(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
  for (const apart of ["keys", "bars"]) rmSync(join(to, apart), { recursive: true, force: true })
}
