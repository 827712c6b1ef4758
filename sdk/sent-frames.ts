/**
 * The frames of one conference as the sender counts them: their numbers, those in flight, those that were not sent, and whether encoded
 * video must go on with a key frame. It opens no socket and keeps no picture.
 */
import { type Codec, type FrameAnswer, isEncoded } from "../machines/wire.ts"
import type { ConferenceOptions, Skipped } from "./conference-options.ts"
import { KeyFrames } from "./key-frames.ts"

/**
 * What may wait in the socket when a frame is sent: less than itself. Encoded video is bounded by the frames in flight alone, for a chunk
 * left out costs a key frame, which would wait longer still.
 */
export const bufferedBytesMax = (codec: Codec, sizeBytes: number) =>
  isEncoded(codec) ? Number.POSITIVE_INFINITY : sizeBytes

export class SentFrames {
  readonly skipped: Skipped = { busy: 0, interrupted: 0, noConsent: 0, keyFrame: 0, ended: 0 }
  readonly keyFrames: KeyFrames
  readonly #answered: (answer: FrameAnswer) => void
  readonly #inFlight = new Set<number>()
  #through = 0

  constructor(options: Pick<ConferenceOptions, "onAnswer" | "onKeyFrameWanted">) {
    this.#answered = (answer) => options.onAnswer?.(answer)
    this.keyFrames = new KeyFrames(() => options.onKeyFrameWanted?.())
  }

  /** The highest sequence number sent, 0 for none. */
  get through(): number {
    return this.#through
  }

  get inFlightCount(): number {
    return this.#inFlight.size
  }

  /** A stream begins: the server counts on from here, and its decoder has seen nothing. */
  begin(afterSequence: number): void {
    this.#through = Math.max(this.#through, afterSequence)
    this.keyFrames.want()
  }

  /** The next frame's number; "skipped" when only a key frame could be decoded and this is none. */
  next(codec: Codec, isKey: boolean): number | "skipped" {
    if (isEncoded(codec)) {
      if (this.keyFrames.wanted && !isKey) return this.skip("keyFrame", codec)
      this.keyFrames.sent(this.#through + 1, isKey)
    }
    this.#through += 1
    this.#inFlight.add(this.#through)
    return this.#through
  }

  skip(why: keyof Skipped, codec: Codec): "skipped" {
    this.skipped[why] += 1
    if (isEncoded(codec)) this.keyFrames.want()
    return "skipped"
  }

  /** One answer for each frame: a second one, or one for a frame given up as lost, tells the caller nothing. */
  answered(answer: FrameAnswer): void {
    if (!this.#inFlight.delete(answer.sequence)) return
    this.keyFrames.answered(answer)
    this.#answered(answer)
  }

  /** No answer will come to those in flight. */
  lose(): void {
    for (const sequence of [...this.#inFlight]) {
      this.answered({ type: "answer", sequence, outcome: "dropped", reason: "lost" })
    }
  }
}
