/**
 * Where sealed commits lie: rows with an opaque payload, in streams and in one global order.
 * It never sees an event or a key, so an implementation is only about durability, fencing and order.
 */
import { Context, type Effect } from "effect"
import type { StoreHealth, StoreUnavailable, StreamEntry } from "./event-store.ts"

/** One commit, sealed. Everything but `sealed` is in clear on disk and bound to it by authentication. */
export interface SealedCommit {
  readonly stream: string
  /** Version of the first event in it, 1 for the first of the stream. */
  readonly firstVersion: number
  readonly eventCount: number
  readonly commandId: string
  /** Milliseconds since 1970 by the writer's clock. */
  readonly committedAt: number
  readonly sealed: Uint8Array
}

export interface StoredCommit extends SealedCommit {
  /** Its place in the global order, in the form of this store. */
  readonly cursor: string
}

/** What became of one commit: taken, known already by its command id, or behind another writer. */
export type AppendOutcome =
  | { readonly outcome: "appended"; readonly version: number }
  | { readonly outcome: "repeated"; readonly version: number }
  | { readonly outcome: "stale"; readonly version: number }

/** Commits asked from a store at once when streaming: about 3 MB of frames, and at most a few of the largest pictures. */
export const pageCommitsMax = 512

/** Rows of sealed commits. Cursors and pages are the store's own; `""` is before the first commit. */
export class CommitStore extends Context.Service<
  CommitStore,
  {
    /** A random id made with the store; a commit copied into another store does not open there. */
    readonly storeId: string
    /** Longest time a follower waits before it looks again, in milliseconds; own appends wake it sooner. */
    readonly pollMs: number
    /** Time between two appends that pays here, in milliseconds: what one costs beside its commits against how soon they are durable. */
    readonly appendEveryMs: number
    /** Takes what continues its stream in one durable transaction. Answers in the order asked. */
    append(commits: readonly SealedCommit[]): Effect.Effect<readonly AppendOutcome[], StoreUnavailable>
    /** Commits of a stream whose last event is at `fromVersion` or later, oldest first. */
    readStream(
      stream: string,
      fromVersion: number,
      commitsMax: number
    ): Effect.Effect<readonly StoredCommit[], StoreUnavailable>
    /** Commits after the cursor in the global order. Never skips one that is committed later. */
    readAll(afterCursor: string, commitsMax: number): Effect.Effect<readonly StoredCommit[], StoreUnavailable>
    /** Streams whose name sorts after `afterStream`, by name. */
    listStreams(afterStream: string, streamsMax: number): Effect.Effect<readonly StreamEntry[], StoreUnavailable>
    /** Taken before a read, it completes at the first append made through this instance after it was taken. */
    nextAppend(): Effect.Effect<void>
    health(): Effect.Effect<StoreHealth, StoreUnavailable>
  }
>()("actors/CommitStore") {}
