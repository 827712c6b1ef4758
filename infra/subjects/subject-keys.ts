/**
 * The keys of subjects, over the key store and the sealed commits. A stream's key is found by the key id that stands in
 * clear in front of every sealed commit, so nothing is opened to find it and it works after the key is gone. One row of
 * every stream is looked at: a stream has one key from its first commit on, but for the journal of operations.
 */
import { Effect, Layer } from "effect"
import { CommitStore, pageCommitsMax } from "../../actors/commit-store.ts"
import { type SealedStream, SubjectKeys } from "../../actors/erasure-ports.ts"
import { type KeyScope, StoreUnavailable, type StreamEntry } from "../../actors/event-store.ts"
import { operationsStream } from "../../actors/operations.ts"
import type { KeptKey } from "../../machines/retention.ts"
import { keyIdOf } from "../journal/sealing.ts"
import { KeyStore } from "../keys/key-store.ts"

export const subjectKeys = Layer.effect(
  SubjectKeys,
  Effect.gen(function* () {
    const keys = yield* KeyStore
    const commits = yield* CommitStore
    const scopeOf = (subject: string) => ({ kind: "subject", subject }) as const

    const attempt = <A>(steps: () => A) =>
      Effect.andThen(
        keys.refresh(),
        Effect.try({
          try: steps,
          catch: (error) =>
            new StoreUnavailable({
              action: "look at a subject's key",
              why: (error as Error).message,
              advice: "Check the key store's file, or restore it from its own backup"
            })
        })
      )

    /** Every stream with the key of its first commit. */
    const forEachStream = Effect.fnUntraced(function* (
      visit: (entry: StreamEntry, keyId: string) => Effect.Effect<void, StoreUnavailable>
    ) {
      for (let after = ""; ; ) {
        const page = yield* commits.listStreams(after, pageCommitsMax)
        for (const entry of page) {
          const [first] = yield* commits.readStream(entry.stream, 1, 1)
          if (first !== undefined) yield* visit(entry, keyIdOf(first.sealed))
        }
        if (page.length < pageCommitsMax) return
        after = page.at(-1)!.stream
      }
    })

    /** The ids of all keys of the subject whose key this is; of another scope's, that one alone. */
    const siblingsOf = (keyId: string) =>
      attempt(() => {
        const all = keys.keysOf(null)
        const subject = all.find(({ id }) => id === keyId)?.subject
        return new Set([keyId, ...all.filter((key) => key.subject === subject).map(({ id }) => id)])
      })

    /** What of the journal of operations lies under each of the keys. */
    const operationsUnder = Effect.fnUntraced(function* (keyIds: ReadonlySet<string>) {
      const counts = new Map<string, number>()
      for (let next = 1; ; ) {
        const page = yield* commits.readStream(operationsStream, next, pageCommitsMax)
        for (const { sealed, firstVersion, eventCount } of page) {
          const keyId = keyIdOf(sealed)
          if (keyIds.has(keyId)) counts.set(keyId, (counts.get(keyId) ?? 0) + eventCount)
          next = firstVersion + eventCount
        }
        if (page.length < pageCommitsMax) break
      }
      return [...counts].map(([keyId, version]): SealedStream => ({ stream: operationsStream, version, keyId }))
    })

    const streamsUnder = Effect.fnUntraced(function* (keyIds: ReadonlySet<string>) {
      const found: SealedStream[] = []
      yield* forEachStream((entry, keyId) =>
        Effect.sync(() => {
          if (entry.stream !== operationsStream && keyIds.has(keyId)) found.push({ ...entry, keyId })
        })
      )
      const isAnyOperations = yield* attempt(() => keys.operationsKeys().some(({ id }) => keyIds.has(id)))
      return isAnyOperations ? [...found, ...(yield* operationsUnder(keyIds))] : found
    })

    return SubjectKeys.of({
      replacesMasterKey: keys.replacesMasterKey,
      streamsUnder,
      streamsOf: (keyId) => Effect.flatMap(siblingsOf(keyId), streamsUnder),
      subjectOf: Effect.fnUntraced(function* (stream) {
        const [first] = yield* commits.readStream(stream, 1, 1)
        if (first === undefined) return null
        const keyId = keyIdOf(first.sealed)
        return yield* attempt(() => keys.keysOf(null).find(({ id }) => id === keyId)?.subject ?? null)
      }),
      destroy: (subject) => Effect.asVoid(keys.destroyDataKey(scopeOf(subject))),
      stateOf: (subject) =>
        attempt(() => {
          const all = keys.keysOf(subject)
          const own = all.find(({ kept }) => kept === null)
          const named = own ?? all[0]
          if (named === undefined) return null
          // Asked of the key itself, so that one that is damaged is found here and not while erasing.
          const destroyed = own !== undefined && keys.keyById(own.id) === "destroyed"
          return { keyId: named.id, destroyed, keyIds: all.map(({ id }) => id) }
        }),
      all: attempt(() => [
        ...keys.keysOf(null),
        ...keys.operationsKeys().map(({ month, ...key }): KeptKey => {
          return { ...key, subject: null, kept: { purpose: "operations", month } }
        })
      ]),
      destroyKept: (kept) => Effect.asVoid(keys.destroyDataKeys(kept.flatMap(keptScopesOf))),
      lastUses: Effect.gen(function* () {
        const uses = new Map<string, number>()
        yield* forEachStream(({ stream, version }, keyId) =>
          Effect.map(commits.readStream(stream, version, 1), ([last]) => {
            if (last !== undefined) uses.set(keyId, Math.max(uses.get(keyId) ?? 0, last.committedAt))
          })
        )
        return uses
      })
    })
  })
)

/** The scope that a key of a purpose and month is of; none for a person's own. */
function keptScopesOf({ subject, kept }: KeptKey): readonly KeyScope[] {
  if (kept === null) return []
  const { purpose, month } = kept
  if (subject === null) return [{ kind: "operations", month }]
  return purpose === "operations" ? [] : [{ kind: "subject", subject, kept: { purpose, month } }]
}
