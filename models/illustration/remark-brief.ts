/**
 * The part of the remark grammar that changes what is drawn: a yield corrected, a product dropped, added, renamed or moved, another sum or term,
 * what a rate is and whether it is insured. Every change goes through the same readers as a prompt; nothing is guessed.
 */
import { type Brief, type Product, productsMax } from "./brief.ts"
import type { Language } from "./language.ts"
import { takeMoney } from "./money.ts"
import { BriefRefusal, Sheet } from "./pieces.ts"
import { cleanName, toNominative } from "./product-names.ts"
import { parsePrompt } from "./prompt.ts"
import { takeDates, takeFlags, takeSources } from "./provenance.ts"
import { takeTerms } from "./terms.ts"
import { digitsForWords } from "./written-numbers.ts"

export type BriefChange =
  | { readonly kind: "changed"; readonly brief: Brief }
  /** It is such a clause, but it cannot be done: why. */
  | { readonly kind: "impossible"; readonly reason: string }

const plain = (text: string) =>
  toNominative(
    text
      .replace(/["«»„“”()]/g, "")
      .replace(/\s+/g, " ")
      .trim()
  )
    .toLowerCase()
    .replaceAll("ё", "е")

const stems = (text: string) =>
  plain(text)
    .split(/[\s,-]+/)
    .filter((word) => word.length > 1 && !/^(?:в|на|по|для|the|an?|of|in|продукт|product)$/.test(word))
    .map((word) =>
      word.length > 5 ? word.slice(0, Math.max(4, word.length - 3)) : word.length > 4 ? word.slice(0, -1) : word
    )

/** Index of the product that is meant, -1 for none, -2 for more than one. */
export const findProduct = (brief: Brief, words: string): number => {
  const wanted = plain(words)
  const exact = brief.products.findIndex(({ name }) => plain(name) === wanted)
  if (exact >= 0) return exact
  const wantedStems = stems(words)
  if (wantedStems.length === 0) return -1
  const hits = brief.products.flatMap(({ name }, index) => {
    const named = plain(name).split(/[\s,-]+/)
    return wantedStems.every((stem) => named.some((word) => word.startsWith(stem))) ? [index] : []
  })
  return hits.length === 1 ? hits[0]! : hits.length === 0 ? -1 : -2
}

const say = (language: Language, ru: string, en: string) => (language === "ru" ? ru : en)

const missing = (brief: Brief, words: string, index: number): BriefChange => ({
  kind: "impossible",
  reason:
    index === -2
      ? say(
          brief.language,
          `Под «${words}» подходит больше одного продукта.`,
          `More than one product matches "${words}".`
        )
      : say(brief.language, `Продукта «${words}» на картинке нет.`, `There is no product "${words}" in the picture.`)
})

const withProduct = (brief: Brief, index: number, change: Partial<Product>): BriefChange => ({
  kind: "changed",
  brief: {
    ...brief,
    products: brief.products.map((product, at) => (at === index ? { ...product, ...change } : product))
  }
})

const dropPattern =
  /^(?:убери(?:те)?|удали(?:те)?|исключи(?:те)?|выкинь(?:те)?|убрать|не\s+показывай(?:те)?|без|remove|drop|delete|exclude|leave\s+out|get\s+rid\s+of|without|take\s+out)\s+(?:продукт\s+|the\s+|product\s+)?(.+)$/i
const renameFromQuoted =
  /^(?:переименуй(?:те)?|назови(?:те)?|rename|call)\s+(?:the\s+)?(["«„“][^"»“”]+["»“”])\s+(?:в\s+|как\s+|на\s+|to\s+|as\s+|into\s+)?(.+)$/i
const renameAfter = /^(.+?)\s+(?:переименуй(?:те)?|назови(?:те)?)\s+(?:в\s+|как\s+)?(.+)$/i
const renameBare = /^(?:назови(?:те)?|call)\s+(?:the\s+)?([a-zа-яё]+)\s+(.+)$/i
const renamePattern =
  /^(?:переименуй(?:те)?|назови(?:те)?|rename|call)\s+(?:the\s+)?(.+?)\s+(?:в|как|на|to|as|into)\s+(.+)$/i
const renameQuoted = /^(?:переименуй(?:те)?|назови(?:те)?|rename|call)\s+(?:the\s+)?(.+?)\s+(["«„“].+["»“”])$/i
const addPattern = /^(?:добавь(?:те)?|add|include)\s+(?:ещё\s+|also\s+|продукт\s+)?(.+)$/i
const swapPattern = /^(?:поменяй(?:те)?\s+местами|swap)\s+(.+?)\s+(?:и|and|with|с)\s+(.+)$/i
const firstBefore =
  /^(?:перв[а-яё]+|в\s+начало|first)\s+(?:поставь(?:те)?|сделай(?:те)?|пусть\s+будет|put|show)\s+(.+)$/i
const firstPattern =
  /^(?:поставь(?:те)?|сделай(?:те)?|put|make|move)?\s*(?:the\s+)?(.+?)\s+(перв[а-яё]+|последн[а-яё]+|в\s+начало|в\s+конец|first|last|to\s+the\s+(?:front|end|left|right)|слева|справа)$/i
const leadVerb =
  /^(?:(?:неправильн[а-яё]+\s+(?:ставка|доходность)|неверн[а-яё]+\s+(?:ставка|доходность)|wrong\s+(?:yield|rate)|исправь|поправь|измени|поменяй|поставь|сделай|укажи|пусть|подними|опусти|запиши|у|для|по|set|change|correct|fix|put|make|raise|lower|update)(?:те)?\s*[:,]?\s+)+/i
const numberJoint =
  /\s+(?:будет|теперь|должн[а-яё]+\s+быть|на|до|is\s+now|should\s+be|is|to|at)\s+(?=(?:минус\s+|minus\s+|[-−+]?)?(?:\d|от\s+\d))/gi

const setYields = (clause: string, brief: Brief): BriefChange | null => {
  const text = clause
    .replace(leadVerb, "")
    .replace(/^(?:ставк[ауи]|доходность|yield|rate)\s+(?:по|у|of|on|for)?\s*/i, "")
    .replace(numberJoint, ": ")
  if (!/\d/.test(digitsForWords(text))) return null
  const answer = parsePrompt(text, brief.language)
  if (!answer.ok || answer.brief.amount !== null || answer.brief.termMonths !== null) return null
  let products = brief.products
  for (const said of answer.brief.products) {
    const index = findProduct(brief, said.name)
    if (index < 0) return missing(brief, said.name, index)
    products = products.map((product, at) =>
      at === index
        ? {
            ...product,
            yieldPercent: said.yieldPercent,
            yieldPercentTo: said.yieldPercentTo,
            approximate: said.approximate,
            rate: said.rate === "unknown" ? product.rate : said.rate,
            insured: said.insured === "unknown" ? product.insured : said.insured,
            source: said.source ?? product.source,
            date: said.date ?? product.date
          }
        : product
    )
  }
  return { kind: "changed", brief: { ...brief, products } }
}

const moneyFiller =
  /(?<![a-zа-яё])(?:покажи(?:те)?|показать|show|увелич[а-яё]+|уменьш[а-яё]+|increase|raise|reduce|lower|сумм[а-яё]+|срок[а-яё]*|вложени[а-яё]+|возьми(?:те)?|сделай(?:те)?|поставь(?:те)?|пусть|будет|измени(?:те)?|поменяй(?:те)?|посчитай(?:те)?|с|на|за|в|и|не|а|другой|другая|для|теперь|make|it|the|amount|sum|term|set|change|use|to|for|over|with|of|is|be|and|let|on|instead|now|an?|count|calculate)(?![a-zа-яё])/gi

const setMoneyOrTerm = (clause: string, brief: Brief): BriefChange | null => {
  const sheet = new Sheet(digitsForWords(clause).replace(/(?<![a-zа-яё])(?:до|to)\s+(?=[$€£₽\d])/gi, " "))
  takeMoney(sheet, brief.language)
  takeTerms(sheet, brief.language)
  const money = sheet.pieces.filter((piece) => piece.kind === "money")
  const terms = sheet.pieces.filter((piece) => piece.kind === "term")
  if (money.length + terms.length === 0 || money.length > 1 || terms.length > 1) return null
  const rest = sheet.text.replace(/[\ue000-\uf8ff]/g, " ").replace(moneyFiller, " ")
  if (/[\p{L}\d%]/u.test(rest)) return null
  const amount = money[0]
  return {
    kind: "changed",
    brief: {
      ...brief,
      amount: amount?.amount ?? brief.amount,
      currency: amount === undefined ? brief.currency : (amount.currency ?? brief.currency),
      termMonths: terms[0]?.months ?? brief.termMonths
    }
  }
}

const setProvenance = (clause: string, brief: Brief): BriefChange | null => {
  const sheet = new Sheet(clause)
  takeDates(sheet, brief.language)
  takeFlags(sheet)
  takeSources(sheet)
  if (sheet.pieces.length === 0) return null
  const rest = sheet.text
    .replace(/[\ue000-\uf8ff]/g, " ")
    .replace(/(?<![a-zа-яё])(?:is|are|это|есть|у|для|the|it|all|все|всё|дата|date)(?![a-zа-яё])/gi, " ")
  const name = cleanName(rest, { first: true, afterYield: false })
  const index = name === "" ? null : findProduct(brief, name)
  if (index !== null && index < 0) return null
  let change: Partial<Product> = {}
  for (const piece of sheet.pieces) {
    if (piece.kind === "date") change = { ...change, date: piece.date }
    if (piece.kind === "source") change = { ...change, source: piece.source }
    if (piece.kind === "flag") {
      if (piece.rate !== "unknown") change = { ...change, rate: piece.rate }
      if (piece.insured !== "unknown") change = { ...change, insured: piece.insured }
    }
  }
  if (index !== null) return withProduct(brief, index, change)
  return {
    kind: "changed",
    brief: { ...brief, products: brief.products.map((product) => ({ ...product, ...change })) }
  }
}

const move = (brief: Brief, index: number, toEnd: boolean): BriefChange => {
  const product = brief.products[index]!
  const others = brief.products.filter((_, at) => at !== index)
  return { kind: "changed", brief: { ...brief, products: toEnd ? [...others, product] : [product, ...others] } }
}

const read = (clause: string, brief: Brief): BriefChange | null => {
  const { language } = brief
  const rename = [renameFromQuoted, renamePattern, renameQuoted, renameAfter, renameBare]
    .map((pattern) => clause.match(pattern))
    .find((match) => match !== null)
  if (rename !== undefined) {
    const index = findProduct(brief, rename[1]!)
    if (index < 0) return missing(brief, rename[1]!, index)
    const name = rename[2]!
      .trim()
      .replace(/^["«„“](.*)["»“”]$/u, "$1")
      .replace(/\.$/, "")
      .trim()
    if (name === "" || name.length > 90)
      return {
        kind: "impossible",
        reason: say(
          language,
          "Новое название пустое или длиннее 90 знаков.",
          "The new name is empty or longer than 90 characters."
        )
      }
    return withProduct(brief, index, { name })
  }
  const swap = clause.match(swapPattern)
  if (swap !== null) {
    const indexes = [findProduct(brief, swap[1]!), findProduct(brief, swap[2]!)]
    const unknown = indexes.findIndex((index) => index < 0)
    if (unknown >= 0) return missing(brief, swap[unknown + 1]!, indexes[unknown]!)
    const products = [...brief.products]
    products[indexes[0]!] = brief.products[indexes[1]!]!
    products[indexes[1]!] = brief.products[indexes[0]!]!
    return { kind: "changed", brief: { ...brief, products } }
  }
  const add = clause.match(addPattern)
  if (add !== null) {
    const answer = parsePrompt(add[1]!, language)
    if (!answer.ok)
      return /\d/.test(digitsForWords(add[1]!)) || answer.error.code === "noYield"
        ? { kind: "impossible", reason: `${answer.error.message}.` }
        : null
    const products = [...brief.products, ...answer.brief.products]
    if (products.length > productsMax)
      return {
        kind: "impossible",
        reason: say(language, "На картинке помещается не больше 12 продуктов.", "A picture holds at most 12 products.")
      }
    return { kind: "changed", brief: { ...brief, products } }
  }
  const drop = clause.match(dropPattern)
  if (drop !== null) {
    const index = findProduct(brief, drop[1]!)
    if (index === -1) return null
    if (index < 0) return missing(brief, drop[1]!, index)
    if (brief.products.length === 1)
      return {
        kind: "impossible",
        reason: say(language, "Это единственный продукт на картинке.", "It is the only product in the picture.")
      }
    return { kind: "changed", brief: { ...brief, products: brief.products.filter((_, at) => at !== index) } }
  }
  const before = clause.match(firstBefore)
  if (before !== null) {
    const index = findProduct(brief, before[1]!)
    return index < 0 ? missing(brief, before[1]!, index) : move(brief, index, false)
  }
  const first = clause.match(firstPattern)
  if (first !== null) {
    const index = findProduct(brief, first[1]!)
    if (index >= 0) return move(brief, index, /последн|конец|last|end|right|справа/i.test(first[2]!))
  }
  return setMoneyOrTerm(clause, brief) ?? setYields(clause, brief) ?? setProvenance(clause, brief)
}

/** Reads one clause as a change of the brief, or answers null when it speaks of something else. */
export const readBriefClause = (clause: string, brief: Brief): BriefChange | null => {
  try {
    return read(clause, brief)
  } catch (refusal) {
    if (!(refusal instanceof BriefRefusal)) throw refusal
    return { kind: "impossible", reason: `${refusal.message}.` }
  }
}
