/** Clips as H.264 and as VP8, one chunk a frame: those that ship, so that calibration, load runs and tests need no encoder, and any other. It decodes nothing. */
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { EncodedCodec } from "../../machines/wire.ts"
import { H264Reader } from "../../models/vision/h264-chunk.ts"
import { readVp8Chunk } from "../../models/vision/vp8-chunk.ts"
import { type Clip, type ClipFrame, type ClipHeader, clipMagic, demoClipFile, storedClip } from "./clip.ts"
import { type EncodedChunk, type EncodingWish, encodeClip } from "./video-encoder.ts"

export const encodedDemoFile = (codec: EncodedCodec) =>
  fileURLToPath(new URL(`../../demo/neutral-to-smile.${codec}.clip`, import.meta.url))

/** In the order they were encoded; the first is a key frame, so that it can be played round and round. */
export const encodedDemoChunks = (codec: EncodedCodec) => encodedChunks(encodedDemoFile(codec), codec)

export async function encodedChunks(file: string, codec: EncodedCodec): Promise<readonly EncodedChunk[]> {
  const h264 = new H264Reader()
  const chunks: EncodedChunk[] = []
  for await (const { bytes } of storedClip(file).frames()) {
    const read = codec === "h264" ? h264.read(bytes) : readVp8Chunk(bytes)
    if (typeof read === "string") {
      throw new Error(`Cannot read "${file}" as ${codec}: a chunk is ${read}. Encode it anew, or install anew`)
    }
    chunks.push({ bytes, isKey: read.isKey })
  }
  return chunks
}

/** With their times: of the shipped clip as stored, of another encoded while it plays. */
export async function* encodedFrames(clip: Clip, wish: EncodingWish): AsyncGenerator<EncodedChunk & ClipFrame> {
  const isShipped = clip.file === demoClipFile
  let index = 0
  for await (const chunk of isShipped ? await encodedDemoChunks(wish.codec) : encodeClip(clip.frames(), wish)) {
    yield { ...chunk, capturedAtMs: (index * 1000) / wish.framesPerSecond }
    index += 1
  }
}

export interface Storing extends EncodingWish {
  readonly attribution: string
  /** Longer clips are cut. */
  readonly framesMax: number
}

/** Encodes a clip's JPEG pictures and stores them in our container; answers how many. */
export async function storeEncoded(file: string, clip: Clip, storing: Storing): Promise<number> {
  const { widthPx, heightPx } = clip
  const { attribution, framesPerSecond, framesMax } = storing
  const chunks: Uint8Array[] = []
  for await (const { bytes } of encodeClip(clip.frames(), storing)) {
    chunks.push(bytes)
    if (chunks.length === framesMax) break
  }
  const pictureBytes = chunks.map((chunk) => chunk.length)
  const shown = chunks.map((_, index) => index)
  const header: ClipHeader = { widthPx, heightPx, framesPerSecond, attribution, pictureBytes, shown }
  writeFileSync(file, Buffer.concat([Buffer.from(clipMagic), Buffer.from(`${JSON.stringify(header)}\n`), ...chunks]))
  return chunks.length
}
