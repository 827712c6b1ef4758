/**
 * Every word that a picture says, in both languages. It promises nothing: forecasts are called forecasts, what is unknown is called not stated.
 */
import type { Brief, Product } from "./brief.ts"
import { baseOf, gainOf } from "./gain.ts"
import { type Language, printNumber } from "./language.ts"
import type { Scene } from "./look.ts"
import type { Insured, RateKind } from "./pieces.ts"
import { printTerm } from "./terms.ts"

const signs: Readonly<Record<string, string>> = { RUB: "₽", USD: "$", EUR: "€", GBP: "£", CNY: "¥", KZT: "KZT" }

/** The sign of a currency, or its code where it has none. */
export const currencySign = (currency: string): string => signs[currency] ?? currency

export const printMoney = (
  value: number,
  currency: string | null,
  language: Language,
  fractionDigitsMax = 2
): string => {
  const number = printNumber(value, language, fractionDigitsMax)
  if (currency === null) return number
  const sign = signs[currency] ?? currency
  if (language === "ru" || sign.length > 1 || currency === "RUB") return `${number}\u00a0${sign}`
  return value < 0 ? `−${sign}${number.slice(1)}` : `${sign}${number}`
}

/** Whole units from a hundred on, two decimals below: cents matter on ten, not on ten thousand. */
const digitsFor = (value: number) => (Math.abs(value) >= 100 ? 0 : 2)

const signed = (value: number, currency: string | null, language: Language) => {
  const text = printMoney(value, currency, language, digitsFor(value))
  return value > 0 && !/^0([.,]0+)?$/.test(text) ? `+${text}` : text
}

const percentSign = (language: Language) => (language === "ru" ? "\u00a0%" : "%")

export const printYield = (
  product: Pick<Product, "yieldPercent" | "yieldPercentTo" | "approximate">,
  language: Language
): string => {
  const about = product.approximate ? "≈" : ""
  const from = printNumber(product.yieldPercent, language)
  if (product.yieldPercentTo === null) return `${about}${from}${percentSign(language)}`
  const to = printNumber(product.yieldPercentTo, language)
  const joint = product.yieldPercent < 0 || product.yieldPercentTo < 0 ? "…" : "–"
  return `${about}${from}${joint}${to}${percentSign(language)}`
}

export const printGain = (brief: Brief, product: Product): string => {
  const gain = gainOf(brief, product)
  const from = signed(gain.from, brief.currency, brief.language)
  const every =
    brief.amount === null && brief.products.length <= 5
      ? brief.language === "ru"
        ? " с каждых 100"
        : " on every 100"
      : ""
  return gain.to === null ? `${from}${every}` : `${from} … ${signed(gain.to, brief.currency, brief.language)}${every}`
}

export const rateWords: Record<Language, Record<RateKind, string>> = {
  ru: { contract: "ставка по договору", forecast: "прогноз", unknown: "тип ставки не указан" },
  en: { contract: "contract rate", forecast: "forecast", unknown: "rate type not stated" }
}
export const insuredWords: Record<Language, Record<Insured, string>> = {
  ru: { yes: "застраховано", no: "не застраховано", unknown: "страховка не указана" },
  en: { yes: "insured", no: "not insured", unknown: "insurance not stated" }
}

export const titleOf = (brief: Brief): string => {
  const { language, amount, termMonths, currency } = brief
  const money = amount === null ? null : printMoney(amount, currency, language)
  const term = termMonths === null ? null : printTerm(termMonths, language)
  if (language === "ru") {
    if (money !== null) return term === null ? `Что принесут ${money}` : `Что принесут ${money} за\u00a0${term}`
    return term === null ? "Сравнение доходности" : `Сравнение доходности за\u00a0${term}`
  }
  if (money !== null) return term === null ? `What ${money} brings` : `What ${money} brings in ${term}`
  return term === null ? "Yields compared" : `Yields compared over ${term}`
}

export const subtitleOf = (language: Language): string =>
  language === "ru"
    ? "Доходность в процентах годовых. О ней говорит только высота, отсчёт от нуля"
    : "Yield in percent per annum. Height alone shows it, counted from zero"

/** What no yield may be shown without. It is set as large as the yields. */
export const riskOf = (brief: Brief): string => {
  const { products, language } = brief
  const ru = language === "ru"
  if (products.some((product) => product.yieldPercent < 0))
    return ru ? "Возможен убыток: вложенное может уменьшиться" : "A loss is possible: you may get back less"
  if (products.some((product) => product.rate === "forecast"))
    return ru ? "Прогноз — не обещание: доход может быть ниже" : "A forecast is no promise: you may get less"
  if (products.some((product) => product.insured === "no"))
    return ru ? "Не всё застраховано: вложенное можно потерять" : "Not all is insured: you may lose money"
  if (products.some((product) => product.rate === "unknown" || product.insured === "unknown"))
    return ru ? "Доход не гарантирован, если в договоре не сказано иное" : "Not guaranteed unless the contract says so"
  return ru ? "Ставка действует на условиях договора" : "Rates hold on the terms of the contract"
}

