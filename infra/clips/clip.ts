/**
 * A clip as a sequence of JPEG pictures with their times: the shipped one from its own small container, so that the demo
 * needs no decoder, and any other file through an installed ffmpeg. It reads faces nowhere and shows nothing.
 */

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import { JpegSplitter } from "./jpeg-splitter.ts"

export interface ClipFrame {
  readonly bytes: Uint8Array
  /** From the clip's start, in milliseconds. */
  readonly capturedAtMs: number
}

export interface Clip {
  readonly file: string
  readonly widthPx: number
  readonly heightPx: number
  readonly framesPerSecond: number
  /** None when the file does not say. */
  readonly framesCount: number | null
  /** Yields the frames in order and may be run again. Throws `ClipUnreadable` when not one frame could be read. */
  frames(): AsyncIterable<ClipFrame>
}

/** The file is no video, is damaged from its start on, or ffmpeg is missing. */
export class ClipUnreadable extends Schema.TaggedError<ClipUnreadable>()("ClipUnreadable", {
  file: Schema.String,
  why: Schema.String,
  advice: Schema.String
}) {
  override get message() {
    return `Cannot read the clip "${this.file}": ${this.why}. ${this.advice}`
  }
}

/** First line of the container, which is: this line, one line of JSON (`ClipHeader`), the pictures one after the other. */
export const clipMagic = "MIMIKA-CLIP-1\n"

export interface ClipHeader {
  readonly widthPx: number
  readonly heightPx: number
  readonly framesPerSecond: number
  readonly attribution: string
  /** Bytes of each picture, in the order they are stored. */
  readonly pictureBytes: readonly number[]
  /** The pictures in the order they are shown; one may be shown more than once. */
  readonly shown: readonly number[]
}

export const demoClipFile = fileURLToPath(new URL("../../demo/neutral-to-smile.clip", import.meta.url))

/** The clip that ships: a woman from the Face Research Lab London Set, neutral, smiling and neutral again. */
export function demoClip(): Clip {
  return storedClip(demoClipFile)
}

/** Reads the container whole; a damaged one is refused before its first frame. */
export function storedClip(file: string): Clip {
  const refuse = (why: string) =>
    new ClipUnreadable({
      file,
      why,
      advice: "Take the file as it ships, or make it anew with scripts/make-demo-clip.ts"
    })
  let stored: Buffer
  try {
    stored = readFileSync(file)
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
  const headerEnd = stored.indexOf("\n", clipMagic.length)
  if (!stored.subarray(0, clipMagic.length).equals(Buffer.from(clipMagic)) || headerEnd === -1) {
    throw refuse("it does not begin like a clip of ours")
  }
  let header: ClipHeader
  try {
    header = JSON.parse(stored.toString("utf8", clipMagic.length, headerEnd))
  } catch {
    throw refuse("its header is damaged")
  }
  const pictures: Uint8Array[] = []
  let at = headerEnd + 1
  for (const bytes of header.pictureBytes) {
    pictures.push(stored.subarray(at, at + bytes))
    at += bytes
  }
  if (at !== stored.length) throw refuse(`it has ${stored.length} bytes and should have ${at}`)
  return {
    file,
    widthPx: header.widthPx,
    heightPx: header.heightPx,
    framesPerSecond: header.framesPerSecond,
    framesCount: header.shown.length,
    async *frames() {
      for (const [index, picture] of header.shown.entries()) {
        yield { bytes: pictures[picture]!, capturedAtMs: (index * 1000) / header.framesPerSecond }
      }
    }
  }
}

export interface FfmpegOptions {
  /** A faster clip is thinned out to this; a slower one keeps its own rate. */
  readonly framesPerSecondMax?: number
  /** Told once when the file broke off after at least one frame. */
  readonly warn?: (message: string) => void
}

/** Any file that ffmpeg reads. Rejects with `ClipUnreadable` for what is no video. */
export async function ffmpegClip(file: string, options: FfmpegOptions = {}): Promise<Clip> {
  const { framesPerSecondMax = 30, warn = () => {} } = options
  const path = resolve(file)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new ClipUnreadable({ file, why: "there is no such file", advice: "Check the path" })
  }
  const probed = await probe(file, path)
  const framesPerSecond = Math.min(probed.framesPerSecond, framesPerSecondMax)
  return {
    ...probed,
    file,
    framesPerSecond,
    framesCount: probed.framesPerSecond > framesPerSecondMax ? null : probed.framesCount,
    frames: () => ffmpegFrames(file, path, framesPerSecond, warn)
  }
}

