/**
 * Reads the header of a VP8 frame (RFC 6386, 9.1) before any decoder sees it: whether it is a key frame, and how large
 * its pictures are. It decodes no picture, and refuses sizes that would cost more memory than a stream may.
 */
import type { DamagedReason } from "./outcome.ts"
import { type VideoChunk, videoReferenceBlocksMax, videoSideMaxPx } from "./video.ts"

/** The decoder keeps the last, the golden and the alternate picture. */
const references = 3

export function readVp8Chunk(bytes: Uint8Array): VideoChunk | DamagedReason {
  if (bytes.length === 0) return "empty"
  if (bytes.length < 3) return "truncated"
  const tag = bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16)
  const isKey = (tag & 1) === 0
  // Four versions are defined; more are another format's bytes.
  if (((tag >> 1) & 7) > 3) return "notVideo"
  const headerBytes = isKey ? 10 : 3
  if (bytes.length < headerBytes) return "truncated"
  if (isKey) {
    if (bytes[3] !== 0x9d || bytes[4] !== 0x01 || bytes[5] !== 0x2a) return "notVideo"
    const widthPx = (bytes[6]! | (bytes[7]! << 8)) & 0x3fff
    const heightPx = (bytes[8]! | (bytes[9]! << 8)) & 0x3fff
    if (widthPx === 0 || heightPx === 0) return "corrupt"
    if (widthPx > videoSideMaxPx || heightPx > videoSideMaxPx) return "tooLarge"
    const blocks = Math.ceil(widthPx / 16) * Math.ceil(heightPx / 16)
    if (blocks * references > videoReferenceBlocksMax) return "tooLarge"
  }
  const firstPartitionBytes = tag >> 5
  if (headerBytes + firstPartitionBytes > bytes.length) return "truncated"
  return { bytes, isKey, hasPicture: (tag & 16) !== 0 }
}
