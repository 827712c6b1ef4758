/** The codec that a client says it will send, held against what the edges decode. Pictures are taken from everybody. */
import { Effect } from "effect"
import { type Codec, pictureCodecs } from "../machines/wire.ts"
import { Edges } from "./ports.ts"
import { ConferenceRefused } from "./running-conference.ts"

/** One that names none will send JPEG, the dearest of pictures. */
export const chosenCodec = Effect.fnUntraced(function* (wished: string | undefined) {
  if (wished === undefined) return "jpeg" satisfies Codec
  const offered = (yield* Edges).codecs()
  const chosen = [...pictureCodecs, ...offered].find((codec) => codec === wished)
  if (chosen !== undefined) return chosen
  const why = `Cannot read "${wished}": this server decodes ${offered.join(", ")}. Name one of these, or none and send pictures`
  return yield* new ConferenceRefused({ reason: "codecRefused", why })
})
