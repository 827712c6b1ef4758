/**
 * The journal of operations: who read, exported, erased or changed what, and why. Data is shown only after its read is
 * recorded: when the journal cannot take the record, nobody sees the data.
 */
import { Clock, Context, Effect, Latch, Layer, Schema, Semaphore, Stream } from "effect"
import type { OperationsEvent } from "../machines/operations-events.ts"
import { monthOf } from "../machines/retention.ts"
import { isFromLater } from "../machines/upcasters.ts"
import { EventStore, type ReadFailed, type SubjectErased, UnreadableCommit } from "./event-store.ts"
import { countTroubles } from "./troubles.ts"

export const operationsStream = "operations"
/** Other processes may write to the stream at the same moment; a person's act among theirs gets through long before. */
const triesMax = 32

type WithoutTime<Event> = Event extends OperationsEvent ? Omit<Event, "at"> : never
/** What is about to be done, without its time. */
export type Operation = WithoutTime<OperationsEvent>

/** Only a clock that stands years back asks for a key of a month whose operations were destroyed. */
const longPast = (month: string) =>
  `the clock says ${month}, and what was recorded then is destroyed, for its retention period is over. Set the clock right`

/** The record could not be made durable, so what was to be recorded must not happen. */
export class OperationNotRecorded extends Schema.TaggedError<OperationNotRecorded>()("OperationNotRecorded", {
  operation: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return `Cannot record "${this.operation}", so it was not done: ${this.why}`
  }
}