/** What is kept of ffmpeg's complaints; the first line is what counts. */
const complaintBytesMax = 4096

function run(file: string, program: "ffmpeg" | "ffprobe", parameters: readonly string[]) {
  const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"] })
  let complaint = ""
  child.stderr.setEncoding("utf8")
  child.stderr.on("data", (text: string) => {
    if (complaint.length < complaintBytesMax) complaint += text
  })
  const ended = new Promise<{ readonly failed: boolean; readonly complaint: string }>((resolve, reject) => {
    child.on("close", (code) => resolve({ failed: code !== 0, complaint: firstLine(complaint) }))
    child.on("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? `${program} is not installed` : error.message
      const advice = "Install ffmpeg (Debian: apt-get install ffmpeg), or play the shipped clip, which needs none"
      reject(new ClipUnreadable({ file, why, advice }))
    })
  })
  // Awaited later; without this a missing program would be reported twice.
  ended.catch(() => {})
  return { child, ended }
}

/** Without the address of a decoder's memory, which ffmpeg puts in front. */
function firstLine(complaint: string): string {
  return (complaint.trim().split("\n", 1)[0] ?? "").replace(/^\[[^\]]*\]\s*/, "").replace(/^file:\S*: /, "")
}

async function probe(file: string, path: string) {
  const fields = "stream=width,height,avg_frame_rate,r_frame_rate,nb_frames"
  const { child, ended } = run(file, "ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-show_entries", fields, "-of", "json", `file:${path}`]
  ])
  let text = ""
  child.stdout.setEncoding("utf8")
  child.stdout.on("data", (part: string) => {
    text += part
  })
  const { failed, complaint } = await ended
  const stream = failed ? undefined : (JSON.parse(text) as { streams?: Record<string, string>[] }).streams?.[0]
  if (stream === undefined) {
    const why = complaint === "" ? "it has no video in it" : complaint
    throw new ClipUnreadable({ file, why, advice: "Choose a video file, or repair this one" })
  }
  const framesPerSecond = rateOf(stream.avg_frame_rate) ?? rateOf(stream.r_frame_rate) ?? 30
  const framesCount = Number(stream.nb_frames) || null
  return { widthPx: Number(stream.width), heightPx: Number(stream.height), framesPerSecond, framesCount }
}

/** A rate such as `30000/1001`; none when it is unknown, which ffprobe writes as `0/0`. */
function rateOf(text: string | undefined): number | undefined {
  const [over, under = 1] = (text ?? "").split("/").map(Number)
  const rate = (over ?? 0) / under
  return rate > 0 && Number.isFinite(rate) ? rate : undefined
}

async function* ffmpegFrames(
  file: string,
  path: string,
  framesPerSecond: number,
  warn: (message: string) => void
): AsyncGenerator<ClipFrame> {
  const { child, ended } = run(file, "ffmpeg", [
    ...["-v", "error", "-nostdin", "-i", `file:${path}`, "-an", "-vf", `fps=${framesPerSecond}`],
    ...["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "pipe:1"]
  ])
  const splitter = new JpegSplitter()
  let framesCount = 0
  try {
    // The pipe bounds what waits: ffmpeg stops when nobody takes its pictures.
    for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
      for (const bytes of splitter.push(chunk)) {
        yield { bytes, capturedAtMs: (framesCount * 1000) / framesPerSecond }
        framesCount += 1
      }
    }
    const { failed, complaint } = await ended
    if (framesCount === 0) {
      const why = complaint === "" ? "ffmpeg found no picture in it" : complaint
      throw new ClipUnreadable({ file, why, advice: "Choose a video file, or repair this one" })
    }
    if (failed || complaint !== "") warn(`The clip "${file}" is damaged after ${framesCount} frames: ${complaint}`)
  } finally {
    await stop(child)
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
}
