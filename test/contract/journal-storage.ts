/** What the event store's contract tests share: storage for one test, small commits, and reading all of a stream. */
import { randomUUID } from "node:crypto"
import { Effect, type Layer, Result, Stream } from "effect"
import type {
  Commit,
  CommitRecord,
  CommitRefused,
  EventStore,
  StoredEvent,
  StoreUnavailable
} from "../../actors/event-store.ts"
import type { KeyStore } from "../../infra/keys/key-store.ts"

export type JournalLayer = Layer.Layer<EventStore | KeyStore, StoreUnavailable>

/** Storage that lives for one test. */
export interface Storage {
  /** Opens the storage; building it again after closing is a restart. */
  readonly layer: JournalLayer
  /** A second process on the same storage, where the store allows one. */
  readonly secondLayer?: JournalLayer
  /** Opens the storage with the keys of somebody else. */
  readonly withOtherKeys: JournalLayer
  /** Every row as it lies on disk, in the global order. */
  rows(): Promise<readonly Row[]>
  /** Writes a cell behind the store's back. */
  overwrite(position: number, column: keyof Row, value: Uint8Array | number): Promise<void>
  remove(position: number): Promise<void>
}

export interface Row {
  readonly position: number
  readonly stream_id: number
  readonly first_version: number
  readonly event_count: number
  readonly committed_at: number
  readonly command_id: Uint8Array
  readonly sealed: Uint8Array
}

export type FreshStorage = () => Promise<Storage>

type InJournal = Effect.Effect<unknown, unknown, EventStore | KeyStore>

export function run(storage: Storage, steps: InJournal): Promise<void> {
  return Effect.runPromise(Effect.asVoid(Effect.provide(steps, storage.layer)))
}

export function ticks(count: number): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => ({ type: "Ticked", at: 1_763_884_800_000 + index, index }))
}

export function commitOf(stream: string, expectedVersion: number, events: readonly StoredEvent[]): Commit {
  return { stream, expectedVersion, commandId: randomUUID(), keyScope: { kind: "operations" }, events }
}

export function recordsOf<E>(records: Stream.Stream<CommitRecord, E>): Effect.Effect<readonly CommitRecord[], E> {
  return Stream.runCollect(records)
}

/** The version, or the refusal in a word. */
export function answerOf(outcome: Result.Result<number, CommitRefused>): number | string {
  if (Result.isSuccess(outcome)) return outcome.success
  const { failure } = outcome
  return failure._tag === "StaleStream" ? `StaleStream ${failure.actualVersion}` : failure._tag
}
