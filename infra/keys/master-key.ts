/**
 * The root of all sealing: whatever wraps the key-encryption key. A port, so that a key service or a certified
 * module can stand where the file stands; the secret itself need never enter this process.
 */
import { type Effect, Schema } from "effect"

/** The master key cannot be used. Nothing was read and nothing was lost. */
export class MasterKeyUnavailable extends Schema.TaggedError<MasterKeyUnavailable>()("MasterKeyUnavailable", {
  provider: Schema.String,
  why: Schema.String,
  advice: Schema.String
}) {
  override get message() {
    return `Cannot use the master key of "${this.provider}": ${this.why}. ${this.advice}`
  }
}

export interface MasterKey {
  /** Wraps 32 bytes. The first use may make the key. */
  wrap(secret: Uint8Array): Effect.Effect<Uint8Array, MasterKeyUnavailable>
  /** Undoes `wrap`; never makes a key. */
  unwrap(wrapped: Uint8Array): Effect.Effect<Uint8Array, MasterKeyUnavailable>
  /**
   * Runs the steps with a new key in force for `wrap`, then destroys the old one, so that copies of the key store made
   * before do not open with the key of today. Both open until the steps are done. Absent where this process cannot
   * replace the key.
   */
  replacing?<A, E>(steps: Effect.Effect<A, E>): Effect.Effect<A, E | MasterKeyUnavailable>
}
