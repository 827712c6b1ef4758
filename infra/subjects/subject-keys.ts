/**
 * The keys of subjects, over the key store and the sealed commits. A subject's streams are found by the key id that
 * stands in clear in front of every sealed commit, so nothing is opened to find them and it works after the key is
 * gone. One row of every stream is looked at: a stream has one key scope from its first commit on.
 */
import { Effect, Layer } from "effect"
import { CommitStore, pageCommitsMax } from "../../actors/commit-store.ts"
import { SubjectKeys } from "../../actors/erasure-ports.ts"
import { StoreUnavailable, type StreamEntry } from "../../actors/event-store.ts"
import { keyIdOf } from "../journal/sealing.ts"
import { KeyStore } from "../keys/key-store.ts"

export const subjectKeys = Layer.effect(
  SubjectKeys,
  Effect.gen(function* () {
    const keys = yield* KeyStore
    const commits = yield* CommitStore
    const scopeOf = (subject: string) => ({ kind: "subject", subject }) as const

    const streamsOf = Effect.fnUntraced(function* (keyId: string) {
      const found: StreamEntry[] = []
      let after = ""
      while (true) {
        const page = yield* commits.listStreams(after, pageCommitsMax)
        for (const entry of page) {
          const [first] = yield* commits.readStream(entry.stream, 1, 1)
          if (first !== undefined && keyIdOf(first.sealed) === keyId) found.push(entry)
        }
        if (page.length < pageCommitsMax) return found
        after = page.at(-1)!.stream
      }
    })

    return SubjectKeys.of({
      replacesMasterKey: keys.replacesMasterKey,
      streamsOf,
      destroy: (subject) => Effect.asVoid(keys.destroyDataKey(scopeOf(subject))),
      stateOf: (subject) =>
        Effect.andThen(
          keys.refresh(),
          Effect.try({
            try: () => {
              const keyId = keys.idOf(scopeOf(subject))
              return keyId === null ? null : { keyId, destroyed: keys.keyById(keyId) === "destroyed" }
            },
            catch: (error) =>
              new StoreUnavailable({
                action: "look at a subject's key",
                why: (error as Error).message,
                advice: "Check the key store's file, or restore it from its own backup"
              })
          })
        )
    })
  })
)
