/**
 * What does the journal cost per transition? Fifty streams append a commit of seven frames each, all of them in one
 * durable step; then everything is read back, opened and decoded. Budgets: 16 bytes on disk after VACUUM with
 * indexes, an hour (540,000) read back in 1 s of CPU; `journal-throughput.ts` holds how fast it appends.
 * Beside us in the same run: a bare fsync of the same bytes, and the same events as JSON, one row per event.
 *
 *   node bench/journal.ts [--rounds 300]
 */
import { randomUUID } from "node:crypto"
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { parseArgs } from "node:util"
import { Effect, Result } from "effect"
import postgres from "postgres"
import { beginning, type Commit, EventStore } from "../actors/event-store.ts"
import { embeddedEventStore, postgresEventStore } from "../infra/journal/event-store.ts"
import { startPostgres } from "../test/postgres.ts"
import { framesFrom } from "./journal-frames.ts"
import { keptAll } from "./measure.ts"

const streamCount = 50
const framesPerCommit = 7
const hourTransitions = 540_000
const { values } = parseArgs({ options: { rounds: { type: "string", default: "300" } } })
const rounds = Number(values.rounds)

/** All commits, made before the clock runs. */
function makeRounds(): Commit[][] {
  const sources = Array.from({ length: streamCount }, (_, index) => ({
    stream: `conference-${randomUUID()}`,
    frames: framesFrom(index + 1)
  }))
  const eventsPerCommit = framesPerCommit * 5
  return Array.from({ length: rounds }, (_, round) =>
    sources.map(({ stream, frames }) => ({
      stream,
      expectedVersion: round * eventsPerCommit,
      commandId: randomUUID(),
      keyScope: { kind: "subject", subject: stream },
      events: frames(framesPerCommit)
    }))
  )
}

const cpuMs = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}
const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)]!
const transitionsOf = (all: readonly Commit[][]) => all.flat().reduce((sum, { events }) => sum + events.length, 0)

const measure = (all: readonly Commit[][]) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const transitions = transitionsOf(all)
    const commitMs: number[] = []
    const appendCpu = process.cpuUsage()
    const started = performance.now()
    for (const commits of all) {
      const before = performance.now()
      for (const outcome of yield* store.appendAll(commits)) Result.getOrThrow(outcome)
      commitMs.push(performance.now() - before)
    }
    const appendMs = performance.now() - started
    const appendCpuMs = cpuMs(appendCpu)
    const readCpu = process.cpuUsage()
    let readCount = 0
    for (let checkpoint = beginning; ; ) {
      const page = yield* store.readAll(checkpoint, 512)
      for (const { events } of page.records) readCount += events.length
      checkpoint = page.checkpoint
      if (page.records.length < 512) break
    }
    if (readCount !== transitions) throw new Error(`wrote ${transitions} transitions and read ${readCount}`)
    return {
      transitionsPerSecond: Math.round((transitions / appendMs) * 1000),
      appendCpuUs: (appendCpuMs * 1000) / transitions,
      commitP99Ms: percentile(commitMs, 0.99),
      hourReadCpuMs: (cpuMs(readCpu) / transitions) * hourTransitions
    }
  })

/** The bytes of a round written to a file and synced, as often. */
function bareFsyncP99Ms(folder: string, bytes: number): number {
  const file = openSync(join(folder, "bare"), "w")
  const block = Buffer.alloc(bytes)
  const ms = Array.from({ length: rounds }, () => {
    const before = performance.now()
    writeSync(file, block)
    fsyncSync(file)
    return performance.now() - before
  })
  closeSync(file)
  return percentile(ms, 0.99)
}

/** The same events as JSON, one row each, in stream order: what most event stores keep, unsealed. */
function jsonRowBytes(folder: string, all: readonly Commit[][]): number {
  const path = join(folder, "rows.sqlite")
  const database = new DatabaseSync(path)
  database.exec(
    "CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER, version INTEGER, data TEXT, UNIQUE (stream, version)); BEGIN"
  )
  const insert = database.prepare("INSERT INTO events (stream, version, data) VALUES (?, ?, ?)")
  for (const commits of all) {
    for (const [stream, { expectedVersion, events }] of commits.entries()) {
      for (const [index, event] of events.entries()) insert.run(stream, expectedVersion + index, JSON.stringify(event))
    }
  }
  database.exec("COMMIT; VACUUM")
  database.close()
  return statSync(path).size
}

const folder = mkdtempSync(join(tmpdir(), "mimika-bench-"))
const all = makeRounds()
const transitions = transitionsOf(all)
const embedded = await Effect.runPromise(Effect.provide(measure(all), embeddedEventStore({ folder })))
const file = new DatabaseSync(join(folder, "journal.sqlite"))
file.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
file.close()
const embeddedBytes = statSync(join(folder, "journal.sqlite")).size

const server = await startPostgres({ fsync: true })
const url = await server.freshDatabase()
const remote = await Effect.runPromise(Effect.provide(measure(all), postgresEventStore({ url, folder })))
const sql = postgres(url, { max: 1 })
await sql`VACUUM FULL mimika.commits`
const [size] = await sql`SELECT pg_total_relation_size('mimika.commits')::float8 AS bytes`
await sql.end()
await server.stop()

const fsyncMs = bareFsyncP99Ms(folder, Math.round(embeddedBytes / rounds))
const rowBytes = jsonRowBytes(folder, all)
rmSync(folder, { recursive: true })

const row = (name: string, of: typeof embedded, bytes: number) =>
  `| ${name} | ${of.transitionsPerSecond} | ${of.appendCpuUs.toFixed(2)} | ${(of.commitP99Ms / fsyncMs).toFixed(1)} | ${Math.round(of.hourReadCpuMs)} | ${(bytes / transitions).toFixed(2)} | ${(rowBytes / bytes).toFixed(1)} |`
console.log(
  `${transitions} transitions, ${streamCount} streams, ${framesPerCommit} frames per commit; bare fsync p99 ${fsyncMs.toFixed(1)} ms`
)
console.log(
  "| store | transitions/s | append CPU µs each | commit p99 / bare fsync p99 | an hour read back, CPU ms | bytes each | JSON rows / ours |"
)
console.log("|---|--:|--:|--:|--:|--:|--:|")
console.log(row("embedded", embedded, embeddedBytes))
console.log(row("PostgreSQL", remote, size!.bytes))
const kept = keptAll([
  { what: "embedded, bytes each", value: embeddedBytes / transitions, max: 16 },
  { what: "PostgreSQL, bytes each", value: size!.bytes / transitions, max: 16 },
  { what: "embedded, CPU ms to read an hour back", value: embedded.hourReadCpuMs, max: 1000 },
  { what: "PostgreSQL, CPU ms to read an hour back", value: remote.hourReadCpuMs, max: 1000 }
])
process.exit(kept ? 0 : 1)
