/**
 * Yields in a prompt: percent signs and words, basis points, ranges, minus signs, numbers in words.
 * It refuses what looks like a yield and is none it may draw: one end of a range, a difference, a monthly rate, a dash that may be a minus.
 */
import type { Language } from "./language.ts"
import { plainDigitPhrase, readDigits, readNumeral } from "./numerals.ts"
import type { Sheet, YieldPiece } from "./pieces.ts"
import { refuse } from "./refusals.ts"

export const yieldPercentMin = -100
export const yieldPercentMax = 1000

export const yieldNumber = `(?:${plainDigitPhrase})`
const percent =
  "(?:%(?:\\s?-?\\s?(?:ный|ная|ное|ные|ным|ной|ного|ных|ными|й|я)(?![a-zа-яё]))?|[-–]?процентн[а-яё]+|процент[а-яё]*|проц\\.?(?![a-zа-яё])|per\\s?cent(?:s)?(?![a-zа-яё])|percents?(?![a-zа-яё])|pct\\.?(?![a-zа-яё])|годовых(?![a-zа-яё])|p\\.\\s?a\\.?|п\\.\\s?а\\.?)"
const points = "(?:bps?(?![a-zа-яё])|б\\.?\\s?п\\.?(?![a-zа-яё])|базисн[а-яё]+\\s+пункт[а-яё]*|basis\\s+points?)"
const perYear =
  "(?:\\s*(?:,\\s*)?(?:годовых(?![a-zа-яё])|в\\s+год(?![a-zа-яё])|за\\s+год(?![a-zа-яё])|per\\s+year|per\\s+annum|p\\.\\s?a\\.?|pa(?![a-zа-яё])|a\\s+year|an?\\s+annum|annually|annual(?:\\s+(?:yield|return|rate))?(?![a-zа-яё])|yearly|each\\s+year|every\\s+year|ежегодно|каждый\\s+год|apr(?![a-zа-яё])|apy(?![a-zа-яё])|/\\s?год(?![a-zа-яё])|/\\s?(?:yr|year)))"
const sign =
  "(?:минус\\s+|minus\\s+|negative\\s+|отрицательн[а-яё]+\\s+(?:доходност[а-яё]+\\s+)?|убыток\\s+(?:в\\s+)?|убытк[а-яё]+\\s+(?:в\\s+)?|(?:a\\s+)?loss\\s+of\\s+|(?:потеря|упа|сни[зж]|просе|подешеве)[а-яё]+\\s+(?:на\\s+)?|(?:lost|loses?|losing|fell|falls?|dropped|drops|declined|declines|down)\\s+(?:by\\s+)?|−\\s?|[-+])"
const to = "(?:\\s*(?:–|—|-|−|\\.{2,3}|…|÷|~)\\s*|\\s+(?:до|to|and|till|until|по|и)\\s+)"
const opener = "(?:(?<![a-zа-яё\\d])(от|с|from|between|между|в\\s+диапазоне|в\\s+пределах|range|ranging\\s+from)\\s+)"
const about =
  "(?:(?<![a-zа-яё\\d])(?:около|примерно|приблизительно|порядка|about|around|approximately|approx\\.?|roughly|circa|ca\\.|c\\.)\\s+|[~≈∼]\\s*)"
const edge = "(?<![a-zа-яё\\d.,])"

export const numberOf = (text: string): number | null =>
  /^\d/.test(text) ? readDigits(text, true) : readNumeral(text.replace(/^(?:пол)$/i, ""))

export const isMinus = (mark: string | undefined) => mark !== undefined && !/^\s*\+/.test(mark) && mark.trim() !== ""

const rangePattern = new RegExp(
  `${about}?${opener}?${edge}(${sign})?(${yieldNumber})\\s*(?:${percent}${perYear}?)?(${to})(${sign})?(${yieldNumber})\\s*(${percent}|${points})${perYear}*`,
  "gi"
)
const singlePattern = new RegExp(
  `(${about})?(?<![\\d.,])(${sign})?(${yieldNumber})\\s*(${percent}|${points})(${perYear}*)`,
  "gi"
)
const halfPattern =
  /(?<![a-zа-яё\d])(?<!(?:and|с|и)\s+(?:an?\s+)?)(?:пол\s?процента|половина\s+процента|половину\s+процента|(?:a\s+)?half\s+(?:a\s+|of\s+a\s+|of\s+one\s+)?per\s?cent)(?:\s+годовых)?(?![a-zа-яё])/gi
const notAnnual =
  /^\s*(?:в\s+(?:месяц|день|неделю|квартал|полгода)|ежемесячно|ежеквартально|ежедневно|за\s+(?:месяц|квартал|полгода)|per\s+(?:month|day|week|quarter)|a\s+month|monthly|quarterly|daily|\/\s?(?:мес|mo))/i
const wholeTerm =
  /^\s*(?:за\s+(?:весь\s+)?(?:срок|\d|два|три|четыре|пять|десять)|over\s+(?:the\s+)?(?:whole\s+)?(?:term|period|\d|two|three|five|ten)|in\s+total|всего|итого)/i
const difference =
  /^\s*(?:п\.?\s?п\.?(?![a-zа-яё])|points?(?![a-zа-яё])|пункт|(?:выше|ниже|больше|меньше|дороже|higher|lower|more|less|above|below|better|worse)(?![a-zа-яё]))/i
