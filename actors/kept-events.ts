/** Reads whole streams of which some may be gone: of one whose key was destroyed nothing comes, and no error. */
import { Effect, Stream } from "effect"
import type { CommitRecord, EventStore, ReadFailed } from "./event-store.ts"

type Reader = Pick<EventStore["Service"], "read">

export const keptCommits = (store: Reader, stream: string): Effect.Effect<readonly CommitRecord[], ReadFailed> =>
  Stream.runCollect(Stream.catchTag(store.read(stream), "SubjectErased", () => Stream.empty))

/** `Event`: what such streams hold; it is not checked. */
export const keptEvents = <Event>(store: Reader, streams: readonly string[]) =>
  Effect.map(
    Effect.forEach(streams, (stream) => keptCommits(store, stream)),
    (read) => read.flat().flatMap(({ events }) => events as unknown as readonly Event[])
  )