/** What one bar is worth, as short as it must be to stand on the bar. */
export const barLabel = (unit: number, language: Language): string => {
  if (unit >= 1e6) return `${printNumber(unit / 1e6, language)}${language === "ru" ? "\u00a0млн" : "m"}`
  if (unit >= 1e4) return `${printNumber(unit / 1e3, language)}${language === "ru" ? "\u00a0тыс." : "k"}`
  return printNumber(unit, language)
}

export const barLegend = (brief: Brief, unit: number): string => {
  const { language, currency } = brief
  const { sum, months } = baseOf(brief)
  const worth = printMoney(unit, currency, language)
  const term = printTerm(months, language)
  const loss = brief.products.some((product) => product.yieldPercent < 0)
    ? language === "ru"
      ? "; пунктиром — убыток"
      : "; dashed: a loss"
    : ""
  const compound =
    months > 12 ? (language === "ru" ? ", проценты на проценты раз в год" : ", compounded once a year") : ""
  if (language === "ru") {
    const base =
      brief.amount === null
        ? `с каждых ${printMoney(sum, currency, language)}`
        : `с суммы ${printMoney(sum, currency, language)}`
    const time = brief.termMonths === null ? "за 1 год (срок не указан)" : `за ${term}`
    return `= ${worth} дохода ${base} ${time}${compound}, до налогов${loss}`
  }
  const base =
    brief.amount === null
      ? `on every ${printMoney(sum, currency, language)}`
      : `on ${printMoney(sum, currency, language)}`
  const time = brief.termMonths === null ? "in 1 year (no term stated)" : `in ${term}`
  return `= ${worth} of gain ${base} ${time}${compound}, before tax${loss}`
}

const printDate = (date: string, language: Language): string => {
  const [year, month, day] = date.split("-")
  if (language === "en") return date
  return day === undefined ? `${month}.${year}` : `${day}.${month}.${year}`
}

const provenance = (product: Product, language: Language): string => {
  const parts = [
    product.source,
    product.date === null ? null : `${language === "ru" ? "на " : "as of "}${printDate(product.date, language)}`
  ]
  return parts.filter((part) => part !== null).join(", ")
}

/** Source and date: once when all products share them, by product otherwise. */
export const sourcesOf = (brief: Brief): string => {
  const { language, products } = brief
  const label = language === "ru" ? "Источник и дата" : "Source and date"
  const none = language === "ru" ? "не указаны" : "not stated"
  const each = products.map((product) => provenance(product, language))
  if (new Set(each).size === 1) return `${label}: ${each[0] === "" ? none : each[0]}`
  return `${label}: ${products.map((product, index) => `${product.name} — ${each[index] === "" ? none : each[index]}`).join("; ")}`
}

export const differenceOf = (brief: Brief): { readonly points: string; readonly money: string } | null => {
  const yields = brief.products.map((product) => product.yieldPercent)
  const spread = Math.max(...yields) - Math.min(...yields)
  if (brief.products.length < 2 || spread === 0) return null
  const gains = brief.products.map((product) => gainOf(brief, product).from)
  const { language, currency } = brief
  const number = printNumber(Number(spread.toFixed(4)), language)
  const money = signed(Math.max(...gains) - Math.min(...gains), currency, language)
  return {
    points: language === "ru" ? `${number}\u00a0п.\u00a0п.` : `${number}\u00a0points`,
    money: brief.amount === null ? (language === "ru" ? `${money} с каждых 100` : `${money} on every 100`) : money
  }
}

const sceneWords: Record<Language, Record<Scene, string>> = {
  ru: { trees: "Деревья", coins: "Стопки монет", skyline: "Здания" },
  en: { trees: "Trees", coins: "Stacks of coins", skyline: "Buildings" }
}

/** The picture in words, for a screen reader. */
export const descriptionOf = (brief: Brief, scene: Scene): string => {
  const { language } = brief
  const each = brief.products.map(
    (product) =>
      `${product.name}: ${printYield(product, language)}, ${rateWords[language][product.rate]}, ${insuredWords[language][product.insured]}, ${printGain(brief, product)}`
  )
  const how = language === "ru" ? "высота пропорциональна доходности" : "height is proportional to yield"
  return `${titleOf(brief)}. ${sceneWords[language][scene]}, ${how}. ${each.join("; ")}. ${riskOf(brief)}.`
}
