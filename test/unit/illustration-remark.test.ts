/** The remark grammar: what changes, what is refused with an offer, and that nothing changes when a part is not understood. */
import { describe, expect, it } from "vitest"
import type { Brief } from "../../models/illustration/brief.ts"
import { defaultLook } from "../../models/illustration/look.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"
import { readRemark } from "../../models/illustration/remark.ts"

const briefOf = (prompt: string): Brief => {
  const answer = parsePrompt(prompt)
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.brief
}
const ru = briefOf("Обычный депозит 10 %, золото в ОМС 11 %, золото в слитках 12 %, 1 млн ₽ на 3 года")
const en = briefOf("Term deposit 5%, corporate bonds 7%, index fund 8-12% forecast, $20k for 3 years")

const looks: readonly (readonly [string, object])[] = [
  ["осень", { season: "autumn" }],
  ["make it winter", { season: "winter" }],
  ["монеты вместо деревьев", { scene: "coins" }],
  ["city skyline", { scene: "skyline" }],
  ["сделай деревья синими", { colour: "blue" }],
  ["тёмный фон", { palette: "graphite" }],
  ["отсортируй по убыванию", { order: "descending" }],
  ["крупнее подписи", { labelSteps: 1 }],
  ["fewer details", { detail: 0 }],
  ["слишком мелкие подписи", { labelSteps: 1 }],
  ["замени деревья на здания", { scene: "skyline" }],
  ["sort by yield", { order: "ascending" }],
  ["осень и крупнее подписи", { season: "autumn", labelSteps: 1 }]
]
const distorting = [
  "сделай золото вдвое выше",
  "пусть разница будет заметнее",
  "начни ось с 9 %",
  "золото на 20 % выше",
  "осень и золото повыше",
  "сделай деревья одинаковой высоты",
  "make gold look twice as tall",
  "exaggerate the difference",
  "bigger trees",
  "start the axis at 4%",
  "убери строку о риске",
  "не показывай, что не застраховано",
  "highlight the fund"
]

describe("readRemark()", () => {
  for (const [remark, change] of looks) {
    it(`takes «${remark}» as a change of the look alone`, () => {
      expect(readRemark(remark, ru, defaultLook)).toEqual({
        kind: "changed",
        brief: ru,
        look: { ...defaultLook, ...change }
      })
    })
  }
  for (const remark of distorting) {
    it(`refuses «${remark}» as a distortion, with an offer`, () => {
      const answer = readRemark(remark, ru, defaultLook)
      expect(answer).toMatchObject({ kind: "refused", code: "distorts" })
      if (answer.kind === "refused") expect(answer.offer.length).toBeGreaterThan(40)
    })
  }

  const changed = (remark: string, brief: Brief): Brief => {
    const answer = readRemark(remark, brief, defaultLook)
    if (answer.kind !== "changed") throw new Error(JSON.stringify(answer))
    expect(answer.look).toEqual(defaultLook)
    return answer.brief
  }
  it("corrects a yield, in many words", () => {
    for (const remark of [
      "депозит 10,5 %",
      "исправь ставку по депозиту на 10,5 %",
      "у депозита 10,5 %",
      "подними депозит до 10,5 %"
    ]) {
      expect(
        changed(remark, ru).products.map(({ yieldPercent }) => yieldPercent),
        remark
      ).toEqual([10.5, 11, 12])
    }
    expect(changed("make the index fund 9-13%", en).products[2]).toMatchObject({
      yieldPercent: 9,
      yieldPercentTo: 13,
      rate: "forecast"
    })
  })
  it("drops, adds, renames and moves products", () => {
    const names = (brief: Brief) => brief.products.map(({ name }) => name)
    expect(names(changed("убери ОМС", ru))).toEqual(["Обычный депозит", "золото в слитках"])
    expect(names(changed("add gold 4%", en))).toEqual(["Term deposit", "corporate bonds", "index fund", "gold"])
    expect(names(changed("переименуй депозит в «Надёжный»", ru))[0]).toBe("Надёжный")
    expect(names(changed("переименуй «золото в слитках» в «Слитки»", ru))[2]).toBe("Слитки")
    expect(names(changed("убери страхование жизни", briefOf("вклад 10 %, страхование жизни 4 %")))).toEqual(["вклад"])
    expect(names(changed("swap deposit and fund", en))).toEqual(["index fund", "corporate bonds", "Term deposit"])
    expect(names(changed("слитки первыми", ru))[0]).toBe("золото в слитках")
  })
  it("takes another sum, another term, and what a rate is", () => {
    expect(changed("сумма 2 млн ₽ на 5 лет", ru)).toMatchObject({ amount: 2_000_000, currency: "RUB", termMonths: 60 })
    expect(changed("увеличь сумму до 3 млн рублей", ru).amount).toBe(3_000_000)
    expect(changed("ОМС — прогноз", ru).products.map(({ rate }) => rate)).toEqual(["unknown", "forecast", "unknown"])
    expect(changed("fund is not insured", en).products[2]?.insured).toBe("no")
  })
  it("understands undo and another variant", () => {
    expect(readRemark("отмени", ru, defaultLook)).toEqual({ kind: "undo" })
    expect(readRemark("another one", en, defaultLook)).toEqual({ kind: "another" })
  })
  it("answers what it does not understand with what can be said, and changes nothing of a remark understood in part", () => {
    for (const remark of ["сделай красиво", "осень и слона", "make it pop", "   "]) {
      const answer = readRemark(remark, ru, defaultLook)
      expect(answer, remark).toMatchObject({ kind: "refused", code: "notUnderstood" })
      if (answer.kind === "refused") expect(answer.offer).toMatch(/осень|autumn/)
    }
  })
  it("refuses what names no product or more than one, and what is already so", () => {
    expect(readRemark("золото 13 %", ru, defaultLook)).toMatchObject({ kind: "refused", code: "impossible" })
    expect(readRemark("лето", ru, defaultLook)).toMatchObject({ kind: "refused", code: "impossible" })
    expect(readRemark("убери депозит", briefOf("депозит 10 %"), defaultLook)).toMatchObject({
      kind: "refused",
      code: "impossible"
    })
  })
})
