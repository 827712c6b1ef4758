/**
 * What is said when a piece of a prompt cannot be placed: the piece, why, and what to write instead, in the prompt's language.
 */
import type { Language } from "./language.ts"
import { BriefRefusal } from "./pieces.ts"

type Say = (piece: string) => string

const reasons: Record<string, Record<Language, Say>> = {
  noYield: {
    ru: (piece) => `нет доходности для «${piece}». Напишите, например: «${piece} 12 %»`,
    en: (piece) => `no yield for "${piece}". Write, for example: "${piece} 12%"`
  },
  noName: {
    ru: (piece) => `нет названия продукта для «${piece}». Напишите, например: «вклад ${piece}»`,
    en: (piece) => `no product name for "${piece}". Write, for example: "deposit ${piece}"`
  },
  noProducts: {
    ru: () => "нет ни одного продукта с доходностью. Напишите, например: «вклад 10 %, облигации 12 %»",
    en: () => `there is no product with a yield. Write, for example: "deposit 10%, bonds 12%"`
  },
  tooMany: {
    ru: (piece) => `продуктов ${piece}, а на картинке помещается не больше 12. Разделите запрос`,
    en: (piece) => `${piece} products, and a picture holds at most 12. Split the prompt`
  },
  tooLong: {
    ru: () => "запрос длиннее 2000 знаков. Сократите его",
    en: () => "the prompt is longer than 2,000 characters. Shorten it"
  },
  dashOrMinus: {
    ru: (piece) => `непонятно, тире или минус в «${piece}». Напишите «: 10 %» или «: −10 %»`,
    en: (piece) => `"${piece}" may hold a dash or a minus. Write ": 10%" or ": −10%"`
  },
  oneEnd: {
    ru: (piece) => `у «${piece}» назван только один конец. Напишите обе границы: «от 10 до 12 %»`,
    en: (piece) => `"${piece}" names only one end. Write both: "from 10 to 12%"`
  },
  relative: {
    ru: (piece) => `«${piece}» — это разница, а не доходность. Напишите доходность каждого продукта`,
    en: (piece) => `"${piece}" is a difference, not a yield. Write the yield of each product`
  },
  notAnnual: {
    ru: (piece) => `«${piece}» — не годовая доходность. Напишите её в процентах годовых`,
    en: (piece) => `"${piece}" is not a yield per year. Write it in percent per annum`
  },
  annualOrTotal: {
    ru: (piece) => `непонятно, за год или за весь срок «${piece}». Добавьте «годовых»`,
    en: (piece) => `"${piece}" may be per year or for the whole term. Add "per annum"`
  },
  outOfBounds: {
    ru: (piece) => `доходность «${piece}» вне границ от −100 до 1000 % годовых. Проверьте число`,
    en: (piece) => `the yield "${piece}" is outside −100 to 1000% per annum. Check the number`
  },
  twoYields: {
    ru: (piece) => `в «${piece}» больше одного числа, и непонятно, где доходность. Поставьте знак %`,
    en: (piece) => `"${piece}" holds more than one number. Mark the yield with %`
  },
  unclear: {
    ru: (piece) => `непонятно, к чему относится «${piece}». Разделите продукты запятыми: «вклад 10 %, облигации 12 %»`,
    en: (piece) => `it is unclear what "${piece}" belongs to. Separate products by commas: "deposit 10%, bonds 12%"`
  },
  twoInOne: {
    ru: (piece) =>
      `«${piece}» похоже на два продукта с одной доходностью. Дайте каждому свою или возьмите название в кавычки`,
    en: (piece) => `"${piece}" looks like two products with one yield. Give each its own, or put the name in quotes`
  },
  secondAmount: {
    ru: (piece) => `вторая сумма «${piece}». Картинка сравнивает продукты на одной сумме`,
    en: (piece) => `"${piece}" is a second amount. A picture compares products on one amount`
  },
  secondTerm: {
    ru: (piece) => `второй срок «${piece}». Картинка сравнивает продукты на одном сроке`,
    en: (piece) => `"${piece}" is a second term. A picture compares products over one term`
  },
  badAmount: {
    ru: (piece) => `сумма «${piece}» не читается или не больше нуля. Напишите, например: «1 000 000 ₽»`,
    en: (piece) => `the amount "${piece}" cannot be read or is not above zero. Write, for example: "$20,000"`
  },
  badTerm: {
    ru: (piece) => `срок «${piece}» не читается или вне границ от 1 дня до 100 лет. Напишите, например: «на 3 года»`,
    en: (piece) =>
      `the term "${piece}" cannot be read or is outside 1 day to 100 years. Write, for example: "for 3 years"`
  },
  badDate: {
    ru: (piece) => `дата «${piece}» не читается однозначно. Напишите её так: 2026-10-01`,
    en: (piece) => `the date "${piece}" cannot be read in one way only. Write it like 2026-10-01`
  },
  notAProduct: {
    ru: (piece) => `«${piece}» — не продукт: налоги и комиссии на картинке не рисуются. Уберите их из запроса`,
    en: (piece) => `"${piece}" is no product: taxes and fees are not drawn. Leave them out of the prompt`
  },
  unreadable: {
    ru: (piece) => `в «${piece}» есть знак, которого нет в шрифте картинки. Напишите название буквами`,
    en: (piece) => `"${piece}" holds a character that the picture's font lacks. Write the name in letters`
  },
  nameTooLong: {
    ru: (piece) => `название «${piece}» длиннее 90 знаков. Сократите его`,
    en: (piece) => `the name "${piece}" is longer than 90 characters. Shorten it`
  }
}

/** Builds the refusal of one piece. `code` is a key of the table above; the message names the piece. */
export const refuse = (code: keyof typeof reasons & string, piece: string, language: Language): BriefRefusal => {
  const shown = piece.replace(/\s+/g, " ").trim()
  const why = reasons[code]![language](shown)
  return new BriefRefusal(
    code,
    shown,
    language === "ru" ? `Не удаётся разобрать запрос: ${why}` : `Cannot read the prompt: ${why}`
  )
}
