// Runs under Deno too.
import { describe, expect, it } from "vitest"
import { cropPx, cropSquare } from "../../models/vision/crop.ts"
import { isDark, refuseCrop, refusePlace, sharpness } from "../../models/vision/quality.ts"
import { classProbabilities, readProbabilities, toPermille } from "../../models/vision/reading.ts"

const limits = { topProbabilityMin: 0.4, faceSidePixelsMin: 40 }

describe("readProbabilities()", () => {
  it("adds the expressions of a class up before it compares", () => {
    // Neutral is the most likely single expression, the four negative ones together are more.
    expect(readProbabilities([0.15, 0.1, 0.15, 0.05, 0.35, 0.15, 0.05], limits)).toBe("negative")
    expect(readProbabilities([0.1, 0, 0.1, 0.2, 0.2, 0.1, 0.3], limits)).toBe("positive")
    expect(readProbabilities([0, 0, 0, 0, 1, 0, 0], limits)).toBe("neutral")
  })

  it("calls a winner below the threshold unreadable, never neutral", () => {
    const even = [0.09, 0.09, 0.08, 0.17, 0.34, 0.08, 0.15]
    expect(readProbabilities(even, limits)).toBe("unreadable")
    expect(readProbabilities(even, { ...limits, topProbabilityMin: 0.34 })).toBe("neutral")
  })

  it("counts surprise as positive", () => {
    expect(classProbabilities([0, 0, 0, 0, 0, 0, 1])).toEqual({ negative: 0, neutral: 0, positive: 1 })
  })

  it("gives whole thousandths", () => {
    expect(toPermille(Float32Array.of(0.1234, 0.5, 0.0004, 0.3762, 0, 0, 0))).toEqual([123, 500, 0, 376, 0, 0, 0])
  })
})

describe("the quality of a face", () => {
  const face = (sidePx: number) => ({ xPx: 100, yPx: 100, widthPx: sidePx, heightPx: sidePx })
  const at = (xPx: number, sidePx: number) => ({ xPx, yPx: 100, sidePx })

  it("refuses faces too small to be read, and crops that lie too far outside", () => {
    expect(refusePlace(face(39), at(100, 39), 640, 360, limits)).toBe("tooSmall")
    expect(refusePlace(face(40), at(100, 40), 640, 360, limits)).toBeUndefined()
    expect(refusePlace(face(100), at(-10, 100), 640, 360, limits)).toBeUndefined()
    expect(refusePlace(face(100), at(-16, 100), 640, 360, limits)).toBe("turnedAway")
    expect(refusePlace(face(100), at(560, 100), 640, 360, limits)).toBe("turnedAway")
  })

  it("refuses the dark and the blurred", () => {
    const checks = Float32Array.from({ length: cropPx * cropPx }, (_, i) => (((i % 48) >> 2) % 2) * 200)
    const slope = Float32Array.from({ length: cropPx * cropPx }, (_, i) => 4 * (i % 48))
    expect(refuseCrop(checks)).toBeUndefined()
    expect(refuseCrop(checks.map((luma) => luma / 10))).toBe("tooDark")
    expect(refuseCrop(slope)).toBe("blurred")
    expect(refuseCrop(new Float32Array(cropPx * cropPx).fill(100))).toBe("blurred")
  })

  it("calls dim light alone no blur", () => {
    const checks = Float32Array.from({ length: cropPx * cropPx }, (_, i) => (((i % 48) >> 2) % 2) * 200)
    expect(sharpness(checks.map((luma) => luma / 5))).toBeCloseTo(sharpness(checks), 4)
  })

  it("judges only the pixels that were searched", () => {
    const plane = new Uint8Array(100).fill(200, 50)
    expect(isDark(plane, 50)).toBe(true)
    expect(isDark(plane, 100)).toBe(false)
  })

  it("keeps the crop's centre on the face's", () => {
    expect(cropSquare({ xPx: 10, yPx: 20, sidePx: 100 }, 1.2)).toEqual({ xPx: 0, yPx: 10, sidePx: 120 })
  })
})
