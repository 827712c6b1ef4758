// Runs under Deno too.
import { describe, expect, it } from "vitest"
import { jpegSideMaxPx, readJpegHeader } from "../../models/vision/jpeg-header.ts"
import { claimingSide, londonNames, patched, readPicture, withSegment } from "../fixtures/pictures/pictures.ts"

const picture = readPicture("odd-420.jpg")
const startOfFrame = 0xc0
const startOfScan = 0xda
const adobeRgb = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0]

describe("readJpegHeader()", () => {
  it("answers size, unit and whether regions can be decoded", () => {
    const size = { widthPx: 333, heightPx: 451 }
    const headers = {
      "odd-420.jpg": { ...size, unitWidthPx: 16, unitHeightPx: 16, croppable: true },
      "odd-422.jpg": { ...size, unitWidthPx: 16, unitHeightPx: 8, croppable: true },
      "odd-444.jpg": { ...size, unitWidthPx: 8, unitHeightPx: 8, croppable: true },
      "odd-gray.jpg": { ...size, unitWidthPx: 8, unitHeightPx: 8, croppable: true },
      "odd-unusual-422.jpg": { ...size, unitWidthPx: 16, unitHeightPx: 16, croppable: false }
    }
    for (const [name, header] of Object.entries(headers))
      expect(readJpegHeader(readPicture(name)), name).toEqual(header)
    for (const name of londonNames)
      expect(readJpegHeader(readPicture(name))).toMatchObject({ widthPx: 640, heightPx: 640 })
  })

  it("names the reason of everything it refuses", () => {
    const refused: [string, Uint8Array, string][] = [
      ["no bytes", new Uint8Array(), "empty"],
      ["two bytes", picture.slice(0, 2), "notJpeg"],
      ["text", new TextEncoder().encode("GIF89a, not a JPEG"), "notJpeg"],
      ["zeroes", new Uint8Array(5000), "notJpeg"],
      ["progressive", readPicture("progressive.jpg"), "progressive"],
      ["CMYK", readPicture("cmyk.jpg"), "colourSpace"],
      ["RGB by Adobe's marker", withSegment(picture, adobeRgb), "colourSpace"],
      ["30,000 pixels wide", claimingSide(picture, 30_000), "tooLarge"],
      ["one pixel over the limit", claimingSide(picture, jpegSideMaxPx + 1), "tooLarge"],
      ["no width", claimingSide(picture, 0), "corrupt"],
      ["arithmetic coding", patched(picture, startOfFrame, { 1: 0xc9 }), "notBaseline"],
      ["lossless", patched(picture, startOfFrame, { 1: 0xc3 }), "notBaseline"],
      ["12 bits", patched(picture, startOfFrame, { 4: 12 }), "notBaseline"],
      ["one component in the first scan", patched(picture, startOfScan, { 4: 1 }), "notBaseline"],
      ["sampling factor 0", patched(picture, startOfFrame, { 11: 0x02 }), "corrupt"],
      ["five components", patched(picture, startOfFrame, { 9: 5 }), "corrupt"],
      ["a frame and no scan", picture.slice(0, 400), "truncated"],
      ["half of it", picture.slice(0, picture.length >> 1), "truncated"],
      ["all but two bytes", picture.slice(0, -2), "truncated"],
      ["a segment of no length", patched(picture, 0xdb, { 2: 0, 3: 1 }), "corrupt"],
      ["no quantisation table", patched(picture, 0xdb, { 1: 0xe5 }), "corrupt"],
      ["no Huffman table", patched(picture, 0xc4, { 1: 0xe5 }), "corrupt"],
      ["a Huffman table that overruns its segment", patched(picture, 0xc4, { 5: 200 }), "corrupt"],
      ["two starts of frame", withSegment(picture, [...picture.subarray(...frameOf(picture))]), "corrupt"]
    ]
    for (const [name, bytes, reason] of refused) expect(readJpegHeader(bytes), name).toBe(reason)
  })

  it("lets padding follow the end, and fill bytes precede a marker", () => {
    expect(readJpegHeader(Uint8Array.from([...picture, ...new Uint8Array(30)]))).toMatchObject({ widthPx: 333 })
    expect(readJpegHeader(withSegment(picture, [0xff, 0xff]))).toMatchObject({ widthPx: 333 })
  })

  it("lets a picture of the largest size through", () => {
    expect(readJpegHeader(claimingSide(picture, jpegSideMaxPx))).toMatchObject({ widthPx: 4096, heightPx: 4096 })
  })
})

/** From and to of the start-of-frame segment. */
function frameOf(bytes: Uint8Array): [number, number] {
  const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === startOfFrame)
  return [at, at + 2 + (bytes[at + 2]! << 8) + bytes[at + 3]!]
}
