/**
 * Turns numbers written in words into digits where a unit follows them ("двенадцать с половиной процентов", "twenty thousand dollars").
 * Words without a unit are left: they may be a name.
 */
import { isNumeralGlue, isNumeralWord, isScaleWord, readNumeral } from "./numerals.ts"

const unitAhead =
  /^\s*(?:%|[-–]?процент|проц\b|годовых|percent|per\s?cent|pct|б\.?\s?п|базисн|bps?\b|basis|₽|руб|р\.|\$|долл|dollar|usd|bucks|евро|€|eur|£|фунт|pound|¥|юан|yuan|тенге|год|лет(?![а-яё])|мес|month|year|yr|недел|week|дн[яей]|день|day|квартал|quarter|полугод)/i
/** A range of two written numbers: the second has its unit already. */
const rangeAhead =
  /^\s*(?:(?:до|to|and|и|по)\s+|[-–—…]\s*)(?:минус\s+|minus\s+)?\d+(?:\.\d+)?\s*(?:%|процент|percent|per\s?cent|годовых|bps?|базисн|basis)/i

interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Runs of numeral words joined by spaces or hyphens, from right to left. */
const runsIn = (text: string): Word[][] => {
  const words = [...text.matchAll(/[a-zа-яё]+/gi)].map((match) => ({
    text: match[0].toLowerCase(),
    start: match.index,
    end: match.index + match[0].length
  }))
  const runs: Word[][] = []
  let run: Word[] = []
  const close = () => {
    while (run.length > 0 && !isNumeralWord(run.at(-1)!.text)) run.pop()
    if (run.length > 0) runs.unshift(run)
    run = []
  }
  for (const word of words) {
    const joined = run.length > 0 && /^(?:\s+|-)$/.test(text.slice(run.at(-1)!.end, word.start))
    if (isNumeralWord(word.text)) {
      if (!joined) close()
      run.push(word)
    } else if (joined && isNumeralGlue(word.text)) run.push(word)
    else close()
  }
  close()
  return runs
}

/** The longest end of the run that is one number, so that "три десять процентов" keeps its "три". */
const longestEnd = (run: readonly Word[], text: string): { words: readonly Word[]; value: number } | null => {
  for (let from = 0; from < run.length; from += 1) {
    if (!isNumeralWord(run[from]!.text)) continue
    const words = run.slice(from)
    const value = readNumeral(text.slice(words[0]!.start, words.at(-1)!.end))
    if (value !== null) return { words, value }
  }
  return null
}

export const digitsForWords = (text: string): string => {
  let written = text
  for (const run of runsIn(text)) {
    const read = longestEnd(run, written)
    if (read === null) continue
    const start = read.words[0]!.start
    const end = read.words.at(-1)!.end
    // "1,5 миллиона" has its number in digits already.
    if (/\d[ -]?$/.test(written.slice(0, start))) continue
    const after = written.slice(end)
    const large = read.words.some((word) => isScaleWord(word.text))
    if (!large && !unitAhead.test(after) && !rangeAhead.test(after)) continue
    // "a million", "half a million", "пол миллиона".
    const before = large
      ? (written.slice(0, start).match(/(?:^|[^a-zа-яё])((?:half\s+)?a\s+|half\s+|пол\s+)$/i)?.[1] ?? "")
      : ""
    const value = /half|пол/i.test(before) ? read.value / 2 : read.value
    const digits = large ? `${value / 1000} тыс.` : String(value)
    written = `${written.slice(0, start - before.length)}${digits}${after}`
  }
  return written
}
