/** Reads a few shipped pictures before an edge is ready, so that the first client does not wait for compilers and caches. It answers nobody. */
import type { EncodedCodec } from "../../machines/wire.ts"
import type { VideoStream } from "../../models/vision/video.ts"
import { demoClip } from "../clips/clip.ts"
import { encodedDemoChunks } from "../clips/encoded-clip.ts"
import type { Vision } from "../vision/vision.ts"

/** Enough for the hot functions to be compiled: about 200 ms at start. */
const warmUpFrames = 40
/** Of each encoded codec: FFmpeg needs no compiler, the calls to it do. */
const warmUpChunks = 8

export async function warmUp(
  vision: Vision,
  stream: VideoStream | null,
  encoded: readonly EncodedCodec[]
): Promise<void> {
  const track = vision.openTrack(0)
  let monotonicMs = 0
  for await (const { bytes } of demoClip().frames()) {
    await vision.analyse(track, { codec: "jpeg", bytes }, monotonicMs)
    monotonicMs += 33
    if (monotonicMs > warmUpFrames * 33) break
  }
  for (const codec of encoded) {
    for (const { bytes } of (await encodedDemoChunks(codec)).slice(0, warmUpChunks)) {
      stream?.decode(codec, bytes)
      const picture = stream?.picture()
      if (picture !== undefined) await vision.analyse(track, picture, monotonicMs)
    }
  }
  stream?.close()
}
