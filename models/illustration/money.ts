/**
 * Amounts of money in a prompt, with or without a currency. It refuses a second amount elsewhere; a limit ("от 100 000 ₽", "up to $5k") is no amount
 * and stays in the name it stands in.
 */
import type { Language } from "./language.ts"
import { digitPhrase, numeralPhrase, readDigits, readNumeral } from "./numerals.ts"
import type { MoneyPiece, Sheet } from "./pieces.ts"
import { refuse } from "./refusals.ts"

const currencies: readonly (readonly [string, string])[] = [
  ["RUB", "₽|руб(?:\\.|л[а-яё]+|(?![\\p{L}]))|р\\.|р(?![\\p{L}.])|rub(?:les?)?(?![\\p{L}])|rur(?![\\p{L}])|roubles?"],
  ["USD", "us\\$|\\$|долл(?:\\.|ар[а-яё]*)?(?:\\s+сша)?|usd(?![\\p{L}])|(?:us\\s+)?dollars?|bucks"],
  ["EUR", "€|евро(?![\\p{L}])|eur(?:os?)?(?![\\p{L}])"],
  ["GBP", "£|фунт[а-яё]*(?:\\s+стерлингов)?|gbp(?![\\p{L}])|pounds?(?:\\s+sterling)?(?![\\p{L}])"],
  ["CNY", "¥|юан[а-яё]+|cny(?![\\p{L}])|yuan|rmb(?![\\p{L}])"],
  ["KZT", "₸|тенге|kzt(?![\\p{L}])"]
]
const anyCurrency = `(?:${currencies.map(([, pattern]) => pattern).join("|")})`
const scale =
  "(?:тысяч[а-яё]*|тыс\\.?(?![\\p{L}])|т\\.?\\s?р\\.?(?![\\p{L}])|миллион[а-яё]*|млн\\.?(?![\\p{L}])|миллиард[а-яё]*|млрд\\.?(?![\\p{L}])|thousand|million|mln\\.?(?![\\p{L}])|mio(?![\\p{L}])|mn(?![\\p{L}])|billion|bln(?![\\p{L}])|bn(?![\\p{L}])|k(?![\\p{L}])|к(?![\\p{L}])|m(?![\\p{L}])|м(?![\\p{L}])|b(?![\\p{L}]))"
const half =
  "пол-?(?:миллиона|миллиарда|тысячи|млн)|half\\s+a\\s+(?:million|billion)|a\\s+(?:million|thousand|billion)|(?:миллион|миллиард|тысяч[уа])"
const number = `(?:${half}|${digitPhrase}|${numeralPhrase})`

const factorOf = (text: string): number => {
  const word = text.toLowerCase().replace(/[.\s]/g, "")
  if (/^(?:тыс|тр$|thousand|k$|к$)/.test(word)) return 1e3
  if (/^(?:миллион|млн|million|mln|mio|mn|m$|м$)/.test(word)) return 1e6
  return 1e9
}

const currencyOf = (text: string | undefined, scaleText: string | undefined): string | null => {
  if (text === undefined) return scaleText !== undefined && /^т\.?\s?р/i.test(scaleText) ? "RUB" : null
  for (const [code, pattern] of currencies) if (new RegExp(`^(?:${pattern})$`, "iu").test(text.trim())) return code
  return null
}

const halfOf = (text: string): number | null => {
  const word = text.toLowerCase()
  const unit = /миллиард|billion/.test(word)
    ? 1e9
    : /миллион|млн|million/.test(word)
      ? 1e6
      : /тысяч|thousand/.test(word)
        ? 1e3
        : null
  if (unit === null) return null
  return /^(?:пол|half)/.test(word) ? unit / 2 : unit
}

