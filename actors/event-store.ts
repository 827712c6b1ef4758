/**
 * The journal as actors and projections see it: append-only streams of events, one stream per actor.
 * It says nothing of rows, ciphers or databases, and refuses to hold anything that is not JSON.
 */
import { Context, type Effect, type Result, Schema, type Stream } from "effect"
import { monthOf, type SubjectPurpose } from "../machines/retention.ts"

export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json }

/** An event as the journal keeps it. `at` is in whole milliseconds since 1970; a field that is `undefined` is not kept. */
export interface StoredEvent {
  readonly type: string
  readonly at: number
  readonly [field: string]: Json | undefined
}

/**
 * Whose data key seals a stream. A subject is a random pseudonym, never a name. With a purpose and the month in which the
 * stream began it is a key of its own, so that what has been kept long enough can go while the rest stays; without them
 * it is the subject's own, whose end is the end of all. Operations of a month (such as "2026-11") have a key of their own, too; the one
 * without a month keys what must outlast all of them: bar list, backups, blind indexes.
 */
export type KeyScope =
  | { readonly kind: "subject"; readonly subject: string; readonly kept?: KeptFor }
  | { readonly kind: "operations"; readonly month?: string }
  | { readonly kind: "staff" }
  | { readonly kind: "configuration" }

export interface KeptFor {
  readonly purpose: SubjectPurpose
  /** Such as "2026-11", in UTC. */
  readonly month: string
}

/** The key of what is kept of a subject for a purpose, when its stream begins at this moment (milliseconds since 1970). */
export const keptScopeOf = (subject: string, purpose: SubjectPurpose, at: number): KeyScope => ({
  kind: "subject",
  subject,
  kept: { purpose, month: monthOf(at) }
})

/** Events of one stream that become durable together or not at all. */
export interface Commit {
  /** An opaque id such as `conference-<uuid>`; names stay in clear on disk, so never a person's. */
  readonly stream: string
  /** The count of events the writer knows in the stream; 0 for a new one. */
  readonly expectedVersion: number
  /** Names the intent: the same id again on the same stream answers the first result. */
  readonly commandId: string
  readonly keyScope: KeyScope
  /** At least one. */
  readonly events: readonly StoredEvent[]
}

/** A place in the global order. Opaque: made by a store, given back to the same store. */
export type Checkpoint = string & { readonly Checkpoint: unique symbol }

/** Before the first commit of every store. */
export const beginning = "" as Checkpoint

/** What ended a data key: the period for which its purpose is kept, or the erasure of its person. */
export type ErasedBy = "retention" | "erasure"

/** A commit as it was made durable. Event number i (0-based) of it has version `firstVersion + i`. */
export interface CommitRecord {
  readonly stream: string
  readonly firstVersion: number
  readonly lastVersion: number
  readonly commandId: string
  /** Milliseconds since 1970 by the writer's clock. */
  readonly committedAt: number
  /** Empty when `erased`. */
  readonly events: readonly StoredEvent[]
  /** Why the data key was destroyed: only the fact of the commit is left. */
  readonly erased: false | ErasedBy
  /** Reading on after this continues behind this commit. */
  readonly checkpoint: Checkpoint
}

export interface StreamEntry {
  readonly stream: string
  readonly version: number
}

/** How the store is doing. Times in milliseconds. */
export interface StoreHealth {
  readonly store: "embedded" | "postgres" | "kurrentdb"
  /** Age of the oldest open transaction that holds back readers of the global order; 0 when none does. */
  readonly heldBackMs: number
  /** True when `heldBackMs` has passed the bound: followers are behind until that transaction ends. */
  readonly alarm: boolean
}

/** Another writer appended first. Recover by reloading and deciding again. */
export class StaleStream extends Schema.TaggedError<StaleStream>()("StaleStream", {
  stream: Schema.String,
  expectedVersion: Schema.Int,
  actualVersion: Schema.Int
}) {
  override get message() {
    return (
      `Cannot append to "${this.stream}" at version ${this.expectedVersion}: it is at version ${this.actualVersion}, another writer appended first. ` +
      "Reload the stream and decide again; if this repeats, two processes own the conference"
    )
  }
}

