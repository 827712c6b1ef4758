/**
 * Writes a brief as a prompt, in one of the many ways people write one. The parser reads every one of them back; a property test holds the two together.
 */
import type { Brief, Product } from "./brief.ts"
import type { Language } from "./language.ts"
import { pluralRu } from "./language.ts"

export const yieldForms = ["sign", "spacedSign", "perAnnum", "word", "spoken", "points"] as const
export const joints = ["space", "colon", "dash", "at", "equals", "brackets"] as const
export const separators = ["comma", "semicolon", "line", "and", "numbered", "bullets"] as const
export const amountForms = ["grouped", "plain", "short", "signFirst"] as const
export const termForms = ["years", "months"] as const

/** A way of writing; `request` puts the sentence around it that managers use. */
export interface PromptStyle {
  readonly yieldForm: (typeof yieldForms)[number]
  readonly joint: (typeof joints)[number]
  readonly separator: (typeof separators)[number]
  readonly amountForm: (typeof amountForms)[number]
  readonly termForm: (typeof termForms)[number]
  readonly yieldFirst: boolean
  readonly quoted: boolean
  readonly moneyFirst: boolean
  readonly request: boolean
}

export const plainStyle: PromptStyle = {
  yieldForm: "sign",
  joint: "space",
  separator: "comma",
  amountForm: "grouped",
  termForm: "years",
  yieldFirst: false,
  quoted: false,
  moneyFirst: false,
  request: false
}

const unitsRu =
  "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать".split(
    " "
  )
const tensRu = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split(" ")
const unitsEn =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " "
  )
const tensEn = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ")

/** A number from 0 to 99 in words, with a half; null when it has no short spoken form. */
export const sayNumber = (value: number, language: Language): string | null => {
  const whole = Math.floor(value)
  if (value < 0 || whole > 99 || (value !== whole && value !== whole + 0.5)) return null
  const [units, tens] = language === "ru" ? [unitsRu, tensRu] : [unitsEn, tensEn]
  const joint = language === "ru" ? " " : "-"
  const said =
    whole < 20
      ? units[whole]!
      : `${tens[Math.floor(whole / 10) - 2]!}${whole % 10 === 0 ? "" : `${joint}${units[whole % 10]!}`}`
  if (value === whole) return said
  return language === "ru" ? `${said} с половиной` : `${said} and a half`
}

const numberText = (value: number, language: Language) => {
  const text = String(Math.abs(value))
  return language === "ru" ? text.replace(".", ",") : text
}

const percentWord = (value: number, language: Language) =>
  language === "en"
    ? "percent"
    : pluralRu(Number.isInteger(value) ? Math.abs(value) : 0.5, "процент", "процента", "процентов")

const yieldText = (product: Product, language: Language, form: PromptStyle["yieldForm"]): string => {
  const { yieldPercent: from, yieldPercentTo: to, approximate } = product
  const about = approximate ? "≈ " : ""
  const signed = (value: number) => `${value < 0 ? "−" : ""}${numberText(value, language)}`
  if (to !== null) {
    if (from < 0 || to < 0)
      return `${language === "ru" ? "от" : "from"} ${signed(from)} ${language === "ru" ? "до" : "to"} ${signed(to)} %`
    return form === "word" || form === "spoken"
      ? `${language === "ru" ? "от" : "from"} ${signed(from)} ${language === "ru" ? "до" : "to"} ${signed(to)} ${language === "ru" ? "процентов" : "percent"}`
      : `${signed(from)}–${signed(to)} %`
  }
  const spoken = sayNumber(Math.abs(from), language)
  const minus = from < 0 ? (language === "ru" ? "минус " : "minus ") : ""
  switch (form) {
    case "sign":
      return `${about}${signed(from)}%`
    case "spacedSign":
      return `${about}${signed(from)} %`
    case "perAnnum":
      return `${about}${signed(from)} % ${language === "ru" ? "годовых" : "p.a."}`
    case "points":
      return `${about}${from < 0 ? "−" : ""}${numberText(Number((Math.abs(from) * 100).toFixed(6)), language)} ${language === "ru" ? "базисных пунктов" : "bps"}`
    case "spoken":
      if (spoken !== null && !approximate) return `${minus}${spoken} ${percentWord(from, language)}`
      return `${about}${signed(from)} ${percentWord(from, language)}`
    case "word":
      return `${about}${signed(from)} ${percentWord(from, language)}`
  }
}

