/** Writers that never give a commit up and note what was acknowledged, and the check that nothing of it was lost or doubled. */
import assert from "node:assert/strict"
import { randomBytes, randomUUID } from "node:crypto"
import { Effect, Stream } from "effect"
import { beginning, type Checkpoint, EventStore } from "../../actors/event-store.ts"

const eventsPerCommit = 35
const retryMs = 20

export interface Ledger {
  /** By stream: events of commits that were acknowledged. */
  readonly acknowledged: Map<string, number>
  /** Appends that failed because the store was away. */
  away: number
  /** By stream: the last version that a follower was shown. */
  readonly followed: Map<string, number>
}

export const emptyLedger = (): Ledger => ({ acknowledged: new Map(), away: 0, followed: new Map() })

const namesOf = (streamCount: number) => Array.from({ length: streamCount }, (_, index) => `conference-${index + 1}`)

const ballastOf = (bytes: number) => randomBytes((bytes * 3) / 4).toString("base64")

export interface Pace {
  readonly streams: number
  /** Between two commits of a stream, in milliseconds. */
  readonly restMs: number
  /** What no codec makes shorter, in each commit: for filling disks. */
  readonly ballastBytes: number
}

/** Appends to so many streams side by side until it is over. A commit whose outcome is unknown is asked for again under its command id. */
export const load = (
  { streams, restMs, ballastBytes }: Pace,
  ledger: Ledger,
  isOver: () => boolean,
  heard: { readonly acknowledged?: () => void; readonly away?: (why: string) => void } = {}
) =>
  Effect.forEach(
    namesOf(streams),
    Effect.fnUntraced(function* (stream) {
      const store = yield* EventStore
      const known = yield* Effect.map(Stream.runCollect(store.streams()), (all) =>
        all.find((entry) => entry.stream === stream)
      )
      let version = known?.version ?? 0
      while (!isOver()) {
        const commandId = randomUUID()
        const events = Array.from({ length: eventsPerCommit }, (_, index) => {
          const tick = { type: "Ticked", at: 1_763_884_800_000, number: version + index + 1 }
          return index > 0 || ballastBytes === 0 ? tick : { ...tick, ballast: ballastOf(ballastBytes) }
        })
        const keyScope = { kind: "subject", subject: stream } as const
        const append = store.append({ stream, expectedVersion: version, commandId, keyScope, events })
        while (true) {
          const answer = yield* Effect.catchTag(append, "StoreUnavailable", (error) =>
            Effect.sync(() => {
              ledger.away += 1
              heard.away?.(error.message)
              return null
            })
          )
          if (answer !== null) {
            version = answer
            ledger.acknowledged.set(stream, version)
            heard.acknowledged?.()
            break
          }
          if (isOver()) return
          yield* Effect.sleep(retryMs)
        }
        yield* restMs === 0 ? Effect.yieldNow : Effect.sleep(restMs)
      }
    }),
    { concurrency: "unbounded", discard: true }
  )

/** Follows the global order over every interruption, and holds that each commit comes once and in the order of its stream. */
export const followAll = Effect.fnUntraced(function* (ledger: Ledger) {
  const store = yield* EventStore
  let checkpoint: Checkpoint = beginning
  while (true) {
    const following = Stream.runForEach(store.follow(checkpoint), (record) =>
      Effect.sync(() => {
        const last = ledger.followed.get(record.stream) ?? 0
        assert.equal(
          record.firstVersion,
          last + 1,
          `a follower of "${record.stream}" is shown each commit once, in order`
        )
        ledger.followed.set(record.stream, record.lastVersion)
        checkpoint = record.checkpoint
      })
    )
    yield* Effect.catchTag(following, "StoreUnavailable", () => Effect.sleep(retryMs))
  }
})

/** Everything acknowledged is there, once and in order; what is more was never more than one commit in work. */
export const checkAll = Effect.fnUntraced(function* (acknowledged: ReadonlyMap<string, number>) {
  const store = yield* EventStore
  let total = 0
  for (const [stream, version] of acknowledged) {
    let count = 0
    yield* Stream.runForEach(store.read(stream), ({ events }) =>
      Effect.sync(() => {
        for (const { number } of events) assert.equal(number, ++count, `"${stream}" holds each event once, in order`)
      })
    )
    assert.ok(count >= version, `"${stream}" holds the ${version} events acknowledged, not ${count}`)
    assert.ok(count <= version + eventsPerCommit, `"${stream}" holds no more than was in work`)
    total += count
  }
  return total
})
