/** The encoded video that a client wishes to send, held against what the edges decode. Pictures need no choice. */
import { Effect } from "effect"
import { type EncodedCodec, isEncoded, pictureCodecs } from "../machines/wire.ts"
import { Edges } from "./ports.ts"
import { ConferenceRefused } from "./running-conference.ts"

/** Null for pictures alone. */
export const chosenCodec = Effect.fnUntraced(function* (wished: string | undefined) {
  if (wished === undefined || (pictureCodecs as readonly string[]).includes(wished)) return null
  const offered: readonly string[] = (yield* Edges).codecs()
  if (isEncoded(wished) && offered.includes(wished)) return wished satisfies EncodedCodec
  const why = `Cannot read "${wished}": this server decodes ${offered.join(", ")}. Name one of these, or none and send pictures`
  return yield* new ConferenceRefused({ reason: "codecRefused", why })
})