const make = Effect.gen(function* () {
  const store = yield* EventStore
  const turn = yield* Semaphore.make(1)
  /** Zero at first; the store says what it is. */
  let version = 0

  const append = Effect.fnUntraced(function* (operations: readonly Operation[]) {
    const at = yield* Clock.currentTimeMillis
    const events = operations.map((operation) => ({ ...operation, at }) as OperationsEvent)
    const commandId = globalThis.crypto.randomUUID()
    const operation = operations.map(({ type }) => type).join(", ")
    const keyScope = { kind: "operations", month: monthOf(at) } as const
    const notRecorded = (why: string) => new OperationNotRecorded({ operation, why })
    for (let tries = 0; tries < triesMax; tries++) {
      const attempt = store.append({ stream: operationsStream, expectedVersion: version, commandId, keyScope, events })
      const stale = yield* attempt.pipe(
        Effect.map((now) => {
          version = now
          return false
        }),
        Effect.catchTag("StaleStream", ({ actualVersion }) => {
          version = actualVersion
          return Effect.succeed(true)
        }),
        Effect.mapError((error) =>
          notRecorded(error._tag === "SubjectErased" ? longPast(keyScope.month) : error.message)
        )
      )
      if (!stale) return events
    }
    return yield* notRecorded(`other processes were first ${triesMax} times. Try again`)
  })
  const record = (...operations: readonly Operation[]) => turn.withPermit(append(operations))

  type Trouble = Operation & { readonly why: string }
  /** Those at sign-in apart: who guesses at many accounts takes no room from what happens at the doors. */
  const atDoors = countTroubles<Trouble>()
  const atSignIn = countTroubles<Trouble>()
  const counted = Latch.makeUnsafe(false)
  const recordTrouble = (operation: Trouble) =>
    Effect.catch(Effect.asVoid(record(operation)), (error) =>
      Effect.logError("A refusal or failure could not be recorded", { what: operation.why, why: error.message })
    )
  const take = Effect.fnUntraced(function* (
    troubles: typeof atDoors,
    kind: string,
    more: number,
    say: (count: number) => Trouble
  ) {
    const due = troubles.add(kind, more, yield* Clock.currentTimeMillis, say)
    if (due !== null) yield* recordTrouble(due)
    else Latch.openUnsafe(counted)
  })
  const refused = Effect.fnUntraced(function* (door: string, given: string, address?: string, more = 1) {
    const why = atDoors.knows(`${door} ${given}`, yield* Clock.currentTimeMillis) ? given : "other"
    const from = address === undefined ? {} : { address }
    const said = { type: "AccessRefused", actor: "unknown", purpose: "", door, why, ...from } as const
    yield* take(atDoors, `${door} ${why}`, more, (count) => ({ ...said, count }))
  })
  const signInRefused = Effect.fnUntraced(function* (of: string | null, given: string, address: string) {
    const hasRoom = atSignIn.knows(`${of} ${given}`, yield* Clock.currentTimeMillis)
    const [account, why] = hasRoom ? [of, given] : [null, "other"]
    const said = { type: "SignInRefused", actor: "unknown", account, why, address } as const
    yield* take(atSignIn, `${account} ${why}`, 1, (count) => ({ ...said, count }))
  })
  const edgeEnded = Effect.fnUntraced(function* (edge: string, why: string) {
    const said = { type: "EdgeEnded", actor: "server", edge, why } as const
    yield* take(atDoors, `edge ${why}`, 1, (count) => ({ ...said, count }))
  })
  const recordDue = Effect.gen(function* () {
    Latch.closeUnsafe(counted)
    const nextAt = Math.min(...[atDoors, atSignIn].map((troubles) => troubles.nextAt() ?? Number.POSITIVE_INFINITY))
    const waitMs = Number.isFinite(nextAt) ? nextAt - (yield* Clock.currentTimeMillis) : null
    if (waitMs === null) yield* Latch.await(counted)
    else if (waitMs > 0) yield* Effect.raceFirst(Effect.sleep(waitMs), Latch.await(counted))
    const now = yield* Clock.currentTimeMillis
    yield* Effect.forEach([...atDoors.due(now), ...atSignIn.due(now)], recordTrouble, { discard: true })
  })
  yield* Effect.forkScoped(Effect.forever(recordDue))

  return Operations.of({
    record,
    refused,
    signInRefused,
    edgeEnded,
    recorded: (operation, effect) => Effect.andThen(record(operation), effect),
    read: () =>
      Stream.flatMap(store.read(operationsStream, 1, "passed"), ({ firstVersion, events }) => {
        const later = events.find(isFromLater)
        if (later === undefined) return Stream.fromIterable(events as unknown as readonly OperationsEvent[])
        // What is owed and what was done stands here: half of it must not be taken for all.
        const why = `this version does not know this form of "${later.type}"`
        const advice = "Run the version that wrote it"
        return Stream.fail(new UnreadableCommit({ stream: operationsStream, firstVersion, why, advice }))
      })
  })
})

export class Operations extends Context.Service<
  Operations,
  {
    /** Answers the events with their time once they are durable, all or none. */
    readonly record: (
      ...operations: readonly Operation[]
    ) => Effect.Effect<readonly OperationsEvent[], OperationNotRecorded>
    /** Records first; only when that is durable does the effect run and its data leave. */
    readonly recorded: <A, E, R>(
      operation: Operation,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | OperationNotRecorded, R>
    /**
     * Somebody was turned away, from this address, once or `more` often. `why` is one of a fixed list. What goes on is counted into the
     * next record of its kind: after a minute, then after two, up to an hour.
     */
    readonly refused: (door: string, why: string, address?: string, more?: number) => Effect.Effect<void>
    /** Somebody was not let in, at this account or, with null, at none. Counted like a refusal, by account and reason. */
    readonly signInRefused: (account: string | null, why: string, address: string) => Effect.Effect<void>
    /** An edge ended that should not have. Counted like a refusal. */
    readonly edgeEnded: (edge: string, why: string) => Effect.Effect<void>
    /** Everything recorded, oldest first, but for months whose retention period was over. */
    readonly read: () => Stream.Stream<OperationsEvent, ReadFailed | SubjectErased>
  }
>()("actors/Operations") {
  static readonly layer = Layer.effect(Operations, make)
}
