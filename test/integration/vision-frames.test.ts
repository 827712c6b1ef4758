// Runs under Deno too.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openTurboJpeg } from "../../infra/vision/decoder-turbojpeg.ts"
import { cropsPerRunMax, openInference } from "../../infra/vision/inference-onnx.ts"
import { openPicture, showRegion, wholeRegion } from "../../infra/vision/luma-plane.ts"
import { openVision, type Vision } from "../../infra/vision/vision.ts"
import { largest, overlap } from "../../models/vision/face-track.ts"
import type { FrameOutcome } from "../../models/vision/outcome.ts"
import { readProbabilities } from "../../models/vision/reading.ts"
import { claimingSide, londonNames, oddNames, readPicture } from "../fixtures/pictures/pictures.ts"

const weights = new URL("../../models/weights/expression.onnx", import.meta.url)
const jpeg = (name: string) => ({ codec: "jpeg" as const, bytes: readPicture(name) })

/** A picture's luma at the size it is decoded at, as the wire's other codec. */
async function gray8(name: string) {
  const decoder = await openTurboJpeg()
  const opened = openPicture(jpeg(name))
  if (typeof opened === "string") throw new Error(opened)
  const { widthPx: width, heightPx: height } = wholeRegion(opened)
  const bytes = new Uint8Array(width * height)
  showRegion(opened, wholeRegion(opened), decoder, bytes)
  decoder.close()
  return { codec: "gray8" as const, bytes, width, height }
}

