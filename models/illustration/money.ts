/**
 * Amounts of money in a prompt, with or without a currency. It refuses a second amount elsewhere; a limit ("от 100 000 ₽", "up to $5k") is no amount
 * and stays in the name it stands in.
 */
import type { Language } from "./language.ts"
import { digitPhrase, readDigits } from "./numerals.ts"
import type { MoneyPiece, Sheet } from "./pieces.ts"
import { refuse } from "./refusals.ts"

const currencies: readonly (readonly [string, string])[] = [
  [
    "RUB",
    "₽|руб(?:\\.|л[а-яё]+|(?![a-zа-яё]))|р\\.|р(?![a-zа-яё.])|rub(?:les?)?(?![a-zа-яё])|rur(?![a-zа-яё])|roubles?"
  ],
  ["USD", "us\\$|\\$|долл(?:\\.|ар[а-яё]*)?(?:\\s+сша)?|usd(?![a-zа-яё])|(?:us\\s+)?dollars?|bucks"],
  ["EUR", "€|евро(?![a-zа-яё])|eur(?:os?)?(?![a-zа-яё])"],
  ["GBP", "£|фунт[а-яё]*(?:\\s+стерлингов)?|gbp(?![a-zа-яё])|pounds?(?:\\s+sterling)?(?![a-zа-яё])"],
  ["CNY", "¥|юан[а-яё]+|cny(?![a-zа-яё])|yuan|rmb(?![a-zа-яё])"],
  ["KZT", "₸|тенге|kzt(?![a-zа-яё])"]
]
const anyCurrency = `(?:${currencies.map(([, pattern]) => pattern).join("|")})`
const scale =
  "(?:тысяч[а-яё]*|тыс\\.?(?![a-zа-яё])|т\\.?\\s?р\\.?(?![a-zа-яё])|миллион[а-яё]*|млн\\.?(?![a-zа-яё])|миллиард[а-яё]*|млрд\\.?(?![a-zа-яё])|thousand|million|mln\\.?(?![a-zа-яё])|mio(?![a-zа-яё])|mn(?![a-zа-яё])|billion|bln(?![a-zа-яё])|bn(?![a-zа-яё])|k(?![a-zа-яё])|к(?![a-zа-яё])|m(?![a-zа-яё])|м(?![a-zа-яё])|b(?![a-zа-яё]))"
const half =
  "пол-?(?:миллиона|миллиарда|тысячи|млн)|half\\s+a\\s+(?:million|billion)|a\\s+(?:million|thousand|billion)|(?:миллион|миллиард|тысяч[уа])"
const number = `(?:${half}|${digitPhrase})`

const factorOf = (text: string): number => {
  const word = text.toLowerCase().replace(/[.\s]/g, "")
  if (/^(?:тыс|тр$|thousand|k$|к$)/.test(word)) return 1e3
  if (/^(?:миллион|млн|million|mln|mio|mn|m$|м$)/.test(word)) return 1e6
  return 1e9
}

const currencyOf = (text: string | undefined, scaleText: string | undefined): string | null => {
  if (text === undefined) return scaleText !== undefined && /^т\.?\s?р/i.test(scaleText) ? "RUB" : null
  for (const [code, pattern] of currencies) if (new RegExp(`^(?:${pattern})$`, "i").test(text.trim())) return code
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
    const whole = new RegExp(`^(?:${half})$`, "i").test(text) ? halfOf(text) : null
    if (whole !== null) return whole
  }
  const value = /^\d/.test(text) ? readDigits(text, scaleText !== undefined) : halfOf(text)
  return value === null ? null : value * (scaleText === undefined ? 1 : factorOf(scaleText))
}

const limit =
  /(?<![a-zа-яё])(?:от|до|from|up\s+to|min\.?|max\.?|минимум|максимум|не\s+менее|не\s+более|at\s+least|over|свыше)\s*$/i
const edge = "(?<![a-zа-яё\\d.,%-])"
const front = new RegExp(
  `(?<![a-zа-яё\\d])(us\\$|[$€£₽¥₸]|(?:usd|eur|rub|rur|gbp|cny|kzt)(?=[\\s\\d]))\\s?(${digitPhrase})\\s?(${scale})?`,
  "gi"
)
const compound = new RegExp(
  `${edge}(\\d+)\\s?(млн\\.?|миллион[а-яё]*|million|mln)\\s+(?:и\\s+|and\\s+)?(\\d+)\\s?(тыс\\.?|тысяч[а-яё]*|thousand|k)\\s*(${anyCurrency})?`,
  "gi"
)
const back = new RegExp(`${edge}(${number})\\s?(${scale})?\\s?(${anyCurrency})`, "gi")
const scaled = new RegExp(`${edge}(${number})\\s?(${scale})`, "gi")
const scaleOnly = new RegExp(`${edge}(${half})(?![a-zа-яё])`, "gi")
const named =
  /(?<![a-zа-яё])(?:сумм(?:а|ы|у|е|ой)|вложи[а-яё]+|вложения|инвестиции|amount|sum|invest(?:ing|ment|ed)?|principal|capital|капитал)(?:\s+(?:of|в|is|на))?\s*[:=—–-]?\s*(\d{1,3}(?:[ \u00a0,]\d{3})+|\d{4,12})(?![\d%])/gi

/** Every amount has a sign, a currency, a scale or the word for a sum: most prompts have none, and the patterns are large. */
const hint =
  /[$€£₽¥₸]|руб|\dр|\d\s*р[.\s]|долл|евро|фунт|юан|тенге|тыс|\d\s*т\.?\s?р|млн|мил+и|млрд|rub|rur|usd|eur|gbp|cny|rmb|kzt|dollar|buck|pound|yuan|roubl|thousand|million|mln|mio|billion|bln|\d\s*(?:k|к|m|mn|bn|b)(?![a-zа-яё])|сумм|вложи|вложен|инвест|amount|sum|invest|principal|capital|капитал/i

/** Lifts the amounts. The piece's `text` is as written. */
export const takeMoney = (sheet: Sheet, language: Language): void => {
  const piece = (match: RegExpMatchArray, value: number | null, currency: string | null): MoneyPiece | null => {
    if (limit.test(sheet.text.slice(0, match.index))) return null
    if (value === null || !(value > 0) || !Number.isFinite(value)) throw refuse("badAmount", match[0], language)
    return { kind: "money", text: match[0], amount: Number(value.toFixed(2)), currency }
  }
  if (!hint.test(sheet.text)) return
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
