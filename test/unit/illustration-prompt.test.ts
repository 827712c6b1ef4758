/** What managers type, and what is read: one table of prompts that are placed, one of prompts that are refused with the piece named. */
import { describe, expect, it } from "vitest"
import { parsePrompt } from "../../models/illustration/prompt.ts"

/** Products as "name yield", ranges as "name from..to"; then amount, currency, months where given. */
const placed: readonly (readonly [string, string, string?])[] = [
  [
    "Обычный депозит 10 %, золото в ОМС 11 %, золото в слитках 12 %",
    "Обычный депозит 10|золото в ОМС 11|золото в слитках 12"
  ],
  ["вклад под 10,5% годовых на 3 года, 1,5 млн ₽", "вклад 10.5", "1500000 RUB 36"],
  [
    "Deposit 10%, bonds 12.5% p.a., fund 8–12% for 18 months with $20k",
    "Deposit 10|bonds 12.5|fund 8..12",
    "20000 USD 18"
  ],
  ["ОМС — 11 %; слитки: 12 %", "ОМС 11|слитки 12"],
  ["вклад десять процентов, облигации двенадцать с половиной процентов годовых", "вклад 10|облигации 12.5"],
  ["deposit ten percent and bonds twelve and a half percent", "deposit 10|bonds 12.5"],
  ["Bond 150 bps, note 275 basis points", "Bond 1.5|note 2.75"],
  ["Фонд -3 %, вклад минус один процент, счёт 0%", "Фонд -3|вклад -1|счёт 0"],
  ["Сбережения «Надёжный» 16%, «Золото в слитках» 12 %", "Сбережения «Надёжный» 16|Золото в слитках 12"],
  ["1. Вклад 10 %\n2. ОМС 11 %\n3) Слитки 12,5 %", "Вклад 10|ОМС 11|Слитки 12.5"],
  ["10 % по депозиту, 11 % — золото в ОМС", "депозит 10|золото в ОМС 11"],
  ["Покажи разницу между вкладом под 10 % и облигациями под 12 %", "вклад 10|облигации 12"],
  ["Please draw a 10% deposit and a 12% bond", "deposit 10|bond 12"],
  ["вклад, ОМС и слитки: 10, 11 и 12 %", "вклад 10|ОМС 11|слитки 12"],
  ["deposit, bonds and fund at 10, 11 and 12 percent respectively", "deposit 10|bonds 11|fund 12"],
  ["вклад 10, ОМС 11, слитки 12", "вклад 10|ОМС 11|слитки 12"],
  ["Вклад (10 %), ОМС (11 %)", "Вклад 10|ОМС 11"],
  ["S&P 500 8%, ОФЗ 26238 12%", "S&P 500 8|ОФЗ 26238 12"],
  ["миллион рублей на год: вклад десять, ОМС одиннадцать", "вклад 10|ОМС 11", "1000000 RUB 12"],
  ["на три года полтора миллиона рублей под вклад 10 % или ОФЗ 12 %", "вклад 10|ОФЗ 12", "1500000 RUB 36"],
  ["bitcoin -20 % to +40 %, deposit from 4 to 5 percent", "bitcoin -20..40|deposit 4..5"],
  ["Вариант А 10 %, Product B 12%", "Вариант А 10|Product B 12"],
  ["1.000.000 € deposit 3%", "deposit 3", "1000000 EUR null"],
  ["half a million dollars for half a year: deposit 5%", "deposit 5", "500000 USD 6"],
  ["A fund which lost 7%, a deposit which earned 5%", "fund -7|deposit 5"],
  ["Золото потеряло 4 %, вклад заработал 10 %", "Золото -4|вклад 10"],
  ["Treasury bills — 5¼%, notes 4 1/2 %", "Treasury bills 5.25|notes 4.5"],
  ["Products: deposit, bonds. Yields: 5%, 7%.", "deposit 5|bonds 7"],
  ["вклад 10 % годовых с капитализацией, Ключевая ставка 16 %", "вклад с капитализацией 10|Ключевая ставка 16"],
  [
    "Клиент готов вложить 5 млн рублей на 7 лет. Варианты: депозит 12%, золото 9%.",
    "депозит 12|золото 9",
    "5000000 RUB 84"
  ],
  [
    "Compare a 5-year Treasury at 4.6% and an S&P 500 fund expected to return 7–10% on $50,000 over 10 years",
    "5-year Treasury 4.6|S&P 500 fund 7..10",
    "50000 USD 120"
  ]
]

