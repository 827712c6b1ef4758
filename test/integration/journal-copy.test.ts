/** A journal moved to another store and back is the same journal: it opens, goes on, and its proofs hold. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CommitStore } from "../../actors/commit-store.ts"
import { beginning, EventStore } from "../../actors/event-store.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { checkProofFile, proveEvent } from "../../infra/audit/audit-proof.ts"
import { verifyJournal } from "../../infra/audit/audit-verify.ts"
import { copyJournal } from "../../infra/audit/journal-copy.ts"
import { fileLogIdentity, readVerifierKey, sha256 } from "../../infra/audit/log-key.ts"
import { type ProvenPlace, proofLogAt, provenReaders, sealedReaders } from "../../infra/audit/proof-log.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { embeddedJournalWriter, journalWriterAt } from "../../infra/journal/journal-writer.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { commitOf, ticks } from "../contract/journal-storage.ts"
import { startKurrent, type TestKurrent } from "../kurrentdb/server.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-copy-"))
const home = join(root, "server")
const hasher = treeHasher(sha256)
const commitCount = 1_300
let server: TestPostgres
let kurrent: TestKurrent
let folders = 0
/** A folder with the server's keys and no journal: where the same server would run on another store. */
const besides = () => {
  const folder = join(root, `folder-${folders++}`)
  mkdirSync(folder)
  cpSync(join(home, "keys"), join(folder, "keys"), { recursive: true })
  return folder
}
const key = () => readVerifierKey(join(home, "keys", "log-key.pub"))
const write = (from: number, count: number) =>
  Effect.flatMap(EventStore, (store) =>
    store.appendAll(
      Array.from({ length: count }, (_, index) =>
        commitOf(`conference-${(from + index) % 13}`, Math.floor((from + index) / 13) * 3, ticks(3))
      )
    )
  )
/** Writes, and proves to the end, as a server does. */
const serve = (place: ProvenPlace, steps: Effect.Effect<unknown, unknown, EventStore>) =>
  Effect.runPromise(
    Effect.andThen(
      steps,
      Effect.flatMap(makeSequencer, ({ catchUp }) => catchUp)
    ).pipe(
      Effect.provide(
        proofLogAt(place).pipe(
          Layer.provideMerge(fileLogIdentity(join(place.folder, "keys"))),
          Layer.provideMerge(journalAt({ folder: place.folder, url: place.url }))
        )
      )
    )
  )
const copy = (from: ProvenPlace, to: ProvenPlace) =>
  Effect.runPromise(copyJournal({ from, to, key: key(), progress: () => {} }))
const verify = (place: ProvenPlace) =>
  Effect.runPromise(
    Effect.provide(
      verifyJournal({ log: key(), witnesses: [], kept: [], hasher, progress: () => {} }),
      provenReaders(place)
    )
  )
const prove = (place: ProvenPlace, stream: string, version: number) =>
  Effect.runPromise(Effect.provide(proveEvent(stream, version, { log: key(), hasher }), provenReaders(place)))
const everything = ({ folder, url }: ProvenPlace) =>
  Effect.runPromise(
    Effect.flatMap(EventStore, (store) => store.readAll(beginning, 10_000)).pipe(
      Effect.map(({ records }) => records.map(({ checkpoint: _, ...record }) => record)),
      Effect.provide(journalAt({ folder, url, readOnly: true }))
    )
  )

beforeAll(async () => {
  server = await startPostgres()
  kurrent = await startKurrent()
  await serve({ folder: home }, write(0, commitCount))
})
afterAll(async () => {
  await server.stop()
  await kurrent.stop()
  rmSync(root, { recursive: true })
})

