/**
 * Data keys by scope, wherever they are kept, and what became of those that were destroyed. Only wrapped keys are
 * ever stored. Destroying is for good: no key is made again for a scope that was erased.
 */
import { Context, type Effect } from "effect"
import type { ErasedBy, KeptFor, KeyScope, StoreUnavailable } from "../../actors/event-store.ts"
import type { SubjectPurpose } from "../../machines/retention.ts"

export interface DataKey {
  /** 16 hexadecimal digits, random, so that a key that is gone is never mistaken for another. */
  readonly id: string
  readonly secret: Uint8Array
}

/** Thrown when a stored key does not unwrap under the key-encryption key in force. */
export class DamagedKey extends Error {
  readonly keyId: string
  constructor(keyId: string) {
    super(`the data key ${keyId} does not unwrap`)
    this.keyId = keyId
  }
}

/** A subject's key, without its secret. */
export interface SubjectKey {
  readonly id: string
  readonly subject: string
  /** Null for the subject's own. */
  readonly kept: KeptFor | null
  /** Milliseconds since 1970. */
  readonly madeAt: number
  readonly destroyed: boolean
}

/** A key of a month of the journal of operations, without its secret. */
export interface OperationsKey {
  readonly id: string
  /** Such as "2026-11", in UTC. */
  readonly month: string
  /** Milliseconds since 1970. */
  readonly madeAt: number
  readonly destroyed: boolean
}

/** The calls without an Effect are on the path of every commit; they throw when the file beneath fails, and `DamagedKey`. */
export class KeyStore extends Context.Service<
  KeyStore,
  {
    /**
     * Sees what other processes did to the keys; ask before every batch of commits or page of rows. Answers a number
     * that has changed when keys held elsewhere must be dropped.
     */
    refresh(): Effect.Effect<number, StoreUnavailable>
    /** The data key of the scope, made at first use. Destroyed too when the subject's own is. */
    keyOf(scope: KeyScope): DataKey | "destroyed"
    keyById(id: string): DataKey | "destroyed" | "unknown"
    /** Why this key was destroyed. */
    destroyedBy(id: string): ErasedBy
    /** The id of the scope's key, of a destroyed one too; null when it never had one. Makes none. */
    idOf(scope: KeyScope): string | null
    /** Whether destroying a key replaces the master key too, so that old copies of this store do not open with today's. */
    readonly replacesMasterKey: boolean
    /** Every key of a subject, or of all of them, the oldest first. */
    keysOf(subject: string | null): readonly SubjectKey[]
    /** Those of the journal of operations, one a month, the oldest first. */
    operationsKeys(): readonly OperationsKey[]
    /**
     * Destroys the scopes' data keys and bars the scopes; wraps all others under a new key-encryption key. With a subject's
     * own key go all of that subject. True when there was a key.
     */
    destroyDataKeys(scopes: readonly KeyScope[]): Effect.Effect<boolean, StoreUnavailable>
    /** The same for one. */
    destroyDataKey(scope: KeyScope): Effect.Effect<boolean, StoreUnavailable>
  }
>()("infra/KeyStore") {}

/** What the names of all months of the journal of operations begin with. */
export const operationsPrefix = "operations/"

/** The scope as a text that no other scope has. Everything of a subject begins alike. */
export function scopeNameOf(scope: KeyScope): string {
  if (scope.kind === "operations" && scope.month !== undefined) return `${operationsPrefix}${scope.month}`
  if (scope.kind !== "subject") return scope.kind
  const { subject, kept } = scope
  if (subject.includes("/")) throw new RangeError(`Cannot keep keys for "${subject}": a pseudonym holds no slash`)
  return kept === undefined ? `subject/${subject}` : `subject/${subject}/${kept.purpose}/${kept.month}`
}

/** The scope that `scopeNameOf` made the text of; null when it is none of a subject. */
export function subjectScopeOf(name: string): Extract<KeyScope, { kind: "subject" }> | null {
  const [kind, subject, purpose, month] = name.split("/")
  if (kind !== "subject" || subject === undefined) return null
  if (purpose === undefined || month === undefined) return { kind, subject }
  return { kind, subject, kept: { purpose: purpose as SubjectPurpose, month } }
}
