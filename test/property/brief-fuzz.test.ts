/** Whatever a manager types, the brief's parser answers: products or a refusal in words, and remarks never throw. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nameLengthMax, productsMax, promptLengthMax } from "../../models/illustration/brief.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"

const piece = fc.constantFrom(
  ...'депозит|золото в ОМС|слитки|вклад|%|процентов|10|12,5|-3|1e9|∞|0x10|½|десять|минус|годовых|на 3 года|;|,|-|—|\n|«|»|"|<b>|&amp;|\0|\u202e|💰|deposit|gold|per cent|two|ninety-nine|NaN|%%|10%%|.|..|10.5.3'.split(
    "|"
  )
)
const prompt = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(" ")),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ maxLength: promptLengthMax + 10 })
)

describe("parsePrompt() on anything", () => {
  it("answers products within the bounds, or says in words what to do", () => {
    fc.assert(
      fc.property(prompt, (text) => {
        const answer = parsePrompt(text)
        if (answer.ok) {
          const { products } = answer.brief
          expect(products.length).toBeGreaterThan(0)
          expect(products.length).toBeLessThanOrEqual(productsMax)
          for (const { name } of products) expect(name.length).toBeLessThanOrEqual(nameLengthMax)
        } else expect(answer.error.message).toMatch(/\.\s/)
      }),
      { numRuns: 2_000, seed: 7 }
    )
  })
})
