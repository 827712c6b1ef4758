/**
 * The one host of all event-sourced actors: it folds events through a real XState actor, appends them, and has done
 * what the state asks for. What the machine ignores is refused and never appended, so replay repeats no side effect.
 * It owns its stream: a store that says another writer was first stops the actor, which is then opened anew.
 */
import { Clock, Deferred, Effect, Result, Schema, type Scope, Stream } from "effect"
import { type AnyActor, type AnyMachineSnapshot, type AnyStateMachine, createActor, type InspectionEvent } from "xstate"
import { isFromLater } from "../machines/upcasters.ts"
import { createAttendant, type Timer, type Work } from "./attendant.ts"
import { type CommitSource, Committer } from "./committer.ts"
import {
  type Commit,
  type CommitRefused,
  EventStore,
  type KeyScope,
  type ReadFailed,
  type StoredEvent,
  type SubjectErased,
  UnreadableCommit
} from "./event-store.ts"
import { openSnapshots } from "./snapshots.ts"

/** Events that may wait for the store: 60 frames/s of five events for 13 s; after 2 s frames are refused anyway. */
export const pendingEventsMax = 4_096
/** About a minute of frames: what is folded again costs some 15 ms (`node bench/replay.ts`), and a snapshot of an hour's conference about one. */
const snapshotEveryEventsDefault = 10_000

/** The machine does not take this event in its state. Nothing changed. */
export class EventRefused extends Schema.TaggedError<EventRefused>()("EventRefused", {
  stream: Schema.String,
  event: Schema.String,
  state: Schema.String
}) {
  override get message() {
    return `Cannot record "${this.event}" in "${this.stream}": its state is ${this.state}. Look at the state and decide again`
  }
}

/** The actor stopped because its memory and the journal no longer agree, or because it was closed. */
export class ActorStopped extends Schema.TaggedError<ActorStopped>()("ActorStopped", {
  stream: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return `Cannot go on with "${this.stream}": ${this.why}. Open it again from the journal`
  }
}

/** What a kind of actor is apart from its machine: the work its states ask for, and its timers. */
export interface Behaviour<Snapshot extends AnyMachineSnapshot, Event extends StoredEvent> {
  readonly machine: AnyStateMachine
  readonly work: Work<Snapshot, Event>
  /** Which wish the state's work answers to: while it stays the same, the work goes on. */
  readonly workId: (snapshot: Snapshot) => number
  readonly timers: (snapshot: Snapshot) => readonly Timer<Event>[]
  /** Called for every event in order, on replay too: for projections, never for effects. */
  readonly applied?: (event: Event, version: number) => void
  /** What `applied` has folded, in a form that `structuredClone` takes, and back: it goes into snapshots with the state. */
  readonly memory?: { readonly saved: () => unknown; readonly restore: (saved: unknown) => void }
}

export interface Hosted<Snapshot extends AnyMachineSnapshot, Event extends StoredEvent> {
  readonly stream: string
  readonly snapshot: () => Snapshot
  /** Calls for every event from now on, until the answer is called. For inspectors: it must not throw, and not take long. */
  readonly observe: (call: (event: Event, version: number) => void) => () => void
  /** Events applied; those above the durable version are a preview. */
  readonly version: () => number
  readonly durableVersion: () => number
  /** Applies events that belong together, in order. Refused as a whole when the state does not take the first. */
  readonly tell: (events: readonly Event[]) => EventRefused | ActorStopped | null
  /** Waits until everything applied so far is durable, and hurries it. */
  readonly durable: Effect.Effect<void, ActorStopped>
  /** Calls once everything applied so far is durable; never, if the actor stops before. */
  readonly whenDurable: (call: () => void) => void
  /** Answers when the machine has reached its final state and everything is durable. */
  readonly finished: Effect.Effect<void>
  /** Answers when the actor has stopped: why, or null when it was closed. */
  readonly stopped: Effect.Effect<ActorStopped | null>
  /** Makes durable what was said and forgets the actor. */
  readonly close: Effect.Effect<void, ActorStopped>
}

export interface HostOptions<Snapshot extends AnyMachineSnapshot, Event extends StoredEvent> {
  readonly behaviour: Behaviour<Snapshot, Event>
  readonly stream: string
  readonly keyScope: KeyScope
  /** Which process this is, for `OwnerTaken`. */
  readonly owner: string
  /** Events between two snapshots. */
  readonly snapshotEveryEvents?: number
  readonly inspect?: (event: InspectionEvent) => void
}

