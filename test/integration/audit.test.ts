/** Every forgery of a proven journal is found and named; a proof holds without the journal; a clean journal is called clean. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { exportLog } from "../../infra/audit/audit-export.ts"
import { checkProofFile, proveEvent } from "../../infra/audit/audit-proof.ts"
import { type Forgery, forgeCopy } from "../../infra/audit/audit-tamper.ts"
import { type Verdict, verifyJournal } from "../../infra/audit/audit-verify.ts"
import { checkEd25519, fileLogIdentity, readVerifierKey, sha256 } from "../../infra/audit/log-key.ts"
import { sqliteProofLog, sqliteProofLogReader } from "../../infra/audit/proof-log-sqlite.ts"
import { proveJournal } from "../../infra/audit/proving.ts"
import { sqliteCommitStore } from "../../infra/journal/commit-store-sqlite.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { emptyFrontier, grown, rootOfFrontier, sameHash, treeHasher } from "../../models/proof/merkle-tree.ts"
import { checkNote, parseNote } from "../../models/proof/signed-note.ts"
import { commitOf, ticks } from "../contract/journal-storage.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-audit-"))
const folder = join(root, "server")
const hasher = treeHasher(sha256)
const commitCount = 700
let copyCount = 0
const freshCopy = () => join(root, `copy-${copyCount++}`)

const keyOf = (place: string) => readVerifierKey(join(place, "keys", "log-key.pub"))
const readers = (place: string) =>
  Layer.merge(sqliteCommitStore({ folder: place, readOnly: true }), sqliteProofLogReader(place, hasher))
const verify = (place: string, kept: readonly string[] = [], key = keyOf(place)): Promise<Verdict> =>
  Effect.runPromise(
    Effect.provide(verifyJournal({ log: key, witnesses: [], kept, hasher, progress: () => {} }), readers(place))
  )
const prove = (place: string, stream: string, version: number) =>
  Effect.runPromise(Effect.provide(proveEvent(stream, version, { log: keyOf(place), hasher }), readers(place)))
const sequence = (place: string, before: Effect.Effect<unknown, unknown, EventStore> = Effect.void) => {
  const layers = sqliteProofLog(place).pipe(
    Layer.provideMerge(fileLogIdentity(join(place, "keys"))),
    Layer.provideMerge(embeddedEventStore({ folder: place }))
  )
  const steps = Effect.gen(function* () {
    yield* before
    const { catchUp } = yield* makeSequencer
    yield* catchUp
    return (yield* (yield* ProofLog).checkpoints()).signed!
  })
  return Effect.runPromise(Effect.provide(steps, layers))
}
const write = (from: number, count: number) =>
  Effect.flatMap(EventStore, (store) =>
    store.appendAll(
      Array.from({ length: count }, (_, index) =>
        commitOf(`s-${(from + index) % 7}`, Math.floor((from + index) / 7) * 2, ticks(2))
      )
    )
  )
const inJournal = (place: string, sql: string, ...values: (number | Uint8Array)[]) => {
  const database = new DatabaseSync(join(place, "journal.sqlite"))
  const answer = database.prepare(sql).all(...values)
  database.close()
  return answer as unknown as Record<string, number | Uint8Array>[]
}
const kindsOf = ({ findings }: Verdict) => [...new Set(findings.map(({ kind }) => kind))]

let kept: string
beforeAll(async () => {
  kept = await sequence(folder, write(0, commitCount - 100))
  await sequence(folder, write(commitCount - 100, 100))
})
afterAll(() => rmSync(root, { recursive: true }))

describe("the name of a log", () => {
  it("stays what it was for a log of an earlier version, also without its published key; a new one gets the short name", async () => {
    const place = freshCopy()
    await sequence(place, write(0, 7))
    expect(keyOf(place).name).toMatch(/^[\w-]{4}$/)
    const [store] = inJournal(place, "SELECT id FROM store") as unknown as [{ id: string }]
    const earlier = `mimika/${store.id.slice(0, 8)}`
    for (const name of readdirSync(place)) if (name.startsWith("proof.sqlite")) rmSync(join(place, name))
    rmSync(join(place, "keys", "log-key.pub"))
    const asBefore = Layer.build(
      sqliteProofLog(place).pipe(
        Layer.provide(fileLogIdentity(join(place, "keys"), earlier)),
        Layer.provide(sqliteCommitStore({ folder: place, readOnly: true }))
      )
    )
    await Effect.runPromise(Effect.scoped(asBefore))
    rmSync(join(place, "keys", "log-key.pub"))
    const proven = Effect.gen(function* () {
      const proven = yield* proveJournal({ folder: place }, [])
      return (yield* proven!.log.checkpoints()).signed!
    })
    const signed = await Effect.runPromise(
      proven.pipe(Effect.scoped, Effect.provide(embeddedEventStore({ folder: place })))
    )
    expect(parseCheckpoint(parseNote(signed).text).origin).toBe(earlier)
    expect(keyOf(place).name).toBe(earlier)
    expect((await verify(place)).findings).toEqual([])
  })
})

describe("audit verify", () => {
  it("calls a clean journal clean, and a journal that continues a kept checkpoint too", async () => {
    expect(await verify(folder, [kept])).toMatchObject({
      covered: commitCount,
      waiting: 0,
      findings: [],
      findingCount: 0
    })
  })

  it("names the commit of which any one bit was changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: commitCount }), fc.nat(), async (position, anyBit) => {
        const place = freshCopy()
        cpSync(folder, place, { recursive: true })
        const [row] = inJournal(place, "SELECT sealed, first_version FROM commits WHERE position = ?", position)
        const sealed = Uint8Array.from(row!.sealed as Uint8Array)
        const bit = anyBit % (sealed.length * 8)
        sealed[bit >>> 3]! ^= 1 << (bit & 7)
        inJournal(place, "UPDATE commits SET sealed = ? WHERE position = ?", sealed, position)
        const verdict = await verify(place)
        expect(verdict.findings).toEqual([
          {
            kind: "changed",
            leafNumber: position - 1,
            stream: `s-${(position - 1) % 7}`,
            firstVersion: row!.first_version,
            lastVersion: (row!.first_version as number) + 1,
            why: "it is not the commit that was proven here",
            ru: "это не тот коммит, что был здесь доказан"
          }
        ])
        rmSync(place, { recursive: true })
      }),
      { numRuns: 10 }
    )
  })

  it.each([
    "UPDATE commits SET committed_at = committed_at + 1 WHERE position = 9",
    "UPDATE commits SET command_id = zeroblob(16) WHERE position = 9",
    "UPDATE commits SET event_count = event_count + 1 WHERE position = 9",
    "UPDATE streams SET name = 'other' WHERE id = (SELECT stream_id FROM commits WHERE position = 9)"
  ])("finds a commit relabelled by %s", async (sql) => {
    const place = freshCopy()
    cpSync(folder, place, { recursive: true })
    inJournal(place, sql)
    const { findings } = await verify(place)
    expect(findings.map(({ leafNumber }) => leafNumber)).toContain(8)
    expect(findings.every(({ kind }) => kind === "changed")).toBe(true)
  })

  it.each<[Forgery, readonly string[]]>([
    ["flip", ["changed"]],
    ["cut", ["missing"]],
    ["reorder", ["changed"]],
    ["insert", ["changed"]],
    ["resign", ["checkpoint"]]
  ])("finds the practice forgery %s", async (forgery, kinds) => {
    const place = freshCopy()
    await forgeCopy(folder, place, forgery)
    expect(kindsOf(await verify(place))).toEqual(kinds)
    expect(existsSync(join(place, "keys", "log-key.pem"))).toBe(false)
    expect((await verify(folder)).findingCount).toBe(0)
  })

  it("finds a removed commit in the middle, and tiles that were changed to fit a changed commit", async () => {
    const place = freshCopy()
    cpSync(folder, place, { recursive: true })
    inJournal(place, "DELETE FROM commits WHERE position = 300")
    expect((await verify(place)).findings).toEqual([expect.objectContaining({ kind: "missing", leafNumber: 299 })])
    const log = new DatabaseSync(join(place, "proof.sqlite"))
    log.exec("UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND position = 1")
    log.close()
    expect(kindsOf(await verify(place))).toEqual(expect.arrayContaining(["tree", "changed"]))
  })

  it.each(["cut", "rewritten"])(
    "a log that was %s and signed anew with the stolen key is found by a kept checkpoint",
    async (how) => {
      const place = freshCopy()
      cpSync(folder, place, { recursive: true })
      for (const file of ["proof.sqlite", "proof.sqlite-wal", "proof.sqlite-shm"])
        rmSync(join(place, file), { force: true })
      if (how === "cut") inJournal(place, "DELETE FROM commits WHERE position > 500")
      else inJournal(place, "UPDATE commits SET committed_at = committed_at + 1 WHERE position = 40")
      await sequence(place)
      expect((await verify(place)).findings).toEqual([])
      expect((await verify(place, [kept])).findings).toEqual([
        expect.objectContaining({ kind: "history", why: expect.stringContaining("the kept checkpoint 1") })
      ])
    }
  )

  it("finds a journal and a log that were changed alike, by the root that was signed before", async () => {
    const place = freshCopy()
    cpSync(folder, place, { recursive: true })
    const inLog = (sql: string, ...values: string[]) => {
      const log = new DatabaseSync(join(place, "proof.sqlite"))
      const answer = log.prepare(sql).all(...values)
      log.close()
      return answer as unknown as { note: string }[]
    }
    const [before] = inLog("SELECT note FROM checkpoints WHERE kind = 'signed'")
    for (const table of ["leaves", "tiles", "checkpoints"]) inLog(`DELETE FROM ${table}`)
    inLog("UPDATE log SET size = 0")
    inJournal(place, "UPDATE commits SET committed_at = committed_at + 1 WHERE position = 40")
    await sequence(place)
    expect((await verify(place)).findings).toEqual([])
    inLog("UPDATE checkpoints SET note = ?", before!.note)
    expect((await verify(place)).findings).toEqual([
      expect.objectContaining({ kind: "tree", why: expect.stringContaining("do not give the root that was signed") })
    ])
  })

  it("commits newer than the checkpoint wait, and are no finding", async () => {
    const place = freshCopy()
    cpSync(folder, place, { recursive: true })
    await Effect.runPromise(Effect.provide(write(commitCount, 5), embeddedEventStore({ folder: place })))
    expect(await verify(place)).toMatchObject({ covered: commitCount, waiting: 5, findings: [] })
  })
})

describe("audit verify: a log that was put back", () => {
  it("finds a journal of minutes that no checkpoint covers, with a log that is an older one", async () => {
    const place = freshCopy()
    await sequence(place)
    cpSync(join(place, "proof.sqlite"), join(place, "old-proof.sqlite"))
    await sequence(place, write(0, 9))
    for (const file of ["proof.sqlite", "proof.sqlite-wal", "proof.sqlite-shm"])
      rmSync(join(place, file), { force: true })
    cpSync(join(place, "old-proof.sqlite"), join(place, "proof.sqlite"))
    inJournal(place, "UPDATE commits SET committed_at = committed_at - 61000 WHERE position = 1")
    expect(await verify(place)).toMatchObject({ covered: 0, waiting: 9, findings: [{ kind: "history" }] })
  })
})

describe("audit export", () => {
  it("writes the specification's files, and their entries alone give the signed root", async () => {
    const out = freshCopy()
    await Effect.runPromise(Effect.provide(exportLog(out), readers(folder)))
    const listed = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const paths = listed.map((entry) => relative(out, join(entry.parentPath, entry.name))).sort()
    const bundles = ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"]
    const tiles = ["tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"]
    expect(paths).toEqual(["checkpoint", ...tiles, ...bundles])
    const leaves: Uint8Array[] = []
    for (const path of bundles) {
      const bytes = readFileSync(join(out, path))
      for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) {
        leaves.push(hasher.leaf(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at))))
      }
    }
    const levelZero = Buffer.concat(tiles.slice(0, 3).map((path) => readFileSync(join(out, path))))
    expect(Buffer.concat(leaves).equals(levelZero)).toBe(true)
    const note = checkNote(readFileSync(join(out, "checkpoint"), "utf8"), keyOf(folder), checkEd25519)
    const { size, root: signedRoot } = parseCheckpoint(note.text)
    expect(size).toBe(leaves.length)
    expect(sameHash(rootOfFrontier(grown(emptyFrontier, leaves, hasher), hasher), signedRoot)).toBe(true)
    await expect(Effect.runPromise(Effect.provide(exportLog(out), readers(folder)))).rejects.toThrow("already")
  })
})

describe("audit proof", () => {
  it("proves the commit that holds an event, to anybody with the public key", async () => {
    const file = await prove(folder, "s-3", 20)
    const checked = checkProofFile(file, keyOf(folder), [])
    expect(checked.commit).toMatchObject({ stream: "s-3", firstVersion: 19, eventCount: 2 })
    expect(checked.checkpoint.size).toBe(commitCount)
  })

  it("refuses an event that is not there, and to prove a commit that was changed", async () => {
    await expect(prove(folder, "s-3", 100_000)).rejects.toThrow("the journal has no such event")
    await expect(prove(folder, "nobody", 1)).rejects.toThrow("the journal has no such event")
    const place = freshCopy()
    await forgeCopy(folder, place, "flip")
    const [finding] = (await verify(place)).findings
    await expect(prove(place, finding!.stream!, finding!.firstVersion!)).rejects.toThrow("Run audit verify")
  })

  it("a proof is refused with the key of another log, and when it carries another commit", async () => {
    const file = await prove(folder, "s-3", 20)
    const other = await prove(folder, "s-4", 20)
    const extraOf = (text: string) => /^extra .*$/m.exec(text)![0]
    expect(() => checkProofFile(file.replace(extraOf(file), extraOf(other)), keyOf(folder), [])).toThrow("is not leaf")
    const place = freshCopy()
    await sequence(place, write(0, 7))
    expect(() => checkProofFile(file, keyOf(place), [])).toThrow("did not sign it")
    expect(() => checkProofFile(file.replace(/^extra .*\n/m, ""), keyOf(folder), [])).toThrow(
      "does not carry what it proves"
    )
  })
})
