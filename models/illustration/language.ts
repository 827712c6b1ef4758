/**
 * The two languages a prompt, a remark and a picture may be in. It does not translate: a product keeps the name it was given.
 */
export type Language = "ru" | "en"

/** Russian when the text holds a Cyrillic letter, English otherwise. */
export const languageOf = (text: string): Language => (/[а-яё]/i.test(text) ? "ru" : "en")

/** The Russian form for a count: 1 год, 2 года, 5 лет; a fraction takes the second form (1,5 года). */
export const pluralRu = (count: number, one: string, few: string, many: string): string => {
  if (!Number.isInteger(count)) return few
  const tens = Math.abs(count) % 100
  const units = tens % 10
  if (tens > 10 && tens < 20) return many
  if (units === 1) return one
  return units >= 2 && units <= 4 ? few : many
}

const plainDigitsMax = 4

/** A number as its language writes it: comma or point, thousands set apart by a no-break space or a comma, a true minus. */
export const printNumber = (value: number, language: Language, fractionDigitsMax = 4): string => {
  const [whole = "0", fraction = ""] = Math.abs(value).toFixed(fractionDigitsMax).split(".")
  const kept = fraction.replace(/0+$/, "")
  const grouped =
    whole.length <= plainDigitsMax && language === "ru"
      ? whole
      : whole.replace(/\B(?=(\d{3})+$)/g, language === "ru" ? "\u00a0" : ",")
  const body = kept === "" ? grouped : `${grouped}${language === "ru" ? "," : "."}${kept}`
  return value < 0 && Number(`${whole}.${fraction}`) !== 0 ? `−${body}` : body
}
