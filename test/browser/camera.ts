/** Chromium's fake camera, playing the shipped clip: a file of concatenated JPEG pictures. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { demoClip } from "../../infra/clips/clip.ts"

/** Writes the clip into the folder and answers Chromium's arguments. Its loop is the browser's. */
export async function fakeCamera(folder: string): Promise<readonly string[]> {
  const pictures: Uint8Array[] = []
  for await (const { bytes } of demoClip().frames()) pictures.push(bytes)
  const file = join(folder, "camera.mjpeg")
  writeFileSync(file, Buffer.concat(pictures))
  return [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-video-capture=${file}`
  ]
}
