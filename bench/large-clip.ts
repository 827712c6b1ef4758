/**
 * The pictures of 1080p that benchmarks send: the shipped clip scaled up, with a camera's grain on it; before a plain wall, which is
 * the least that a search of the whole picture can cost, or between two bookcases. Makes files, measures nothing.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { demoClip, ffmpegClip } from "../infra/clips/clip.ts"
import { bookcase } from "./bookcase.ts"

export type Behind = "wall" | "bookcase"

/** The clip has grey sides of this width; the person is in between. */
const sidePx = 420
/** Of ffmpeg: such pictures have about 90 and 185 kB. */
const jpegQuality = { wall: "5", bookcase: "7" } as const

export interface LargeClip {
  /** Concatenated JPEGs. */
  readonly file: string
  pictures(): Promise<readonly Uint8Array[]>
  remove(): void
}

export async function largeClip(behind: Behind = "wall"): Promise<LargeClip> {
  const folder = mkdtempSync(join(tmpdir(), "mimika-bench-"))
  const plain = join(folder, "plain.mjpeg")
  const file = join(folder, "large.mjpeg")
  const shipped: Uint8Array[] = []
  for await (const { bytes } of demoClip().frames()) shipped.push(bytes)
  writeFileSync(plain, Buffer.concat(shipped))
  const sides = behind === "wall" ? [] : [1, 2]
  const inputs = sides.flatMap((seed) => {
    const png = join(folder, `side-${seed}.png`)
    writeFileSync(png, bookcase(sidePx, 1080, seed))
    return ["-i", png]
  })
  const beside = behind === "wall" ? "null" : `null[p];[p][1]overlay=0:0[l];[l][2]overlay=${1920 - sidePx}:0`
  const filter = `[0]scale=1920:1080:flags=lanczos,${beside},noise=alls=7:allf=t`
  const jpeg = ["-pix_fmt", "yuvj420p", "-q:v", jpegQuality[behind], "-f", "mjpeg"]
  execFileSync("ffmpeg", [
    "-v",
    "error",
    "-f",
    "mjpeg",
    "-i",
    plain,
    ...inputs,
    "-filter_complex",
    filter,
    ...jpeg,
    file
  ])
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
