/**
 * A manager's remark on a picture: a change of brief or look, undo, another variant, or a refusal with a reason and an offer.
 * A remark that would make heights lie is refused whatever else it says; one that is not understood in full changes nothing.
 */
import type { Brief } from "./brief.ts"
import { type Language, languageOf } from "./language.ts"
import type { Look } from "./look.ts"
import { findProduct, readBriefClause } from "./remark-brief.ts"
import { readLookClause } from "./remark-look.ts"

export interface RemarkRefusal {
  readonly kind: "refused"
  readonly code: "distorts" | "impossible" | "notUnderstood"
  readonly reason: string
  readonly offer: string
}
export type RemarkAnswer =
  | { readonly kind: "changed"; readonly brief: Brief; readonly look: Look }
  | { readonly kind: "undo" }
  | { readonly kind: "another" }
  | RemarkRefusal

const undo =
  /^(?:(?:отмени(?:те)?|отменить|undo)(?:\s+(?:это|последнее|последн[а-яё]+\s+(?:правк[а-яё]|изменени[а-яё])|that|it|this|the\s+last(?:\s+change)?))?|отмена|верни(?:те)?|вернуть|назад|верни(?:те)?\s+(?:назад|обратно|как\s+было|предыдущ[а-яё]+(?:\s+вариант)?)|как\s+было|предыдущ[а-яё]+(?:\s+вариант)?|undo|revert|back|go\s+back|previous(?:\s+(?:one|variant|picture))?)[.!]?$/i
const another =
  /^(?:(?:дай|сделай|нарисуй|покажи)(?:те)?\s+)?(?:ещё(?:\s+(?:раз|один|вариант|один\s+вариант))?|другой(?:\s+(?:вариант|рисунок))?|другую(?:\s+картинку)?|новый\s+вариант|заново|снова|перерисуй(?:те)?|another(?:\s+(?:one|variant|picture))?|again|redraw|regenerate|a?\s*new\s+(?:one|variant|picture)|once\s+more|one\s+more(?:\s+(?:variant|picture))?|try\s+again|try\s+another|попробуй(?:те)?\s+ещё(?:\s+раз)?)[.!]?$/i

const comparison =
  "(?:вы(?:ше|соким|сокой|сокое|сокая)|ни(?:же|зким|зкой|зкое)|повыше|пониже|шире|пошире|толще|крупнее|покрупнее|больше|побольше|меньше|поменьше|длиннее|короче|заметн[а-яё]+|эффектн[а-яё]+|выразительн[а-яё]+|гигантск[а-яё]+|огромн[а-яё]+|taller|higher|shorter|lower|bigger|larger|smaller|wider|thicker|longer|huge|giant|tiny|dramatic|noticeable|pronounced|impressive|visible|attractive|привлекательн[а-яё]+|выигрышн[а-яё]+|убедительн[а-яё]+|больш(?:им|ую|ой|ое)|маленьк[а-яё]+|convincing|prominent)"
const distorting = new RegExp(
  `(?<![a-zа-яё])(?:${comparison}|вдвое|втрое|вчетверо|в\\s+(?:\\d+|два|три|четыре|пять|полтора|несколько)\\s+раз[а-я]*|увелич[а-яё]+|уменьш[а-яё]+|подним[а-яё]+|опуст[а-яё]+|вытян[а-яё]+|растян[а-яё]+|сожм[а-яё]+|преувелич[а-яё]+|подчеркн[а-яё]+|усил[а-яё]+|выдел[а-яё]+|разниц[а-яё]+|контраст[а-яё]*|обрежь[а-яё]*|обрез[а-яё]+|ось|оси|масштаб[а-яё]*|логарифм[а-яё]*|не\\s+с\\s+нуля|twice|double|triple|\\d+\\s*(?:x|times)|times|stretch|exaggerat[a-z]+|emphasi[sz]e|enlarge|raise|shrink|grow|scale|axis|truncate|cut\\s+off|logarithm[a-z]*|difference|contrast|gap|stand\\s+out|stands\\s+out|highlight|bigger)(?![a-zа-яё])`,
  "i"
)
const proportional =
  /(?:не\s+(?:пропорциональ|честн)|одинаков[а-яё]+\s+(?:высот|рост)|same\s+height|equal\s+height|одного\s+роста|ровн[а-яё]+\s+по\s+высоте)/i

/** What may not be taken off a picture: risk, marks, the ruler's zero. */
const hiding =
  /(?:убер|убра|скро|скры|спряч|не\s+показыва|без|удал|hide|remove|drop|without|delete|omit).*(?:риск|предупрежд|дисклеймер|страхов|прогноз|шкал|линейк|источник|risk|warning|disclaimer|insur|forecast|ruler|source|small\s+print)/i

const say = (language: Language, ru: string, en: string) => (language === "ru" ? ru : en)

const distorts = (language: Language): RemarkRefusal => ({
  kind: "refused",
  code: "distorts",
  reason: say(
    language,
    "Так высоты перестанут соответствовать доходности, и картинка введёт клиента в заблуждение.",
    "The heights would no longer match the yields, and the picture would mislead the client."
  ),
  offer: say(
    language,
    "Вместо этого можно показать разницу в деньгах на сумме клиента («сумма 1 млн ₽ на 5 лет»), ползунок лет в интерактивной версии или слитки поштучно («добавь деталей»); исправить ставку можно так: «золото 13 %».",
    'Instead, show the difference in money on the client\'s own sum ("amount $20k for 5 years"), the years slider of the interactive page, or counted gold bars ("more details"); a yield is corrected by "gold 13%".'
  )
})

