/** What a proof log and its sequencer promise on any store: one number per commit in the global order, and one sequencer at a time. */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Exit, type Layer, Scope } from "effect"
import { describe, expect, it } from "vitest"
import { CommitStore, pageCommitsMax } from "../../actors/commit-store.ts"
import { EventStore, type StoreUnavailable } from "../../actors/event-store.ts"
import { LogIdentity, ProofLog } from "../../actors/proof-log.ts"
import { makeSequencer, runSequencer } from "../../actors/sequencer.ts"
import { checkEd25519 } from "../../infra/audit/log-key.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { entryOf } from "../../models/proof/commit-entry.ts"
import { emptyFrontier, grown, rootOfFrontier, sameHash } from "../../models/proof/merkle-tree.ts"
import { checkNote } from "../../models/proof/signed-note.ts"
import { commitOf, ticks } from "./journal-storage.ts"

export type Proven = EventStore | CommitStore | ProofLog | LogIdentity | KeyStore

/** Ways to write behind the log's back. */
export type Forgery = "cut" | "changed" | "changed tiles" | "another checkpoint" | "no checkpoint" | "an emptied log"

/** A journal and its log that live for one test. */
export interface ProvenStorage {
  /** Where the log's key lies. */
  readonly folder: string
  readonly layer: Layer.Layer<Proven, StoreUnavailable | Error>
  forge(forgery: Forgery): Promise<void>
}

export const run = <A>({ layer }: ProvenStorage, steps: Effect.Effect<A, unknown, Proven>) =>
  Effect.runPromise(Effect.provide(steps, layer))

export const write = (count: number, stream = "a", from = 0) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const commits = Array.from({ length: count }, (_, index) => commitOf(`${stream}-${from + index}`, 0, ticks(1)))
    yield* store.appendAll(commits)
  })

/** The log's claim, checked from nothing but the journal: numbers, order and signed root. */
export const holds = Effect.gen(function* () {
  const commits = yield* CommitStore
  const log = yield* ProofLog
  const { key, hasher } = yield* LogIdentity
  const all = yield* commits.readAll("", 100_000)
  const { signed } = yield* log.checkpoints()
  const checkpoint = parseCheckpoint(checkNote(signed!, key, checkEd25519).text)
  const covered = all.slice(0, checkpoint.size)
  expect(yield* log.cursors(0, 100_000)).toEqual(covered.map(({ cursor }) => cursor))
  expect(yield* log.leafNumberOf(covered.at(-1)!.cursor)).toBe(checkpoint.size - 1)
  const leaves = covered.map((commit) => hasher.leaf(entryOf(commit, hasher.sha256)))
  expect(sameHash(checkpoint.root, rootOfFrontier(grown(emptyFrontier, leaves, hasher), hasher))).toBe(true)
  return { covered: checkpoint.size, written: all.length }
})

const sequence = Effect.flatMap(makeSequencer, ({ catchUp }) => catchUp)

