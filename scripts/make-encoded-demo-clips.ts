/**
 * Makes demo/neutral-to-smile.h264.clip and .vp8.clip of demo/neutral-to-smile.clip:
 * `node scripts/make-encoded-demo-clips.ts`. Needs the package node-av with its binary for this machine.
 */
import { statSync } from "node:fs"
import { demoClip } from "../infra/clips/clip.ts"
import { encodedDemoFile, storeEncoded } from "../infra/clips/encoded-clip.ts"
import { encodedCodecs } from "../machines/wire.ts"

/** A third of what 1080p is given, for nearly half the pixels: the files ship. */
const bitsPerSecond = 800_000
const attribution =
  "Face Research Lab London Set, DeBruine & Jones, CC BY 4.0; modified: two stills cross-faded to a video, re-encoded"

for (const codec of encodedCodecs) {
  const clip = demoClip()
  const { framesPerSecond } = clip
  const framesMax = Number.POSITIVE_INFINITY
  const file = encodedDemoFile(codec)
  const count = await storeEncoded(file, clip, { codec, framesPerSecond, bitsPerSecond, attribution, framesMax })
  console.log(`${codec}: ${count} chunks, ${statSync(file).size} bytes`)
}
