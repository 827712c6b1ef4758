/**
 * Makes demo/neutral-to-smile.h264.clip and .vp8.clip of demo/neutral-to-smile.clip:
 * `node scripts/make-encoded-demo-clips.ts`. Needs the package node-av with its binary for this machine.
 */
import { writeFileSync } from "node:fs"
import { type ClipHeader, clipMagic, demoClip } from "../infra/clips/clip.ts"
import { encodedDemoFile } from "../infra/clips/encoded-clip.ts"
import { encodeClip } from "../infra/clips/video-encoder.ts"
import { encodedCodecs } from "../machines/wire.ts"

/** A third of what 1080p is given, for nearly half the pixels: the files ship. */
const bitsPerSecond = 800_000

for (const codec of encodedCodecs) {
  const { widthPx, heightPx, framesPerSecond, frames } = demoClip()
  const chunks: Uint8Array[] = []
  for await (const { bytes } of encodeClip(frames(), { codec, framesPerSecond, bitsPerSecond })) chunks.push(bytes)
  const header: ClipHeader = {
    widthPx,
    heightPx,
    framesPerSecond,
    attribution:
      "Face Research Lab London Set, DeBruine & Jones, CC BY 4.0; modified: two stills cross-faded to a video, re-encoded",
    pictureBytes: chunks.map((chunk) => chunk.length),
    shown: chunks.map((_, index) => index)
  }
  const whole = Buffer.concat([Buffer.from(clipMagic), Buffer.from(`${JSON.stringify(header)}\n`), ...chunks])
  writeFileSync(encodedDemoFile(codec), whole)
  console.log(`${codec}: ${chunks.length} chunks, ${whole.length} bytes`)
}
