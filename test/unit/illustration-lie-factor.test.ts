/** The measurement finds lies in pixels: pictures tampered with by one pixel too much, and honest ones measured by a stranger who has the PNG alone. */
import { describe, expect, it } from "vitest"
import { measurePicture } from "../../infra/illustration/illustrator-procedural.ts"
import { rasterize } from "../../infra/illustration/raster-resvg.ts"
import type { Brief } from "../../models/illustration/brief.ts"
import { squareSize, wideSize } from "../../models/illustration/layout.ts"
import { measure, type Raster } from "../../models/illustration/lie-factor.ts"
import { defaultLook, scenes, seasons } from "../../models/illustration/look.ts"
import { drawPicture } from "../../models/illustration/picture.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"

const briefOf = (prompt: string): Brief => {
  const answer = parsePrompt(prompt)
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.brief
}

/** Plain rasters: white sky, the ruler's marks on the left, objects as black columns over a baseline at row 400. */
const raster = (heights: readonly number[], marks: readonly number[] = []): Raster => {
  const [width, height, baseline] = [400, 600, 400]
  const pixels = new Uint8Array(width * height * 4).fill(255)
  const paint = (x: number, y: number) => pixels.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3)
  for (const mark of marks) for (let x = 0; x < 6; x += 1) paint(x, baseline - mark)
  for (const [index, tall] of heights.entries()) {
    for (let y = Math.min(baseline, baseline - tall); y < Math.max(baseline, baseline - tall); y += 1)
      for (let x = 60; x < 100; x += 1) paint(index * 100 + x, y)
  }
  return { width, height, pixels }
}
const expected = (yields: readonly number[]) =>
  yields.map((yieldPercent, index) => ({
    left: index * 100 + 40,
    right: index * 100 + 120,
    yieldPercent,
    yieldPercentTo: null
  }))
const judge = (
  heights: readonly number[],
  yields: readonly number[],
  marks: readonly number[] = [],
  percents: readonly number[] = []
) => measure(raster(heights, marks), raster([], marks), raster([], marks), expected(yields), percents)

describe("measure()", () => {
  it("finds the heights, below the baseline too, and passes the truth", () => {
    const measured = judge([300, 150, -75], [10, 5, -2.5])
    expect(measured).toMatchObject({ heightsPx: [300, 150, -75], lieFactor: 1, truthful: true })
  })
  it("fails the customer's example, where 10 : 11 : 12 was drawn 1 : 1.5 : 2", () => {
    const measured = judge([150, 225, 300], [10, 11, 12])
    expect(measured.truthful).toBe(false)
    expect(measured.lieFactor).toBeCloseTo(10 / 6, 2)
  })
  it("fails two percent too much and too little, and forgives one pixel", () => {
    expect(judge([300, 153], [10, 5]).truthful).toBe(false)
    expect(judge([300, 147], [10, 5]).truthful).toBe(false)
    expect(judge([300, 151], [10, 5]).truthful).toBe(true)
    expect(judge([300, 4], [10, 0.1]).truthful).toBe(true)
  })
  it("fails a height for a yield of zero, and an object on the wrong side", () => {
    expect(judge([300, 3], [10, 0]).truthful).toBe(false)
    expect(judge([300, 150], [10, -5]).truthful).toBe(false)
  })
  it("holds a single product to its ruler", () => {
    expect(judge([300], [10], [240], [2, 4, 6, 8]).truthful).toBe(true)
    expect(judge([300], [10], [200], [2, 4, 6, 8]).truthful).toBe(false)
  })
  it("fails a picture whose drawing code lies by a tenth of the height", () => {
    const picture = drawPicture(briefOf("вклад 10 %, золото 12 %"), defaultLook, 1, wideSize)
    const crooked = picture.svg.replace(/(<g transform="translate\(\d+ \d+\))"/, '$1 scale(1 1.1)"')
    expect(crooked).not.toBe(picture.svg)
    expect(measurePicture(picture, rasterize(picture.svg)).truthful).toBe(true)
    expect(measurePicture(picture, rasterize(crooked)).truthful).toBe(false)
  })
})

/** Below the title on pictures of either size. */
const headerBottom = { [wideSize.width]: 124, [squareSize.width]: 99 }

/** A stranger's measure: no backdrop, no layout. Sky is what the row shows at its right edge; an object is what differs from it above the ground. */
const strangerHeights = ({ width, pixels }: Raster, centers: readonly number[], reach: number): number[] => {
  const at = (x: number, y: number) =>
    [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)] as [number, number, number]
  const distance = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0)
  const edge = width - 2
  // The first row that differs from the sky above it and is not a line of the ruler, which is one row thick.
  let ground = 3
  const steps = (from: number, to: number) => distance(at(edge, from), at(edge, to)) >= 60
  while (!steps(ground, ground - 1) || !steps(ground + 2, ground - 1) || steps(ground - 1, ground - 3)) ground += 1
  return centers.map((center) => {
    for (let y = headerBottom[width]!; y < ground; y += 1) {
      let count = 0
      for (let x = center - reach; x < center + reach; x += 1) if (distance(at(x, y), at(edge, y)) > 60) count += 1
      if (count >= 3) return ground - y
    }
    return 0
  })
}

describe("a stranger with the PNG alone", () => {
  for (const scene of scenes) {
    for (const season of seasons) {
      it(`finds the same heights in ${scene} in ${season}`, () => {
        for (const size of [wideSize, squareSize]) {
          const picture = drawPicture(
            briefOf("Deposit 10%, gold account 11%, gold bars 12%"),
            { ...defaultLook, scene, season },
            3,
            size
          )
          const found = strangerHeights(
            rasterize(picture.svg),
            picture.layout.slots.map(({ center }) => center),
            picture.layout.objectWidth / 2
          )
          for (const [index, { height }] of picture.objects.entries())
            expect(Math.abs(found[index]! - height), `${found} ${height}`).toBeLessThanOrEqual(1)
        }
      })
    }
  }
})
