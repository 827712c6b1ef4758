/**
 * Folds the journal into a stored projection: live, behind what is appended, and anew, beside the one in use, with a report
 * of what differs before it takes its place. It never skips: an event that the projection was not written for parks it, with
 * an alarm, until a program that knows the event starts. Nothing but rows comes of a fold, so nothing happens twice.
 */
import { Clock, Effect, Stream } from "effect"
import { isFromLater } from "../machines/upcasters.ts"
import {
  beginning,
  type Checkpoint,
  type CommitRecord,
  EventStore,
  type KeyScope,
  type StoredEvent
} from "./event-store.ts"
import { type Generation, type KeptRow, type Parked, ProjectionStore, type Step } from "./projection-store.ts"

/** What one kind of stream comes to, one row a stream. Its states are kept as they are, so `structuredClone` must take them. */
export interface Projection<State, Row> {
  readonly name: string
  /** Another one than that of what is stored means: build anew. */
  readonly version: number
  readonly reads: (stream: string) => boolean
  /** Every type of event that such a stream may hold, whether it matters here or not. */
  readonly known: ReadonlySet<string>
  readonly initial: State
  readonly evolve: (state: State, event: StoredEvent) => State
  /** The row of a stream from which nothing more comes; null while more may come. */
  readonly rowOf: (state: State) => (Pick<KeptRow, "key" | "at" | "tags"> & { readonly value: Row }) | null
  /** Whose data key seals row and state; null while the state says of nobody. */
  readonly keyScopeOf: (state: State) => KeyScope | null
}

/** Commits folded at once: what the journal hands out in one page. */
const pageCommitsMax = 512
/** Events folded between two saves while building anew: about two seconds, so that saving the open states is a small part of it. */
const eventsPerSaveMax = 200_000
/** What a killed process folds once more at its next start, in milliseconds of the journal; a row is saved at once. */
const saveEveryMs = 5_000
/** Before a store that is away is asked again, in milliseconds. */
const retryEveryMs = 1_000
/** Keys of differing rows that a report names. */
const examplesMax = 10

/** A fold in memory, and what of it is not saved yet. */
function makeFold<State, Row>(
  projection: Projection<State, Row>,
  from: Generation,
  states: ReadonlyMap<string, unknown>
) {
  const open = new Map([...states].map(([stream, saved]) => [stream, saved as State]))
  let rows: (KeptRow & { readonly value: Row })[] = []
  let changed = new Set<string>()
  let forgotten = new Set<string>()
  let { checkpoint: after, eventCount, checkpoint } = from
  let parked: Parked | null = null

  const forget = (stream: string) => {
    if (open.delete(stream)) forgotten.add(stream)
    changed.delete(stream)
  }

  /** False when it met what it was not written for: the commit is not taken, and no other after it. */
  const take = (record: CommitRecord): boolean => {
    const { stream, events } = record
    if (projection.reads(stream)) {
      if (record.erased) forget(stream)
      else if (!fold(stream, events, record)) return false
    }
    checkpoint = record.checkpoint
    return true
  }

  const fold = (
    stream: string,
    events: readonly StoredEvent[],
    { firstVersion, committedAt }: CommitRecord
  ): boolean => {
    const unknown = events.findIndex((event) => !projection.known.has(event.type) || isFromLater(event))
    if (unknown >= 0) {
      parked = { stream, version: firstVersion + unknown, type: events[unknown]!.type, at: committedAt }
      return false
    }
    let state = open.get(stream) ?? projection.initial
    for (const event of events) state = projection.evolve(state, event)
    eventCount += events.length
    const row = projection.rowOf(state)
    const keyScope = projection.keyScopeOf(state)
    if (row !== null && keyScope !== null) {
      rows.push({ ...row, keyScope })
      forget(stream)
      return true
    }
    open.set(stream, state)
    changed.add(stream)
    forgotten.delete(stream)
    return true
  }

  return {
    take,
    hasRows: () => rows.length > 0,
    eventCount: () => eventCount,
    parked: () => parked,
    /** What is to be saved; the fold then counts it as saved. */
    step(): Step & { readonly rows: readonly (KeptRow & { readonly value: Row })[] } {
      const states = [...changed].flatMap((stream) => {
        const state = open.get(stream)!
        const keyScope = projection.keyScopeOf(state)
        return keyScope === null ? [] : [{ stream, keyScope, value: state }]
      })
      const step = { after, checkpoint, eventCount, parked, rows, states, forgotten: [...forgotten] }
      after = checkpoint
      rows = []
      changed = new Set()
      forgotten = new Set()
      return step
    }
  }
}

export interface Difference {
  readonly same: number
  readonly changed: number
  /** Only in what was in use: not in the journal, or of somebody erased since. */
  readonly gone: number
  readonly added: number
  /** Keys of rows that differ, at most `examplesMax`. */
  readonly examples: readonly string[]
}

export interface Rebuilt {
  readonly projection: string
  readonly version: number
  readonly eventCount: number
  readonly difference: Difference
  /** Set when it met what it was not written for: then nothing was switched. */
  readonly parked: Parked | null
  readonly switched: boolean
}

