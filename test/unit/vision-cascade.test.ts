// Runs under Deno too.
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parseCascade } from "../../models/cascade/frontalface.ts"
import { group } from "../../models/cascade/grouping.ts"
import { ladder } from "../../models/cascade/ladder.ts"

const folder = new URL("../../models/cascade/", import.meta.url)

describe("parseCascade()", () => {
  const bytes = new Uint8Array(readFileSync(new URL("frontalface.bin", folder)))

  it("reads OpenCV's frontal face: 25 stages, 2913 stumps, all within the window", () => {
    const { stages, windowPx } = parseCascade(bytes)
    const stumps = stages.flatMap((stage) => stage.stumps)
    expect([stages.length, stumps.length, windowPx]).toEqual([25, 2913, 24])
    for (const { rectangles, weights } of stumps) {
      expect(weights).toHaveLength(rectangles.length - 1)
      for (const { x, y, width, height } of rectangles) expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(24)
    }
    // The first stage's threshold and first stump, as the XML has them.
    expect(stages[0]!.threshold).toBeCloseTo(-5.04256, 4)
    expect(stages[0]!.stumps[0]!.threshold).toBeCloseTo(-0.031511999666690826, 8)
  })

  it("refuses bytes that end early, late, or are something else", () => {
    for (const wrong of [bytes.slice(0, -1), Uint8Array.from([...bytes, 0]), new Uint8Array(20)]) {
      expect(() => parseCascade(wrong)).toThrow(/^Cannot read the cascade "frontalface.bin": .*pack-frontalface\.py$/)
    }
  })
})

describe("group()", () => {
  it("averages hits that lie close and drops those with too few", () => {
    const hits = Int32Array.from([10, 10, 50, 12, 10, 50, 11, 13, 53, 200, 200, 40])
    expect(group(hits, 4, 2)).toEqual([{ xPx: 11, yPx: 11, sidePx: 51, hitCount: 3 }])
    expect(group(hits, 4, 0)).toHaveLength(2)
    expect(group(hits, 4, 3)).toEqual([])
    expect(group(hits, 0, 0)).toEqual([])
  })

  it("drops a hardly supported box inside another", () => {
    const large = [100, 100, 90]
    const inside = [120, 125, 40]
    const hits = Int32Array.from([...large, ...large, ...large, ...large, ...inside, ...inside])
    expect(group(hits, 6, 1)).toEqual([{ xPx: 100, yPx: 100, sidePx: 90, hitCount: 4 }])
  })
})

describe("ladder()", () => {
  it("climbs from the smallest to the largest size asked for", () => {
    const sizes = ladder(36, 270, 1.2).map((factor) => Math.round(24 * factor))
    expect(sizes).toEqual([41, 50, 60, 72, 86, 103, 124, 149, 178, 214, 257])
  })

  it("never goes below the window's own size", () => {
    expect(ladder(10, 30, 1.1).map((factor) => Math.round(24 * factor))).toEqual([24, 26, 29])
    expect(ladder(10, 23, 1.1)).toEqual([])
  })
})
