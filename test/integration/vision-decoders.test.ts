// Runs under Deno too: there libturbojpeg is called through Deno's own foreign function interface.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { openTurboJpeg } from "../../infra/vision/decoder-turbojpeg.ts"
import { openWasmDecoder } from "../../infra/vision/decoder-wasm.ts"
import { openPicture, showRegion, wholeRegion } from "../../infra/vision/luma-plane.ts"
import type { Decoder } from "../../models/vision/decoder.ts"
import { type JpegHeader, readJpegHeader } from "../../models/vision/jpeg-header.ts"
import { type Region, regionAround, wideMargins } from "../../models/vision/region.ts"
import { jpegScale, type Scale, scaledPx, sideMaxPx } from "../../models/vision/scale.ts"
import { londonNames, oddNames, patched, readPicture } from "../fixtures/pictures/pictures.ts"

type Digests = Record<string, Record<string, { widthPx: number; heightPx: number; sha256: string }>>
const digests: Digests = JSON.parse(
  readFileSync(new URL("../fixtures/pictures/luma-digests.json", import.meta.url), "utf8")
)

const scales: Scale[] = [1, 2, 3, 4, 5, 6, 7, 8].map((eighths) => jpegScale((8 * 480) / eighths, 8))

function header(bytes: Uint8Array): JpegHeader {
  const read = readJpegHeader(bytes)
  if (typeof read === "string") throw new Error(read)
  return read
}

function decodeWhole(decoder: Decoder, bytes: Uint8Array, scale: Scale) {
  const plane = new Uint8Array(sideMaxPx * sideMaxPx)
  const { widthPx, heightPx } = header(bytes)
  const region = { xPx: 0, yPx: 0, widthPx: scaledPx(widthPx, scale), heightPx: scaledPx(heightPx, scale) }
  const damaged = decoder.decode(bytes, header(bytes), scale, region, plane)
  return { damaged, region, luma: plane.subarray(0, region.widthPx * region.heightPx) }
}

/** The rows and columns of a region of a decoded picture. */
function cutOut(luma: Uint8Array, widthPx: number, region: Region): Uint8Array {
  const cut = new Uint8Array(region.widthPx * region.heightPx)
  for (let y = 0; y < region.heightPx; y++) {
    const from = (region.yPx + y) * widthPx + region.xPx
    cut.set(luma.subarray(from, from + region.widthPx), y * region.widthPx)
  }
  return cut
}

const decoders = [await openTurboJpeg(), openWasmDecoder()]
afterAll(() => {
  for (const decoder of decoders) decoder.close()
})

it("has eight scales that are all different", () => {
  expect(new Set(scales.map(({ numerator, denominator }) => numerator / denominator)).size).toBe(8)
})

