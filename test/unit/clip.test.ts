/** Clips: the shipped one, damaged ones, and other files through a stand-in for ffmpeg. */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Clip, type ClipFrame, clipMagic, demoClip, ffmpegClip, storedClip } from "../../infra/clips/clip.ts"
import { JpegSplitter, pictureBytesMax } from "../../infra/clips/jpeg-splitter.ts"

const shipped = demoClip()
const path = process.env.PATH
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mimika-clip-"))
})
afterEach(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true, force: true })
})

async function framesOf(clip: Clip): Promise<ClipFrame[]> {
  const frames: ClipFrame[] = []
  for await (const frame of clip.frames()) frames.push(frame)
  return frames
}
const written = (name: string, bytes: Uint8Array | string, mode = 0o644) => {
  writeFileSync(join(folder, name), bytes, { mode })
  return join(folder, name)
}

describe("demoClip()", () => {
  it("is nine seconds of whole JPEG pictures at 30 a second in at most 4 MB, with its attribution inside", async () => {
    const frames = await framesOf(shipped)
    expect(shipped).toMatchObject({ widthPx: 1280, heightPx: 720, framesPerSecond: 30, framesCount: 270 })
    expect(frames.length).toBe(270)
    for (const { bytes } of frames) {
      expect([...bytes.subarray(0, 2), ...bytes.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xd9])
    }
    expect(frames[30]?.capturedAtMs).toBe(1000)
    expect(statSync(shipped.file).size).toBeLessThanOrEqual(4_000_000)
    expect(readFileSync(shipped.file).toString("latin1", 0, 2000)).toContain("CC BY 4.0")
  })
})

describe("storedClip()", () => {
  it.each([
    ["empty", () => new Uint8Array(0)],
    ["another format", () => "RIFF...."],
    ["a damaged header", () => `${clipMagic}{"widthPx":\n`],
    ["cut short", () => readFileSync(shipped.file).subarray(0, -1)]
  ])("refuses a file that is %s, and says what to do", (name, bytes) => {
    expect(() => storedClip(written(name, bytes()))).toThrow(
      /^Cannot read the clip ".*": .+\. Take the file as it ships/
    )
  })
})

describe("ffmpegClip()", () => {
  const install = (ffprobe: string, ffmpeg: string) => {
    written("ffprobe", `#!/bin/sh\n${ffprobe}\n`, 0o755)
    written("ffmpeg", `#!/bin/sh\n${ffmpeg}\n`, 0o755)
    process.env.PATH = `${folder}${delimiter}${path}`
  }
  const probed = (rate: string) =>
    `echo '{"streams":[{"width":4,"height":2,"avg_frame_rate":"${rate}","nb_frames":"3"}]}'`

  it("says how to get ffmpeg where it is not installed", async () => {
    process.env.PATH = folder
    await expect(ffmpegClip(shipped.file)).rejects.toThrow(/ffprobe is not installed. Install ffmpeg \(Debian: apt-get/)
  })

  it("refuses a file that is not there and one that is no video", async () => {
    install("echo 'x: Invalid data found' >&2; exit 1", "exit 1")
    await expect(ffmpegClip(join(folder, "none"))).rejects.toThrow(/there is no such file/)
    await expect(ffmpegClip(shipped.file)).rejects.toThrow(/Invalid data found\. Choose a video file/)
    install("echo '{\"streams\":[]}'", "exit 1")
    await expect(ffmpegClip(shipped.file)).rejects.toThrow(/it has no video in it/)
  })

  it("yields the frames a damaged file still has, at its own rate, and warns once", async () => {
    const pictures = (await framesOf(shipped)).slice(0, 3).map(({ bytes }) => bytes)
    const stream = written("stream", Buffer.concat([...pictures, pictures[0]!.subarray(0, 1000)]))
    install(probed("25/1"), `cat '${stream}'; echo '[mov @ 0x1] stream 0: partial file' >&2`)
    const warnings: string[] = []
    const clip = await ffmpegClip(shipped.file, { warn: (message) => warnings.push(message) })
    const frames = await framesOf(clip)
    expect(clip).toMatchObject({ widthPx: 4, heightPx: 2, framesPerSecond: 25, framesCount: 3 })
    expect(frames.map(({ capturedAtMs }) => capturedAtMs)).toEqual([0, 40, 80])
    expect(frames.every(({ bytes }, index) => Buffer.from(bytes).equals(pictures[index]!))).toBe(true)
    expect(warnings).toEqual([`The clip "${shipped.file}" is damaged after 3 frames: stream 0: partial file`])
  })

  it("thins out a faster clip, and stops ffmpeg when the reader stops", async () => {
    install(probed("60000/1001"), `cat '${shipped.file}'; exec sleep 600`)
    const clip = await ffmpegClip(shipped.file, { framesPerSecondMax: 30 })
    expect(clip).toMatchObject({ framesPerSecond: 30, framesCount: null })
    for await (const frame of clip.frames()) {
      expect(frame.capturedAtMs).toBe(0)
      break
    }
  })

  it("refuses a video of which not one picture can be read", async () => {
    install(probed("25/1"), "echo 'moov atom not found' >&2; exit 1")
    await expect(framesOf(await ffmpegClip(shipped.file))).rejects.toThrow(/moov atom not found\. Choose/)
  })
})

describe("JpegSplitter", () => {
  it("finds every picture however the stream is cut, and skips what stands between", async () => {
    const pictures = (await framesOf(shipped)).slice(0, 3).map(({ bytes }) => bytes)
    const junk = fc.uint8Array({ maxLength: 5 }).map((bytes) => bytes.filter((byte) => byte !== 0xff))
    const cuts = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(junk, cuts, (between, cuts) => {
        const stream = Buffer.concat(pictures.flatMap((picture) => [between, picture]))
        const splitter = new JpegSplitter()
        const found: Uint8Array[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const bytes = cuts[turn % cuts.length]!
          found.push(...splitter.push(stream.subarray(at, at + bytes)))
          at += bytes
        }
        expect(found.length).toBe(pictures.length)
        expect(found.every((picture, index) => Buffer.from(picture).equals(pictures[index]!))).toBe(true)
      }),
      { numRuns: 50 }
    )
  })

  it("refuses a picture without an end instead of keeping it", () => {
    const splitter = new JpegSplitter()
    splitter.push(Uint8Array.of(0xff, 0xd8))
    expect(() => splitter.push(new Uint8Array(pictureBytesMax))).toThrow(/Cannot split pictures/)
  })
})
