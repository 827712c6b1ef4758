/**
 * Does the sealed journal keep up, and what does the sealing cost? First at a rate that is asked for: fifty streams make frames by a
 * schedule and go through the product's own group commit. Then as fast as it goes: fifty streams append seven frames each, all in
 * one durable step, one step behind the other. Budgets: PostgreSQL 10,000 transitions/s, at that rate a p99 of a commit of
 * at most 5 × the p99 of a bare fsync of as many bytes, at most 1.3 × the time of the same rows unsealed, and 5 × as many
 * transitions/s as emmett-postgresql on the same server, the best of its batch sizes against the best of ours; the embedded
 * store 20,000 transitions/s. A saturated step has no budget for its time: there it is the encoding of 1,750 transitions.
 *
 *   node bench/journal-throughput.ts [--seconds 20]
 */
import { randomUUID } from "node:crypto"
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql"
import { Effect, Result } from "effect"
import { CommitStore } from "../actors/commit-store.ts"
import { type Commit, EventStore } from "../actors/event-store.ts"
import { encodeEvents } from "../infra/journal/commit-codec.ts"
import { embeddedEventStore, postgresEventStore } from "../infra/journal/event-store.ts"
import { connect } from "../infra/journal/postgres.ts"
import { startPostgres } from "../test/postgres.ts"
import { framesPerCommit, transitionsPerFrame } from "./conference-story.ts"
import { framesFrom } from "./journal-frames.ts"
import { keptAll, percentile, sayTable, sumOf } from "./measure.ts"
import { type Sustained, sustain } from "./open-loop.ts"

const streamCount = 50
/** Events of one call of emmett's append: one, a frame, a commit of ours, and seconds of a stream. */
const peerBatches = [1, 5, 35, 175, 700]
/** Frames of our commits beside the seven that a quarter of a second brings: the same seconds, for the best against the best. */
const largerCommits = [35, 140]
/** Transitions a second that fifty conferences are to sustain, and twice as many. Thirty frames a second would make 7,500. */
const offeredRates = [10_000, 20_000]
/** Steps before the clock runs: connections, compilers, first pages of files. */
const warmUpRounds = 10

const { values } = parseArgs({ options: { seconds: { type: "string", default: "20" } } })
const seconds = Number(values.seconds)
const folder = mkdtempSync(join(tmpdir(), "mimika-bench-"))

/** The next commits of all streams, made while no clock runs. */
function makeSource(frameCount = framesPerCommit) {
  const streams = Array.from({ length: streamCount }, (_, index) => ({
    stream: `conference-${randomUUID()}`,
    subject: randomUUID(),
    frames: framesFrom(index + 1),
    version: 0
  }))
  return (): Commit[] =>
    streams.map((source) => {
      const { stream, subject, version, frames } = source
      const events = frames(frameCount)
      source.version += events.length
      const keyScope = { kind: "subject", subject, kept: { purpose: "expressionAnalysis", month: "2026-11" } } as const
      return { stream, expectedVersion: version, commandId: randomUUID(), keyScope, events }
    })
}
const transitionsOf = (commits: readonly Commit[]) => sumOf(commits.map(({ events }) => events.length))

interface Contestant {
  readonly name: string
  readonly append: (commits: readonly Commit[]) => Promise<void>
  readonly next: () => Commit[]
  readonly stepMs: number[]
  transitions: number
}

async function step(contestant: Contestant): Promise<void> {
  const commits = contestant.next()
  const before = performance.now()
  await contestant.append(commits)
  contestant.stepMs.push(performance.now() - before)
  contestant.transitions += transitionsOf(commits)
}

const contestantOf = (name: string, append: Contestant["append"], frameCount = framesPerCommit): Contestant => ({
  name,
  append,
  next: makeSource(frameCount),
  stepMs: [],
  transitions: 0
})

const runAll = Effect.gen(function* () {
  const run = Effect.runPromiseWith(yield* Effect.context<EventStore | CommitStore>())
  const sealed = Effect.fnUntraced(function* (commits: readonly Commit[]) {
    for (const outcome of yield* (yield* EventStore).appendAll(commits)) Result.getOrThrow(outcome)
  })
  const unsealed = Effect.fnUntraced(function* (commits: readonly Commit[]) {
    const rows = commits.map(({ stream, expectedVersion, commandId, events }) => {
      const place = { stream, firstVersion: expectedVersion + 1, eventCount: events.length, commandId, committedAt: 0 }
      return { ...place, sealed: encodeEvents(events) }
    })
    for (const { outcome } of yield* (yield* CommitStore).append(rows))
      if (outcome !== "appended") throw new Error(outcome)
  })
  return {
    sealed: contestantOf("sealed", (commits) => run(sealed(commits))),
    larger: largerCommits.map((frames) =>
      contestantOf(`sealed, ${frames} frames a commit`, (commits) => run(sealed(commits)), frames)
    ),
    unsealed: contestantOf("the same rows unsealed", (commits) => run(unsealed(commits)))
  }
})

