/**
 * From a prompt to a brief, in Russian or English. Every piece of the prompt is placed or named in an error; it never guesses in silence.
 * The order of the rules is the order of this file: quotes, dates, flags, yields, money, terms, sources, then products by segments.
 */
import { type Brief, type BriefAnswer, nameLengthMax, type Product, productsMax, promptLengthMax } from "./brief.ts"
import { type Language, languageOf } from "./language.ts"
import { canLetter } from "./lettering.ts"
import { takeMoney } from "./money.ts"
import { BriefRefusal, pieceCharacter, Sheet } from "./pieces.ts"
import { holdsTwoProducts } from "./product-names.ts"
import { flagsInName, takeDates, takeFlags, takeSources } from "./provenance.ts"
import { refuse } from "./refusals.ts"
import { type Found, findProducts } from "./segments.ts"
import { takeTerms } from "./terms.ts"
import { digitsForWords } from "./written-numbers.ts"
import { takeYields } from "./yields.ts"

/** Emoji, their joiners, soft hyphens and byte order marks (all of Cf) carry no meaning here. */
const decoration = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\ufe0f|\p{Cf}/gu
/** Stands for the end of a line: no rule that skips white space can reach over it. */
const lineEnd = "\u0001"
const bullet = /^[ \t]*(?:[-–—•*·▪◦‣]\s+|[-–—•*·](?=\p{L}|[«"])|№?\s?\d{1,2}[.)]\s+|[а-яa-z]\)\s+)/gimu
const fractionOf: Readonly<Record<string, number>> = { "½": 0.5, "¼": 0.25, "¾": 0.75 }
/** "7¾ %", "4 1/2 percent": one number, not a name with a number behind it. */
const fraction = /(\d+)(?:\s?([½¼¾])|\s+([13])\/([24])(?=\s*(?:%|percent|per\s?cent|процент|pct)))/giu
/** "Сумма 1 млн. Вклад 10 %": the full stop of an abbreviation that ends a sentence too. */
const abbreviationAtEnd = /(?<![а-яёa-z])((?:млн|млрд|тыс|руб|mln|bln)\.)\s+(?=\p{Lu})/gu
/** "1) вклад 10 %; 2) …", "(1) deposit …", "а) … б) …": all on one line. */
const inlineLists = [
  { begins: /(?:^|[\s:])\(?1[.)]\s.*[\s;,]\(?2[.)]\s/su, sign: /(^|[\s;,:])\(?\d{1,2}[.)]\s+(?=[\p{L}«"])/gu },
  { begins: /(?:^|[\s:])[аa]\)\s.*[\s;,][бb]\)\s/isu, sign: /(^|[\s;,:])[а-яa-z]\)\s+(?=[\p{L}«"])/giu }
]

const tidy = (prompt: string): string => {
  let text = prompt
    .normalize("NFC")
    .replace(/\r\n?/g, "\n")
    .replace(decoration, "")
    .replace(/[\u00a0\u202f\u2009\t]/g, " ")
  text = text
    .trim()
    .replace(/^["«“](.*)["»”]$/su, (whole, inner: string) =>
      /["«»“”]/u.test(inner) || !/\d/.test(inner) ? whole : inner
    )
  text = text
    .replace(fraction, (_, whole: string, glyph?: string, over?: string, under?: string) =>
      String(Number(whole) + (glyph === undefined ? Number(over) / Number(under) : fractionOf[glyph]!))
    )
    .replace(abbreviationAtEnd, "$1; ")
  // Only where its first two signs stand in order is it a list within a line.
  for (const { begins, sign } of inlineLists) if (begins.test(text)) text = text.replace(sign, "$1; ")
  // Ten percent at the start of a line is a yield, "10. вклад" is a number of a list.
  text = text.replace(bullet, "").replace(/^(?:\s*;)+\s*/u, "")
  text = text
    .replace(/(\d*)\s?([¼½¾])/g, (_, whole: string, part: string) =>
      String(Number(whole || 0) + { "¼": 0.25, "½": 0.5, "¾": 0.75 }[part]!)
    )
    .replace(
      /(?<![\d.,/])(\d+)\s+(\d)\/([248])(?=\s?(?:%|percent|процент))/gi,
      (_, whole: string, above: string, below: string) => String(Number(whole) + Number(above) / Number(below))
    )
    .replace(/([a-zа-яё»"])\s*[=:]\s*(?=[-−+]?\d)/gi, "$1: ")
  return text.replace(/\s*\n\s*/g, lineEnd)
}

const liftQuotes = (sheet: Sheet) => {
  for (const quotes of [
    /«(?:[^«»\u0001]|«[^«»\u0001]*»)*»/gu,
    /„[^„“”\u0001]*[“”]/gu,
    /“[^“”\u0001]*”/gu,
    /"[^"\u0001]*"/gu,
    /(?<=^|[\s(,;:])'[^'\u0001]+'(?=$|[\s),;:.%])/gu
  ]) {
    sheet.take(quotes, (match) => ({
      kind: "words",
      text: match[0].replace(/^'(.*)'$/u, '"$1"'),
      quoted: true
    }))
  }
}

/** Brackets around pieces alone are dropped; brackets around words become one word; a word beside a date is its source. */
const openBrackets = (sheet: Sheet) => {
  const piece = new RegExp(pieceCharacter, "gu")
  sheet.text = sheet.text.replace(/[([]([^()[\]]*)[)\]]/gu, (_whole, inner: string) => {
    const kinds = [...inner.matchAll(piece)].map((match) => sheet.pieceAt(match[0])?.kind)
    const words = inner
      .replace(piece, " ")
      .replace(/[,;\s]+/g, " ")
      .trim()
    if (kinds.length > 0 && words === "") return ` ${inner.replace(/[,;]/g, " ")} `
    if (kinds.includes("date") && !kinds.includes("yield") && words !== "") {
      const rest = inner.replace(/[^\ue000-\uf8ff]/gu, " ")
      return ` ${rest} ${sheet.lift({ kind: "source", text: sheet.expand(inner), source: words })} `
    }
    if (kinds.length === 0 && words !== "") {
      return /^[-−+]?\d+(?:[.,]\d+)?$/.test(words)
        ? ` ${words} `
        : ` ${sheet.lift({ kind: "words", text: `(${inner.trim()})`, quoted: false })} `
    }
    return ` ${inner.replace(/[,;]/g, " ")} `
  })
}

const unquoted = (name: string) => name.replace(/«[^»]*»|"[^"]*"|„[^“]*“|“[^”]*”/gu, "")

const notAProduct =
  /^(?:налог|ндфл|комисси|скидк|к[эе]шб[эе]к|бонус(?:ы)?(?=\s|$)|tax(?:es)?(?=\s|$)|fees?(?=\s|$)|commission|discount|cash-?back|bonus(?=\s*$))/i
/** What only stands beside a product's yield: how it was before, or what is to be thought away from it. */
const comparedWith =
  /^(?:было|был[аи]?|ранее|раньше|прежде|вместо|при|после|за\s+вычетом|(?:с\s+)?уч[её]том|включая|в\s+том\s+числе|из\s+них|дол[яи]|was|were|previously|formerly|instead|after|net\s+of|including|of\s+which|allocation|weight)(?=\s|$)/i

const productOf = (found: Found, language: Language): Product => {
  const name = found.name
  if (name.length > nameLengthMax) throw refuse("nameTooLong", name, language)
  const unlettered = [name, found.source ?? ""].find((text) => !canLetter(text))
  if (unlettered !== undefined) throw refuse("unreadable", unlettered, language)
  if (!/[\p{L}]/u.test(name)) throw refuse("noName", found.yield.text, language)
  if (/[%‰₽$€£]/u.test(unquoted(name)) && !found.quoted) throw refuse("unclear", name, language)
  if (!found.quoted) {
    if (notAProduct.test(name)) throw refuse("notAProduct", name, language)
    if (comparedWith.test(name)) throw refuse("unclear", `${name} ${found.yield.text}`, language)
    const sum = unquoted(name).match(/(?<![\d.,-])(?:\d{1,3}(?:[ ,]\d{3})+|[1-9]\d+000)(?![\d.,-])/)
    if (sum !== null) throw refuse("unclear", sum[0], language)
  }
  if (!found.quoted && holdsTwoProducts(name)) throw refuse("twoInOne", name, language)
  const said = flagsInName(name)
  return {
    name,
    yieldPercent: found.yield.from,
    yieldPercentTo: found.yield.to,
    approximate: found.yield.approximate,
    rate: found.rate === "unknown" ? said.rate : found.rate,
    insured: found.insured === "unknown" ? said.insured : found.insured,
    source: found.source,
    date: found.date
  }
}

/** The only one of its kind in the prompt, or a refusal naming the second that differs. */
const onlyOne = <T extends { readonly text: string }>(
  pieces: readonly T[],
  same: (a: T, b: T) => boolean,
  refusal: (piece: T) => BriefRefusal
): T | null => {
  const first = pieces[0]
  if (first === undefined) return null
  for (const other of pieces.slice(1)) if (!same(first, other)) throw refusal(other)
  return first
}

const read = (prompt: string, language: Language): Brief => {
  if (prompt.length > promptLengthMax) throw refuse("tooLong", prompt.slice(0, 40), language)
  const sheet = new Sheet(tidy(prompt))
  liftQuotes(sheet)
  takeDates(sheet, language)
  sheet.text = digitsForWords(sheet.text)
  takeFlags(sheet)
  takeYields(sheet, language)
  // A percent sign without a number that it belongs to.
  const stray = sheet.text.match(/\S*\s?[%‰]\s?\S*/u)
  if (stray !== null) throw refuse("unclear", sheet.expand(stray[0]), language)
  takeMoney(sheet, language)
  takeTerms(sheet, language)
  takeSources(sheet)
  openBrackets(sheet)
  const found = findProducts(sheet, language)
  if (found.length === 0) throw refuse("noProducts", prompt, language)
  if (found.length > productsMax) throw refuse("tooMany", String(found.length), language)
  const money = onlyOne(
    sheet.pieces.filter((piece) => piece.kind === "money"),
    (a, b) => a.amount === b.amount && (a.currency ?? b.currency) === (b.currency ?? a.currency),
    (piece) => refuse("secondAmount", piece.text, language)
  )
  const term = onlyOne(
    sheet.pieces.filter((piece) => piece.kind === "term"),
    (a, b) => a.months === b.months,
    (piece) => refuse("secondTerm", piece.text, language)
  )
  return {
    language,
    products: found.map((each) => productOf(each, language)),
    amount: money?.amount ?? null,
    currency: money?.currency ?? null,
    termMonths: term?.months ?? null
  }
}

/** Parses a prompt, or answers with the piece it could not place. `language` only overrides the language of the picture and of the error. */
export const parsePrompt = (prompt: string, language: Language = languageOf(prompt)): BriefAnswer => {
  try {
    return { ok: true, brief: read(prompt, language) }
  } catch (refusal) {
    if (!(refusal instanceof BriefRefusal)) throw refusal
    return { ok: false, error: { code: refusal.code, piece: refusal.piece, message: refusal.message } }
  }
}