const valueOf = (text: string, scaleText: string | undefined): number | null => {
  if (scaleText === undefined) {
    const whole = new RegExp(`^(?:${half})$`, "iu").test(text) ? halfOf(text) : null
    if (whole !== null) return whole
  }
  const value = /^\d/.test(text) ? readDigits(text, scaleText !== undefined) : (readNumeral(text) ?? halfOf(text))
  return value === null ? null : value * (scaleText === undefined ? 1 : factorOf(scaleText))
}

const limit =
  /(?<![\p{L}])(?:от|до|from|up\s+to|min\.?|max\.?|минимум|максимум|не\s+менее|не\s+более|at\s+least|over|свыше)\s*$/iu
const edge = "(?<![\\p{L}\\d.,%-])"
const front = new RegExp(
  `(?<![\\p{L}\\d])(us\\$|[$€£₽¥₸]|(?:usd|eur|rub|rur|gbp|cny|kzt)(?=[\\s\\d]))\\s?(${digitPhrase})\\s?(${scale})?`,
  "giu"
)
const compound = new RegExp(
  `${edge}(\\d+)\\s?(млн\\.?|миллион[а-яё]*|million|mln)\\s+(?:и\\s+|and\\s+)?(\\d+)\\s?(тыс\\.?|тысяч[а-яё]*|thousand|k)\\s*(${anyCurrency})?`,
  "giu"
)
const back = new RegExp(`${edge}(${number})\\s?(${scale})?\\s?(${anyCurrency})`, "giu")
const scaled = new RegExp(`${edge}(${number})\\s?(${scale})`, "giu")
const scaleOnly = new RegExp(
  `${edge}(${half}|(?:(?:${numeralPhrase})(?<=миллион[а-я]{0,2}|тысяч[а-я]?|million|thousand)))(?![\\p{L}])`,
  "giu"
)
const named =
  /(?<![\p{L}])(?:сумм(?:а|ы|у|е|ой)|вложи[а-яё]+|вложения|инвестиции|amount|sum|invest(?:ing|ment|ed)?|principal|capital|капитал)(?:\s+(?:of|в|is|на))?\s*[:=—–-]?\s*(\d{1,3}(?:[ \u00a0,]\d{3})+|\d{4,12})(?![\d%])/giu

/** Lifts the amounts. The piece's `text` is as written. */
export const takeMoney = (sheet: Sheet, language: Language): void => {
  const piece = (match: RegExpMatchArray, value: number | null, currency: string | null): MoneyPiece | null => {
    if (limit.test(sheet.text.slice(0, match.index))) return null
    if (value === null || !(value > 0) || !Number.isFinite(value)) throw refuse("badAmount", match[0], language)
    return { kind: "money", text: match[0], amount: Number(value.toFixed(2)), currency }
  }
  sheet.take(front, (match) => {
    const trailing = sheet.text.slice(match.index! + match[0].length)
    const value = valueOf(match[2]!, match[3])
    return /^\s*%/.test(trailing) ? null : piece(match, value, currencyOf(match[1]!.replace(/us\$/i, "$"), undefined))
  })
  sheet.take(compound, (match) =>
    piece(
      match,
      Number(match[1]) * factorOf(match[2]!) + Number(match[3]) * factorOf(match[4]!),
      currencyOf(match[5], undefined)
    )
  )
  sheet.take(back, (match) => piece(match, valueOf(match[1]!, match[2]), currencyOf(match[3], match[2])))
  sheet.take(scaled, (match) => {
    // "12m" may be twelve months or twelve million: without a currency a lone m, м or b says nothing.
    if (/^(?:m|м|b)$/i.test(match[2]!.trim()) || (/^(?:k|к)$/i.test(match[2]!.trim()) && !/^\d/.test(match[1]!)))
      return null
    return piece(match, valueOf(match[1]!, match[2]), currencyOf(undefined, match[2]))
  })
  sheet.take(scaleOnly, (match) => piece(match, valueOf(match[1]!, undefined), null))
  sheet.take(named, (match) => piece(match, readDigits(match[1]!, false), null))
}