describe.each(decoders.map((decoder) => [decoder.name, decoder] as const))("the decoder %s", (_, decoder) => {
  it.each([...londonNames, ...oddNames])("gives the luma OpenCV gives of %s, at every scale OpenCV has", (name) => {
    for (const [fraction, { sha256, ...size }] of Object.entries(digests[name]!)) {
      const [numerator = 1, denominator = 1] = fraction.split("/").map(Number)
      const scale = scales.find((each) => each.numerator / each.denominator === numerator / denominator)!
      const { damaged, region, luma } = decodeWhole(decoder, readPicture(name), scale)
      expect({ damaged, ...region }).toEqual({ damaged: undefined, xPx: 0, yPx: 0, ...size })
      expect(createHash("sha256").update(luma).digest("hex"), fraction).toBe(sha256)
    }
  })

  it("decodes of any region exactly what the whole picture has there", () => {
    const side = fc.integer({ min: 1, max: 400 })
    const face = fc.record({ xPx: fc.integer({ min: -50, max: 700 }), yPx: fc.integer({ min: -50, max: 700 }), side })
    fc.assert(
      fc.property(
        fc.constantFrom(...oddNames, londonNames[0]!),
        fc.constantFrom(...scales),
        face,
        (name, scale, at) => {
          const bytes = readPicture(name)
          const { unitWidthPx, croppable } = header(bytes)
          fc.pre(croppable)
          const { region: whole, luma } = decodeWhole(decoder, bytes, scale)
          const box = { xPx: at.xPx, yPx: at.yPx, widthPx: at.side, heightPx: at.side }
          const region = regionAround(box, wideMargins, whole.widthPx, whole.heightPx, scaledPx(unitWidthPx, scale))
          const plane = new Uint8Array(sideMaxPx * sideMaxPx)
          expect(decoder.decode(bytes, header(bytes), scale, region, plane)).toBeUndefined()
          const decoded = plane.subarray(0, region.widthPx * region.heightPx)
          expect(Buffer.compare(decoded, cutOut(luma, whole.widthPx, region))).toBe(0)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("answers damage inside the picture, and decodes the next picture as if nothing had been", () => {
    const bytes = readPicture("odd-420.jpg")
    const sound = decodeWhole(decoder, bytes, scales[7]!)
    const holed = bytes.slice()
    holed.set([0xff, 0xd9], bytes.length >> 1)
    const cut = Uint8Array.from([...bytes.subarray(0, bytes.length >> 1), 0xff, 0xd9])
    const foreignComponent = patched(bytes, 0xda, { 5: 207 })
    for (const damaged of [holed, cut, foreignComponent]) {
      expect(decodeWhole(decoder, damaged, scales[7]!).damaged).toBe("corrupt")
      const after = decodeWhole(decoder, bytes, scales[7]!)
      expect(after.damaged).toBeUndefined()
      expect(Buffer.compare(after.luma, sound.luma)).toBe(0)
    }
  })

  it("survives any damage to the coded data", () => {
    const bytes = readPicture("odd-422.jpg")
    const damage = fc.array(
      fc.tuple(fc.integer({ min: 600, max: bytes.length - 3 }), fc.integer({ min: 0, max: 255 })),
      {
        minLength: 1,
        maxLength: 20
      }
    )
    fc.assert(
      fc.property(damage, fc.constantFrom(...scales), (changes, scale) => {
        const damaged = bytes.slice()
        for (const [at, value] of changes) damaged[at] = value
        if (typeof readJpegHeader(damaged) === "string") return
        expect([undefined, "corrupt"]).toContain(decodeWhole(decoder, damaged, scale).damaged)
      }),
      { numRuns: 100 }
    )
  })

  it("shows a region of a picture that can only be decoded as a whole", () => {
    const opened = openPicture({ codec: "jpeg", bytes: readPicture("odd-unusual-422.jpg") })
    if (typeof opened === "string") throw new Error(opened)
    const plane = new Uint8Array(sideMaxPx * sideMaxPx)
    const whole = wholeRegion(opened)
    showRegion(opened, whole, decoder, plane)
    const luma = plane.slice()
    const region = { xPx: 16, yPx: 21, widthPx: 200, heightPx: 300 }
    expect(showRegion(opened, region, decoder, plane)).toBeUndefined()
    expect(Buffer.compare(plane.subarray(0, 60_000), cutOut(luma, whole.widthPx, region))).toBe(0)
  })

  it("refuses to write past the plane", () => {
    const bytes = readPicture(londonNames[0]!)
    const plane = new Uint8Array(1000)
    const region = { xPx: 0, yPx: 0, widthPx: 640, heightPx: 640 }
    expect(() => decoder.decode(bytes, header(bytes), scales[7]!, region, plane)).toThrow(RangeError)
  })
})

it("libturbojpeg refuses a region that does not begin on a unit, instead of writing the wrong pixels", () => {
  const bytes = readPicture("odd-420.jpg")
  const region = { xPx: 5, yPx: 0, widthPx: 50, heightPx: 50 }
  const plane = new Uint8Array(sideMaxPx * sideMaxPx)
  expect(() => decoders[0]!.decode(bytes, header(bytes), scales[7]!, region, plane)).toThrow(/coded unit/)
})