const flagsText = (product: Product, language: Language): string => {
  const words: string[] = []
  if (product.rate !== "unknown")
    words.push(
      language === "ru"
        ? { contract: "ставка по договору", forecast: "прогноз" }[product.rate]
        : { contract: "contract rate", forecast: "forecast" }[product.rate]
    )
  if (product.insured !== "unknown")
    words.push(
      language === "ru"
        ? { yes: "застраховано", no: "не застраховано" }[product.insured]
        : { yes: "insured", no: "not insured" }[product.insured]
    )
  if (product.source !== null) words.push(`${language === "ru" ? "по данным" : "source:"} ${product.source}`)
  if (product.date !== null) words.push(`${language === "ru" ? "на" : "as of"} ${product.date}`)
  return words.length === 0 ? "" : ` (${words.join(", ")})`
}

const productText = (product: Product, language: Language, style: PromptStyle): string => {
  const plain = !style.quoted && /^[\p{L} ]+$/u.test(product.name)
  const name = plain ? product.name : language === "ru" ? `«${product.name}»` : `"${product.name}"`
  const amount = yieldText(product, language, style.yieldForm)
  const flags = flagsText(product, language)
  if (style.yieldFirst) return `${amount} — ${name}${flags}`
  const joint: Record<PromptStyle["joint"], string> = {
    space: ` ${amount}`,
    colon: `: ${amount}`,
    dash: ` — ${amount}`,
    at: ` ${language === "ru" ? "под" : "at"} ${amount}`,
    equals: ` = ${amount}`,
    brackets: ` (${amount})`
  }
  // "под от 8 до 12" is not said by anyone.
  const said =
    style.joint === "at" && (product.yieldPercentTo !== null || product.yieldPercent < 0)
      ? joint.colon
      : joint[style.joint]
  return `${name}${said}${flags}`
}

const signs: Readonly<Record<string, string>> = { RUB: "₽", USD: "$", EUR: "€", GBP: "£", CNY: "¥" }

const amountText = (brief: Brief, style: PromptStyle): string => {
  const { amount, currency, language } = brief
  if (amount === null || currency === null) return ""
  const sign = signs[currency] ?? currency
  const grouped = String(amount).replace(/\B(?=(\d{3})+(?!\d))/g, language === "ru" ? " " : ",")
  if (style.amountForm === "plain") return `${amount} ${currency === "RUB" && language === "ru" ? "рублей" : currency}`
  if (style.amountForm === "short" && amount % 1e5 === 0)
    return `${numberText(amount / 1e6, language)} ${language === "ru" ? "млн" : "million"} ${sign.length > 1 ? currency : sign}`
  if (style.amountForm === "signFirst" && sign.length === 1) return `${sign}${grouped}`
  return `${grouped} ${sign}`
}

const termText = (months: number, language: Language, form: PromptStyle["termForm"]): string => {
  if (form === "years" && months % 12 === 0) {
    const years = months / 12
    return language === "ru"
      ? `на ${years} ${pluralRu(years, "год", "года", "лет")}`
      : `for ${years} ${years === 1 ? "year" : "years"}`
  }
  return language === "ru"
    ? `на ${months} ${pluralRu(months, "месяц", "месяца", "месяцев")}`
    : `for ${months} ${months === 1 ? "month" : "months"}`
}

export const printBrief = (brief: Brief, style: PromptStyle = plainStyle): string => {
  const { language } = brief
  const ru = language === "ru"
  const products = brief.products.map((product) => productText(product, language, style))
  const money = [
    amountText(brief, style),
    brief.termMonths === null ? "" : termText(brief.termMonths, language, style.termForm)
  ]
    .filter((text) => text !== "")
    .join(" ")
  const request = style.request ? (ru ? "Сравни для клиента: " : "Please compare: ") : ""
  const joined = {
    comma: products.join(", "),
    semicolon: products.join("; "),
    line: products.join("\n"),
    and:
      products.length === 1
        ? products[0]!
        : `${products.slice(0, -1).join(", ")} ${ru ? "и" : "and"} ${products.at(-1)}`,
    numbered: products.map((text, index) => `${index + 1}. ${text}`).join("\n"),
    bullets: products.map((text) => `- ${text}`).join("\n")
  }[style.separator]
  const listed = style.separator === "numbered" || style.separator === "bullets" || style.separator === "line"
  if (money === "") return listed && request !== "" ? `${request.trim()}\n${joined}` : `${request}${joined}`
  if (style.moneyFirst)
    return listed
      ? `${request}${money}\n${joined}`
      : `${request === "" ? "" : request.replace(": ", ", ")}${money}: ${joined}`
  return listed ? `${request === "" ? "" : `${request.trim()}\n`}${joined}\n${money}` : `${request}${joined}; ${money}`
}