const refused: readonly (readonly [string, string, string])[] = [
  ["Обычный депозит 10 %, золото в слитках", "noYield", "золото в слитках"],
  ["вклад 10 % золото", "noYield", "золото"],
  ["ОФЗ 26238", "noYield", "ОФЗ 26238"],
  ["10%, 12%", "noName", "10%"],
  ["вклад-10%", "dashOrMinus", "вклад-10%"],
  ["вклад –10%", "dashOrMinus", "–10%"],
  ["вклад до 16 %", "oneEnd", "до 16 %"],
  ["облигации на 2 % выше вклада", "relative", "2 % выше"],
  ["вклад 1% в месяц", "notAnnual", "1% в месяц"],
  ["вклад 30 % за 3 года", "annualOrTotal", "30 % за 3 года"],
  ["вклад 10 % на 1 год, облигации 12 % на 3 года", "secondTerm", "на 3 года"],
  ["вклад 10 % на 1 млн ₽, облигации 12 % на 2 млн ₽", "secondAmount", "2 млн ₽"],
  ["акции и облигации 12%", "twoInOne", "акции и облигации"],
  ["вклад 10 %, налог 13 %", "notAProduct", "налог"],
  ["вклад 5000 %", "outOfBounds", "5000 %"],
  ["вклад 1 000 %", "twoYields", "1 000 %"],
  ["вклад 10 % (было 8 %)", "unclear", "было 8 %"],
  ["вклад 10 % при инфляции 8 %", "unclear", "при инфляции"],
  ["вклад 500000 под 10%", "unclear", "500000"],
  ["вклад 10%+", "oneEnd", "10%+"],
  ["вклад от 10", "oneEnd", "от 10"],
  ["deposit 5 1/3 %", "twoYields", "1/3 %"],
  ["депозит 10 %%", "unclear", "%"],
  ["вклад 10 %, акции: неизвестно", "noYield", "акции"],
  ["savings 4% as of 10/11/2026", "badDate", "10/11/2026"],
  ["вклад 10 %, 黄金 12 %", "unreadable", "黄金"],
  ["Клиенту 45 лет, вклад 10 %", "badTerm", "45 лет"],
  ["вклад 10 ОМС 11", "twoYields", "вклад 10 ОМС 11"],
  ["вклад 10 %, данные на 31.02.2026", "badDate", "на 31.02.2026"],
  ["", "noProducts", ""]
]

describe("parsePrompt()", () => {
  for (const [prompt, products, money] of placed) {
    it(`places «${prompt.replace(/\n/g, " ⏎ ")}»`, () => {
      const answer = parsePrompt(prompt)
      if (!answer.ok) throw new Error(answer.error.message)
      const { brief } = answer
      const read = brief.products.map(
        ({ name, yieldPercent, yieldPercentTo }) =>
          `${name} ${yieldPercent}${yieldPercentTo === null ? "" : `..${yieldPercentTo}`}`
      )
      expect(read.join("|")).toBe(products)
      if (money !== undefined) expect(`${brief.amount} ${brief.currency} ${brief.termMonths}`).toBe(money)
    })
  }
  for (const [prompt, code, piece] of refused) {
    it(`refuses «${prompt}» and names «${piece}»`, () => {
      const answer = parsePrompt(prompt)
      expect(answer.ok).toBe(false)
      if (answer.ok) return
      expect(answer.error.code).toBe(code)
      expect(answer.error.piece).toContain(piece)
      expect(answer.error.message).toContain(piece)
    })
  }

  it("marks contract and forecast, insured and not, date and source, and leaves the rest unknown", () => {
    const answer = parsePrompt(
      "Вклад 10 % (по договору, застрахован), ПИФ 12 % — прогноз, не застрахован; слитки 9 %, по данным ЦБ на 01.10.2026"
    )
    if (!answer.ok) throw new Error(answer.error.message)
    expect(answer.brief.products.map(({ rate, insured, source, date }) => [rate, insured, source, date])).toEqual([
      ["contract", "yes", "ЦБ", "2026-10-01"],
      ["forecast", "no", "ЦБ", "2026-10-01"],
      ["unknown", "unknown", "ЦБ", "2026-10-01"]
    ])
  })

  it("never reads «не гарантировано» as guaranteed, nor «uninsured» as insured", () => {
    const answer = parsePrompt("Fund 8% (not guaranteed, uninsured), deposit 4% (guaranteed, insured)")
    if (!answer.ok) throw new Error(answer.error.message)
    expect(answer.brief.products.map(({ rate, insured }) => `${rate} ${insured}`)).toEqual([
      "forecast no",
      "contract yes"
    ])
  })

  it("refuses thirteen products and takes twelve", () => {
    const prompt = (count: number) =>
      Array.from({ length: count }, (_, index) => `вклад «${index}» ${index + 1} %`).join(", ")
    expect(parsePrompt(prompt(12)).ok).toBe(true)
    expect(parsePrompt(prompt(13))).toMatchObject({ ok: false, error: { code: "tooMany" } })
  })
})
