/** A process that appends without end and prints each version once it is acknowledged; the test kills it. */
import { randomUUID } from "node:crypto"
import { writeSync } from "node:fs"
import { Effect, Result, Stream } from "effect"
import { EventStore } from "../../actors/event-store.ts"
import { embeddedEventStore, postgresEventStore } from "../../infra/journal/event-store.ts"

const [kind, folder, url] = process.argv.slice(2)
const layer =
  kind === "postgres" ? postgresEventStore({ url: url!, folder: folder! }) : embeddedEventStore({ folder: folder! })
const streams = ["conference-1", "conference-2", "conference-3"]

const appendForever = Effect.gen(function* () {
  const store = yield* EventStore
  const last = yield* Stream.runCollect(store.streams())
  const versions = streams.map((stream) => last.find((entry) => entry.stream === stream)?.version ?? 0)
  for (;;) {
    const commits = streams.map((stream, index) => ({
      stream,
      expectedVersion: versions[index]!,
      commandId: randomUUID(),
      keyScope: { kind: "subject", subject: stream } as const,
      events: Array.from({ length: 35 }, (_, event) => ({
        type: "Ticked",
        at: 1_763_884_800_000,
        number: versions[index]! + event + 1
      }))
    }))
    const outcomes = yield* store.appendAll(commits)
    outcomes.forEach((outcome, index) => {
      versions[index] = Result.getOrThrow(outcome)
    })
    // Straight to the pipe: what is printed was acknowledged, whatever happens to this process next.
    writeSync(1, `${versions.join(" ")}\n`)
    yield* Effect.yieldNow
  }
})

await Effect.runPromise(Effect.provide(appendForever, layer))
