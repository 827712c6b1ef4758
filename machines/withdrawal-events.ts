/**
 * What a client takes back beyond a single conference, in a stream of its own under the client's key: `withdrawals-<subject>`. From
 * the moment on, nothing that came before it is compared or handed over for that purpose.
 */
import { Schema } from "effect"
import { consentPurposes } from "./wire.ts"

export const PurposeWithdrawn = Schema.Struct({
  type: Schema.tag("PurposeWithdrawn"),
  /** Milliseconds since 1970. */
  at: Schema.Int,
  purpose: Schema.Literals(consentPurposes)
})
export type PurposeWithdrawn = typeof PurposeWithdrawn.Type
