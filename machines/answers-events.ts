/** What a client answered after a conference, in a stream of its own under the client's key: `answers-<conference>`. */
import { Schema } from "effect"

const Score = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))

export const ClientAnswered = Schema.Struct({
  type: Schema.tag("ClientAnswered"),
  /** Milliseconds since 1970. */
  at: Schema.Int,
  conference: Schema.String,
  /** How the conversation was, 1 to 5. */
  rating: Score,
  /** How clear the explanation was, 1 to 5. */
  clarity: Score,
  /** Whether the client would meet this way again. */
  again: Schema.Boolean,
  /** A question on the picture that was shared last; null when none was. */
  check: Schema.NullOr(
    Schema.Struct({
      /** Place of the chosen product in the brief. */
      productIndex: Schema.Int,
      correct: Schema.Boolean,
      /** From showing the question to the answer, in milliseconds. */
      tookMs: Schema.Int
    })
  )
})
export type ClientAnswered = typeof ClientAnswered.Type
