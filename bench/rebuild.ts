/**
 * How fast is a stored projection built anew? So many conferences of a minute, fifty at a time as they run side by side, are
 * folded from the whole journal into the list of ended conferences, beside the one in use. Budget: 100,000 transitions/s.
 * Beside us in the same run: reading, opening and decoding the same journal and folding nothing, which no rebuild can beat.
 *
 *   node bench/rebuild.ts [--conferences 200]
 */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { Effect, Layer, Result } from "effect"
import { endedConferences } from "../actors/ended-conferences.ts"
import { beginning, type Commit, EventStore, keptScopeOf } from "../actors/event-store.ts"
import { rebuild } from "../actors/projector.ts"
import { embeddedEventStore } from "../infra/journal/event-store.ts"
import { sqliteProjectionStore } from "../infra/projections/projection-store-sqlite.ts"
import { storyOf } from "./conference-story.ts"
import { keptAll, sayTable } from "./measure.ts"

const sideBySide = 50
const framesOfMinute = 1_800
const pageCommitsMax = 512

const { values } = parseArgs({ options: { conferences: { type: "string", default: "200" } } })
const conferences = Number(values.conferences)
const folder = mkdtempSync(join(tmpdir(), "mimika-bench-"))

const write = Effect.gen(function* () {
  const store = yield* EventStore
  let transitions = 0
  for (let first = 0; first < conferences; first += sideBySide) {
    const running = Array.from({ length: Math.min(sideBySide, conferences - first) }, (_, index) => {
      const [id, subject] = [randomUUID(), randomUUID()]
      return { id, subject, version: 0, story: storyOf(id, subject, first + index + 1, framesOfMinute) }
    })
    for (let isOver = false; !isOver; ) {
      const commits: Commit[] = []
      for (const conference of running) {
        const { value: events } = conference.story.next() as { value: Commit["events"] | undefined }
        if (events === undefined) continue
        const { id, subject, version: expectedVersion } = conference
        const keyScope = keptScopeOf(subject, "expressionAnalysis", events[0]!.at)
        commits.push({ stream: `conference-${id}`, expectedVersion, commandId: randomUUID(), keyScope, events })
        conference.version += events.length
        transitions += events.length
      }
      isOver = commits.length === 0
      if (!isOver) for (const outcome of yield* store.appendAll(commits)) Result.getOrThrow(outcome)
    }
  }
  return transitions
})

const readAll = Effect.gen(function* () {
  const store = yield* EventStore
  let transitions = 0
  for (let after = beginning, ended = false; !ended; ) {
    const page = yield* store.readAll(after, pageCommitsMax)
    for (const { events } of page.records) transitions += events.length
    ended = page.records.length < pageCommitsMax
    after = page.checkpoint
  }
  return transitions
})

const timed = Effect.fnUntraced(function* <A, E, R>(steps: Effect.Effect<A, E, R>) {
  const before = performance.now()
  const answer = yield* steps
  return { answer, seconds: (performance.now() - before) / 1000 }
})

const program = Effect.gen(function* () {
  const transitions = yield* write
  // Once to warm up, then in turns.
  yield* readAll
  const built = yield* timed(rebuild(endedConferences, { dryRun: false, progress: () => {} }))
  const read = yield* timed(readAll)
  const again = yield* timed(rebuild(endedConferences, { dryRun: false, progress: () => {} }))
  if (
    read.answer !== transitions ||
    again.answer.difference.same !== conferences ||
    built.answer.difference.added !== conferences
  ) {
    throw new Error(`wrote ${transitions}, read ${read.answer}, and built ${JSON.stringify(again.answer)}`)
  }
  return { transitions, read: read.seconds, rebuild: Math.min(built.seconds, again.seconds) }
})
const stores = sqliteProjectionStore(folder).pipe(Layer.provideMerge(embeddedEventStore({ folder })))
const { transitions, ...seconds } = await Effect.runPromise(program.pipe(Effect.provide(stores)))
rmSync(folder, { recursive: true })

const rate = (of: number) => Math.round(transitions / of)
process.stdout.write(`${transitions} transitions of ${conferences} conferences\n`)
sayTable(
  ["", "transitions/s", "to ours"],
  [
    ["built anew", rate(seconds.rebuild), "1.00"],
    ["read and decoded only", rate(seconds.read), (seconds.rebuild / seconds.read).toFixed(2)]
  ]
)
process.exit(keptAll([{ what: "transitions/s of a rebuild", value: rate(seconds.rebuild), min: 100_000 }]) ? 0 : 1)
