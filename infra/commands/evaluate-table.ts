/** An evaluation as people see it: figures with their intervals, the confusion, and what they rest on. It computes nothing. */
import { type ReadingClass, readingClasses } from "../../machines/reading.ts"
import type { Interval, Judgement } from "../../models/statistics/judgement.ts"
import type { Language } from "../report-table.ts"
import type { EvaluationGrounds } from "./evaluate.ts"

const words = {
  ru: {
    title: { labels: "Проверка по меткам папок", votes: "Проверка по большинству голосов FER+" },
    classes: { negative: "негативные", neutral: "нейтральные", positive: "положительные" },
    recall: "полнота",
    precision: "точность",
    macroF1: "F1 в среднем",
    accuracy: "Доля верных",
    ece: "Ошибка калибровки",
    interval: "95 % интервал",
    confusion: "Строки: на самом деле; столбцы: прочитано",
    unreadable: "не читается",
    counts: (n: number, unreadable: number, damaged: number, leftOut: number) =>
      `Проверено: ${n}, не читается: ${unreadable} (в том числе повреждено: ${damaged}), исключено: ${leftOut}.`,
    none: "нет данных"
  },
  en: {
    title: { labels: "Held against the folders' labels", votes: "Held against the majority of the FER+ votes" },
    classes: { negative: "negative", neutral: "neutral", positive: "positive" },
    recall: "recall",
    precision: "precision",
    macroF1: "Mean F1",
    accuracy: "Accuracy",
    ece: "Calibration error",
    interval: "95 % interval",
    confusion: "Rows: the truth; columns: the reading",
    unreadable: "unreadable",
    counts: (n: number, unreadable: number, damaged: number, leftOut: number) =>
      `Judged: ${n}, unreadable: ${unreadable} (damaged among them: ${damaged}), left out: ${leftOut}.`,
    none: "no data"
  }
} as const

const labelWidth = 26
const columnWidth = 15

export function evaluationTable(judgement: Judgement, grounds: EvaluationGrounds, language: Language): string {
  const say = words[language]
  const percent = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const shown = (value: number | null) => (value === null ? say.none : `${percent.format(value * 100)} %`)
  const between = (interval: Interval | null) =>
    interval === null ? "" : `${percent.format(interval.low * 100)}–${percent.format(interval.high * 100)} %`
  const row = (label: string, value: number | null, interval: Interval | null = null) =>
    `  ${label.padEnd(labelWidth)}${shown(value).padStart(columnWidth)}${between(interval).padStart(columnWidth)}`
  const { intervals } = judgement
  const perClass = (name: ReadingClass) => [
    row(`F1, ${say.classes[name]}`, judgement.f1[name], intervals.f1[name]),
    row(`   ${say.recall}`, judgement.recall[name], intervals.recall[name]),
    row(`   ${say.precision}`, judgement.precision[name], intervals.precision[name])
  ]
  const cells = (label: string, values: readonly (string | number)[]) =>
    `  ${label.padEnd(labelWidth)}${values.map((value) => String(value).padStart(columnWidth)).join("")}`
  return [
    `  ${say.title[grounds.truth]}: ${grounds.data}`,
    `  ${" ".repeat(labelWidth + columnWidth)}${say.interval.padStart(columnWidth)}`,
    ...readingClasses.flatMap(perClass),
    row(say.macroF1, judgement.macroF1, intervals.macroF1),
    row(say.accuracy, judgement.accuracy, intervals.accuracy),
    row(say.ece, judgement.ece),
    "",
    `  ${say.confusion}`,
    cells("", [...readingClasses.map((name) => say.classes[name]), say.unreadable]),
    ...readingClasses.map((name, index) =>
      cells(say.classes[name], [...(judgement.confusion[index] ?? []), judgement.unreadableByClass[name]])
    ),
    "",
    `  ${say.counts(judgement.n, judgement.unreadable, grounds.damaged, grounds.leftOut)}`,
    ""
  ].join("\n")
}
