/**
 * When an actor's state is kept and when a kept one may be used: only one of the very history that the journal has, and only
 * after the commit it was taken at is durable. Without a cache it does nothing.
 */
import { Effect, Option, Stream } from "effect"
import type { EventStore, KeyScope } from "./event-store.ts"
import { type KeptSnapshot, SnapshotCache } from "./snapshot-cache.ts"

export interface ActorSnapshot {
  readonly version: number
  /** As XState persists it. */
  readonly machine: unknown
  /** What the behaviour folds beside it. */
  readonly memory: unknown
}

export const openSnapshots = Effect.fnUntraced(function* (
  store: EventStore["Service"],
  stream: string,
  keyScope: KeyScope,
  everyEvents: number
) {
  const cache = yield* Effect.serviceOption(SnapshotCache)
  let keptVersion = 0
  let prepared: KeptSnapshot | null = null
  if (Option.isNone(cache)) {
    return { latest: Effect.succeed(null), prepare: () => {}, keep: () => null, forget: Effect.void }
  }
  const { load, save, forget } = cache.value

  /** The journal's commit at this version is the one that the snapshot was taken at. */
  const isOfThisHistory = ({ version, commandId }: KeptSnapshot) =>
    Stream.runHead(store.read(stream, version)).pipe(
      Effect.map((found) =>
        Option.exists(found, (commit) => commit.lastVersion === version && commit.commandId === commandId)
      ),
      // Whatever is wrong with the stream is found, and said, by reading it.
      Effect.orElseSucceed(() => false)
    )

  const latest = Effect.gen(function* () {
    const found = yield* load(stream)
    if (found === null) return null
    if (!(yield* isOfThisHistory(found))) return yield* Effect.as(forget(stream), null)
    keptVersion = found.version
    const { machine, memory } = found.value as Omit<ActorSnapshot, "version">
    const snapshot: ActorSnapshot = { version: found.version, machine, memory }
    return snapshot
  })

  return {
    latest,
    /** Takes the state that a commit leaves behind, when it is time for one. */
    prepare(version: number, commandId: string, value: () => Omit<ActorSnapshot, "version">) {
      prepared = version - keptVersion >= everyEvents ? { version, commandId, value: value() } : null
    },
    /** The commit up to this version is durable: what to do about it, if anything. */
    keep(durableVersion: number) {
      if (prepared === null || prepared.version !== durableVersion) return null
      const snapshot = prepared
      prepared = null
      keptVersion = durableVersion
      return save(stream, keyScope, snapshot)
    },
    forget: forget(stream)
  }
})
