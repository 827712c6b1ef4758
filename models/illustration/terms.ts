/**
 * The term in a prompt: years, months, quarters, weeks or days, in digits or words. It refuses a range of terms; a product's own
 * "3-year" or "12-месячный" stays in its name.
 */
import { type Language, pluralRu, printNumber } from "./language.ts"
import { readDigits } from "./numerals.ts"
import type { Sheet, TermPiece } from "./pieces.ts"
import { refuse } from "./refusals.ts"

const number = "(?:\\d+(?:[.,]\\d+)?)"
const unit =
  "(?:год(?:а|у|ом|ов|ик)?(?![a-zа-яё])|лет(?![a-zа-яё])|г\\.(?![a-zа-яё])|years?(?![a-zа-яё])|yrs?\\.?(?![a-zа-яё])|y(?![a-zа-яё])|месяц[а-яё]*|мес\\.?(?![a-zа-яё])|months?(?![a-zа-яё])|mos?\\.?(?![a-zа-яё])|квартал[а-яё]*|quarters?(?![a-zа-яё])|полугоди[а-яё]*|недел[а-яё]+|weeks?(?![a-zа-яё])|дн(?:я|ей|и)(?![a-zа-яё])|день(?![a-zа-яё])|days?(?![a-zа-яё]))"
const lead =
  "(?:(?<![a-zа-яё])(?:сроком\\s+(?:на|в)|на\\s+срок(?:\\s+в)?|срок|на\\s+горизонте|горизонт|на|за|через|в\\s+течение|for|over|within|during|term(?:\\s+of)?|horizon(?:\\s+of)?|in)\\s*[:=—–-]?\\s*(?:a\\s+(?:term|period)\\s+of\\s+)?)"
const monthsIn = (word: string): number => {
  const text = word.toLowerCase()
  if (/^полугод/.test(text)) return 6
  if (/^(?:год|лет|г\.|year|yr|y)/.test(text)) return 12
  if (/^(?:мес|mo)/.test(text)) return 1
  if (/^(?:квартал|quarter)/.test(text)) return 3
  if (/^(?:недел|week)/.test(text)) return (7 * 12) / 365
  return 12 / 365
}

const valueOf = (text: string) => readDigits(text, true)

const compound = new RegExp(
  `${lead}?(?<![a-zа-яё\\d.,-])(${number})\\s*(${unit})\\s*(?:,\\s*|и\\s+|and\\s+)?(${number})\\s*(месяц[а-яё]*|мес\\.?|months?)(?![a-zа-яё])`,
  "gi"
)
const plain = new RegExp(`(?:${lead})?(?<![a-zа-яё\\d.,])(?<!\\d\\s?[-–—])(${number})\\s*(${unit})`, "gi")
const adjective = new RegExp(
  `(?:${lead})(?:a\\s+|an\\s+)?(\\d+)[-\\s](?:летний|летнем|летнего|месячный|year|month)\\s+(?:срок[а-яё]*|период[а-яё]*|горизонт[а-яё]*|term|period|horizon)`,
  "gi"
)
const wordOnly =
  /(?<![a-zа-яё])(?:сроком\s+на|на|за|через|for|over|in)\s+(?:один\s+|one\s+|a\s+)?(полгода|полтора\s+года|год|месяц|квартал|half\s+a\s+year|(?:a\s+)?year|month|quarter)(?![a-zа-яё])/gi
const range = new RegExp(`\\d+\\s?(?:[-–—]|до|to)\\s?\\d+\\s*(?:${unit})`, "i")

/** 100 years: nobody plans longer, and compound interest stays a finite number of bars. */
export const termMonthsMax = 1200

const rounded = (months: number) => Number(months.toFixed(4))

/** Lifts the terms; years become months, days become 12/365 of a month. */
export const takeTerms = (sheet: Sheet, language: Language): void => {
  const piece = (text: string, months: number | null): TermPiece => {
    if (months === null || !(months >= 12 / 365 - 1e-9) || months > termMonthsMax)
      throw refuse("badTerm", text, language)
    return { kind: "term", text, months: rounded(months) }
  }
  const spread = sheet.text.match(range)
  if (spread !== null && !/\d+-(?:летн|year|month|месячн)/i.test(spread[0]))
    throw refuse("badTerm", spread[0], language)
  sheet.take(adjective, (match) => piece(match[0], Number(match[1]) * (/летн|year/i.test(match[0]) ? 12 : 1)))
  sheet.take(compound, (match) => {
    const [years, months] = [valueOf(match[1]!), valueOf(match[3]!)]
    return years === null || months === null ? null : piece(match[0], years * monthsIn(match[2]!) + months)
  })
  sheet.take(plain, (match) => {
    const value = valueOf(match[1]!)
    // "в 2026 году", "до 2029 года": a calendar year is no term.
    if (value === null || (value >= 1900 && value <= 2200 && /^(?:год|г\.)/i.test(match[2]!))) return null
    // "Клиенту 45 лет", "aged 45 years": an age is no term.
    if (/(?:клиент[а-яё]*|возраст[а-яё]*|aged?|мне|ему|ей)\s*$/i.test(sheet.text.slice(0, match.index)))
      throw refuse("badTerm", match[0], language)
    return piece(match[0], value * monthsIn(match[2]!))
  })
  sheet.take(wordOnly, (match) => {
    const word = match[1]!.toLowerCase()
    const months = /полгода|half/.test(word)
      ? 6
      : /полтора/.test(word)
        ? 18
        : /квартал|quarter/.test(word)
          ? 3
          : /месяц|month/.test(word)
            ? 1
            : 12
    return piece(match[0], months)
  })
}

/** "3 года", "18 months", "91 день": whole years as years, whole months as months, anything else as days. */
export const printTerm = (months: number, language: Language): string => {
  if (months % 12 === 0 || (language === "ru" && months % 6 === 0 && months > 12)) {
    const years = months / 12
    const shown = printNumber(years, language)
    return language === "ru"
      ? `${shown}\u00a0${pluralRu(years, "год", "года", "лет")}`
      : `${shown}\u00a0${years === 1 ? "year" : "years"}`
  }
  if (Number.isInteger(months)) {
    return language === "ru"
      ? `${months}\u00a0${pluralRu(months, "месяц", "месяца", "месяцев")}`
      : `${months}\u00a0${months === 1 ? "month" : "months"}`
  }
  const days = Math.round((months * 365) / 12)
  return language === "ru"
    ? `${days}\u00a0${pluralRu(days, "день", "дня", "дней")}`
    : `${days}\u00a0${days === 1 ? "day" : "days"}`
}