describe.each(["native", "wasm"] as const)("vision with the %s decoder", (decoder) => {
  let vision: Vision
  beforeAll(async () => {
    vision = await openVision({ decoder })
  })
  afterAll(() => vision.close())

  it("reads a face: its box, seven probabilities, one reading", async () => {
    for (const name of [...londonNames, ...oddNames]) {
      const outcome = await vision.analyse(vision.openTrack(0), jpeg(name), 0)
      if (outcome.kind !== "read") throw new Error(`${name}: ${JSON.stringify(outcome)}`)
      const probabilities = outcome.probabilitiesPermille.map((permille) => permille / 1000)
      expect(outcome.reading).toBe(readProbabilities(probabilities, vision.model.limits))
      expect(outcome.unreadableReason).toBe(outcome.reading === "unreadable" ? "notConfident" : undefined)
      expect(outcome.faceCount).toBe(1)
      expect(outcome.probabilitiesPermille).toHaveLength(7)
      expect(Math.abs(outcome.probabilitiesPermille.reduce((sum, value) => sum + value) - 1000)).toBeLessThan(5)
      const still = vision.findFaces(jpeg(name))
      expect(still.kind === "searched" && largest(still.boxes)).toEqual(outcome.face)
      for (const value of [outcome.grayUs, outcome.detectUs, outcome.predictUs])
        expect(Number.isInteger(value)).toBe(true)
    }
  })

  it("tells the neutral London faces from the smiling ones", async () => {
    const happiness = async (name: string) => {
      const outcome = await vision.analyse(vision.openTrack(0), jpeg(name), 0)
      return outcome.kind === "read" ? outcome.probabilitiesPermille[3]! : Number.NaN
    }
    for (const person of ["002", "009"]) {
      expect(await happiness(`london-${person}-happy.jpg`)).toBeGreaterThan(
        await happiness(`london-${person}-neutral.jpg`)
      )
    }
  })

  it("reads the same from a luma plane as from the JPEG it was decoded from", async () => {
    const fromJpeg = await vision.analyse(vision.openTrack(0), jpeg(londonNames[0]!), 0)
    const fromPlane = await vision.analyse(vision.openTrack(0), await gray8(londonNames[0]!), 0)
    if (fromJpeg.kind !== "read" || fromPlane.kind !== "read") throw new Error("not read")
    expect(fromPlane.probabilitiesPermille).toEqual(fromJpeg.probabilitiesPermille)
    expect([fromPlane.widthPx, fromPlane.heightPx]).toEqual([480, 480])
    // The JPEG was decoded at 3/4; its box is in its own pixels.
    expect(Math.abs(fromPlane.face.widthPx - 0.75 * fromJpeg.face.widthPx)).toBeLessThan(1)
  })

  it("follows a face through regions of the picture to the same place", async () => {
    const track = vision.openTrack(0)
    const first = await vision.analyse(track, jpeg(londonNames[2]!), 0)
    for (let frame = 1; frame < 65; frame++) {
      const outcome = await vision.analyse(track, jpeg(londonNames[2]!), 33 * frame)
      if (outcome.kind !== "read" || first.kind !== "read") throw new Error("not read")
      expect(overlap(outcome.face, first.face)).toBeGreaterThan(0.8)
    }
  })

  it("finds a followed face that moved by a fifth of its side in one frame", async () => {
    const { bytes, width, height } = await gray8(londonNames[2]!)
    const moved = (byPx: number) => {
      const plane = new Uint8Array(bytes.length)
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          plane[y * width + x] = bytes[y * width + Math.min(width - 1, Math.max(0, x - byPx))]!
        }
      }
      return { codec: "gray8" as const, bytes: plane, width, height }
    }
    const track = vision.openTrack(1)
    const at = async (byPx: number, frame: number) => {
      const outcome = await vision.analyse(track, moved(byPx), 33 * frame)
      if (outcome.kind !== "read") throw new Error(JSON.stringify(outcome))
      return outcome.face
    }
    const still = await at(0, 0)
    const fifth = Math.round(still.widthPx / 5)
    for (let frame = 1; frame < 40; frame++) {
      const byPx = frame % 2 === 0 ? 0 : fifth
      expect(overlap(await at(byPx, frame), { ...still, xPx: still.xPx + byPx })).toBeGreaterThan(0.8)
    }
  })

  it("answers every damaged picture with its reason and then reads on", async () => {
    const whole = readPicture("odd-420.jpg")
    const damaged: [Uint8Array, string][] = [
      [new Uint8Array(), "empty"],
      [new Uint8Array(1000).fill(7), "notJpeg"],
      [whole.slice(0, whole.length >> 1), "truncated"],
      [claimingSide(whole, 30_000), "tooLarge"],
      [readPicture("progressive.jpg"), "progressive"],
      [readPicture("cmyk.jpg"), "colourSpace"],
      [Uint8Array.from([...whole.subarray(0, 5000), 0xff, 0xd9]), "corrupt"]
    ]
    const track = vision.openTrack(0)
    for (const [bytes, reason] of damaged) {
      expect(await vision.analyse(track, { codec: "jpeg", bytes }, 0)).toEqual({ kind: "damaged", reason })
      expect(vision.findFaces({ codec: "jpeg", bytes })).toEqual({ kind: "damaged", reason })
      expect((await vision.analyse(track, { codec: "jpeg", bytes: whole }, 0)).kind).toBe("read")
    }
  })

  it("answers luma planes whose size is wrong", async () => {
    const plane = (sizeBytes: number, width: number, height: number) =>
      vision.analyse(vision.openTrack(0), { codec: "gray8", bytes: new Uint8Array(sizeBytes), width, height }, 0)
    expect(await plane(0, 10, 10)).toEqual({ kind: "damaged", reason: "empty" })
    for (const [width, height] of [
      [10, 11],
      [-10, -10],
      [2.5, 40],
      [Number.NaN, 1],
      [0, 0]
    ] as const) {
      expect(await plane(100, width, height)).toEqual({ kind: "damaged", reason: "badLength" })
    }
    expect(await plane(5000, 5000, 1)).toEqual({ kind: "damaged", reason: "tooLarge" })
    expect(await plane(1, 1, 1)).toMatchObject({ kind: "unreadable", faceCount: 0 })
  })

  it("says why there is nothing to read: no face, too dark, blurred, too small", async () => {
    const picture = await gray8(londonNames[0]!)
    const reasonOf = async (bytes: Uint8Array, width = picture.width, height = picture.height) => {
      const outcome = await vision.analyse(vision.openTrack(0), { codec: "gray8", bytes, width, height }, 0)
      return outcome.kind === "unreadable" ? outcome.reason : outcome.kind
    }
    expect(await reasonOf(new Uint8Array(picture.bytes.length).fill(128))).toBe("noFace")
    expect(await reasonOf(new Uint8Array(picture.bytes.length))).toBe("tooDark")
    expect(await reasonOf(picture.bytes.map((luma) => luma / 14))).toBe("tooDark")
    expect(await reasonOf(boxBlurred(picture.bytes, picture.width, 14))).toBe("blurred")
    // The face is 211 px wide here: every seventh pixel leaves 30.
    const small = picture.bytes.filter((_, i) => (i % 480) % 7 === 0 && Math.floor(i / 480) % 7 === 0)
    expect(await reasonOf(small, 69, 69)).toBe("tooSmall")
  })

  it("answers frames of several conferences that overlap as if they had come one by one", async () => {
    const names = [...londonNames, ...oddNames]
    const alone: FrameOutcome[] = []
    for (const name of names) alone.push(await vision.analyse(vision.openTrack(0), jpeg(name), 0))
    const together = await Promise.all(names.map((name) => vision.analyse(vision.openTrack(0), jpeg(name), 0)))
    const readOnly = (outcome: FrameOutcome) => outcome.kind === "read" && outcome.probabilitiesPermille
    expect(together.map(readOnly)).toEqual(alone.map(readOnly))
  })

  it("takes a view of a larger buffer, and has done with it when it returns its promise", async () => {
    const expected = await vision.analyse(vision.openTrack(0), jpeg(londonNames[0]!), 0)
    const { bytes } = jpeg(londonNames[0]!)
    const buffer = new Uint8Array(bytes.length + 100).fill(0xff)
    buffer.set(bytes, 33)
    const view = buffer.subarray(33, 33 + bytes.length)
    const pending = vision.analyse(vision.openTrack(0), { codec: "jpeg", bytes: view }, 0)
    buffer.fill(0)
    const outcome = await pending
    expect(outcome.kind === "read" && outcome.probabilitiesPermille).toEqual(
      expected.kind === "read" && expected.probabilitiesPermille
    )
  })
})

