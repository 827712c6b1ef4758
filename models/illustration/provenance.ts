/**
 * What a prompt says of a yield beyond its number: contract or forecast, insured or not, its date and its source.
 * It never infers: what is not said stays unknown.
 */
import type { Language } from "./language.ts"
import type { Insured, RateKind, Sheet } from "./pieces.ts"
import { refuse } from "./refusals.ts"

const limit =
  "(?:\\s*,?\\s*(?:на\\s+сумму\\s+)?(?:до|up\\s+to)\\s+[$€£]?\\s?\\d[\\d\\s.,]*(?:млн|тыс|million|thousand|k|m)?\\.?\\s*(?:₽|руб[а-яё]*\\.?|\\$|usd|dollars|рублей)?)?"
const uninsured =
  "(?:не\\s+(?:за)?страхов[а-яё]+(?:\\s+(?:в\\s+)?асв)?|не\\s+страхуется|не\\s+входит\\s+в\\s+(?:систему\\s+)?страховани[а-яё]+(?:\\s+вкладов)?|без\\s+(?:страхов[а-яё]+(?:\\s+асв)?|асв)|нет\\s+страхов[а-яё]+|страховки\\s+нет|not\\s+(?:[a-z]+[-\\s])?insured|uninsured|non-?insured|no\\s+(?:deposit\\s+)?insurance|without\\s+(?:deposit\\s+)?insurance)"
const insured = `(?:(?:застрахован(?:о|а|ы)?|страхуется|застраховано)(?![a-zа-яё])(?:\\s+(?:в\\s+|через\\s+)?(?:асв|ссв|государством))?${limit}|(?:есть\\s+|со\\s+)?страховк(?:а|ой)(?:\\s+асв)?${limit}|под\\s+защитой\\s+асв|страхование\\s+(?:асв|вкладов)|(?:fdic|dia|state|government|fully|bank)?[-\\s]?insured(?:\\s+(?:by|with|through|under)\\s+(?:the\\s+)?[a-z]+)?${limit}|with\\s+(?:deposit\\s+)?insurance)`
const forecast =
  "(?:не\\s+(?:гарантирован[а-яё]*|фиксирован[а-яё]*|зафиксирован[а-яё]*)|без\\s+гарантии|not\\s+(?:guaranteed|fixed)|non-?guaranteed|(?:по\\s+)?прогноз(?:у|а|ом|ы)?(?:\\s+доходности)?(?![a-zа-яё])|прогноз(?:н|ируем)[а-яё]+(?:\\s+(?:доходност|ставк)[а-яё]+)?|прогнозируется|ожидаем[а-яё]+(?:\\s+(?:доходност|ставк)[а-яё]+)?|ожидается|целев[а-яё]+\\s+доходност[а-яё]+|оценочн[а-яё]+(?:\\s+доходност[а-яё]+)?|(?:a\\s+)?(?:forecast(?:s|ed)?|projected|projections?|expected|estimated?|target(?:ed)?)(?![a-zа-яё])(?:\\s+(?:yields?|returns?|rates?))?)"
const contract =
  "(?:(?:фиксированн|гарантированн|договорн|контрактн)[а-яё]+\\s+(?:ставк|доходност|процентн)[а-яё]+|ставк[аи]\\s+(?:за)?фиксирован[аоы]+|ставк[аи]\\s+(?:гарантирован|закреплен|закреплён)[аоы]+(?:\\s+(?:в\\s+договоре|договором))?|(?:ставк[аи]\\s+)?по\\s+договору|(?:закреплен|закреплён|указан|прописан|зафиксирован|фиксирован)[аоы]*\\s+(?:в\\s+договоре|договором)|гарантирован[аоы](?![a-zа-яё])|(?:за)?фиксирован[аоы](?![a-zа-яё])|фикс\\.?(?![a-zа-яё])|(?:contract(?:ual)?|guaranteed|fixed)[-\\s](?:interest\\s+)?(?:rates?|yields?|returns?)|(?:rates?|yields?)\\s+(?:is\\s+|are\\s+)?(?:fixed|guaranteed|locked)(?:\\s+by\\s+contract)?|(?:fixed\\s+|guaranteed\\s+)?(?:by|under|per|in\\s+the)\\s+contract|fixed\\s+at|guaranteed(?=\\s*(?:\\d|[,;.)(\\n\\u0001]|$|[\\ue000-\\uf8ff]))|fixed(?=\\s*(?:[,;.)(\\n\\u0001]|$|[\\ue000-\\uf8ff]|\\d)))"