/** Turns until the time is over; answers the p99 of a bare fsync of as many bytes, taken between the turns. */
async function takeTurns(contestants: readonly Contestant[], stepBytes: number): Promise<number> {
  const file = openSync(join(folder, "bare"), "w")
  const block = Buffer.alloc(stepBytes)
  const fsyncMs: number[] = []
  for (let round = 0; round < warmUpRounds; round++) for (const contestant of contestants) await step(contestant)
  for (const contestant of contestants) {
    contestant.stepMs.length = 0
    contestant.transitions = 0
  }
  for (const until = performance.now() + seconds * 1000; performance.now() < until; ) {
    for (const contestant of contestants) await step(contestant)
    const before = performance.now()
    writeSync(file, block)
    fsyncSync(file)
    fsyncMs.push(performance.now() - before)
  }
  closeSync(file)
  return percentile(fsyncMs, 0.99)
}

const perSecond = ({ transitions, stepMs }: Contestant) => Math.round((transitions / sumOf(stepMs)) * 1000)
const rowOf = (store: string, contestant: Contestant, fsyncMs: number, than: Contestant) => [
  `${store}, ${contestant.name}`,
  perSecond(contestant),
  percentile(contestant.stepMs, 0.5).toFixed(1),
  percentile(contestant.stepMs, 0.99).toFixed(1),
  (percentile(contestant.stepMs, 0.99) / fsyncMs).toFixed(1),
  (perSecond(contestant) / perSecond(than)).toFixed(2)
]

/** The peer says that it is closed before its connections are, and would not survive that the server goes. */
async function withoutConnections(url: string): Promise<void> {
  const sql = connect(url)
  for (let others = 1; others > 0; ) {
    const [row] = await sql`SELECT count(*)::integer AS count FROM pg_stat_activity
      WHERE datname = current_database() AND application_name <> 'mimika journal' AND backend_type = 'client backend'`
    others = row!.count
  }
  await sql.end()
}

/** The peer with one batch size, on a database of its own, all streams at once, for its share of the time. */
async function peerPerSecond(url: string, batch: number): Promise<number> {
  const store = getPostgreSQLEventStore(url)
  const source = makeSource()
  const commitsOf = (rounds: number) => Array.from({ length: rounds }, source)
  const appendAll = async (rounds: readonly Commit[][]) => {
    await Promise.all(
      Array.from({ length: streamCount }, async (_, stream) => {
        const events = rounds.flatMap((commits) => commits[stream]!.events)
        const name = rounds[0]![stream]!.stream
        for (let from = 0; from < events.length; from += batch) {
          const part = events.slice(from, from + batch).map(({ type, ...data }) => ({ type, data }))
          await store.appendToStream(name, part)
        }
      })
    )
  }
  await appendAll(commitsOf(1))
  let [transitions, ms] = [0, 0]
  for (const until = performance.now() + (seconds * 1000) / peerBatches.length; performance.now() < until; ) {
    // As many as make a whole batch for every stream.
    const rounds = commitsOf(Math.max(1, Math.ceil(batch / (framesPerCommit * 5))))
    const before = performance.now()
    await appendAll(rounds)
    ms += performance.now() - before
    transitions += sumOf(rounds.map(transitionsOf))
  }
  await store.close()
  await withoutConnections(url)
  return Math.round((transitions / ms) * 1000)
}

/** Segments of PostgreSQL's write-ahead log that are there before the clock runs: more than a run fills. */
const segmentsReady = 24

/**
 * As on a server that has run for a while and keeps its segments (`min_wal_size`): a new one is written full of zeros first, and holds
 * every commit for up to a second.
 */
async function recycleSegments(url: string): Promise<void> {
  const sql = connect(url)
  await sql`ALTER SYSTEM SET min_wal_size = '512MB'`
  await sql`SELECT pg_reload_conf()`
  for (let segment = 0; segment < segmentsReady; segment++) {
    await sql`SELECT pg_logical_emit_message(false, 'mimika', 'fills a segment')`
    await sql`SELECT pg_switch_wal()`
  }
  await sql`CHECKPOINT`
  await sql.end()
}