function differenceOf(before: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): Difference {
  const differing = (key: string) => before.has(key) && JSON.stringify(before.get(key)) !== JSON.stringify(now.get(key))
  const changed = [...now.keys()].filter(differing)
  const added = [...now.keys()].filter((key) => !before.has(key))
  const gone = [...before.keys()].filter((key) => !now.has(key))
  const examples = [...changed, ...added, ...gone].slice(0, examplesMax)
  return {
    same: now.size - changed.length - added.length,
    changed: changed.length,
    added: added.length,
    gone: gone.length,
    examples
  }
}

/** Builds the projection anew from the whole journal, says what differs from the one in use, and switches unless told not to. */
export const rebuild = Effect.fnUntraced(function* <State, Row>(
  projection: Projection<State, Row>,
  options: { readonly dryRun: boolean; readonly progress: (eventCount: number) => void }
) {
  const journal = yield* EventStore
  const store = yield* ProjectionStore
  const before = yield* store.inUse(projection.name)
  const begun = yield* store.begin(projection.name, projection.version)
  const { generation } = begun
  return yield* Effect.gen(function* () {
    const fold = makeFold(projection, begun, new Map())
    let savedAt = 0
    for (let after: Checkpoint = beginning, ended = false; !ended; ) {
      const page = yield* journal.readAll(after, pageCommitsMax)
      after = page.checkpoint
      const isTaken = page.records.every(fold.take)
      ended = !isTaken || page.records.length < pageCommitsMax
      if (!ended && fold.eventCount() - savedAt < eventsPerSaveMax) continue
      savedAt = fold.eventCount()
      yield* store.save(generation, fold.step())
      options.progress(savedAt)
    }
    const rowsBefore = before === null ? new Map() : yield* store.rows(before.generation)
    const difference = differenceOf(rowsBefore, yield* store.rows(generation))
    const parked = fold.parked()
    const switched = !options.dryRun && parked === null
    yield* switched ? store.use(generation) : store.drop(generation)
    const { name, version } = projection
    const rebuilt: Rebuilt = { projection: name, version, eventCount: savedAt, difference, parked, switched }
    return rebuilt
  }).pipe(Effect.onError(() => Effect.ignore(store.drop(generation))))
})

export interface ProjectorStatus {
  readonly projection: string
  readonly state: "building" | "following" | "parked"
  readonly eventCount: number
  readonly parked: Parked | null
}

/**
 * Follows the journal for good. `onRow` hears of each row once it is durable, but only of what happens from now on:
 * while building anew it is mute.
 */
export const follow = Effect.fnUntraced(function* <State, Row>(
  projection: Projection<State, Row>,
  hears: { readonly status: (status: ProjectorStatus) => void; readonly onRow: (row: Row) => void }
) {
  const journal = yield* EventStore
  const store = yield* ProjectionStore
  const { name } = projection

  /** What is stored, or what is built now when that is of another version or not there. */
  const current = Effect.gen(function* () {
    const found = yield* store.inUse(name)
    if (found?.version === projection.version) return found
    hears.status({ projection: name, state: "building", eventCount: 0, parked: null })
    const { parked, ...built } = yield* rebuild(projection, { dryRun: false, progress: () => {} })
    // A journal that has nothing for it yet, as at the first start, is not worth a line.
    const { same, changed, added, gone } = built.difference
    if (same + changed + added + gone > 0) {
      yield* Effect.logInfo("A projection was built anew", { projection: name, ...built.difference })
    }
    return parked ?? (yield* store.inUse(name))!
  })

  const once = Effect.gen(function* () {
    const found = yield* current
    if ("type" in found) return found
    const { generation } = found
    const fold = makeFold(projection, found, yield* store.states(generation))
    let savedAt = yield* Clock.currentTimeMillis
    const took = Effect.fnUntraced(function* (records: readonly CommitRecord[]) {
      const isTaken = records.every(fold.take)
      const now = yield* Clock.currentTimeMillis
      if (isTaken && !fold.hasRows() && now - savedAt < saveEveryMs) return true
      const step = fold.step()
      // Somebody built it anew, or another process is ahead: go on from there.
      if (!(yield* store.save(generation, step))) return false
      savedAt = now
      for (const { value } of step.rows) hears.onRow(value)
      const parked = fold.parked()
      hears.status({ projection: name, state: "following", eventCount: fold.eventCount(), parked })
      return isTaken
    })
    hears.status({ projection: name, state: "following", eventCount: found.eventCount, parked: null })
    yield* journal.follow(found.checkpoint).pipe(
      Stream.mapArrayEffect((records) => Effect.map(took(records), (goesOn) => [goesOn] as const)),
      Stream.takeWhile((goesOn) => goesOn),
      Stream.runDrain
    )
    return fold.parked()
  })

  let complaint: string | null = null
  while (true) {
    const parked = yield* Effect.catch(once, ({ message }) =>
      Effect.gen(function* () {
        // Once for each thing that is wrong, not once a try.
        if (message !== complaint)
          yield* Effect.logError("A projection cannot go on; trying again", { projection: name, why: message })
        complaint = message
        yield* Effect.sleep(retryEveryMs)
        return null
      })
    )
    if (parked === null) continue
    hears.status({ projection: name, state: "parked", eventCount: 0, parked })
    yield* Effect.logError(
      "ALARM: a projection is parked before an event that this version does not know; run the version that wrote it",
      { projection: name, ...parked }
    )
    return yield* Effect.never
  }
})
