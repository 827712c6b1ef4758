/** Says nonsense to the brief's parser, seeded so that it can be repeated: it answers products within the bounds, or in words what to do. */
import assert from "node:assert/strict"
import fc from "fast-check"
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

/** Throws with the prompt that broke it, and its seed. */
export function surviveBriefFuzz(seed: number, prompts: number): void {
  fc.assert(
    fc.property(prompt, (text) => {
      const answer = parsePrompt(text)
      if (!answer.ok) return assert.match(answer.error.message, /\.\s/)
      const { products } = answer.brief
      assert.ok(products.length > 0 && products.length <= productsMax)
      for (const { name } of products) assert.ok(name.length <= nameLengthMax)
    }),
    { numRuns: prompts, seed }
  )
}
