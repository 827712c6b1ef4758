/**
 * What does it cost to replay an hour? A conference of 540,000 transitions is written as the server writes it, seven frames a
 * commit, then read back, opened, decoded and taken through the real machine. Budgets: 3 s of CPU, and 16 bytes on disk for
 * each transition, indexes included, after VACUUM. Beside us in the same run: the same events, kept as JSON rows, through the
 * same machine; and what of our time is reading, sealing aside, and the machine alone.
 *
 *   node bench/replay.ts [--transitions 540000] [--rounds 3]
 */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { DatabaseSync } from "node:sqlite"
import { parseArgs } from "node:util"
import { Effect, Stream } from "effect"
import { createActor } from "xstate"
import { EventStore, keptScopeOf, type StoredEvent } from "../actors/event-store.ts"
import { decodeEvents, encodeEvents } from "../infra/journal/commit-codec.ts"
import { embeddedEventStore } from "../infra/journal/event-store.ts"
import { conferenceMachine } from "../machines/conference.ts"
import type { ConferenceEvent } from "../machines/conference-events.ts"
import { storyOf, transitionsPerFrame } from "./conference-story.ts"
import { cpuMsSince, keptAll, percentile, sayTable } from "./measure.ts"

const { values } = parseArgs({
  options: { transitions: { type: "string", default: "540000" }, rounds: { type: "string", default: "3" } }
})
const wanted = Number(values.transitions)
const rounds = Number(values.rounds)
/** Transitions of an hour at 30 frames a second: what the budget is for, whatever part of it was measured. */
const hourTransitions = 540_000

const folder = mkdtempSync(join(tmpdir(), "mimika-bench-"))
const id = randomUUID()
const stream = `conference-${id}`
const story = [...storyOf(id, "anna", 1, Math.ceil(wanted / transitionsPerFrame))]
const transitions = story.reduce((sum, events) => sum + events.length, 0)

const write = Effect.gen(function* () {
  const store = yield* EventStore
  const keyScope = keptScopeOf("anna", "expressionAnalysis", story[0]![0]!.at)
  let expectedVersion = 0
  for (const events of story) {
    const commit = { stream, expectedVersion, commandId: randomUUID(), keyScope, events }
    expectedVersion = yield* store.append(commit)
  }
})

/** A machine that must take every event and end with its report. */
function makeReplay() {
  const actor = createActor(conferenceMachine).start()
  let taken = 0
  return {
    take(events: readonly StoredEvent[]) {
      for (const event of events) actor.send(event as unknown as ConferenceEvent)
      taken += events.length
    },
    finish() {
      const { value } = actor.getSnapshot()
      if (value !== "report" || taken !== transitions) throw new Error(`${taken} transitions led to ${String(value)}`)
    }
  }
}

const readInto = (take: (events: readonly StoredEvent[]) => void) =>
  Effect.flatMap(EventStore, (store) =>
    Stream.runForEach(store.read(stream), ({ events }) => Effect.sync(() => take(events)))
  )

/** The same events as JSON, one row each, unsealed. */
function writeRows(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec("CREATE TABLE events (version INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT; BEGIN")
  const insert = database.prepare("INSERT INTO events (data) VALUES (?)")
  for (const events of story) for (const event of events) insert.run(JSON.stringify(event))
  database.exec("COMMIT; VACUUM")
  return database
}

async function cpuMs(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  return cpuMsSince(before)
}

/** The first round warms up; the median of the others. */
async function median(work: () => void | Promise<void>): Promise<number> {
  const all: number[] = []
  for (let round = 0; round <= rounds; round++) all.push(await cpuMs(work))
  return percentile(all.slice(1), 0.5)
}

const measured = await Effect.runPromise(
  Effect.gen(function* () {
    yield* write
    const run = Effect.runPromiseWith(yield* Effect.context<EventStore>())
    return yield* Effect.promise(async () => {
      const replay = await median(async () => {
        const machine = makeReplay()
        await run(readInto(machine.take))
        machine.finish()
      })
      const read = await median(() => run(readInto(() => {})))
      return { replay, read }
    })
  }).pipe(Effect.provide(embeddedEventStore({ folder })))
)
const encoded = story.map(encodeEvents)
const decode = await median(() => {
  for (const bytes of encoded) decodeEvents(bytes)
})
const machineAlone = await median(() => {
  const machine = makeReplay()
  for (const events of story) machine.take(events)
  machine.finish()
})
const rowsPath = join(folder, "rows.sqlite")
const rows = writeRows(rowsPath)
const ofRows = await median(() => {
  const machine = makeReplay()
  for (const row of rows.prepare("SELECT data FROM events ORDER BY version").iterate()) {
    machine.take([JSON.parse((row as { data: string }).data)])
  }
  machine.finish()
})
rows.close()
const file = new DatabaseSync(join(folder, "journal.sqlite"))
file.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
file.close()
const bytesEach = statSync(join(folder, "journal.sqlite")).size / transitions
const rowBytesEach = statSync(rowsPath).size / transitions
rmSync(folder, { recursive: true })

const hour = (ms: number) => (ms / transitions) * hourTransitions
process.stdout.write(`${transitions} transitions in ${story.length} commits; CPU as of an hour of ${hourTransitions}\n`)
sayTable(
  ["", "CPU ms an hour", "to ours", "bytes each"],
  [
    ["sealed, through the machine", Math.round(hour(measured.replay)), "1.00", bytesEach.toFixed(2)],
    ["of it: read, opened, decoded", Math.round(hour(measured.read)), (measured.read / measured.replay).toFixed(2), ""],
    ["of that: decoded", Math.round(hour(decode)), (decode / measured.replay).toFixed(2), ""],
    ["of it: the machine", Math.round(hour(machineAlone)), (machineAlone / measured.replay).toFixed(2), ""],
    [
      "JSON rows, through the machine",
      Math.round(hour(ofRows)),
      (ofRows / measured.replay).toFixed(2),
      rowBytesEach.toFixed(2)
    ]
  ]
)
const kept = keptAll([
  { what: "CPU seconds to replay an hour", value: hour(measured.replay) / 1000, max: 3 },
  { what: "bytes on disk for each transition", value: bytesEach, max: 16 }
])
process.exit(kept ? 0 : 1)