const server = await startPostgres({ fsync: true })
const stepBytes = sumOf(makeSource()().map(({ events }) => encodeEvents(events).length + 100))
const url = await server.freshDatabase()
await recycleSegments(url)
const bytesPerTransition = stepBytes / (streamCount * framesPerCommit * transitionsPerFrame)
const atPostgres = Effect.gen(function* () {
  const sustained: (readonly [number, Sustained])[] = []
  for (const offered of offeredRates) {
    const loop = { streams: streamCount, offered, seconds, bareFile: join(folder, "bare"), bytesPerTransition }
    sustained.push([offered, yield* sustain(loop)])
  }
  const { sealed, unsealed, larger } = yield* runAll
  const fsyncMs = yield* Effect.promise(() => takeTurns([sealed, unsealed], stepBytes))
  yield* Effect.promise(() => takeTurns(larger, stepBytes))
  return { sustained, sealed, unsealed, larger, fsyncMs }
})
const postgres = await Effect.runPromise(
  Effect.provide(atPostgres, postgresEventStore({ url, folder: join(folder, "pg") }))
)
const peers: (readonly [number, number])[] = []
for (const batch of peerBatches) peers.push([batch, await peerPerSecond(await server.freshDatabase(), batch)])
await server.stop()

const atEmbedded = Effect.gen(function* () {
  const { sealed, unsealed } = yield* runAll
  return { sealed, unsealed, fsyncMs: yield* Effect.promise(() => takeTurns([sealed, unsealed], stepBytes)) }
})
const embedded = await Effect.runPromise(
  Effect.provide(atEmbedded, embeddedEventStore({ folder: join(folder, "embedded") }))
)
rmSync(folder, { recursive: true })

const ratioOf = ({ commitMs, fsyncMs }: Sustained) => percentile(commitMs, 0.99) / percentile(fsyncMs, 0.99)
const quantilesOf = (ms: readonly number[]) => [0.5, 0.99].map((share) => percentile(ms, share).toFixed(1))
process.stdout.write(
  `PostgreSQL, ${streamCount} streams that make frames by a schedule, ${seconds} s each; times count from the schedule\n`
)
sayTable(
  [
    "transitions/s offered",
    "durable/s",
    "commit p50 ms",
    "p99",
    "bare fsyncs",
    "p50 ms",
    "p99",
    "p99 / p99",
    "frame until durable p99 ms"
  ],
  postgres.sustained.map(([offered, one]) => [
    offered,
    one.durable,
    ...quantilesOf(one.commitMs),
    one.fsyncMs.length,
    ...quantilesOf(one.fsyncMs),
    ratioOf(one).toFixed(1),
    percentile(one.frameMs, 0.99).toFixed(0)
  ])
)
process.stdout.write(
  `\n${streamCount} streams, ${framesPerCommit} frames a commit, one step behind the other, ${seconds} s each; ratio: transitions/s to the sealed ones of the same store\n`
)
sayTable(
  ["", "transitions/s", "step p50 ms", "step p99 ms", "p99 / bare fsync p99", "ratio"],
  [
    ...[postgres.sealed, postgres.unsealed].map((one) => rowOf("PostgreSQL", one, postgres.fsyncMs, postgres.sealed)),
    ...postgres.larger.map((one) => rowOf("PostgreSQL", one, postgres.fsyncMs, postgres.sealed)),
    ...peers.map(([batch, rate]) => [
      `PostgreSQL, emmett, ${batch} a batch`,
      rate,
      "",
      "",
      "",
      (rate / perSecond(postgres.sealed)).toFixed(2)
    ]),
    ...[embedded.sealed, embedded.unsealed].map((one) => rowOf("embedded", one, embedded.fsyncMs, embedded.sealed))
  ]
)
const best = Math.max(...peers.map(([, rate]) => rate))
const ownBest = Math.max(...[postgres.sealed, ...postgres.larger].map(perSecond))
const kept = keptAll([
  { what: "PostgreSQL, transitions/s", value: perSecond(postgres.sealed), min: 10_000 },
  ...postgres.sustained.flatMap(([offered, one]) => [
    // The last commits of a run are cut off by its end.
    { what: `PostgreSQL, of ${offered} transitions/s offered, durable`, value: one.durable / offered, min: 0.99 },
    { what: `PostgreSQL, p99 of a commit at ${offered}/s to that of a bare fsync`, value: ratioOf(one), max: 5 }
  ]),
  {
    what: "PostgreSQL, time to that of the same rows unsealed",
    value: sumOf(postgres.sealed.stepMs) / sumOf(postgres.unsealed.stepMs),
    max: 1.3
  },
  { what: "PostgreSQL, our best transitions/s to the peer's best", value: ownBest / best, min: 5 },
  { what: "embedded, transitions/s", value: perSecond(embedded.sealed), min: 20_000 }
])
process.exit(kept ? 0 : 1)