/** The store cannot be reached or refuses to work; nothing is known to be lost. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  /** What could not be done, to which store: completes "Cannot ...". */
  action: Schema.String,
  why: Schema.String,
  /** What to do next. */
  advice: Schema.String
}) {
  override get message() {
    return `Cannot ${this.action}: ${this.why}. ${this.advice}`
  }
}

/** The data key of the stream was destroyed, so nothing can be added and nothing read. */
export class SubjectErased extends Schema.TaggedError<SubjectErased>()("SubjectErased", {
  stream: Schema.String,
  action: Schema.Literals(["append to", "read"]),
  by: Schema.Literals(["retention", "erasure"])
}) {
  override get message() {
    const why =
      this.by === "retention"
        ? "it is erased by retention, its data key was destroyed when its period was over"
        : "the data key of its subject was destroyed"
    return `Cannot ${this.action} "${this.stream}": ${why}. Stop the actor; the erasure cannot be undone`
  }
}

/** A stored commit does not open or does not continue its stream: it was changed, moved or damaged, or its key is missing. */
export class UnreadableCommit extends Schema.TaggedError<UnreadableCommit>()("UnreadableCommit", {
  stream: Schema.String,
  firstVersion: Schema.Int,
  why: Schema.String,
  advice: Schema.String
}) {
  override get message() {
    return `Cannot read the commit of "${this.stream}" at version ${this.firstVersion}: ${this.why}. ${this.advice}`
  }
}

/** The commit holds what the journal cannot keep exactly. The writer has a defect; repeating does not help. */
export class UnencodableCommit extends Schema.TaggedError<UnencodableCommit>()("UnencodableCommit", {
  stream: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return `Cannot append to "${this.stream}": ${this.why}. Correct the code that made the events; nothing of this commit was written`
  }
}

/** The data key is there but damaged, so nothing can be sealed for its subject until the key store is mended. */
export class KeyDamaged extends Schema.TaggedError<KeyDamaged>()("KeyDamaged", {
  stream: Schema.String,
  keyId: Schema.String
}) {
  override get message() {
    return `Cannot append to "${this.stream}": its data key ${this.keyId} is damaged. Restore the key store from its own backup`
  }
}

/** Why one commit was refused while others may have been taken. */
export type CommitRefused = StaleStream | SubjectErased | UnencodableCommit | KeyDamaged

/** Why reading stops. */
export type ReadFailed = StoreUnavailable | UnreadableCommit

/** Append-only streams of events, one stream per actor. */
export class EventStore extends Context.Service<
  EventStore,
  {
    /** Appends all events or none as one commit, and answers the new version: the count of events in the stream. */
    append(commit: Commit): Effect.Effect<number, CommitRefused | StoreUnavailable>
    /** Many commits in one durable step, answered in their order; each is taken or refused alone. */
    appendAll(
      commits: readonly Commit[]
    ): Effect.Effect<ReadonlyArray<Result.Result<number, CommitRefused>>, StoreUnavailable>
    /**
     * The commits of a stream from the one that holds `fromVersion` (default 1), oldest first; none for a stream nobody wrote. An erased
     * commit ends it with `SubjectErased`, unless they are to be `passed`: of a stream under many keys some may be left.
     */
    read(
      stream: string,
      fromVersion?: number,
      erased?: "refused" | "passed"
    ): Stream.Stream<CommitRecord, ReadFailed | SubjectErased>
    /** Time between two appends that pays in this store, in milliseconds. */
    readonly appendEveryMs: number
    /** Every commit after the checkpoint in the one global order, never skipping one, then those to come. */
    follow(after: Checkpoint): Stream.Stream<CommitRecord, ReadFailed>
    /** One page of the global order. Fewer records than asked for means the end, for now. */
    readAll(
      after: Checkpoint,
      commitsMax: number
    ): Effect.Effect<{ readonly records: readonly CommitRecord[]; readonly checkpoint: Checkpoint }, ReadFailed>
    /** Every stream with its version, by name. */
    streams(): Stream.Stream<StreamEntry, StoreUnavailable>
    health(): Effect.Effect<StoreHealth, StoreUnavailable>
  }
>()("actors/EventStore") {}
