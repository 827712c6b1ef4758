/**
 * How fast does a journal move to another store? Conferences of 540,000 transitions in all are written and proven as a server does
 * it, then copied into PostgreSQL and back, commits and proofs. Budget: 50,000 transitions a second each way. Beside it in the
 * same run: SHA-256 over the same sealed bytes, which no copy that checks anything can do without.
 *
 *   node bench/copy.ts [--transitions 540000]
 */
import { createHash, randomUUID } from "node:crypto"
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { Effect, Layer } from "effect"
import { CommitStore, pageCommitsMax } from "../actors/commit-store.ts"
import { EventStore, keptScopeOf } from "../actors/event-store.ts"
import { makeSequencer } from "../actors/sequencer.ts"
import { copyJournal } from "../infra/audit/journal-copy.ts"
import { fileLogIdentity, readVerifierKey } from "../infra/audit/log-key.ts"
import { type ProvenPlace, proofLogAt, sealedReaders } from "../infra/audit/proof-log.ts"
import { journalAt } from "../infra/journal/journal.ts"
import { startPostgres } from "../test/postgres.ts"
import { storyOf, transitionsPerFrame } from "./conference-story.ts"
import { keptAll, sayTable } from "./measure.ts"

const { values } = parseArgs({ options: { transitions: { type: "string", default: "540000" } } })
const wanted = Number(values.transitions)
const conferences = 10

const root = mkdtempSync(join(tmpdir(), "mimika-bench-"))
const from: ProvenPlace = { folder: join(root, "from") }
const write = Effect.gen(function* () {
  const store = yield* EventStore
  for (let number = 0; number < conferences; number += 1) {
    const id = randomUUID()
    const keyScope = keptScopeOf(`subject-${number}`, "expressionAnalysis", 1_763_884_700_000)
    let expectedVersion = 0
    const story = storyOf(id, `subject-${number}`, number, Math.ceil(wanted / conferences / transitionsPerFrame))
    for (const events of story) {
      expectedVersion = yield* store.append({
        stream: `conference-${id}`,
        expectedVersion,
        commandId: randomUUID(),
        keyScope,
        events
      })
    }
  }
  yield* (yield* makeSequencer).catchUp
})
const layers = proofLogAt(from).pipe(
  Layer.provideMerge(fileLogIdentity(join(from.folder, "keys"))),
  Layer.provideMerge(journalAt(from))
)
await Effect.runPromise(Effect.provide(write, layers))

/** Milliseconds of one pass over the sealed bytes, and how many they are. */
const hashed = Effect.gen(function* () {
  const commits = yield* CommitStore
  const digest = createHash("sha256")
  let [ms, bytes, cursor] = [0, 0, ""]
  while (true) {
    const page = yield* commits.readAll(cursor, pageCommitsMax)
    if (page.length === 0) return { ms, bytes }
    const began = performance.now()
    for (const { sealed } of page) digest.update(sealed)
    ms += performance.now() - began
    for (const { sealed } of page) bytes += sealed.length
    cursor = page.at(-1)!.cursor
  }
})
const peer = await Effect.runPromise(Effect.provide(hashed, sealedReaders(from)))

const server = await startPostgres({ fsync: true })
const key = readVerifierKey(join(from.folder, "keys", "log-key.pub"))
async function timed(source: ProvenPlace, to: ProvenPlace) {
  const began = performance.now()
  const { transitions, commits, proven } = await Effect.runPromise(
    copyJournal({ from: source, to, key, progress: () => {} })
  )
  if (proven !== commits) throw new Error(`${proven} of ${commits} commits are proven in the copy`)
  const seconds = (performance.now() - began) / 1000
  return { transitions, commits, seconds, rate: transitions / seconds }
}
const inPostgres: ProvenPlace = { folder: from.folder, url: await server.freshDatabase() }
const back: ProvenPlace = { folder: join(root, "back") }
mkdirSync(back.folder)
cpSync(join(from.folder, "keys"), join(back.folder, "keys"), { recursive: true })
const there = await timed(from, inPostgres)
const again = await timed(inPostgres, back)
await server.stop()
rmSync(root, { recursive: true })

process.stdout.write(
  `${there.transitions} transitions in ${there.commits} commits, ${Math.round(peer.bytes / 1e6)} MB sealed\n`
)
const row = (name: string, { seconds, rate }: typeof there) => [
  name,
  seconds.toFixed(2),
  Math.round(rate),
  Math.round((1000 * seconds) / peer.ms)
]
sayTable(
  ["", "seconds", "transitions/s", "to SHA-256"],
  [
    row("embedded to PostgreSQL", there),
    row("PostgreSQL to embedded", again),
    ["SHA-256 over the sealed bytes", (peer.ms / 1000).toFixed(3), "", 1]
  ]
)
const kept = keptAll([
  { what: "transitions/s into PostgreSQL", value: there.rate, min: 50_000 },
  { what: "transitions/s out of it", value: again.rate, min: 50_000 }
])
process.exit(kept ? 0 : 1)
