/** Prompts in both languages, printed in every style the printer knows, are read back exactly or refused: never wrongly in silence. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Brief, Product } from "../../models/illustration/brief.ts"
import {
  amountForms,
  joints,
  type PromptStyle,
  printBrief,
  separators,
  termForms,
  yieldForms
} from "../../models/illustration/brief-printer.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"

const namesRu = [
  "Обычный депозит",
  "золото в ОМС",
  "золото в слитках",
  "вклад",
  "Накопительный счёт",
  "ОФЗ",
  "ПИФ акций",
  "корпоративные облигации",
  "Недвижимость",
  "Вклад «Надёжный»",
  "S&P 500",
  "ОФЗ 26238",
  "ПИФ «Мировой баланс»",
  "Серебро",
  "еврооблигации Минфина",
  "Вклад, пополняемый",
  "Золото и платина 999"
]
const namesEn = [
  "deposit",
  "Term deposit",
  "gold bars",
  "corporate bonds",
  "index fund",
  "Savings account",
  "S&P 500",
  "Treasury bonds",
  "Real estate",
  "10-year notes",
  "Fund 2.0",
  "Gold, allocated",
  "money market fund",
  "Blue chips",
  "certificate of deposit"
]

const percent = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 1, max: 400 }).map((tenths) => tenths / 10),
  fc.integer({ min: 1, max: 9999 }).map((hundredths) => hundredths / 100)
)
const signed = fc
  .tuple(percent, fc.integer({ min: 0, max: 9 }))
  .map(([value, sign]) => (sign === 0 && value > 0 ? -value : value))
const yields = fc.oneof(
  { weight: 5, arbitrary: signed.map((from) => ({ yieldPercent: from, yieldPercentTo: null })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(percent, fc.integer({ min: 1, max: 20 }))
      .map(([from, more]) => ({ yieldPercent: from, yieldPercentTo: Number((from + more).toFixed(2)) }))
  }
)
const product = (language: "ru" | "en"): fc.Arbitrary<Product> =>
  fc
    .record({
      name: fc.constantFrom(...(language === "ru" ? namesRu : namesEn)),
      yields,
      rate: fc.constantFrom("unknown" as const, "unknown" as const, "contract" as const, "forecast" as const),
      insured: fc.constantFrom("unknown" as const, "unknown" as const, "yes" as const, "no" as const),
      source: fc.constantFrom(null, null, null, language === "ru" ? "ЦБ РФ" : "Bank of England"),
      date: fc.constantFrom(null, null, null, "2026-10-01")
    })
    .map(({ yields, ...rest }) => ({ ...rest, ...yields, approximate: false }))

const brief: fc.Arbitrary<Brief> = fc.constantFrom("ru" as const, "en" as const).chain((language) =>
  fc
    .record({
      language: fc.constant(language),
      products: fc.uniqueArray(product(language), { minLength: 1, maxLength: 6, selector: ({ name }) => name }),
      amount: fc.option(
        fc.oneof(
          fc.integer({ min: 1, max: 99 }).map((hundreds) => hundreds * 1e5),
          fc.integer({ min: 1000, max: 9_999_999 })
        )
      ),
      currency: fc.constantFrom("RUB", "USD", "EUR"),
      termMonths: fc.option(fc.integer({ min: 1, max: 120 }))
    })
    .map((each) => ({ ...each, currency: each.amount === null ? null : each.currency }))
)
const style: fc.Arbitrary<PromptStyle> = fc.record({
  yieldForm: fc.constantFrom(...yieldForms),
  joint: fc.constantFrom(...joints),
  separator: fc.constantFrom(...separators),
  amountForm: fc.constantFrom(...amountForms),
  termForm: fc.constantFrom(...termForms),
  yieldFirst: fc.boolean(),
  quoted: fc.boolean(),
  moneyFirst: fc.boolean(),
  request: fc.boolean()
})

const promptsCount = Number(process.env.PROMPTS ?? 10_000)
/** The share of prompts that must come back exactly; the rest may only be refused. */
const exactShareMin = 0.995

describe("parsePrompt()", () => {
  it("reads 10,000 printed prompts back exactly in at least 99.5 %, and reads none wrongly in silence", () => {
    let exact = 0
    let total = 0
    const refused = new Map<string, string>()
    fc.assert(
      fc.property(brief, style, (given, way) => {
        const prompt = printBrief(given, way)
        const answer = parsePrompt(prompt, given.language)
        total += 1
        if (answer.ok) {
          expect(answer.brief, prompt).toEqual(given)
          exact += 1
        } else refused.set(answer.error.code, prompt)
      }),
      { numRuns: promptsCount }
    )
    expect(exact / total, JSON.stringify([...refused])).toBeGreaterThanOrEqual(exactShareMin)
  })

  it("never adds a number that the prompt does not hold, and never loses one, whatever is cut out of it", () => {
    fc.assert(
      fc.property(brief, style, fc.nat(), fc.nat({ max: 12 }), (given, way, at, length) => {
        const whole = printBrief(given, { ...way, yieldForm: "sign" })
        const from = at % (whole.length + 1)
        const prompt = whole.slice(0, from) + whole.slice(from + length)
        const answer = parsePrompt(prompt, given.language)
        if (!answer.ok) return
        const signs = prompt.replace(/«[^»]*»|"[^"]*"/g, "").match(/%/g)?.length ?? 0
        // "0 % — 5 %" is a range of two signs; a cut may also leave a bare number that is still a yield.
        const ends = answer.brief.products.reduce(
          (sum, { yieldPercentTo }) => sum + (yieldPercentTo === null ? 1 : 2),
          0
        )
        expect(ends, prompt).toBeGreaterThanOrEqual(signs)
      }),
      { numRuns: 3000 }
    )
  })

  it("answers any text at all with a brief or an error, and never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "grapheme", maxLength: 200 }),
          fc
            .array(
              fc.constantFrom(
                "вклад",
                "10",
                "%",
                ",",
                "-",
                "—",
                "от",
                "до",
                "12",
                "fund",
                "$",
                "k",
                "на",
                "3",
                "года",
                "«",
                "»",
                "(",
                ")",
                "и",
                "процентов",
                "десять",
                "\n",
                "1.",
                ":"
              ),
              { maxLength: 30 }
            )
            .map((words) => words.join(" "))
        ),
        (text) => {
          const answer = parsePrompt(text)
          if (!answer.ok) expect(answer.error.message.length).toBeGreaterThan(10)
          else for (const each of answer.brief.products) expect(each.name.trim()).not.toBe("")
        }
      ),
      { numRuns: 5000 }
    )
  })
})
