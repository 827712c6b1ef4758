/** The pictures of 1080p that benchmarks send: the shipped clip scaled up, with a camera's grain on it. Makes files, measures nothing. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { demoClip, ffmpegClip } from "../infra/clips/clip.ts"

export interface LargeClip {
  /** Concatenated JPEGs. */
  readonly file: string
  pictures(): Promise<readonly Uint8Array[]>
  remove(): void
}

export async function largeClip(): Promise<LargeClip> {
  const folder = mkdtempSync(join(tmpdir(), "mimika-bench-"))
  const plain = join(folder, "plain.mjpeg")
  const file = join(folder, "large.mjpeg")
  const shipped: Uint8Array[] = []
  for await (const { bytes } of demoClip().frames()) shipped.push(bytes)
  writeFileSync(plain, Buffer.concat(shipped))
  const grain = ["-vf", "scale=1920:1080:flags=lanczos,noise=alls=7:allf=t", "-pix_fmt", "yuvj420p", "-q:v", "5"]
  execFileSync("ffmpeg", ["-v", "error", "-f", "mjpeg", "-i", plain, ...grain, "-f", "mjpeg", file])
  return {
    file,
    async pictures() {
      const found: Uint8Array[] = []
      for await (const { bytes } of (await ffmpegClip(file)).frames()) found.push(Uint8Array.from(bytes))
      return found
    },
    remove: () => rmSync(folder, { recursive: true })
  }
}
