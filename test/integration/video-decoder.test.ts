/** Encoded video is read as the JPEG pictures it was made of; damage costs the pictures up to the next key frame and nothing else; nonsense never ends the process. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { demoClip } from "../../infra/clips/clip.ts"
import { encodedChunks, encodedDemoChunks, storeEncoded } from "../../infra/clips/encoded-clip.ts"
import { openVideoDecoders, videoStreamsMax } from "../../infra/vision/decoder-video.ts"
import { openVision } from "../../infra/vision/vision.ts"
import { encodedCodecs } from "../../machines/wire.ts"
import type { VideoDecoders } from "../../models/vision/video.ts"

let decoders: VideoDecoders
beforeAll(async () => {
  decoders = await openVideoDecoders()
})

describe.each(encodedCodecs)("%s", (codec) => {
  it("reads as the JPEG pictures do: the same reading in 19 of 20 frames", async () => {
    const vision = await openVision()
    const chunks = (await encodedDemoChunks(codec)).slice(0, 120)
    const [tracked, peer] = [vision.openTrack(0), vision.openTrack(0)]
    const stream = decoders.open()!
    const jpegs = demoClip().frames()[Symbol.asyncIterator]()
    let same = 0
    for (const [index, { bytes }] of chunks.entries()) {
      expect(stream.decode(codec, bytes)).toBeUndefined()
      const ours = await vision.analyse(tracked, stream.picture()!, index * 33)
      const { value } = await jpegs.next()
      const theirs = await vision.analyse(peer, { codec: "jpeg", bytes: value!.bytes }, index * 33)
      const readingOf = (outcome: typeof ours) => (outcome.kind === "read" ? outcome.reading : outcome.kind)
      if (readingOf(ours) === readingOf(theirs)) same += 1
    }
    stream.close()
    await vision.close()
    expect(same).toBeGreaterThanOrEqual(0.95 * chunks.length)
  })

  it("answers chunks before a key frame, and after one left out, as such, and goes on at the next key frame", async () => {
    const chunks = await encodedDemoChunks(codec)
    const stream = decoders.open()!
    expect(stream.keyFrameWanted).toBe(true)
    expect(stream.decode(codec, chunks[1]!.bytes)).toBe("noKeyFrame")
    expect(stream.decode(codec, chunks[0]!.bytes)).toBeUndefined()
    expect(stream.decode(codec, chunks[1]!.bytes)).toBeUndefined()
    stream.leftOut()
    expect(stream.keyFrameWanted).toBe(true)
    expect(stream.decode(codec, chunks[3]!.bytes)).toBe("noKeyFrame")
    expect(stream.decode(codec, chunks[0]!.bytes)).toBeUndefined()
    expect(stream.picture()).toMatchObject({ codec: "video" })
    stream.close()
  })

  it("is encoded from any clip, stored and read back: a key frame first, and every chunk can be decoded", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mimika-clip-"))
    const file = join(folder, "some.clip")
    const wish = { codec, framesPerSecond: 30, bitsPerSecond: 500_000, widthPx: 320, attribution: "", framesMax: 12 }
    expect(await storeEncoded(file, demoClip(), wish)).toBe(12)
    const chunks = await encodedChunks(file, codec)
    rmSync(folder, { recursive: true })
    expect(chunks.map(({ isKey }) => isKey)).toEqual([true, ...Array<boolean>(11).fill(false)])
    const stream = decoders.open()!
    for (const { bytes } of chunks) expect(stream.decode(codec, bytes)).toBeUndefined()
    expect(stream.picture()).toMatchObject({ width: 320, height: 180 })
    stream.close()
  })

  it("survives any damage, and reads the clip after it", async () => {
    const chunks = await encodedDemoChunks(codec)
    const stream = decoders.open()!
    const damage = fc.record({
      chunk: fc.nat({ max: 20 }),
      at: fc.array(fc.nat(), { maxLength: 8 }),
      value: fc.nat({ max: 255 }),
      keep: fc.double({ min: 0, max: 1, noNaN: true })
    })
    fc.assert(
      fc.property(damage, ({ chunk, at, value, keep }) => {
        const bytes = Uint8Array.from(chunks[chunk]!.bytes)
        for (const place of at) bytes[place % bytes.length] = value
        stream.decode(codec, bytes.subarray(0, Math.ceil(keep * bytes.length)))
        stream.decode(codec, Uint8Array.from(at.map((place) => place & 255)))
        stream.leftOut()
        expect(stream.decode(codec, chunks[0]!.bytes)).toBeUndefined()
        expect(stream.picture()).toMatchObject({ codec: "video" })
      }),
      { seed: 7, numRuns: 150 }
    )
    stream.close()
  })
})

describe("a process's decoders", () => {
  it("are bounded in number, and a closed one makes room", () => {
    const open = Array.from({ length: videoStreamsMax }, () => decoders.open())
    expect(open.every((stream) => stream !== null)).toBe(true)
    expect(decoders.open()).toBeNull()
    open[0]!.close()
    const again = decoders.open()
    expect(again).not.toBeNull()
    for (const stream of [...open.slice(1), again]) stream!.close()
  })
})
