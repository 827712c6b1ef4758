/**
 * The report as people see it: the customer's four rows under the customer's heading, then what they rest on. One
 * decimal is shown; the JSON has them all. It computes nothing.
 */
import type { Report } from "../projections/report.ts"

export type Language = "ru" | "en"

const words = {
  ru: {
    title: "Результаты звонка",
    satisfaction: "Общая удовлетворенность",
    negative: "Негативные эмоции",
    neutral: "Нейтральные эмоции",
    positive: "Положительные эмоции",
    none: "нет данных",
    nothing: "Ни один кадр не удалось отнести к классу, поэтому оценки нет.",
    counted: "Учтено кадров",
    unreadable: "Лицо не читается",
    dropped: "Пропущено кадров",
    ground: "Основание",
    noGround: "согласия на анализ не было",
    groundText: (consent: string, version: string, sha256: string) =>
      `согласие ${consent}, текст ${version} (SHA-256 ${sha256}…)`,
    received: "Получено кадров",
    coverage: "Охват",
    interval: "95 % интервал оценки",
    corrected: "Оценка с поправкой на ошибки модели",
    surprise: "Удивление (в составе положительных)",
    intervalMeans: [
      "95 % интервал: где могла бы оказаться оценка по другим моментам такого же разговора;",
      "короткий звонок говорит мало, а ошибок самой модели интервал не учитывает."
    ],
    correctedMeans: [
      "С поправкой: какой была бы оценка, если модель ошибается на этом лице так же часто,",
      "как на проверочных снимках; это расчёт, а не договорный показатель."
    ],
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
    ground: "Rests on",
    noGround: "no consent to the analysis was given",
    groundText: (consent: string, version: string, sha256: string) =>
      `consent ${consent}, text ${version} (SHA-256 ${sha256}…)`,
    received: "Frames received",
    coverage: "Coverage",
    interval: "95 % interval of the score",
    corrected: "Score corrected for the model's errors",
    surprise: "Surprise (part of positive)",
    intervalMeans: [
      "95 % interval: where the score might have come out from other moments of such a",
      "conversation; a short call says little, and the model's own errors are not in it."
    ],
    correctedMeans: [
      "Corrected: what the score would be if the model mistakes this face as often as it does",
      "the faces it was validated on; an estimate, not the contractual number."
    ],
    caution: "It says how a face looks, not how a person feels."
  }
} as const

/** Numbers are aligned right in the width of the longest line. */
export function reportTable(report: Report, language: Language): string {
  const say = words[language]
  const number = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(language)
  const percent = (value: number | null) => (value === null ? say.none : `${number.format(value)} %`)
  const { interval, corrected } = report
  const rows: readonly (readonly [string, string])[] = [
    [say.satisfaction, percent(report.satisfaction)],
    [say.negative, percent(report.negative)],
    [say.neutral, percent(report.neutral)],
    [say.positive, percent(report.positive)]
  ]
  const details: readonly (readonly [string, string])[] = [
    [say.interval, interval === null ? say.none : `${number.format(interval.low)}–${number.format(interval.high)} %`],
    [say.corrected, percent(corrected?.satisfaction ?? null)],
    [say.surprise, percent(report.surpriseShare)],
    [say.coverage, percent(report.coverage === null ? null : report.coverage * 100)],
    [say.received, whole.format(report.received)],
    [say.counted, whole.format(report.counted)],
    [say.unreadable, whole.format(report.unreadable)],
    [say.dropped, whole.format(report.dropped)]
  ]
  const all = [...rows, ...details]
  const labelWidth = Math.max(...all.map(([label]) => label.length))
  const valueWidth = Math.max(...all.map(([, value]) => value.length))
  const line = ([label, value]: readonly [string, string]) =>
    `  ${label.padEnd(labelWidth)}   ${value.padStart(valueWidth)}`
  const rule = `  ${"─".repeat(labelWidth + valueWidth + 3)}`
  const grounds = report.consents.map(({ consent, textVersion, textSha256 }) =>
    say.groundText(consent, textVersion, textSha256.slice(0, 12))
  )
  const notes = [
    `${say.ground}: ${grounds.length === 0 ? say.noGround : grounds.join("; ")}.`,
    ...(report.counted === 0 ? [say.nothing] : []),
    ...(interval === null ? [] : say.intervalMeans),
    ...(corrected === null ? [] : say.correctedMeans),
    say.caution
  ]
  return [
    `  ${say.title}`,
    rule,
    ...rows.map(line),
    rule,
    ...details.map(line),
    rule,
    ...notes.map((note) => `  ${note}`),
    ""
  ].join("\n")
}
