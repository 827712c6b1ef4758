/**
 * How fast does a journal move to another store? Conferences of 540,000 transitions in all, their commits among each other as a server
 * writes them, are proven and then copied into PostgreSQL, from there into KurrentDB, and back into a folder, commits and proofs. Budget: 50,000 transitions a
 * second each way. Beside it in the same run: SHA-256 over the same sealed bytes, which no copy that checks anything can do without.
 * KurrentDB is the in-process server of the client's own definitions, in a process of its own: it has no disk, so the rate is that
 * of our side and the client; a real one adds its own.
 *
 *   node bench/copy.ts [--transitions 540000]
 */
import { fork } from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { once } from "node:events"
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Effect, Layer, Result } from "effect"
import { CommitStore, pageCommitsMax } from "../actors/commit-store.ts"
import { type Commit, EventStore, keptScopeOf } from "../actors/event-store.ts"
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
const conferences = 50

const root = mkdtempSync(join(tmpdir(), "mimika-bench-"))
const from: ProvenPlace = { folder: join(root, "from") }
const write = Effect.gen(function* () {
  const store = yield* EventStore
  const running = Array.from({ length: conferences }, (_, number) => {
    const id = randomUUID()
    const frames = Math.ceil(wanted / conferences / transitionsPerFrame)
    return {
      stream: `conference-${id}`,
      keyScope: keptScopeOf(`subject-${number}`, "expressionAnalysis", 1_763_884_700_000),
      story: storyOf(id, `subject-${number}`, number, frames),
      expectedVersion: 0
    }
  })
  while (true) {
    const commits: Commit[] = []
    for (const conference of running) {
      const { stream, keyScope, story, expectedVersion } = conference
      const { value: events, done } = story.next()
      if (done) continue
      commits.push({ stream, expectedVersion, commandId: randomUUID(), keyScope, events })
      conference.expectedVersion += events.length
    }
    if (commits.length === 0) break
    for (const outcome of yield* store.appendAll(commits)) Result.getOrThrow(outcome)
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
const kurrent = fork(fileURLToPath(new URL("./kurrentdb-server.ts", import.meta.url)))
const [kurrentUrl] = (await once(kurrent, "message")) as [string]
const besides = (name: string) => {
  const folder = join(root, name)
  mkdirSync(folder)
  cpSync(join(from.folder, "keys"), join(folder, "keys"), { recursive: true })
  return folder
}
const inPostgres: ProvenPlace = { folder: from.folder, url: await server.freshDatabase() }
const inKurrent: ProvenPlace = { folder: besides("kurrentdb"), url: kurrentUrl }
const copies = [
  { name: "embedded to PostgreSQL", ...(await timed(from, inPostgres)) },
  { name: "PostgreSQL to embedded", ...(await timed(inPostgres, { folder: besides("back") })) },
  { name: "PostgreSQL to KurrentDB", ...(await timed(inPostgres, inKurrent)) },
  { name: "KurrentDB to embedded", ...(await timed(inKurrent, { folder: besides("again") })) }
]
kurrent.kill()
await server.stop()
rmSync(root, { recursive: true })

const [{ transitions, commits }] = copies as [(typeof copies)[number]]
process.stdout.write(`${transitions} transitions in ${commits} commits, ${Math.round(peer.bytes / 1e6)} MB sealed\n`)
sayTable(
  ["", "seconds", "transitions/s", "to SHA-256"],
  [
    ...copies.map(({ name, seconds, rate }) => [
      name,
      seconds.toFixed(2),
      Math.round(rate),
      Math.round((1000 * seconds) / peer.ms)
    ]),
    ["SHA-256 over the sealed bytes", (peer.ms / 1000).toFixed(3), "", 1]
  ]
)
const kept = keptAll(copies.map(({ name, rate }) => ({ what: `transitions/s, ${name}`, value: rate, min: 50_000 })))
process.exit(kept ? 0 : 1)
