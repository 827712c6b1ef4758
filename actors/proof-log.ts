/**
 * The log that proves the journal, as a store keeps it: which commit has which leaf number, the tree's tiles, and the last
 * signed checkpoint. One sequencer writes at a time, fenced by its term. It never sees an event, a key or a sealed byte.
 */
import { Context, type Effect, Schema } from "effect"
import type { TreeHasher } from "../models/proof/merkle-tree.ts"
import type { NoteKey } from "../models/proof/signed-note.ts"
import type { StoreUnavailable } from "./event-store.ts"

/** A commit's place in the global order of its store, and the hash that stands for it in the tree. */
export interface Leaf {
  readonly cursor: string
  readonly hash: Uint8Array
}

/** Another sequencer took the log over, so this one may not write again. */
export class SequencerSuperseded extends Schema.TaggedError<SequencerSuperseded>()("SequencerSuperseded", {
  origin: Schema.String,
  term: Schema.Int
}) {
  override get message() {
    return (
      `Cannot extend the log "${this.origin}" in term ${this.term}: another sequencer took it over. ` +
      "Let that one go on; if this repeats, two servers write to one journal"
    )
  }
}

/** The journal is not the one that the log was made of, as after tampering or after restoring one without the other. */
export class LogDisagrees extends Schema.TaggedError<LogDisagrees>()("LogDisagrees", {
  origin: Schema.String,
  leafCount: Schema.Int,
  why: Schema.String
}) {
  override get message() {
    return (
      `Cannot extend the log "${this.origin}" at ${this.leafCount} leaves: ${this.why}. ` +
      "Run audit verify; restore journal and log from the same backup, or find out who wrote to them"
    )
  }
}

/** Who signs checkpoints, and how bytes are hashed. */
export class LogIdentity extends Context.Service<
  LogIdentity,
  {
    /** Its name is the origin of every checkpoint. */
    readonly key: NoteKey
    readonly hasher: TreeHasher
    readonly sign: (message: Uint8Array) => Uint8Array
    /** Whether a key that this one replaced has signed the note. */
    readonly signedBefore?: (note: string) => boolean
    /** What earlier keys said of those that followed them, for witnesses. */
    readonly replacements?: readonly string[]
  }
>()("actors/LogIdentity") {}

export class ProofLog extends Context.Service<
  ProofLog,
  {
    /** Begins a term and ends every earlier one. */
    takeOver(): Effect.Effect<{ readonly term: number; readonly size: number }, StoreUnavailable>
    /** Gives the leaves the numbers from `size` on and replaces the signed checkpoint, in one durable step. */
    extend(
      term: number,
      size: number,
      leaves: readonly Leaf[],
      checkpoint: string
    ): Effect.Effect<void, SequencerSuperseded | StoreUnavailable>
    /** Keeps the largest checkpoint that witnesses have cosigned. */
    keepCosigned(checkpoint: string): Effect.Effect<void, StoreUnavailable>
    /** The last signed checkpoint, and the last that witnesses cosigned. */
    checkpoints(): Effect.Effect<{ readonly signed: string | null; readonly cosigned: string | null }, StoreUnavailable>
    /** Cursors of the leaves from this number on, in order. */
    cursors(fromNumber: number, leavesMax: number): Effect.Effect<readonly string[], StoreUnavailable>
    leafNumberOf(cursor: string): Effect.Effect<number | null, StoreUnavailable>
    /** Hashes of the tile as far as they go. */
    tile(level: number, index: number): Effect.Effect<Uint8Array | undefined, StoreUnavailable>
  }
>()("actors/ProofLog") {}
