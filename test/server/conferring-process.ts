/** A process in which a client's conference runs, on a journal and keys shared with others: it appends until its fence is raised, says so, and then tries once more. */
import { randomUUID } from "node:crypto"
import { writeSync } from "node:fs"
import { Effect, Layer, Logger } from "effect"
import { Fence } from "../../actors/erasure-ports.ts"
import { EventStore } from "../../actors/event-store.ts"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { KeyStore } from "../../infra/keys/key-store.ts"
import { sharedFence } from "../../infra/subjects/shared-fence.ts"

const [url, folder, subject, stream] = process.argv.slice(2) as [string, string, string, string]
const say = (line: string) => writeSync(1, `${line}\n`)
let fenced = false
const own = Layer.succeed(Fence)({
  raise: (who) =>
    Effect.sync(() => {
      if (who !== subject) return 0
      fenced = true
      say("fenced")
      return 1
    }),
  lower: (who) => Effect.sync(() => who === subject && say("lowered"))
})
const program = Effect.gen(function* () {
  const store = yield* EventStore
  const keyScope = { kind: "subject", subject } as const
  for (let version = 0; ; version++) {
    const events = [{ type: "Ticked", at: 0, number: version }]
    const refused = yield* Effect.flip(
      Effect.andThen(
        store.append({ stream, expectedVersion: version, commandId: randomUUID(), keyScope, events }),
        Effect.fail({ _tag: "appended" })
      )
    )
    if (refused._tag === "appended") say(`appended ${version + 1}`)
    else {
      say(`refused ${refused._tag}`)
      return yield* Effect.never
    }
    yield* Effect.sleep(5)
    // A fenced conference says nothing of its own; this one tries its luck after the key is gone.
    while (fenced && !(yield* keyIsGone)) yield* Effect.sleep(10)
  }
})
const keyIsGone = Effect.gen(function* () {
  const keys = yield* KeyStore
  yield* keys.refresh()
  return keys.keyOf({ kind: "subject", subject }) === "destroyed"
})
const stores = sharedFence({ url, hosts: true }).pipe(
  Layer.provide(own),
  Layer.provideMerge(postgresEventStore({ url, folder }))
)
await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(stores), Effect.provide(Logger.layer([]))))
