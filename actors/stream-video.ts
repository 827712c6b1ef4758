/**
 * The encoded video of one stream. Each chunk is decoded at once and in order, for the next builds upon it, whether or not anybody
 * looks at its picture; what must not be decoded is left out, and then a key frame comes first. It keeps no chunk and answers nobody.
 */
import type { EncodedCodec } from "../machines/wire.ts"
import type { DamagedReason, Picture } from "../models/vision/outcome.ts"
import type { VideoStream } from "../models/vision/video.ts"
import type { Decoding } from "./edge-link.ts"

/**
 * Share of an edge's time that one stream may spend on decoding: 1080p at 30 frames a second takes a tenth, and whatever a client
 * sends, half is left to the others.
 */
export const decodeShareMax = 0.5
/** What may be spent at once: a second's share, in milliseconds. */
const decodeMsMax = decodeShareMax * 1000

export interface StreamVideoPorts {
  /** Null when there is no decoder to be had. */
  readonly openVideo: () => VideoStream | null
  readonly monotonicMs: () => number
  /** A defect of the decoder, not of the chunk. */
  readonly failed: (error: unknown) => void
}

export class StreamVideo {
  readonly #ports: StreamVideoPorts
  /** The one that the conference named; null for none. */
  readonly #codec: EncodedCodec | null
  #stream: VideoStream | null = null
  #budgetMs = decodeMsMax
  #spentUntilMs: number
  #count = 0
  #us = 0

  constructor(ports: StreamVideoPorts, codec: EncodedCodec | null) {
    this.#ports = ports
    this.#codec = codec
    this.#spentUntilMs = ports.monotonicMs()
  }

  /** Decodes one chunk, or says why not. "rate": the stream spent its share, and goes on with a key frame. */
  take(codec: EncodedCodec, bytes: Uint8Array): DamagedReason | "rate" | undefined {
    if (codec !== this.#codec) return "noDecoder"
    const { openVideo, monotonicMs } = this.#ports
    const nowMs = monotonicMs()
    this.#budgetMs = Math.min(decodeMsMax, this.#budgetMs + (nowMs - this.#spentUntilMs) * decodeShareMax)
    this.#spentUntilMs = nowMs
    if (this.#budgetMs <= 0) {
      this.leftOut()
      return "rate"
    }
    this.#stream ??= openVideo()
    if (this.#stream === null) return "noDecoder"
    const reason = this.#decode(this.#stream, codec, bytes)
    const tookMs = monotonicMs() - nowMs
    this.#budgetMs -= tookMs
    this.#count += 1
    this.#us += Math.round(1000 * tookMs)
    return reason
  }

  #decode(stream: VideoStream, codec: EncodedCodec, bytes: Uint8Array): DamagedReason | undefined {
    try {
      return stream.decode(codec, bytes)
    } catch (error) {
      this.#ports.failed(error)
      this.close()
      return "corrupt"
    }
  }

  /** A chunk was not decoded: what builds on it cannot be either. */
  leftOut(): void {
    this.#stream?.leftOut()
  }

  /** The picture decoded last. */
  picture(): Picture {
    const picture = this.#stream?.picture()
    if (picture === undefined) throw new Error("Cannot show a picture of the stream: none was decoded")
    return picture
  }

  /** What was decoded since the last call, or null. */
  takeDecoding(): Decoding | null {
    if (this.#codec === null || this.#count === 0) return null
    const decoding = { codec: this.#codec, count: this.#count, us: this.#us }
    this.#count = 0
    this.#us = 0
    return decoding
  }

  /** Forgets every picture. A chunk that comes later finds nothing to build upon. */
  close(): void {
    this.#stream?.close()
    this.#stream = null
  }
}
