/** Throws for a frame that the server would refuse whatever else is the case: a mistake of the sender's code. It looks at no byte. */
import { type Bounds, type Codec, isEncoded } from "../machines/wire.ts"
import type { Frame } from "./conference-options.ts"

/** `chosen` is what the conference said it would send; pictures may be sent in any case. */
export function refuseFrame({ codec, bytes, isKey }: Frame, bounds: Bounds, chosen: Codec): void {
  const { codecs, frameBytesMax } = bounds
  if (bytes.length > frameBytesMax || !codecs.includes(codec)) {
    throw new RangeError(
      `Cannot send a frame of ${bytes.length} bytes as "${codec}": the server takes ${codecs.join(", ")} ` +
        `of at most ${frameBytesMax} bytes. Scale the picture down or choose another codec`
    )
  }
  if (!isEncoded(codec)) return
  if (codec !== chosen) {
    throw new RangeError(
      `Cannot send "${codec}": the conference was started with "${chosen}". Send what Conference.codec says, or pictures`
    )
  }
  if (isKey === undefined) {
    throw new RangeError(`Cannot send a chunk of "${codec}": it does not say whether it is a key frame. Set isKey`)
  }
}
