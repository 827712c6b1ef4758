/**
 * The report as people see it: the customer's four rows under the customer's heading, then what they rest on. One
 * decimal is shown; the JSON has them all. It computes nothing.
 */
import type { Report } from "../projections/report.ts"

export type Language = "ru" | "en"

const words = {
  ru: {
    title: "Результаты звонка",
    satisfaction: "Общая удовлетворённость",
    negative: "Негативные эмоции",
    neutral: "Нейтральные эмоции",
    positive: "Положительные эмоции",
    none: "нет данных",
    nothing: "Ни один кадр не удалось отнести к классу, поэтому оценки нет.",
    counted: "Учтено кадров",
    unreadable: "Лицо не читается",
    dropped: "Пропущено кадров",
    received: "Получено кадров",
    coverage: "Охват",
    caution: "Оценивается, как выглядит лицо, а не что человек чувствует."
  },
  en: {
    title: "Call results",
    satisfaction: "Overall satisfaction",
    negative: "Negative expressions",
    neutral: "Neutral expressions",
    positive: "Positive expressions",
    none: "no data",
    nothing: "No frame could be counted, so there is no score.",
    counted: "Frames counted",
    unreadable: "Face unreadable",
    dropped: "Frames dropped",
    received: "Frames received",
    coverage: "Coverage",
    caution: "It says how a face looks, not how a person feels."
  }
} as const

/** Numbers are aligned right in the width of the longest line. */
export function reportTable(report: Report, language: Language): string {
  const say = words[language]
  const number = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(language)
  const percent = (value: number | null) => (value === null ? say.none : `${number.format(value)} %`)
  const rows: readonly (readonly [string, string])[] = [
    [say.satisfaction, percent(report.satisfaction)],
    [say.negative, percent(report.negative)],
    [say.neutral, percent(report.neutral)],
    [say.positive, percent(report.positive)]
  ]
  const grounds: readonly (readonly [string, string])[] = [
    [say.coverage, percent(report.coverage === null ? null : report.coverage * 100)],
    [say.received, whole.format(report.received)],
    [say.counted, whole.format(report.counted)],
    [say.unreadable, whole.format(report.unreadable)],
    [say.dropped, whole.format(report.dropped)]
  ]
  const all = [...rows, ...grounds]
  const labelWidth = Math.max(...all.map(([label]) => label.length))
  const valueWidth = Math.max(...all.map(([, value]) => value.length))
  const line = ([label, value]: readonly [string, string]) =>
    `  ${label.padEnd(labelWidth)}   ${value.padStart(valueWidth)}`
  const rule = `  ${"─".repeat(labelWidth + valueWidth + 3)}`
  const notes = report.counted === 0 ? [`  ${say.nothing}`] : []
  return [`  ${say.title}`, rule, ...rows.map(line), rule, ...grounds.map(line), ...notes, `  ${say.caution}`, ""].join(
    "\n"
  )
}
