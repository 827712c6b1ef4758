/**
 * States of actors at some version, so that a long stream need not be folded from its start. A cache and nothing more:
 * every answer may be "none", deleting it changes nothing, and it never fails anybody.
 */
import { Context, type Effect } from "effect"
import type { KeyScope } from "./event-store.ts"

export interface KeptSnapshot {
  /** The last event folded into it, which is the last of its commit. */
  readonly version: number
  /** Of that commit: another one at this version means another history. */
  readonly commandId: string
  /** What `structuredClone` takes. */
  readonly value: unknown
}

export class SnapshotCache extends Context.Service<
  SnapshotCache,
  {
    /** Null when there is none that this program may use. */
    readonly load: (stream: string) => Effect.Effect<KeptSnapshot | null>
    /** Sealed under the stream's key, with which it dies. */
    readonly save: (stream: string, keyScope: KeyScope, snapshot: KeptSnapshot) => Effect.Effect<void>
    readonly forget: (stream: string) => Effect.Effect<void>
  }
>()("actors/SnapshotCache") {}
