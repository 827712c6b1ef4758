/** What a proof log and its sequencer promise: one number per commit in the global order, and one sequencer at a time. */
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, describe, expect, it } from "vitest"
import { CommitStore, pageCommitsMax } from "../../actors/commit-store.ts"
import { EventStore } from "../../actors/event-store.ts"
import { LogIdentity, ProofLog } from "../../actors/proof-log.ts"
import { makeSequencer, runSequencer } from "../../actors/sequencer.ts"
import { checkEd25519, fileLogIdentity } from "../../infra/audit/log-key.ts"
import { sqliteProofLog } from "../../infra/audit/proof-log-sqlite.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { entryOf } from "../../models/proof/commit-entry.ts"
import { emptyFrontier, grown, rootOfFrontier, sameHash } from "../../models/proof/merkle-tree.ts"
import { checkNote } from "../../models/proof/signed-note.ts"
import { commitOf, ticks } from "./journal-storage.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-proof-log-"))
let folderCount = 0
const freshFolder = () => join(root, String(folderCount++))
afterAll(() => rmSync(root, { recursive: true }))

const proven = (folder: string) =>
  sqliteProofLog(folder).pipe(
    Layer.provideMerge(fileLogIdentity(join(folder, "keys"))),
    Layer.provideMerge(embeddedEventStore({ folder }))
  )
type Proven = EventStore | CommitStore | ProofLog | LogIdentity | KeyStore
const run = <A>(folder: string, steps: Effect.Effect<A, unknown, Proven>) =>
  Effect.runPromise(Effect.provide(steps, proven(folder)))

const write = (count: number, stream = "a", from = 0) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const commits = Array.from({ length: count }, (_, index) => commitOf(`${stream}-${from + index}`, 0, ticks(1)))
    yield* store.appendAll(commits)
  })

/** The log's claim, checked from nothing but the journal: numbers, order and signed root. */
const holds = Effect.gen(function* () {
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

describe("the sequencer", () => {
  it("numbers every commit in the global order and signs the root, over pages and restarts", async () => {
    const folder = freshFolder()
    const rounds = [pageCommitsMax * 2 + 3, 1, 300]
    let from = 0
    for (const count of rounds) {
      const answer = await run(
        folder,
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
      freshFolder(),
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
      freshFolder(),
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
      freshFolder(),
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
      freshFolder(),
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
    [
      "cut",
      "DELETE FROM commits WHERE position = (SELECT max(position) FROM commits)",
      "its last commit is not in the journal"
    ],
    ["changed", "UPDATE commits SET committed_at = committed_at + 1", "is of another commit"]
  ])("does not build on a journal that was %s behind its back", async (_, forgery, why) => {
    const folder = freshFolder()
    const sequence = Effect.flatMap(makeSequencer, ({ catchUp }) => catchUp)
    await run(folder, Effect.andThen(write(3), sequence))
    const database = new DatabaseSync(join(folder, "journal.sqlite"))
    database.exec(forgery)
    database.close()
    const error = await run(folder, Effect.flip(sequence))
    expect((error as Error).message).toContain(`Cannot extend the log "mimika/`)
    expect((error as Error).message).toContain(why)
  })

  it.each([
    ["changed tiles", "UPDATE tiles SET hashes = zeroblob(length(hashes))"],
    ["another checkpoint", "UPDATE checkpoints SET note = replace(note, '3', '4')"],
    ["no checkpoint", "DELETE FROM checkpoints"],
    ["a log that was emptied", "DELETE FROM leaves; DELETE FROM tiles; UPDATE log SET size = 0"]
  ])("signs nothing on top of %s", async (_, forgery) => {
    const folder = freshFolder()
    const sequence = Effect.flatMap(makeSequencer, ({ catchUp }) => catchUp)
    await run(folder, Effect.andThen(write(3), sequence))
    const database = new DatabaseSync(join(folder, "proof.sqlite"))
    database.exec(forgery)
    database.close()
    const error = await run(folder, Effect.flip(sequence))
    expect((error as Error).message).toContain("its last checkpoint is not what this key signs for these leaves")
  })

  it("signs nothing with a new key on top of what the lost one signed", async () => {
    const folder = freshFolder()
    const sequence = Effect.flatMap(makeSequencer, ({ catchUp }) => catchUp)
    await run(folder, Effect.andThen(write(3), sequence))
    rmSync(join(folder, "keys", "log-key.pem"))
    expect(await run(folder, Effect.flip(sequence))).toMatchObject({ _tag: "LogDisagrees" })
  })

  it("signs within two seconds of a commit, and once more when it is stopped", async () => {
    const folder = freshFolder()
    const steps = Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Scope.provide(runSequencer, scope)
      yield* TestClock.adjust(5_000)
      for (let from = 0; from < 9; from += 3) {
        yield* write(3, "a", from)
        yield* TestClock.adjust(2_000)
        expect(yield* holds).toEqual({ covered: from + 3, written: from + 3 })
      }
      yield* write(1, "b")
      yield* Scope.close(scope, Exit.void)
      expect(yield* holds).toEqual({ covered: 10, written: 10 })
    })
    await run(folder, Effect.provide(steps, TestClock.layer()))
  })
})

describe("the log's key", () => {
  it("is made for its owner alone, and refused when others may read it", async () => {
    const folder = freshFolder()
    await run(folder, write(1))
    const file = join(folder, "keys", "log-key.pem")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    chmodSync(file, 0o644)
    await expect(run(folder, write(1))).rejects.toThrow("others may read it (mode 644)")
  })

  it("another file at the log's place is refused and left alone", async () => {
    const folder = freshFolder()
    await run(folder, write(1))
    rmSync(join(folder, "proof.sqlite"))
    writeFileSync(
      join(folder, "proof.sqlite"),
      "something else entirely, longer than a header of SQLite would be at 100 bytes: ......................"
    )
    await expect(run(folder, write(1))).rejects.toThrow("Cannot open the proof log")
  })
})