const hides = (language: Language): RemarkRefusal => ({
  kind: "refused",
  code: "distorts",
  reason: say(
    language,
    "Строка о риске, пометки и шкала остаются: без них картинка ввела бы клиента в заблуждение.",
    "The risk line, the marks and the ruler stay: without them the picture would mislead the client."
  ),
  offer: say(
    language,
    "Можно уточнить их: «депозит застрахован», «ОМС — прогноз», «по данным ЦБ на 01.10.2026».",
    'They can be made more exact: "deposit is insured", "fund is a forecast", "source: Central Bank, as of 2026-10-01".'
  )
})

export const whatCanBeSaid: Record<Language, string> = {
  ru: "Можно сказать: «осень», «монеты», «тёмный фон», «синие кроны», «по возрастанию», «крупнее подписи», «меньше деталей», «убери ОМС», «переименуй вклад в «Надёжный»», «депозит 10,5 %», «добавь облигации 13 %», «сумма 2 млн ₽ на 5 лет», «ОМС — прогноз», «ещё вариант», «отмени».",
  en: 'You can say: "autumn", "coins", "dark background", "blue crowns", "ascending", "larger labels", "fewer details", "drop gold", "rename deposit to Reliable", "deposit 10.5%", "add bonds 13%", "amount $20k for 5 years", "fund is a forecast", "another one", "undo".'
}

const notUnderstood = (language: Language, clause: string): RemarkRefusal => ({
  kind: "refused",
  code: "notUnderstood",
  reason: say(
    language,
    `Непонятно: «${clause}». Ничего не изменено.`,
    `Not understood: "${clause}". Nothing was changed.`
  ),
  offer: whatCanBeSaid[language]
})

interface ClauseRead {
  readonly kind: "read"
  readonly brief: Brief
  readonly look: Look
  /** Nothing was left to change. */
  readonly atBound: boolean
}

const readClause = (clause: string, brief: Brief, look: Look): ClauseRead | RemarkRefusal => {
  // A product may be called that: then its name decides.
  if (hiding.test(clause) && findProduct(brief, clause.replace(/^(?:не\s+)?\S+\s+(?:the\s+)?/i, "")) < 0)
    return hides(brief.language)
  const looked = readLookClause(clause, look)
  if (looked !== null) return { kind: "read", brief, look: looked.look, atBound: looked.atBound }
  const changed = readBriefClause(clause, brief)
  // "Подними золото до 13 %" corrects a yield; "золото на 20 % выше" and "вдвое выше" do not.
  const corrects = changed?.kind === "changed" && !new RegExp(comparison, "i").test(clause)
  if ((distorting.test(clause) || proportional.test(clause)) && !corrects) return distorts(brief.language)
  if (changed === null) return notUnderstood(languageOf(clause), clause)
  if (changed.kind === "impossible") {
    return { kind: "refused", code: "impossible", reason: changed.reason, offer: whatCanBeSaid[brief.language] }
  }
  return { kind: "read", brief: changed.brief, look, atBound: JSON.stringify(changed.brief) === JSON.stringify(brief) }
}

/** Splits a remark into clauses: at ; and line ends, at commas and "и" that no number or quote needs. */
const clausesOf = (remark: string): string[] =>
  remark
    .split(/[;\n]|,\s+|\.\s+(?=[A-ZА-ЯЁ])|\s+(?:а\s+также|затем|потом|then|also)\s+|\s+(?:и|and)\s+(?![^«]*»)/)
    .map((clause) =>
      clause
        .replace(/^(?:и|and|а|but|но)\s+/i, "")
        .replace(/[.!\s]+$/g, "")
        .trim()
    )
    .filter((clause) => clause !== "")

/** Reads a remark against the picture it is about. It is pure: the same remark on the same picture answers the same. */
export const readRemark = (remark: string, brief: Brief, look: Look): RemarkAnswer => {
  const text = remark
    .normalize("NFC")
    .replace(/[\u00a0\u202f]/g, " ")
    .trim()
  const language = /[a-zа-яё]/i.test(text) ? languageOf(text) : brief.language
  if (text === "") return notUnderstood(language, remark)
  const bare = text
    .replace(/,?\s*(?:пожалуйста|please),?\s+/gi, " ")
    .trim()
    .replace(/[,\s]+(?:пожалуйста|please)[.!]?$/i, "")
    .replace(/[.!]+$/, "")
  if (undo.test(bare)) return { kind: "undo" }
  if (another.test(bare)) return { kind: "another" }
  const whole = readClause(bare, brief, look)
  const clauses = whole.kind === "read" ? [bare] : clausesOf(bare)
  let state = { brief, look }
  let atBound = true
  for (const clause of clauses) {
    const answer = readClause(clause, state.brief, state.look)
    if (answer.kind === "refused")
      return clauses.length === 1 || (whole as RemarkRefusal).code === "distorts" ? (whole as RemarkRefusal) : answer
    atBound = atBound && answer.atBound
    state = answer
  }
  if (atBound) {
    return {
      kind: "refused",
      code: "impossible",
      reason: say(
        language,
        "Картинка уже такая, или дальше менять некуда. Ничего не изменено.",
        "The picture is like that already, or cannot go further. Nothing was changed."
      ),
      offer: whatCanBeSaid[language]
    }
  }
  return { kind: "changed", brief: state.brief, look: state.look }
}
