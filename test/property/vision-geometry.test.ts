// Runs under Deno too.
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { openCropper } from "../../infra/vision/cropper-wasm.ts"
import { group } from "../../models/cascade/grouping.ts"
import { cropPx } from "../../models/vision/crop.ts"
import { isWellWithin, regionAround, steadyMargins, wideMargins } from "../../models/vision/region.ts"
import { jpegScale, planeScale, scaledPx, shrinkPlane, sideAimedPx, sideMaxPx } from "../../models/vision/scale.ts"

const side = fc.integer({ min: 1, max: 4096 })

describe("the scale", () => {
  it("never enlarges, and never leaves a side longer than the plane's", () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        for (const scale of [jpegScale(width, height), planeScale(width, height)]) {
          expect(scale.numerator).toBeLessThanOrEqual(scale.denominator)
          expect(Math.max(scaledPx(width, scale), scaledPx(height, scale))).toBeLessThanOrEqual(sideMaxPx)
        }
      })
    )
  })

  it("leaves the long side within a third of 480 where the picture has that many pixels", () => {
    fc.assert(
      fc.property(fc.integer({ min: sideAimedPx, max: 4096 }), (width) => {
        for (const scale of [jpegScale(width, 1), planeScale(width, 1)]) {
          expect(scaledPx(width, scale)).toBeGreaterThanOrEqual((2 / 3) * sideAimedPx)
        }
      })
    )
  })

  it("leaves the usual picture sizes at 480", () => {
    for (const [width, height] of [
      [1920, 1080],
      [1080, 1920],
      [1280, 720],
      [960, 540],
      [640, 360],
      [480, 270],
      [3840, 2160]
    ] as const) {
      expect(Math.max(scaledPx(width, jpegScale(width, height)), scaledPx(height, jpegScale(width, height)))).toBe(480)
    }
    expect(planeScale(480, 270)).toEqual({ numerator: 1, denominator: 1 })
    expect(planeScale(1920, 1080)).toEqual({ numerator: 1, denominator: 4 })
  })
})

describe("shrinkPlane()", () => {
  const picture = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })).chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      luma: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
      denominator: fc.integer({ min: 1, max: 8 })
    })
  )

  it("gives of a region what it gives of the whole picture there, between the least and the greatest luma", () => {
    fc.assert(
      fc.property(picture, fc.nat(), fc.nat(), ({ width, height, luma, denominator }, x, y) => {
        const scale = { numerator: 1, denominator }
        const whole = { xPx: 0, yPx: 0, widthPx: scaledPx(width, scale), heightPx: scaledPx(height, scale) }
        const region = { xPx: x % whole.widthPx, yPx: y % whole.heightPx, widthPx: 1, heightPx: 1 }
        const all = new Uint8Array(whole.widthPx * whole.heightPx)
        const one = new Uint8Array(1)
        shrinkPlane(luma, width, height, scale, whole, all)
        shrinkPlane(luma, width, height, scale, region, one)
        expect(one[0]).toBe(all[region.yPx * whole.widthPx + region.xPx])
        for (const value of all) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...luma))
          expect(value).toBeLessThanOrEqual(Math.max(...luma))
        }
      })
    )
  })
})

describe("regionAround()", () => {
  const coordinate = fc.double({ min: -1000, max: 1000, noNaN: true })
  const length = fc.double({ min: 1, max: 700, noNaN: true })

  it("lies within the picture, begins on a unit, and holds what of the face is in the picture", () => {
    const unit = fc.integer({ min: 1, max: 16 })
    const size = fc.integer({ min: 1, max: 640 })
    const room = fc.constantFrom(steadyMargins, wideMargins)
    fc.assert(
      fc.property(
        coordinate,
        coordinate,
        length,
        room,
        size,
        size,
        unit,
        (x, y, faceSide, of, width, height, unitPx) => {
          const face = { xPx: x, yPx: y, widthPx: faceSide, heightPx: faceSide }
          const region = regionAround(face, of, width, height, unitPx)
          expect(Object.values(region).every(Number.isInteger)).toBe(true)
          expect(region.xPx % unitPx).toBe(0)
          expect(Math.min(region.xPx, region.yPx)).toBeGreaterThanOrEqual(0)
          expect(Math.min(region.widthPx, region.heightPx)).toBeGreaterThanOrEqual(1)
          expect(region.xPx + region.widthPx).toBeLessThanOrEqual(width)
          expect(region.yPx + region.heightPx).toBeLessThanOrEqual(height)
          expect(region.xPx).toBeLessThanOrEqual(Math.max(0, x))
          expect(region.xPx + region.widthPx).toBeGreaterThanOrEqual(Math.min(width, x + faceSide))
          expect(region.yPx).toBeLessThanOrEqual(Math.max(0, y))
          expect(region.yPx + region.heightPx).toBeGreaterThanOrEqual(Math.min(height, y + faceSide))
        }
      )
    )
  })
})

