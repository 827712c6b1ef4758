/**
 * Makes demo/neutral-to-smile.clip from a video of a neutral face fading to a smile (150 frames: 60 neutral, 30 fading,
 * 60 smiling), with an installed ffmpeg: `node scripts/make-demo-clip.ts FILE`. The way back to neutral shows the same
 * pictures in reverse, so that 9 seconds cost 150 pictures.
 */

import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type ClipHeader, clipMagic } from "../infra/clips/clip.ts"
import { JpegSplitter } from "../infra/clips/jpeg-splitter.ts"

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error("Cannot make the clip: no video given. Say node scripts/make-demo-clip.ts FILE")

const quality = "7"
const stream = execFileSync(
  "ffmpeg",
  [
    ...["-v", "error", "-nostdin", "-i", file, "-an", "-vf", "hqdn3d=2:2:4:4", "-c:v", "mjpeg", "-q:v", quality],
    ...["-huffman", "optimal", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "pipe:1"]
  ],
  { maxBuffer: 64 * 1024 * 1024 }
)
const pictures = new JpegSplitter().push(stream)
const forward = pictures.map((_, index) => index)
const header: ClipHeader = {
  widthPx: 1280,
  heightPx: 720,
  framesPerSecond: 30,
  attribution:
    "Face Research Lab London Set, DeBruine & Jones, CC BY 4.0; modified: two stills cross-faded to a video, re-encoded",
  pictureBytes: pictures.map((picture) => picture.length),
  // Neutral 2 s, a second of fading, smiling 2 s, and 4 s back: 270 frames.
  shown: [...forward, ...forward.slice(30).reverse()]
}
const target = fileURLToPath(new URL("../demo/neutral-to-smile.clip", import.meta.url))
const whole = Buffer.concat([Buffer.from(clipMagic), Buffer.from(`${JSON.stringify(header)}\n`), ...pictures])
writeFileSync(target, whole)
console.log(`${header.shown.length} frames, ${pictures.length} pictures, ${whole.length} bytes`)
