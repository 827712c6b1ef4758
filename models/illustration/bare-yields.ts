/**
 * Yields without a unit ("вклад 10", "ОМС одиннадцать", "11 — золото"). They are looked for only where a segment has no yield with a unit,
 * and refused where two numbers could be meant.
 */
import type { Language } from "./language.ts"
import type { YieldPiece } from "./pieces.ts"
import { refuse } from "./refusals.ts"
import { isMinus, numberOf, openEnd, yieldNumber } from "./yields.ts"

const bareRange = new RegExp(
  `^(?:от\\s+|from\\s+|between\\s+)?([-−])?(${yieldNumber})(?:\\s*(?:–|—|-|−|…)\\s*|\\s+(?:до|to|and)\\s+)(${yieldNumber})$`,
  "i"
)
const bareNumber = /^(?:(минус|minus)\s+|([-−+]))?\s?(\d+(?:[.,]\d+)?|[a-zа-яё]+(?:[\s-]+[a-zа-яё]+)*)$/i

/** Largest bare number that is taken for a yield: above it, it is a bond's number, a fineness or a year. */
const bareYieldMax = 100

/** A yield without a unit ("вклад 10", "ОМС одиннадцать"), or null when the text is not just that. */
export const readBareYield = (text: string): YieldPiece | null => {
  const trimmed = text.trim()
  const range = trimmed.match(bareRange)
  if (range !== null) {
    const ends = [numberOf(range[2]!), numberOf(range[3]!)]
    if (ends[0] === null || ends[1] === null || ends[0]! > bareYieldMax || ends[1]! > bareYieldMax) return null
    const from = isMinus(range[1]) ? -ends[0]! : ends[0]!
    return {
      kind: "yield",
      text: trimmed,
      from: Math.min(from, ends[1]!),
      to: Math.max(from, ends[1]!),
      approximate: false
    }
  }
  const single = trimmed.match(bareNumber)
  if (single === null) return null
  const value = numberOf(single[3]!)
  if (value === null || value > bareYieldMax) return null
  return {
    kind: "yield",
    text: trimmed,
    from: single[1] !== undefined || isMinus(single[2]) ? -value : value,
    to: null,
    approximate: false
  }
}

interface BareName {
  readonly kind: "name"
  readonly raw: string
  readonly quoted: boolean
}
interface BareYield {
  readonly kind: "yield"
  readonly piece: YieldPiece
}

/** Looks for a bare yield at either end of words that have no other ("вклад под 10", "11 — золото"). */
export const bareIn = (raw: string, language: Language): (BareName | BareYield)[] | null => {
  const text = raw.replace(/[.!?\s]+$/u, "").trim()
  const whole = readBareYield(
    text
      .replace(/^(?:и|and|или|or)\s+/iu, "")
      .replace(/\s+(?:и|and|или|or)$/iu, "")
      .replace(/^[:=—–\s]+/u, "")
  )
  if (whole !== null) return [{ kind: "yield", piece: whole }]
  if (/[\p{L}\d»")][-−]\d+(?:[.,]\d+)?$/u.test(text) && !/\d$/u.test(text.replace(/[-−]\d+(?:[.,]\d+)?$/u, ""))) {
    throw refuse("dashOrMinus", text, language)
  }
  const words = text.split(/\s+/)
  for (let count = Math.min(7, words.length - 1); count > 0; count -= 1) {
    const head = words.slice(0, -count).join(" ")
    const tail = words.slice(-count).join(" ")
    const cut = tail.replace(/^[:=—]+\s*/u, "").replace(/^[-–]\s+/u, "")
    const read = readBareYield(cut)
    if (read !== null && !/^[–]\d/u.test(tail)) {
      const end = head.match(openEnd)
      if (end !== null) throw refuse("oneEnd", `${end[1]} ${tail}`, language)
      if (/(?:^|\s)\d{1,2}(?:[.,]\d+)?(?=\s|$)/u.test(head)) throw refuse("twoYields", text, language)
      return [
        { kind: "name", raw: head, quoted: false },
        { kind: "yield", piece: read }
      ]
    }
    const opening = words
      .slice(0, count)
      .join(" ")
      .replace(/[:,—–-]+$/u, "")
      .trim()
    const first = readBareYield(opening)
    if (first !== null)
      return [
        { kind: "yield", piece: first },
        { kind: "name", raw: words.slice(count).join(" "), quoted: false }
      ]
  }
  return null
}