describe("journal copy", () => {
  it("brings every event and every proof from the embedded store to PostgreSQL and back, and both go on", async () => {
    const inPostgres = { folder: home, url: await server.freshDatabase() }
    const back = { folder: besides() }
    const before = await prove({ folder: home }, "conference-4", 7)
    expect(await copy({ folder: home }, inPostgres)).toEqual({
      commits: commitCount,
      transitions: 3 * commitCount,
      foundCommits: 0,
      proven: commitCount
    })
    expect(await verify(inPostgres)).toMatchObject({ covered: commitCount, waiting: 0, findingCount: 0 })
    expect(await everything(inPostgres)).toEqual(await everything({ folder: home }))
    expect(await prove(inPostgres, "conference-4", 7)).toBe(before)

    await serve(inPostgres, write(commitCount, 20))
    expect(await copy(inPostgres, back)).toMatchObject({ commits: commitCount + 20, proven: commitCount + 20 })
    expect(await verify(back)).toMatchObject({ covered: commitCount + 20, findingCount: 0 })
    expect(await everything(back)).toEqual(await everything(inPostgres))
    await serve(back, write(commitCount + 20, 1))
    expect(await verify(back)).toMatchObject({ covered: commitCount + 21, findingCount: 0 })
    expect(checkProofFile(await prove(back, "conference-4", 7), key(), []).commit.stream).toBe("conference-4")
  })

  it("brings it from PostgreSQL to KurrentDB and back to a folder and to PostgreSQL, going on where it was stopped, and all go on", async () => {
    const inPostgres = { folder: home, url: await server.freshDatabase() }
    const inKurrent = { folder: besides(), url: kurrent.url }
    const back = { folder: besides() }
    const before = await prove({ folder: home }, "conference-4", 7)
    await copy({ folder: home }, inPostgres)
    const readers = sealedReaders(inPostgres)
    const { storeId, commits } = await Effect.runPromise(
      Effect.flatMap(CommitStore, (store) =>
        Effect.map(store.readAll("", 700), (commits) => ({ storeId: store.storeId, commits }))
      ).pipe(Effect.provide(readers))
    )
    const writer = await journalWriterAt(inKurrent, storeId)
    await writer.add(commits.slice(0, 600))
    // An append whose answer is lost is made again and found, not written twice.
    kurrent.loseNextAnswer()
    await writer.add(commits.slice(600))
    await writer.close()
    expect(await copy(inPostgres, inKurrent)).toMatchObject({ foundCommits: 700, proven: commitCount })
    expect(await verify(inKurrent)).toMatchObject({ covered: commitCount, waiting: 0, findingCount: 0 })
    expect(await prove(inKurrent, "conference-4", 7)).toBe(before)
    expect(await everything(inKurrent)).toEqual(await everything({ folder: home }))
    await serve(inKurrent, write(commitCount, 20))
    expect(await copy(inKurrent, back)).toMatchObject({ commits: commitCount + 20, proven: commitCount + 20 })
    expect(await verify(back)).toMatchObject({ covered: commitCount + 20, findingCount: 0 })
    expect(await everything(back)).toEqual(await everything(inKurrent))
    const again = { folder: besides(), url: await server.freshDatabase() }
    expect(await copy(inKurrent, again)).toMatchObject({ commits: commitCount + 20, proven: commitCount + 20 })
    expect(await verify(again)).toMatchObject({ covered: commitCount + 20, findingCount: 0 })
    expect(await everything(again)).toEqual(await everything(inKurrent))
    await expect(copy({ folder: home }, inKurrent)).rejects.toThrow("goes on where the source ends")
    await serve({ folder: join(root, "other") }, write(0, 2))
    await expect(copy({ folder: join(root, "other") }, inKurrent)).rejects.toThrow("it holds another journal")
  })

  it("goes on from wherever an earlier copy stopped, and brings what was written since", async () => {
    const source = { folder: besides() }
    await copy({ folder: home }, source)
    const commits = await Effect.runPromise(
      Effect.flatMap(CommitStore, (store) => store.readAll("", commitCount)).pipe(Effect.provide(sealedReaders(source)))
    )
    const storeId = await Effect.runPromise(
      Effect.map(CommitStore, (store) => store.storeId).pipe(Effect.provide(sealedReaders(source)))
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: commitCount }), fc.boolean(), async (count, toPostgres) => {
        const to: ProvenPlace = toPostgres ? { folder: home, url: await server.freshDatabase() } : { folder: besides() }
        const writer = await journalWriterAt(to, storeId)
        if (count > 0) await writer.add(commits.slice(0, count))
        await writer.close()
        expect(await copy(source, to)).toMatchObject({ commits: commitCount, foundCommits: count, proven: commitCount })
        expect(await copy(source, to)).toMatchObject({ foundCommits: commitCount, proven: commitCount })
        expect(await verify(to)).toMatchObject({ covered: commitCount, findingCount: 0 })
      }),
      { numRuns: 6 }
    )
  })

  it("sends many appends at once into KurrentDB, and says so when the server does not take them in their order", async () => {
    const many = await startKurrent()
    const storeId = "00000000-0000-4000-8000-000000000001"
    const writer = await journalWriterAt({ folder: besides(), url: many.url }, storeId)
    const commits = Array.from({ length: 40 }, (_, index) => ({
      ...{ stream: `conference-${index % 5}`, firstVersion: 1 + Math.floor(index / 5), eventCount: 1 },
      ...{ commandId: `c-${index}`, committedAt: index, sealed: new Uint8Array(60).fill(index) }
    }))
    await writer.add(commits.slice(0, 20))
    await writer.add(commits.slice(20, 30))
    many.swapNextAppends()
    await expect(writer.add(commits.slice(30))).rejects.toThrow("in another order than they were sent")
    await writer.close()
    await many.stop()
  })

  it("refuses a store that holds another journal, another history, or a writer, and leaves it alone", async () => {
    const foreign = { folder: join(root, "foreign") }
    await serve(foreign, write(0, 5))
    await expect(copy({ folder: home }, foreign)).rejects.toThrow("it holds another journal")
    const ahead = { folder: besides() }
    await copy({ folder: home }, ahead)
    await serve(ahead, write(commitCount, 1))
    await expect(copy({ folder: home }, ahead)).rejects.toThrow("goes on where the source ends")
    const busy = { folder: besides() }
    const writer = embeddedJournalWriter(busy.folder, "x")
    await expect(copy({ folder: home }, busy)).rejects.toThrow("a server writes to it")
    await writer.close()
  })

  it("does not carry a signature over to commits that do not give its root", async () => {
    const forged = { folder: besides() }
    for (const name of ["journal.sqlite", "proof.sqlite"]) copyFileSync(join(home, name), join(forged.folder, name))
    const database = new DatabaseSync(join(forged.folder, "journal.sqlite"))
    database.exec("UPDATE commits SET committed_at = committed_at + 1 WHERE position = 700")
    database.close()
    const url = await server.freshDatabase()
    await expect(copy(forged, { folder: home, url })).rejects.toThrow("do not give the root that was signed")
  })
})