describe("openInference()", () => {
  it("reads crops of one turn together as it reads each alone, whichever of them are called off", async () => {
    const inference = await openInference(weights)
    const pattern = (number: number) => (crop: Float32Array) => {
      for (let i = 0; i < crop.length; i++) crop[i] = (i * (7 + number) + 31 * number) % 256
      return number % 4 !== 2
    }
    const numbers = Array.from({ length: 2 * cropsPerRunMax + 1 }, (_, index) => index)
    const alone: (Float32Array | undefined)[] = []
    for (const number of numbers) alone.push(await inference.predict(pattern(number)))
    const together = await Promise.all(numbers.map((number) => inference.predict(pattern(number))))
    for (const number of numbers) {
      expect(together[number] === undefined).toBe(number % 4 === 2)
      for (const [i, value] of alone[number]?.entries() ?? []) expect(together[number]![i]).toBeCloseTo(value, 5)
    }
    await inference.close()
  })

  it("answers what the training run answered to its own test patterns", async () => {
    const { selfTest } = JSON.parse(readFileSync(new URL(weights.href.replace(".onnx", ".json")), "utf8"))
    const inference = await openInference(weights)
    for (const [k, expected] of (selfTest.p as number[][]).entries()) {
      const p = await inference.predict((crop) => {
        for (let i = 0; i < crop.length; i++) crop[i] = ((i % 48) * (k + 1) + Math.floor(i / 48) * (5 - k)) % 256
        return true
      })
      // Weights of seven bits: no processor overflows where it adds products in 16 bits, so all answer alike.
      expected.forEach((value, i) => {
        expect(Math.abs(p![i]! - value)).toBeLessThan(0.002)
      })
    }
    await inference.close()
  })

  it("refuses weights that are not the manifest's, and a manifest that is none", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "weights-"))
    try {
      const copy = path.join(folder, "expression.onnx")
      const manifest = path.join(folder, "expression.json")
      writeFileSync(copy, Uint8Array.from([...readFileSync(weights), 0]))
      copyFileSync(new URL(weights.href.replace(".onnx", ".json")), manifest)
      await expect(openInference(pathToFileURL(copy))).rejects.toThrow(
        /^Cannot open the weights .* SHA-256 .*training run$/
      )
      const text = readFileSync(manifest, "utf8")
      for (const [from, to] of [
        ['"angry"', '"cross"'],
        ['"scale"', '"size"'],
        ['"topProbabilityMin"', '"top"'],
        ['"sha256"', '"md5"']
      ] as const) {
        writeFileSync(manifest, text.replaceAll(from, to))
        await expect(openInference(pathToFileURL(copy))).rejects.toThrow(/^Cannot read the weights' manifest /)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** Averages over squares of 2 * `reach` + 1 pixels, twice. */
function boxBlurred(luma: Uint8Array, widthPx: number, reach: number): Uint8Array {
  const heightPx = luma.length / widthPx
  let from = luma
  for (const [stepX, stepY] of [
    [1, 0],
    [0, 1],
    [1, 0],
    [0, 1]
  ] as const) {
    from = from.map((_, at) => {
      const x = at % widthPx
      const y = Math.floor(at / widthPx)
      let sum = 0
      for (let k = -reach; k <= reach; k++) {
        const column = Math.min(widthPx - 1, Math.max(0, x + k * stepX))
        const row = Math.min(heightPx - 1, Math.max(0, y + k * stepY))
        sum += from[row * widthPx + column]!
      }
      return sum / (2 * reach + 1)
    })
  }
  return from
}