/** Opens an actor from its journal (empty for a new one) and takes the stream over. */
export const hostActor = <Snapshot extends AnyMachineSnapshot, Event extends StoredEvent>(
  options: HostOptions<Snapshot, Event>
): Effect.Effect<Hosted<Snapshot, Event>, ReadFailed | SubjectErased, EventStore | Committer | Scope.Scope> =>
  Effect.gen(function* () {
    const { behaviour, stream, keyScope, owner, inspect, snapshotEveryEvents = snapshotEveryEventsDefault } = options
    const store = yield* EventStore
    const committer = yield* Committer
    const clock = yield* Clock.Clock
    const stopped = Deferred.makeUnsafe<ActorStopped | null>()
    const finished = Deferred.makeUnsafe<void>()
    const runFork = Effect.runForkWith(yield* Effect.context<never>())
    const snapshots = yield* openSnapshots(store, stream, keyScope, snapshotEveryEvents)
    const kept = yield* snapshots.latest
    const from = kept === null ? {} : { snapshot: kept.machine as never }
    const actor: AnyActor = createActor(behaviour.machine, inspect === undefined ? from : { ...from, inspect })
    actor.start()
    if (kept !== null) behaviour.memory?.restore(kept.memory)
    const snapshot = () => actor.getSnapshot() as Snapshot

    let version = kept?.version ?? 0
    let durableVersion = version
    let halted: ActorStopped | null = null
    let pending: Event[] = []
    let inFlight: Commit | null = null
    const observers = new Set<(event: Event, version: number) => void>()
    let waiting: { readonly version: number; readonly call: () => void }[] = []

    /** True when the machine took it: XState answers the very same snapshot for an event that it ignores. */
    const apply = (event: Event): boolean => {
      const before = snapshot()
      if (before.status !== "active") return false
      actor.send(event)
      const after = snapshot()
      if (after === before) return false
      version += 1
      behaviour.applied?.(event, version)
      for (const call of observers) call(event, version)
      return true
    }

    const halt = (reason: ActorStopped, answer: ActorStopped | null) => {
      if (halted !== null) return
      halted = reason
      actor.stop()
      attendant.stop()
      waiting = []
      Deferred.doneUnsafe(stopped, Effect.succeed(answer))
    }
    const haltBecause = (why: string) => {
      const reason = new ActorStopped({ stream, why })
      halt(reason, reason)
      return reason
    }

    const source: CommitSource = {
      take() {
        if (inFlight === null && pending.length > 0) {
          const commandId = globalThis.crypto.randomUUID()
          inFlight = { stream, keyScope, expectedVersion: durableVersion, commandId, events: pending }
          pending = []
          // The state as this commit leaves it: nothing else is pending.
          snapshots.prepare(version, commandId, () => {
            return { machine: actor.getPersistedSnapshot(), memory: behaviour.memory?.saved() }
          })
        }
        return halted === null ? inFlight : null
      },
      settle(outcome: Result.Result<number, CommitRefused>) {
        inFlight = null
        if (Result.isFailure(outcome)) {
          haltBecause(outcome.failure.message)
          return
        }
        durableVersion = outcome.success
        const keeping = snapshots.keep(durableVersion)
        if (keeping !== null) runFork(keeping)
        const reached = waiting.filter((waiter) => waiter.version <= durableVersion)
        waiting = waiting.filter((waiter) => waiter.version > durableVersion)
        for (const waiter of reached) waiter.call()
        if (pending.length > 0) committer.add(source)
      }
    }

    const whenDurable = (call: () => void) => {
      if (halted !== null) return
      if (durableVersion >= version) call()
      else waiting.push({ version, call })
    }
    const finishIfDone = () => {
      if (snapshot().status !== "done") return
      whenDurable(() => {
        runFork(snapshots.forget)
        Deferred.doneUnsafe(finished, Effect.void)
      })
    }

    const tell = (events: readonly Event[]): EventRefused | ActorStopped | null => {
      if (halted !== null) return halted
      for (const [index, event] of events.entries()) {
        if (apply(event)) {
          pending.push(event)
          continue
        }
        const refused = new EventRefused({ stream, event: event.type, state: JSON.stringify(snapshot().value) })
        // Half of what belongs together was applied: the memory is wrong, the journal is not.
        return index === 0 ? refused : haltBecause(`its events do not fit together (${refused.message})`)
      }
      if (pending.length > pendingEventsMax) return haltBecause(`${pending.length} events wait for the journal`)
      committer.add(source)
      attendant.attend(snapshot(), behaviour.workId(snapshot()))
      finishIfDone()
      return null
    }
    const attendant = createAttendant<Snapshot, Event>({
      work: behaviour.work,
      timers: behaviour.timers,
      tell,
      clock,
      services: yield* Effect.context<never>()
    })

    yield* Stream.runForEach(store.read(stream, version + 1), (commit) =>
      Effect.suspend(() => {
        for (const event of commit.events) {
          if (!isFromLater(event) && apply(event as unknown as Event)) continue
          const why = `its machine does not take event ${version + 1} ("${event.type}") in state ${JSON.stringify(snapshot().value)}`
          const advice = "It was written by another version; run that one, and leave the journal as it is"
          actor.stop()
          return Effect.fail(new UnreadableCommit({ stream, firstVersion: commit.firstVersion, why, advice }))
        }
        durableVersion = version
        return Effect.void
      })
    )
    finishIfDone()
    if (snapshot().status === "active") {
      tell([{ type: "OwnerTaken", at: clock.currentTimeMillisUnsafe(), owner } as unknown as Event])
    }
    const close = Effect.sync(() => halt(new ActorStopped({ stream, why: "it was closed" }), null))
    yield* Effect.addFinalizer(() => close)

    const durable = Effect.suspend(() => {
      if (halted !== null) return Effect.fail(halted)
      if (durableVersion >= version) return Effect.void
      const reached = Deferred.makeUnsafe<void>()
      waiting.push({ version, call: () => Deferred.doneUnsafe(reached, Effect.void) })
      committer.hurry(source)
      const wanted = version
      // Closed right after it became durable, both are there at once.
      const givenUp = Effect.flatMap(Deferred.await(stopped), () =>
        durableVersion >= wanted ? Effect.void : Effect.fail(halted as ActorStopped)
      )
      return Effect.raceFirst(Deferred.await(reached), givenUp)
    })

    return {
      stream,
      snapshot,
      observe(call) {
        observers.add(call)
        return () => observers.delete(call)
      },
      version: () => version,
      durableVersion: () => durableVersion,
      tell,
      durable,
      whenDurable,
      finished: Deferred.await(finished),
      stopped: Deferred.await(stopped),
      close: Effect.andThen(durable, close)
    }
  })
