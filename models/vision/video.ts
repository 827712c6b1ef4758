/**
 * The port of video decoders: one for each stream that sends encoded video, fed every chunk in order, since each picture is
 * made from those before it. Only when a picture is to be looked at is its luma shrunk. It finds no face and judges nothing.
 */
import type { EncodedCodec } from "../../machines/wire.ts"
import type { DamagedReason, Picture } from "./outcome.ts"

/** The longest side decoded, as of a JPEG. */
export const videoSideMaxPx = 4096
/**
 * Blocks of 16×16 pixels of all the pictures that a stream makes its decoder keep: 25 MB at a byte and a half a pixel. 1920×1080 with
 * eight references (encoders for calls use one to four), or 3840×2160 with two.
 */
export const videoReferenceBlocksMax = 65_536

/** A chunk as its header describes it. */
export interface VideoChunk {
  /** As the decoder takes it. */
  readonly bytes: Uint8Array
  /** Decoding can begin here. */
  readonly isKey: boolean
  /** False for parameters alone, or a picture that is only built upon. */
  readonly hasPicture: boolean
}

export interface VideoStream {
  /**
   * Decodes one chunk; synchronous, and the bytes are not kept. A reason leaves the picture before it as it was. After a chunk
   * that could not be decoded, everything up to the next key frame is `noKeyFrame`, and is not decoded.
   */
  decode(codec: EncodedCodec, bytes: Uint8Array): DamagedReason | undefined
  /** A chunk was left out: what builds on it cannot be decoded. */
  leftOut(): void
  /** Nothing can be decoded before a key frame comes. */
  readonly keyFrameWanted: boolean
  /** The picture decoded last, valid until the next call of anything here; undefined before the first. */
  picture(): Extract<Picture, { codec: "video" }> | undefined
  /** Forgets every picture. The next chunk must be a key frame. */
  close(): void
}

/** What decodes the streams of one process. */
export interface VideoDecoders {
  /** Those that the library was built with. */
  readonly codecs: readonly EncodedCodec[]
  /** Null when as many are open as may be. */
  open(): VideoStream | null
}