export const openEnd =
  /(?:^|[^a-zа-яё\d])(до|от|up\s+to|at\s+least|at\s+most|не\s+менее|не\s+более|не\s+ниже|не\s+выше|свыше|более|менее|минимум|максимум|min\.?|max\.?|over|under|from|more\s+than|less\s+than|[<>≤≥])\s*$/i

const checked = (piece: YieldPiece, language: Language): YieldPiece => {
  for (const value of [piece.from, piece.to ?? piece.from]) {
    if (value < yieldPercentMin || value > yieldPercentMax) throw refuse("outOfBounds", piece.text, language)
  }
  return piece
}

const rounded = (value: number) => Number(value.toFixed(6))

/** Is the mark before a number a minus, given what stands before it? A hyphen glued to a word, or an en dash, may be either. */
const refuseUnclearMark = (before: string, text: string, language: Language) => {
  const glued = before.match(/[a-zа-яё\d»")][-–−]$/u)
  const enDash = before.match(/(?:^|[^\s:(=—–-])\s+–$/u)
  if ((glued !== null && !glued[0].endsWith("–")) || enDash !== null) {
    throw refuse("dashOrMinus", `${before.slice(-1)}${text}`, language)
  }
}

/** Lifts every yield with a unit out of the sheet. Bare numbers are left for the segment that has no other yield. */
export const takeYields = (sheet: Sheet, language: Language): void => {
  sheet.take(rangePattern, (match) => {
    const [text, open, signFrom, from, joint, signTo, until, unit] = match
    const before = sheet.text.slice(0, match.index)
    const glued = /\d\s*$/.test(before)
    const isList = /^\s+(?:и|and)\s+$/i.test(joint!)
    if (glued || (isList && !/between|между|диапазон/i.test(open ?? ""))) return null
    if (/^\s+по\s+$/i.test(joint!) && open === undefined) return null
    const values = [numberOf(from!), numberOf(until!)]
    if (values[0] === null || values[1] === null) return null
    const divisor = new RegExp(`^${points}$`, "i").test(unit!) ? 100 : 1
    if (signFrom === "-" && /[a-zа-яё]$/u.test(before)) throw refuse("dashOrMinus", text, language)
    const ends = [
      rounded(((isMinus(signFrom) ? -1 : 1) * values[0]!) / divisor),
      rounded(((isMinus(signTo) ? -1 : 1) * values[1]!) / divisor)
    ].sort((a, b) => a - b)
    const after = sheet.text.slice(match.index! + text.length)
    if (difference.test(after)) throw refuse("relative", text, language)
    if (notAnnual.test(after)) throw refuse("notAnnual", text, language)
    const same = ends[0] === ends[1]
    return checked(
      {
        kind: "yield",
        text,
        from: ends[0]!,
        to: same ? null : ends[1]!,
        approximate: new RegExp(`^${about}`, "i").test(text)
      },
      language
    )
  })
  sheet.take(halfPattern, (match) => ({ kind: "yield", text: match[0], from: 0.5, to: null, approximate: false }))
  sheet.take(singlePattern, (match) => {
    const [text, approximately, mark, value, unit, annual] = match
    const before = sheet.text.slice(0, match.index)
    const after = sheet.text.slice(match.index! + text.length)
    if (/^\+(?!\s?\d)/.test(after)) throw refuse("oneEnd", `${text}+`, language)
    const isPoints = new RegExp(`^${points}$`, "i").test(unit!)
    const read = /^\d/.test(value!) ? readDigits(value!, !isPoints) : numberOf(value!)
    if (read === null) return null
    if (mark === undefined && approximately === undefined && /[a-zа-яё]$/u.test(before)) return null
    if (mark === "-" || mark === "+") {
      if (/[a-zа-яё\d»")]$/u.test(before))
        throw refuse("dashOrMinus", `${before.match(/\S+$/u)?.[0] ?? ""}${text}`, language)
    } else if (mark === undefined) refuseUnclearMark(before, text, language)
    if (openEnd.test(before)) throw refuse("oneEnd", `${before.match(openEnd)![1]} ${text}`, language)
    if (
      difference.test(after) ||
      (/(?:^|\s)на\s*$/i.test(before) && /выше|ниже|больше|меньше/i.test(after.slice(0, 40)))
    ) {
      throw refuse("relative", `${text}${after.match(/^\s*\S+/)?.[0] ?? ""}`, language)
    }
    if (notAnnual.test(after)) throw refuse("notAnnual", `${text}${after.match(notAnnual)![0]}`, language)
    const said = annual !== "" || /годовых|p\.\s?a/i.test(unit!)
    if (!said && wholeTerm.test(after)) throw refuse("annualOrTotal", `${text}${after.slice(0, 24)}`, language)
    // "1 000 %", "5 1/2 %": half of a longer number is no yield.
    if ((/\d[ \u00a0]$/.test(before) && /^\d{3}(?:\D|$)/.test(value!)) || /\/$/.test(before)) {
      throw refuse("twoYields", `${before.match(/[\d/]+\s?$/)?.[0] ?? ""}${text}`, language)
    }
    const negative = isMinus(mark)
    const from = rounded(((negative ? -1 : 1) * read) / (isPoints ? 100 : 1))
    return checked(
      { kind: "yield", text, from: from === 0 ? 0 : from, to: null, approximate: approximately !== undefined },
      language
    )
  })
}