export function describeSequencer(store: string, freshStorage: () => Promise<ProvenStorage>): void {
  describe(`the sequencer on ${store}`, () => {
    it("numbers every commit in the global order and signs the root, over pages and restarts", async () => {
      const storage = await freshStorage()
      const rounds = [pageCommitsMax * 2 + 3, 1, 300]
      let from = 0
      for (const count of rounds) {
        const answer = await run(
          storage,
          Effect.gen(function* () {
            yield* write(count, "a", from)
            const { catchUp } = yield* makeSequencer
            expect(yield* catchUp).toBe(from + count)
            expect(yield* catchUp).toBe(from + count)
            return yield* holds
          })
        )
        from += count
        expect(answer).toEqual({ covered: from, written: from })
      }
    })

    it("of two that race, the one that took over goes on and the other is refused, with nothing of it kept", async () => {
      await run(
        await freshStorage(),
        Effect.gen(function* () {
          yield* write(3)
          const first = yield* makeSequencer
          yield* first.catchUp
          const second = yield* makeSequencer
          yield* write(2, "b")
          const [one, other] = yield* Effect.all([Effect.exit(first.catchUp), Effect.exit(second.catchUp)], {
            concurrency: "unbounded"
          })
          expect(Exit.isFailure(one) && String(one.cause)).toContain("another sequencer took it over")
          expect(other).toEqual(Exit.succeed(5))
          expect(yield* Effect.flip(first.catchUp)).toMatchObject({ _tag: "SequencerSuperseded" })
          expect(yield* holds).toEqual({ covered: 5, written: 5 })
        })
      )
    })

    it("signs the empty tree before there is a commit, so that a log without a checkpoint is never innocent", async () => {
      await run(
        await freshStorage(),
        Effect.gen(function* () {
          yield* makeSequencer
          const { key, hasher } = yield* LogIdentity
          const { signed } = yield* (yield* ProofLog).checkpoints()
          const checkpoint = parseCheckpoint(checkNote(signed!, key, checkEd25519).text)
          expect(checkpoint.size).toBe(0)
          expect(sameHash(checkpoint.root, hasher.empty)).toBe(true)
        })
      )
    })

    it("a repeated extension at a size that is past is refused", async () => {
      await run(
        await freshStorage(),
        Effect.gen(function* () {
          yield* write(1)
          const log = yield* ProofLog
          const { catchUp } = yield* makeSequencer
          yield* catchUp
          const { term } = yield* log.takeOver()
          const { signed } = yield* log.checkpoints()
          const again = log.extend(term, 0, [{ cursor: "9", hash: new Uint8Array(32) }], signed!)
          expect(yield* Effect.flip(again)).toMatchObject({ _tag: "SequencerSuperseded" })
          yield* holds
        })
      )
    })

    it("an erased subject's commits keep their leaves", async () => {
      await run(
        await freshStorage(),
        Effect.gen(function* () {
          const store = yield* EventStore
          const keyScope = { kind: "subject", subject: "s-1" } as const
          yield* store.append({ ...commitOf("a", 0, ticks(2)), keyScope })
          const { catchUp } = yield* makeSequencer
          yield* catchUp
          yield* (yield* KeyStore).destroyDataKey(keyScope)
          yield* write(1)
          yield* catchUp
          expect(yield* holds).toEqual({ covered: 2, written: 2 })
        })
      )
    })

    it.each([
      ["cut", "its last commit is not in the journal"],
      ["changed", "is of another commit"],
      ["changed tiles", "its last checkpoint is not what this key signs for these leaves"],
      ["another checkpoint", "its last checkpoint is not what this key signs for these leaves"],
      ["no checkpoint", "its last checkpoint is not what this key signs for these leaves"],
      ["an emptied log", "its last checkpoint is not what this key signs for these leaves"]
    ] as const)("signs nothing after a forgery behind its back: %s", async (forgery, why) => {
      const storage = await freshStorage()
      await run(storage, Effect.andThen(write(3), sequence))
      await storage.forge(forgery)
      const error = await run(storage, Effect.flip(sequence))
      expect((error as Error).message).toMatch(/^Cannot extend the log "[\w-]{4}"/)
      expect((error as Error).message).toContain(why)
    })

    it("signs nothing with a new key on top of what the lost one signed", async () => {
      const storage = await freshStorage()
      await run(storage, Effect.andThen(write(3), sequence))
      rmSync(join(storage.folder, "keys", "log-key.pem"))
      expect(await run(storage, Effect.flip(sequence))).toMatchObject({ _tag: "LogDisagrees" })
    })

    it("proves to the end when it is stopped", async () => {
      await run(
        await freshStorage(),
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          yield* Scope.provide(runSequencer, scope)
          yield* write(3)
          yield* Scope.close(scope, Exit.void)
          expect(yield* holds).toEqual({ covered: 3, written: 3 })
        })
      )
    })
  })
}
