/**
 * A picture file as the reader takes it: a baseline JPEG as it is, a plain PNG as its luma, any other format through an
 * installed ffmpeg, which gives its luma. For files that somebody chose, never for bytes off the wire.
 */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { Schema } from "effect"
import { jpegSideMaxPx, readJpegHeader } from "../../models/vision/jpeg-header.ts"
import type { Picture } from "../../models/vision/outcome.ts"
import { pngLuma } from "./png-luma.ts"

/** The file cannot be decoded; the evaluation counts it. */
export class PictureDamaged extends Schema.TaggedError<PictureDamaged>()("PictureDamaged", {
  file: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return `Cannot read the picture "${this.file}": ${this.why}. Repair it or take it out`
  }
}

/** JPEGs that are whole but that only ffmpeg takes. */
const forFfmpeg: readonly string[] = ["notJpeg", "progressive", "notBaseline", "colourSpace", "tooLarge"]

/** Rejects with `PictureDamaged`, or with a plain error when ffmpeg is needed and missing. */
export async function stillPicture(file: string): Promise<Picture> {
  const bytes = readFileSync(file)
  const header = readJpegHeader(bytes)
  if (typeof header !== "string") return { codec: "jpeg", bytes }
  if (!forFfmpeg.includes(header)) throw new PictureDamaged({ file, why: `its JPEG data are ${header}` })
  const luma = pngLuma(bytes)
  return luma === undefined ? lumaByFfmpeg(file) : { codec: "gray8", ...luma }
}

function lumaByFfmpeg(file: string): Promise<Picture> {
  // Only ever shrunk, to the largest side the reader takes.
  const fit = `scale='min(iw,${jpegSideMaxPx})':'min(ih,${jpegSideMaxPx})':force_original_aspect_ratio=decrease`
  const child = spawn(
    "ffmpeg",
    [
      ...["-v", "error", "-nostdin", "-i", `file:${resolve(file)}`, "-frames:v", "1", "-vf", fit],
      ...["-pix_fmt", "gray", "-c:v", "pgm", "-f", "image2pipe", "pipe:1"]
    ],
    { stdio: ["ignore", "pipe", "pipe"] }
  )
  const parts: Buffer[] = []
  let complaint = ""
  child.stdout.on("data", (part: Buffer) => parts.push(part))
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = complaint || text
  })
  return new Promise((done, failed) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") return failed(error)
      const advice = "Install ffmpeg (Debian: apt-get install ffmpeg), or convert the pictures to baseline JPEG"
      failed(
        new Error(
          `Cannot read the picture "${file}": it is neither a baseline JPEG nor a plain PNG, and ffmpeg is not installed. ${advice}`
        )
      )
    })
    child.on("close", () => {
      const picture = planeOf(Buffer.concat(parts))
      const why = complaint.split("\n", 1)[0]!.replace(/^\[[^\]]*\]\s*/, "") || "ffmpeg found no picture in it"
      if (picture === undefined) failed(new PictureDamaged({ file, why }))
      else done(picture)
    })
  })
}

/** A portable graymap as ffmpeg writes it: magic, width, height, 255, each followed by one blank, then the luma. */
function planeOf(bytes: Buffer): Picture | undefined {
  const head = /^P5\s(\d+)\s(\d+)\s255\s/.exec(bytes.toString("latin1", 0, 64))
  if (head === null) return undefined
  const [width, height] = [Number(head[1]), Number(head[2])]
  const plane = bytes.subarray(head[0].length)
  return plane.length === width * height ? { codec: "gray8", bytes: plane, width, height } : undefined
}