const every =
  "(?:(?<![a-zа-яё])(все|всё|всех|везде|оба|обе|всюду|all|both|everything)(?![a-zа-яё])(?:\\s+[a-zа-яё]+){0,2}?\\s*[:—–-]?\\s*)?"

const flag = (body: string) => new RegExp(`${every}(?<![a-zа-яё])${body}(?![a-zа-яё])`, "gi")

const flagPatterns: readonly (readonly [RegExp, RateKind, Insured])[] = [
  [flag(uninsured), "unknown", "no"],
  [flag(insured), "unknown", "yes"],
  [flag(forecast), "forecast", "unknown"],
  [flag(contract), "contract", "unknown"]
]

/** A stem of every flag: most prompts hold none, and a large pattern costs milliseconds the first time it runs. */
const flagHint =
  /страх|асв|прогноз|гарант|фикс|договор|контракт|закрепл|указан|прописан|ожида|целев|оцен|insur|guarant|fixed|locked|contract|forecast|project|expect|estimat|target/i

/** Lifts contract, forecast, insured and not insured. Negations go first, so "не гарантировано" is never read as guaranteed. */
export const takeFlags = (sheet: Sheet): void => {
  if (!flagHint.test(sheet.text)) return
  for (const [pattern, rate, insuredAs] of flagPatterns) {
    sheet.take(pattern, (match) => {
      const heading =
        sheet.text.slice(0, match.index).trim() === "" && /^\s*:/.test(sheet.text.slice(match.index! + match[0].length))
      return { kind: "flag", text: match[0], rate, insured: insuredAs, all: match[1] !== undefined || heading }
    })
  }
}

/** What a product's own name says ("Застрахованный вклад", "Fixed deposit"); the word stays in the name. */
export const flagsInName = (name: string): { rate: RateKind; insured: Insured } => ({
  rate: /гарантированн|фиксированн(?:ый|ой)\s+(?:вклад|депозит)|(?<!non-?)guaranteed|fixed(?:-rate|\s+deposit)/iu.test(
    name
  )
    ? "contract"
    : /прогнозн|ожидаем/iu.test(name)
      ? "forecast"
      : "unknown",
  insured: /(?<!не)застрахованн|(?<!un)(?<!non-?)insured/iu.test(name) ? "yes" : "unknown"
})

const monthsRu = [
  "январ",
  "феврал",
  "март",
  "апрел",
  "ма[йя]",
  "июн",
  "июл",
  "август",
  "сентябр",
  "октябр",
  "ноябр",
  "декабр"
]
const monthsEn = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
const monthWord = `(?:(?:${monthsRu.join("|")})[а-яё]*|(?:${monthsEn.join("|")})[a-z]*\\.?)`
const dateLead =
  "(?:(?<![a-zа-яё])(?:по\\s+состоянию\\s+на|as\\s+of|as\\s+at|на|от|за|on|at|dated?|дата|с|effective(?:\\s+from)?|since)\\s*:?\\s*)?"
