/** The shipped clip as H.264 and as VP8, one chunk a frame, so that calibration, load runs and tests need no encoder. It decodes nothing. */
import { fileURLToPath } from "node:url"
import type { EncodedCodec } from "../../machines/wire.ts"
import { H264Reader } from "../../models/vision/h264-chunk.ts"
import { readVp8Chunk } from "../../models/vision/vp8-chunk.ts"
import { storedClip } from "./clip.ts"
import type { EncodedChunk } from "./video-encoder.ts"

export const encodedDemoFile = (codec: EncodedCodec) =>
  fileURLToPath(new URL(`../../demo/neutral-to-smile.${codec}.clip`, import.meta.url))

/** In the order they were encoded; the first is a key frame, so that it can be played round and round. */
export async function encodedDemoChunks(codec: EncodedCodec): Promise<readonly EncodedChunk[]> {
  const h264 = new H264Reader()
  const chunks: EncodedChunk[] = []
  for await (const { bytes } of storedClip(encodedDemoFile(codec)).frames()) {
    const read = codec === "h264" ? h264.read(bytes) : readVp8Chunk(bytes)
    if (typeof read === "string")
      throw new Error(`Cannot read the shipped ${codec} clip: a chunk is ${read}. Install anew`)
    chunks.push({ bytes, isKey: read.isKey })
  }
  return chunks
}
