/** What an erasure needs from outside, beside the journal and the directory. Implementations are in `infra/`. */
import { Context, type Effect, Schema } from "effect"
import type { KeptKey } from "../machines/retention.ts"
import type { StoreUnavailable, StreamEntry } from "./event-store.ts"

/** A stream and the key that seals it. */
export interface SealedStream extends StreamEntry {
  readonly keyId: string
}

/** The data keys of subjects, and those of the months of the journal of operations. */
export class SubjectKeys extends Context.Service<
  SubjectKeys,
  {
    /** The subject's own key; null when nothing was ever sealed for the subject. A destroyed key keeps its id. */
    readonly stateOf: (subject: string) => Effect.Effect<
      {
        readonly keyId: string
        readonly destroyed: boolean
        /** Of all keys of the subject, the oldest first. */
        readonly keyIds: readonly string[]
      } | null,
      StoreUnavailable
    >
    /** Destroys every key of the subject in every process, wraps all others anew, and bars the subject from ever getting another. */
    readonly destroy: (subject: string) => Effect.Effect<void, StoreUnavailable>
    /** Every stream sealed under one of the keys, by name, whether it can still be opened or not; of the journal of operations, what of it is. */
    readonly streamsUnder: (keyIds: ReadonlySet<string>) => Effect.Effect<readonly SealedStream[], StoreUnavailable>
    /** The keys of all subjects, the oldest first, and then those of operations. */
    readonly all: Effect.Effect<readonly KeptKey[], StoreUnavailable>
    /** Destroys keys of purposes and months, in every process; the subjects stay. */
    readonly destroyKept: (keys: readonly KeptKey[]) => Effect.Effect<void, StoreUnavailable>
    /** When something was last committed under each key that has ever sealed a stream, in milliseconds since 1970. */
    readonly lastUses: Effect.Effect<ReadonlyMap<string, number>, StoreUnavailable>
    /** Whether `destroy` replaces the master key too. */
    readonly replacesMasterKey: boolean
    /** Every stream sealed under any key of the subject whose key this is, by name, whether it can still be opened or not. */
    readonly streamsOf: (keyId: string) => Effect.Effect<readonly SealedStream[], StoreUnavailable>
    /** Whose key seals a stream, whether it can still be opened or not; null for a stream nobody wrote, and for one of no subject. */
    readonly subjectOf: (stream: string) => Effect.Effect<string | null, StoreUnavailable>
  }
>()("actors/SubjectKeys") {}

/** A key that must never open anything again, wherever it comes from. */
export interface Bar {
  /** Place in the list, 1 for the first. */
  readonly number: number
  readonly at: number
  readonly subject: string
  readonly keyId: string | null
}

/** The list of barred keys, kept outside of everything that a restore brings back. It only grows. */
export class BarList extends Context.Service<
  BarList,
  {
    /** Durable when it answers. The same subject again answers its first bar. */
    readonly bar: (subject: string, keyId: string | null) => Effect.Effect<Bar, StoreUnavailable>
    readonly bars: Effect.Effect<readonly Bar[], StoreUnavailable>
  }
>()("actors/BarList") {}

/** Signs what others must be able to check without us. */
export class Notary extends Context.Service<
  Notary,
  {
    /** The Ed25519 signature of the text's UTF-8 bytes, in base64. */
    readonly sign: (text: string) => string
    /** PEM. */
    readonly publicKey: string
  }
>()("actors/Notary") {}

export class FenceNotRaised extends Schema.TaggedError<FenceNotRaised>()("FenceNotRaised", { why: Schema.String }) {
  override get message() {
    return this.why
  }
}

/** Keeps a subject out of conferences while it is erased. */
export class Fence extends Context.Service<
  Fence,
  {
    /** Ends what runs and lets nothing start; answers how many conferences it ended. */
    readonly raise: (subject: string) => Effect.Effect<number, FenceNotRaised>
    readonly lower: (subject: string) => Effect.Effect<void>
  }
>()("actors/Fence") {}