describe("isWellWithin()", () => {
  it("holds of a face that moved by less than half the room on that side, and of no other", () => {
    const share = fc.double({ min: -1, max: 1, noNaN: true })
    fc.assert(
      fc.property(share, share, fc.constantFrom(steadyMargins, wideMargins), (right, down, room) => {
        const before = { xPx: 100, yPx: 100, widthPx: 80, heightPx: 80 }
        const face = { ...before, xPx: 100 + 80 * room.aside * right, yPx: 100 + 80 * room.above * down }
        const tooFar = Math.abs(right) > 0.5001 || down < -0.5001 || down * room.above > 0.5001 * room.below
        const near = Math.abs(right) < 0.4999 && down > -0.4999 && down * room.above < 0.4999 * room.below
        if (near) expect(isWellWithin(face, before, room)).toBe(true)
        if (tooFar) expect(isWellWithin(face, before, room)).toBe(false)
      })
    )
  })
})

describe("the crop", () => {
  const cropper = openCropper()
  const target = new Float32Array(cropPx * cropPx)
  const place = fc.double({ min: -80, max: 120, noNaN: true })
  const squareSide = fc.double({ min: 2, max: 640, noNaN: true })

  it("of one grey is that grey, wherever the square lies", () => {
    const plane = new Uint8Array(100 * 90).fill(77)
    fc.assert(
      fc.property(place, place, squareSide, (xPx, yPx, sidePx) => {
        cropper.cut(plane, 100, 90, { xPx, yPx, sidePx }, target)
        for (const luma of target) expect(Math.abs(luma - 77)).toBeLessThan(0.01)
      })
    )
  })

  it("of a ramp is the ramp: luma grows by as much per pixel as the square's scale says", () => {
    const plane = Uint8Array.from({ length: 200 * 200 }, (_, i) => i % 200)
    fc.assert(
      fc.property(
        fc.double({ min: 2, max: 50, noNaN: true }),
        fc.double({ min: 10, max: 140, noNaN: true }),
        (xPx, sidePx) => {
          cropper.cut(plane, 200, 200, { xPx, yPx: 20, sidePx }, target)
          for (let x = 0; x < cropPx; x++) {
            const centre = xPx + ((x + 0.5) * sidePx) / cropPx - 0.5
            expect(Math.abs(target[30 * cropPx + x]! - centre)).toBeLessThan(0.02 * (sidePx / cropPx) + 0.26)
          }
        }
      )
    )
  })

  it("of 48 pixels at a whole place is those pixels", () => {
    const plane = Uint8Array.from({ length: 100 * 100 }, (_, i) => (i * 7919) % 251)
    cropper.cut(plane, 100, 100, { xPx: 11, yPx: 23, sidePx: cropPx }, target)
    for (let y = 0; y < cropPx; y++) {
      for (let x = 0; x < cropPx; x++) expect(target[y * cropPx + x]).toBe(plane[(23 + y) * 100 + 11 + x])
    }
  })
})

describe("group()", () => {
  const hit = fc.record({
    x: fc.integer({ min: 0, max: 600 }),
    y: fc.integer({ min: 0, max: 600 }),
    side: fc.integer({ min: 24, max: 300 })
  })
  const hits = fc.array(hit, { maxLength: 60 })
  const flat = (from: readonly { x: number; y: number; side: number }[]) =>
    Int32Array.from(from.flatMap(({ x, y, side }) => [x, y, side]))

  it("invents no hit, and every box lies among the hits", () => {
    fc.assert(
      fc.property(hits, fc.integer({ min: 0, max: 6 }), (given, hitsAbove) => {
        const boxes = group(flat(given), given.length, hitsAbove)
        expect(boxes.reduce((sum, { hitCount }) => sum + hitCount, 0)).toBeLessThanOrEqual(given.length)
        for (const { xPx, yPx, sidePx, hitCount } of boxes) {
          expect(hitCount).toBeGreaterThan(hitsAbove)
          expect(given.some(({ x }) => x <= xPx) && given.some(({ x }) => x >= xPx)).toBe(true)
          expect(given.some(({ y }) => y <= yPx) && given.some(({ y }) => y >= yPx)).toBe(true)
          expect(given.some(({ side }) => side <= sidePx) && given.some(({ side }) => side >= sidePx)).toBe(true)
        }
      })
    )
  })

  it("does not care for the order of hits", () => {
    const shuffled = hits.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))
    )
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(group(flat(other), other.length, 1)).toEqual(group(flat(given), given.length, 1))
      })
    )
  })
})