const yearTail = "(?:\\s*(?:года|г\\.|г(?![a-zа-яё])))?"
const datePattern = new RegExp(
  `${dateLead}(?<![\\d.,/-])(?:(\\d{4})-(\\d{2})-(\\d{2})|(\\d{1,2})([./])(\\d{1,2})\\5(\\d{4}|\\d{2})|(\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?(${monthWord}),?\\s+(\\d{4})|(${monthWord})\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})|(?<![a-zа-яё])(${monthWord})\\s+(\\d{4}))(?!\\d|[.,]\\d)${yearTail}`,
  "gi"
)

const monthNumber = (word: string): number => {
  const text = word.toLowerCase()
  const ru = monthsRu.findIndex((stem) => new RegExp(`^${stem}`, "u").test(text))
  return (ru >= 0 ? ru : monthsEn.findIndex((stem) => text.startsWith(stem))) + 1
}

const daysIn = (year: number, month: number) =>
  [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][
    month - 1
  ] ?? 0

/** Every date holds a year of four digits or two marks between digits. */
const dateHint = /(?:19|20)\d\d|\d[./]\d{1,2}[./]\d/

/** Lifts dates as ISO days or months. Refuses days that do not exist and 10/01/2026, which two countries read differently. */
export const takeDates = (sheet: Sheet, language: Language): void => {
  if (!dateHint.test(sheet.text)) return
  sheet.take(datePattern, (match) => {
    const [
      text,
      isoYear,
      isoMonth,
      isoDay,
      day,
      mark,
      month,
      year,
      dayRu,
      monthRu,
      yearRu,
      monthUs,
      dayUs,
      yearUs,
      monthOnly,
      yearOnly
    ] = match
    if (monthOnly !== undefined) {
      return { kind: "date", text, date: `${yearOnly}-${String(monthNumber(monthOnly)).padStart(2, "0")}` }
    }
    const y = Number(isoYear ?? (year?.length === 2 ? `20${year}` : year) ?? yearRu ?? yearUs)
    let m = Number(isoMonth ?? month ?? monthNumber(monthRu ?? monthUs ?? "x"))
    let d = Number(isoDay ?? day ?? dayRu ?? dayUs)
    if (mark === "/" && m > 12 && d <= 12) [m, d] = [d, m]
    else if (mark === "/" && m <= 12 && d <= 12 && m !== d) throw refuse("badDate", text, language)
    if (mark === "." && year?.length === 2 && m > 12) return null
    if (m < 1 || m > 12 || d < 1 || d > daysIn(y, m)) throw refuse("badDate", text, language)
    return { kind: "date", text, date: `${y}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}` }
  })
}

const sourcePattern =
  /(?<![a-zа-яё])(?:по\s+(?:данным|информации|оценкам?|версии)|источники?|согласно(?:\s+данным)?|данные|according\s+to|sources?|data\s+from|data\s+by|data(?=:)|as\s+per|per(?=\s+(?:the\s+)?[A-Z]))\s*(?::|—|–|-)?\s+(?:the\s+)?([\ue000-\uf8ff]|(?:(?!\.\s|\.$|\s(?:на|as\s+of|от)\s)[^,;\n\u0001()|\ue000-\uf8ff])+?)(?=\s*(?:[,;\n\u0001()|.\ue000-\uf8ff]|$|\s(?:на|as\s+of|от)\s))/giu

/** Lifts the source. It runs after yields, terms and dates; where a yield follows at once the words hold a product's name and stay. */
export const takeSources = (sheet: Sheet): void => {
  sheet.take(sourcePattern, (match) => {
    const words = match[1]!
    const piece = sheet.pieceAt(words)
    const next = sheet.text.slice(match.index! + match[0].length).match(/^\s*([\ue000-\uf8ff])/u)
    if (next !== null && sheet.pieceAt(next[1]!)?.kind === "yield") return null
    if (/^[\ue000-\uf8ff]$/u.test(words) && piece?.kind !== "words") return null
    const source = sheet
      .expand(words)
      .trim()
      .replace(/^["«„“]([^"«»„“”]*)["»“”]$/u, "$1")
    return source === "" ? null : { kind: "source", text: match[0], source }
  })
}
