/** The page's language: Russian, unless somebody chose English here before or the address says `?lang=en`. */
import { signal } from "@preact/signals"

export type Language = "ru" | "en"
/** The same keys in both languages. */
export type Texts<Keys> = { readonly ru: Keys; readonly en: { readonly [Key in keyof Keys]: Keys[Key] } }

const storageKey = "mimika-language"
const isLanguage = (text: string | null): text is Language => text === "ru" || text === "en"

function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang")
  if (isLanguage(asked)) return asked
  const kept = localStorage.getItem(storageKey)
  return isLanguage(kept) ? kept : "ru"
}

export const language = signal<Language>(firstLanguage())

language.subscribe((now) => {
  document.documentElement.lang = now
})

export function chooseLanguage(next: Language): void {
  localStorage.setItem(storageKey, next)
  language.value = next
}

/** The words of the present language; reading them makes a component follow a change. */
export const words = <Keys>(texts: { readonly ru: Keys; readonly en: Keys }): Keys => texts[language.value]

const locale = () => (language.value === "ru" ? "ru-RU" : "en-GB")

export const numberText = (value: number, digits = 0): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)

/** A share in percent; null is a dash, never a zero. */
export const percentText = (percent: number | null, digits = 0): string =>
  percent === null ? "—" : `${numberText(percent, digits)}${language.value === "ru" ? "\u00a0%" : "%"}`

export const timeText = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(at)

export const dateTimeText = (at: number): string =>
  new Intl.DateTimeFormat(locale(), {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit"
  }).format(at)

/** Such as "2026-11", in UTC. */
export const monthText = (month: string): string =>
  new Intl.DateTimeFormat(locale(), { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-01`))

export const dateText = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric" }).format(at)

/** A day as UTC counts it, wherever the reader is. */
export const dayText = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(at)

/** Puts values where the text has their names in braces. */
export const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole))

const spans = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000]
] as const
/** The largest unit that fits, and how many of it. */
const spanOf = (ms: number) => {
  const [unit, unitMs] = spans.find(([, long]) => ms >= long) ?? spans[3]
  return { unit, count: Math.max(0, Math.floor(ms / unitMs)) }
}

/** Such as "3 minutes ago". */
export function agoText(ms: number): string {
  const { unit, count } = spanOf(ms)
  return new Intl.RelativeTimeFormat(locale(), { numeric: "always" }).format(-count, unit)
}

/** Such as "3 min". */
export function spanText(ms: number): string {
  const { unit, count } = spanOf(ms)
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" }).format(count)
}
