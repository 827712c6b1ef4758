/**
 * Where projections are kept between starts: rows, the states of what is still going on, and the checkpoint they stand at,
 * saved together or not at all. A projection may be there in several generations, of which one is in use. It keeps
 * nothing in clear that the journal seals: rows and states die with the data key of their subject.
 */
import { Context, type Effect } from "effect"
import type { Checkpoint, KeyScope, StoreUnavailable } from "./event-store.ts"

/** A row as it is kept. `value` is plain JSON. */
export interface KeptRow {
  /** No other row of the projection has it. */
  readonly key: string
  /** When what it says happened, in milliseconds since 1970; in clear, as times of commits are. */
  readonly at: number
  /** What it is found by, such as a pseudonym; kept as keyed fingerprints. */
  readonly tags: readonly string[]
  readonly keyScope: KeyScope
  readonly value: unknown
}

/** The state of a stream that has more to come. `value` is what `structuredClone` takes. */
export interface KeptState {
  readonly stream: string
  readonly keyScope: KeyScope
  readonly value: unknown
}

/** Where and why a projection stopped. */
export interface Parked {
  readonly stream: string
  readonly version: number
  readonly type: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Progress {
  readonly checkpoint: Checkpoint
  /** Events folded since the beginning of the journal. */
  readonly eventCount: number
  readonly parked: Parked | null
}

/** What has changed since the progress that `after` names. */
export interface Step extends Progress {
  readonly after: Checkpoint
  readonly rows: readonly KeptRow[]
  readonly states: readonly KeptState[]
  /** Streams whose state is needed no more. */
  readonly forgotten: readonly string[]
}

/** Which rows: all of them, or those from a moment on, or with a tag, or both. */
export interface RowFilter {
  readonly since?: number
  readonly tag?: string
}

export interface Generation extends Progress {
  readonly generation: number
  readonly version: number
}

export class ProjectionStore extends Context.Service<
  ProjectionStore,
  {
    /** The generation in use; null when none was ever built. */
    readonly inUse: (projection: string) => Effect.Effect<Generation | null, StoreUnavailable>
    /** A new generation at the beginning of the journal, beside the one in use. */
    readonly begin: (projection: string, version: number) => Effect.Effect<Generation, StoreUnavailable>
    /** Durable when it answers. False when somebody else took the generation further or threw it away: load anew. */
    readonly save: (generation: number, step: Step) => Effect.Effect<boolean, StoreUnavailable>
    /** States by stream. Those of erased subjects are gone. */
    readonly states: (generation: number) => Effect.Effect<ReadonlyMap<string, unknown>, StoreUnavailable>
    /** Rows by key, in the order in which they were first saved. Those of erased subjects are gone. */
    readonly rows: (
      generation: number,
      filter?: RowFilter
    ) => Effect.Effect<ReadonlyMap<string, unknown>, StoreUnavailable>
    /** From now on this generation is in use, and the others are gone. */
    readonly use: (generation: number) => Effect.Effect<void, StoreUnavailable>
    readonly drop: (generation: number) => Effect.Effect<void, StoreUnavailable>
  }
>()("actors/ProjectionStore") {}
