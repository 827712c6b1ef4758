/** A journal in PostgreSQL is proven as the embedded one is: a clean one is called clean, every forgery is named, and a command proves an event. */
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { Effect, Layer } from "effect"
import postgres from "postgres"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { verifyJournal } from "../../infra/audit/audit-verify.ts"
import { fileLogIdentity, readVerifierKey, sha256 } from "../../infra/audit/log-key.ts"
import { provenReaders } from "../../infra/audit/proof-log.ts"
import { postgresProofLog } from "../../infra/audit/proof-log-postgres.ts"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { commitOf, ticks } from "../contract/journal-storage.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { MemoryStore } from "../server/memory-store.ts"
import { verified } from "../server/verification.ts"

const folder = mkdtempSync(join(tmpdir(), "mimika-audit-postgres-"))
const key = () => readVerifierKey(join(folder, "keys", "log-key.pub"))
const commitCount = 600
let server: TestPostgres
let url: string

beforeAll(async () => {
  server = await startPostgres()
  url = await server.freshDatabase()
  const layers = postgresProofLog(url).pipe(
    Layer.provideMerge(fileLogIdentity(join(folder, "keys"))),
    Layer.provideMerge(postgresEventStore({ url, folder }))
  )
  const conference = Array.from({ length: commitCount }, (_, index) =>
    commitOf(`conference-${index % 7}`, Math.floor(index / 7) * 2, ticks(2))
  )
  const steps = Effect.gen(function* () {
    for (let from = 0; from < commitCount; from += 100) {
      yield* (yield* EventStore).appendAll(conference.slice(from, from + 100))
    }
    yield* (yield* makeSequencer).catchUp
  })
  await Effect.runPromise(Effect.provide(steps, layers))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const verify = () =>
  Effect.runPromise(
    Effect.provide(
      verifyJournal({ log: key(), witnesses: [], kept: [], hasher: treeHasher(sha256), progress: () => {} }),
      provenReaders({ folder, url })
    )
  )

/** What `verify` finds once `sql` was run behind the server's back; then everything is as before. */
async function findingsAfter(forged: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe("CREATE SCHEMA IF NOT EXISTS kept; CREATE TABLE kept.commits AS TABLE mimika.commits")
    await sql.unsafe("CREATE TABLE kept.proof_checkpoints AS TABLE mimika.proof_checkpoints")
    await sql.unsafe("CREATE TABLE kept.proof_tiles AS TABLE mimika.proof_tiles")
    await sql.unsafe(forged)
    return [...new Set((await verify()).findings.map(({ kind }) => kind))].sort()
  } finally {
    for (const table of ["commits", "proof_checkpoints", "proof_tiles"]) {
      const how = table === "commits" ? "OVERRIDING SYSTEM VALUE" : ""
      await sql.unsafe(`DELETE FROM mimika.${table}; INSERT INTO mimika.${table} ${how} SELECT * FROM kept.${table}`)
    }
    await sql.unsafe("DROP SCHEMA kept CASCADE")
    await sql.end()
  }
}

const nth = (number: number) => `(SELECT cursor FROM mimika.proof_leaves WHERE number = ${number})`
const isNth = (number: number) => `c.xid::text || ':' || c.position = ${nth(number)}`

describe("audit verify of PostgreSQL", () => {
  it("calls a clean journal clean", async () => {
    expect(await verify()).toMatchObject({ covered: commitCount, waiting: 0, findingCount: 0 })
  })

  it("says the same in a process apart, which is told the address over its pipe", async () => {
    const { last } = await verified({ folder, url }, key(), new MemoryStore())
    expect(last).toMatchObject({ outcome: "sound", covered: commitCount, waiting: 0 })
  })

  it.each([
    [
      "a flipped bit",
      `UPDATE mimika.commits c SET sealed = set_byte(sealed, 3, get_byte(sealed, 3) # 1) WHERE ${isNth(299)}`,
      ["changed"]
    ],
    ["a deleted commit", `DELETE FROM mimika.commits c WHERE ${isNth(299)}`, ["missing"]],
    ["another time", `UPDATE mimika.commits c SET committed_at = committed_at + 1 WHERE ${isNth(5)}`, ["changed"]],
    [
      "a commit slipped in",
      `INSERT INTO mimika.commits (xid, position, committed_at, stream_id, first_version, event_count, command_id, sealed)
       OVERRIDING SYSTEM VALUE SELECT c.xid, -1, committed_at, stream_id, 100000, 1, '\\x00', sealed FROM mimika.commits c WHERE ${isNth(299)}`,
      ["unknown"]
    ],
    [
      "two commits exchanged",
      `UPDATE mimika.commits c SET sealed = o.sealed FROM mimika.commits o
       WHERE (c.first_version, c.stream_id) IN ((1, 1), (1, 2)) AND (o.first_version, o.stream_id) IN ((1, 1), (1, 2)) AND c.stream_id <> o.stream_id`,
      ["changed"]
    ],
    [
      "a changed tile",
      "UPDATE mimika.proof_tiles SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 1",
      ["tree"]
    ],
    ["a cut checkpoint", "DELETE FROM mimika.proof_checkpoints", ["checkpoint"]]
  ])("names %s", async (_, forged, kinds) => {
    expect(await findingsAfter(forged)).toEqual(kinds)
    expect((await verify()).findingCount).toBe(0)
  })
})

describe("the commands", () => {
  const mimika = async (...words: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["main.ts", ...words])
    return stdout
  }

  it("verify, prove and check with --journal", async () => {
    const place = ["--data", folder, "--journal", url]
    expect(JSON.parse(await mimika("audit", "verify", ...place, "--json"))).toMatchObject({
      sound: true,
      covered: commitCount
    })
    const file = join(folder, "event.tlog-proof")
    expect(await mimika("audit", "proof", "3", "1", ...place, "--out", file)).toContain("conference-3")
    const checked = await mimika("audit", "check", file, "--key", join(folder, "keys", "log-key.pub"), "--json")
    expect(JSON.parse(checked)).toMatchObject({ sound: true, stream: "conference-3", firstVersion: 1 })
  })
})
