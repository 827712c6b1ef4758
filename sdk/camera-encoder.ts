/**
 * Encodes a camera's pictures as H.264 or VP8 with the browser's own encoder (WebCodecs), in hardware or software. It sends nothing, makes no
 * queue, and says once when it can go on no longer.
 */
import { type Codec, type EncodedCodec, encodedCodecs } from "../machines/wire.ts"

/** What is asked of the encoder. */
export interface EncoderWish {
  readonly widthPx: number
  readonly heightPx: number
  readonly framesPerSecond: number
  readonly bitsPerSecond: number
}

export interface EncodedPicture {
  readonly bytes: Uint8Array
  readonly isKey: boolean
  /** As it was given. */
  readonly capturedAt: number
}

/** Constrained baseline, which every decoder of calls knows, up to 1280×720 at 30 frames a second. */
const h264Baseline = "avc1.42E01F"

/** A picture takes some milliseconds; on a phone that just woke up, perhaps a second. */
const encodingMsMax = 3_000

function configOf(codec: EncodedCodec, wish: EncoderWish): VideoEncoderConfig {
  const { widthPx: width, heightPx: height, framesPerSecond: framerate, bitsPerSecond: bitrate } = wish
  // Parameters stand before each key frame, so that decoding can begin at any of them.
  const own = codec === "h264" ? { codec: h264Baseline, avc: { format: "annexb" as const } } : { codec: "vp8" }
  return { ...own, width, height, framerate, bitrate, latencyMode: "realtime" }
}

/** What this browser can send, best first: for `codecs` of a conference's options. */
export async function sendableCodecs(wish: EncoderWish): Promise<readonly Codec[]> {
  const sendable: Codec[] = []
  for (const codec of encodedCodecs) {
    // Where there is no WebCodecs, or it does not know the codec's name, the answer is no.
    const asked = async () => (await VideoEncoder.isConfigSupported(configOf(codec, wish))).supported === true
    if (await asked().catch(() => false)) sendable.push(codec)
  }
  return [...sendable, "jpeg"]
}

export class CameraEncoder {
  readonly codec: EncodedCodec
  readonly #encoder: VideoEncoder
  readonly #failed: (why: string) => void
  #configured = ""
  #pending = 0
  #tookMs = 0
  #over = false

  /** `encoded` is called for each picture, in order; `failed` at most once, and nothing after it. */
  constructor(codec: EncodedCodec, encoded: (picture: EncodedPicture) => void, failed: (why: string) => void) {
    this.codec = codec
    this.#failed = failed
    this.#encoder = new VideoEncoder({
      output: (chunk) => {
        this.#pending -= 1
        if (this.#over) return
        const bytes = new Uint8Array(chunk.byteLength)
        chunk.copyTo(bytes)
        encoded({ bytes, isKey: chunk.type === "key", capturedAt: chunk.timestamp / 1000 })
      },
      error: (error) => this.#fail(error)
    })
  }

  /** False while a picture is being encoded: another would wait. An encoder that never ends has failed. */
  mayTake(): boolean {
    if (this.#pending === 0) return true
    if (performance.now() - this.#tookMs > encodingMsMax) this.#fail({ message: "it took too long over a picture" })
    return false
  }

  /**
   * Takes what is shown; the encoder itself makes it small, as WebCodecs asks of it, at a third of the cost of drawing it small before. `capturedAt` in milliseconds
   * since 1970, rising.
   */
  encode(shown: CanvasImageSource, capturedAt: number, wish: EncoderWish, keyFrame: boolean): void {
    if (this.#over) return
    try {
      const config = configOf(this.codec, wish)
      const isNew = JSON.stringify(config) !== this.#configured
      if (isNew) this.#encoder.configure(config)
      this.#configured = JSON.stringify(config)
      const frame = new VideoFrame(shown, { timestamp: 1000 * capturedAt })
      this.#pending += 1
      this.#tookMs = performance.now()
      this.#encoder.encode(frame, { keyFrame: keyFrame || isNew })
      frame.close()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #fail(error: { readonly message: string }): void {
    if (this.#over) return
    this.close()
    this.#failed(error.message)
  }

  close(): void {
    this.#over = true
    if (this.#encoder.state !== "closed") this.#encoder.close()
  }
}
