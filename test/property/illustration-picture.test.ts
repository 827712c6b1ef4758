/** Every picture tells the truth: heights found in the rendered pixels follow the yields, whatever is drawn and however it looks. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { drawProcedurally, measurePicture } from "../../infra/illustration/illustrator-procedural.ts"
import { rasterize } from "../../infra/illustration/raster-resvg.ts"
import type { Brief, Product } from "../../models/illustration/brief.ts"
import { squareSize, wideSize } from "../../models/illustration/layout.ts"
import { colourNames, type Look, orders, paletteNames, scenes, seasons } from "../../models/illustration/look.ts"
import { drawPicture } from "../../models/illustration/picture.ts"

const yieldPercent = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 400 }).map((tenths) => tenths / 10) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -300, max: -1 }).map((tenths) => tenths / 10) }
)
const product: fc.Arbitrary<Product> = fc
  .record({
    name: fc.constantFrom(
      "вклад",
      "Золото в обезличенных металлических счетах",
      "Treasury inflation-protected securities",
      "ОФЗ",
      "ПИФ «Мировой баланс»",
      "Супердлинноеслововназваниипродукта"
    ),
    yieldPercent,
    more: fc.option(
      fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
      { freq: 5, nil: null }
    ),
    approximate: fc.boolean(),
    rate: fc.constantFrom("contract" as const, "forecast" as const, "unknown" as const),
    insured: fc.constantFrom("yes" as const, "no" as const, "unknown" as const),
    source: fc.constantFrom(null, "ЦБ РФ"),
    date: fc.constantFrom(null, "2026-10-01")
  })
  .map(({ more, ...rest }) => ({
    ...rest,
    yieldPercentTo: more === null ? null : Number((rest.yieldPercent + more).toFixed(1))
  }))
const brief: fc.Arbitrary<Brief> = fc.record({
  language: fc.constantFrom("ru" as const, "en" as const),
  products: fc.array(product, { minLength: 1, maxLength: 12 }),
  amount: fc.constantFrom(null, 1_000_000, 20_000),
  currency: fc.constantFrom(null, "RUB", "USD"),
  termMonths: fc.constantFrom(null, 12, 36, 91)
})
const look: fc.Arbitrary<Look> = fc.record({
  scene: fc.constantFrom(...scenes),
  season: fc.constantFrom(...seasons),
  palette: fc.constantFrom(...paletteNames),
  colour: fc.option(fc.constantFrom(...colourNames), { nil: null }),
  order: fc.constantFrom(...orders),
  labelSteps: fc.integer({ min: -2, max: 3 }),
  detail: fc.integer({ min: 0, max: 2 })
})

/** A picture and its measurement take about a quarter of a second of one core. */
const picturesCount = Number(process.env.PICTURES ?? 40)

describe("every picture", () => {
  it("is truthful in its pixels at both sizes, for any brief and look", () => {
    fc.assert(
      fc.property(brief, look, fc.nat(), fc.constantFrom(wideSize, squareSize), (given, looks, seed, size) => {
        const picture = drawPicture(given, looks, seed, size)
        const measured = measurePicture(picture, rasterize(picture.svg))
        expect(measured.faults).toEqual([])
        const widths = new Set(picture.objects.map(() => picture.layout.objectWidth))
        expect(widths.size).toBe(1)
      }),
      { numRuns: picturesCount, endOnFailure: true }
    )
  })

  it("is the same to the byte for the same brief, look and seed", () => {
    fc.assert(
      fc.property(brief, look, fc.nat(), (given, looks, seed) => {
        expect(drawPicture(given, looks, seed, wideSize).svg).toBe(drawPicture(given, looks, seed, wideSize).svg)
      }),
      { numRuns: 20 }
    )
  })

  it("keeps 10 : 11 : 12 as 10 : 11 : 12", () => {
    const products = [10, 11, 12].map((yieldPercent) => ({
      name: "вклад",
      yieldPercent,
      yieldPercentTo: null,
      approximate: false,
      rate: "unknown" as const,
      insured: "unknown" as const,
      source: null,
      date: null
    }))
    const drawing = drawProcedurally(
      { language: "ru", products, amount: null, currency: null, termMonths: null },
      { scene: "trees", season: "summer", palette: "meadow", colour: null, order: "asGiven", labelSteps: 0, detail: 1 },
      1
    )
    const [a = 0, b = 0, c = 0] = drawing.heightsPx
    expect([a / c, b / c]).toEqual([10 / 12, 11 / 12])
    expect(drawing.lieFactor).toBe(1)
  })
})
