/**
 * The vision chain over a clip in the runtime that this is started by, for `bench/runtimes.ts`: prints the mean CPU milliseconds of a frame
 * after a warm-up.
 *
 *   node|deno run … bench/runtime-vision.ts FILE.mjpeg
 */
import process from "node:process"
import { ffmpegClip } from "../infra/clips/clip.ts"
import { openVision } from "../infra/vision/vision.ts"
import { cpuMsSince } from "./measure.ts"

const pictures: Uint8Array[] = []
for await (const { bytes } of (await ffmpegClip(process.argv[2]!)).frames()) pictures.push(Uint8Array.from(bytes))
const vision = await openVision({ decoder: "native" })
const round = async () => {
  const track = vision.openTrack(0)
  for (const [index, bytes] of pictures.entries())
    await vision.analyse(track, { codec: "jpeg", bytes }, (index * 1000) / 30)
}
await round()
const before = process.cpuUsage()
await round()
process.stdout.write(String(cpuMsSince(before) / pictures.length))
await vision.close()
process.exit(0)
