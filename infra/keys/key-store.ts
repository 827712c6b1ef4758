/**
 * Data keys by scope, wherever they are kept, and what became of those that were destroyed. Only wrapped keys are
 * ever stored. Destroying is for good: no key is made again for a scope that was erased.
 */
import { Context, type Effect } from "effect"
import type { KeyScope, StoreUnavailable } from "../../actors/event-store.ts"

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

/** The calls without an Effect are on the path of every commit; they throw when the file beneath fails, and `DamagedKey`. */
export class KeyStore extends Context.Service<
  KeyStore,
  {
    /**
     * Sees what other processes did to the keys; ask before every batch of commits or page of rows. Answers a number
     * that has changed when keys held elsewhere must be dropped.
     */
    refresh(): Effect.Effect<number, StoreUnavailable>
    /** The data key of the scope, made at first use. */
    keyOf(scope: KeyScope): DataKey | "destroyed"
    keyById(id: string): DataKey | "destroyed" | "unknown"
    /** The id of the scope's key, of a destroyed one too; null when it never had one. Makes none. */
    idOf(scope: KeyScope): string | null
    /** Whether destroying a key replaces the master key too, so that old copies of this store do not open with today's. */
    readonly replacesMasterKey: boolean
    /** Destroys the scope's data key and bars the scope; wraps all others under a new key-encryption key. True when there was a key. */
    destroyDataKey(scope: KeyScope): Effect.Effect<boolean, StoreUnavailable>
  }
>()("infra/KeyStore") {}

/** The scope as a text that no other scope has. */
export function scopeNameOf(scope: KeyScope): string {
  return scope.kind === "subject" ? `subject/${scope.subject}` : scope.kind
}
