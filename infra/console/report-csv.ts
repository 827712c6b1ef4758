/**
 * The report as files to take away: CSV whose first rows are the customer's four, and JSON. Both hold numbers, times and consents and
 * name nobody: who the client is stays in the bank's own systems, which know the conference. It computes nothing.
 */
import type { ReportPage, Stretch } from "../../projections/console.ts"

export type Language = "ru" | "en"

const words = {
  ru: {
    head: ["Показатель", "Значение", "Единица"],
    rows: {
      satisfaction: "Общая удовлетворенность",
      negative: "Негативные эмоции",
      neutral: "Нейтральные эмоции",
      positive: "Положительные эмоции",
      low: "95 % интервал оценки: от",
      high: "95 % интервал оценки: до",
      corrected: "Оценка с поправкой на ошибки модели",
      surprise: "Удивление (в составе положительных)",
      coverage: "Охват",
      received: "Получено кадров",
      counted: "Учтено кадров",
      unreadable: "Лицо не читается",
      dropped: "Пропущено кадров",
      conference: "Конференция",
      startedAt: "Начало",
      endedAt: "Конец",
      consent: "Согласие",
      text: "Текст согласия",
      sha256: "SHA-256 текста"
    },
    percent: "%",
    frames: "кадры",
    markers: ["Отметка", "Секунда", "Оценка за минуту до, %", "Оценка за минуту после, %"],
    topic: (topic: number | "shared") => (topic === "shared" ? "Показана иллюстрация" : `Тема ${topic}`),
    seconds: ["Секунда", "Вид", "Оценка за секунду, %"],
    states: { negative: "негативно", neutral: "нейтрально", positive: "позитивно", unreadable: "лицо не читается" }
  },
  en: {
    head: ["Measure", "Value", "Unit"],
    rows: {
      satisfaction: "Overall satisfaction",
      negative: "Negative expressions",
      neutral: "Neutral expressions",
      positive: "Positive expressions",
      low: "95 % interval of the score: from",
      high: "95 % interval of the score: to",
      corrected: "Score corrected for the model's errors",
      surprise: "Surprise (part of positive)",
      coverage: "Coverage",
      received: "Frames received",
      counted: "Frames counted",
      unreadable: "Face unreadable",
      dropped: "Frames dropped",
      conference: "Conference",
      startedAt: "Started",
      endedAt: "Ended",
      consent: "Consent",
      text: "Text of the consent",
      sha256: "SHA-256 of the text"
    },
    percent: "%",
    frames: "frames",
    markers: ["Marker", "Second", "Score in the minute before, %", "Score in the minute after, %"],
    topic: (topic: number | "shared") => (topic === "shared" ? "Illustration shown" : `Topic ${topic}`),
    seconds: ["Second", "Looks", "Score of the second, %"],
    states: { negative: "negative", neutral: "neutral", positive: "positive", unreadable: "face unreadable" }
  }
} as const

type Cell = string | number | null

/** As Excel opens it in that language: with the mark that says UTF-8, and in Russian with semicolons and decimal commas. */
export function reportCsv(page: ReportPage, language: Language): string {
  const say = words[language]
  const separator = language === "ru" ? ";" : ","
  const written = (cell: Cell): string => {
    if (cell === null) return ""
    if (typeof cell === "number") return language === "ru" ? String(cell).replace(".", ",") : String(cell)
    // A cell that begins like a formula would be run as one.
    const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
    return /[";,\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const { report, markers, timeline, consent } = page
  const { rows, percent, frames } = say
  const iso = (at: number) => new Date(at).toISOString()
  const of = (stretch: Stretch | null) => stretch?.satisfaction ?? null
  const lines: readonly (readonly Cell[])[] = [
    say.head,
    [rows.satisfaction, report.satisfaction, percent],
    [rows.negative, report.negative, percent],
    [rows.neutral, report.neutral, percent],
    [rows.positive, report.positive, percent],
    [rows.low, report.interval?.low ?? null, percent],
    [rows.high, report.interval?.high ?? null, percent],
    [rows.corrected, report.corrected?.satisfaction ?? null, percent],
    [rows.surprise, report.surpriseShare, percent],
    [rows.coverage, report.coverage === null ? null : report.coverage * 100, percent],
    [rows.received, report.received, frames],
    [rows.counted, report.counted, frames],
    [rows.unreadable, report.unreadable, frames],
    [rows.dropped, report.dropped, frames],
    [rows.conference, page.conference, ""],
    [rows.startedAt, iso(page.startedAt), "UTC"],
    [rows.endedAt, iso(page.endedAt), "UTC"],
    [rows.consent, consent?.consent ?? null, ""],
    [rows.text, consent?.textVersion ?? null, ""],
    [rows.sha256, consent?.textSha256 ?? null, ""],
    ...(markers.length === 0 ? [] : [[], say.markers]),
    ...markers.map(({ topic, second, before, after }) => [say.topic(topic), second, of(before), of(after)]),
    ...(timeline.length === 0 ? [] : [[], say.seconds]),
    ...timeline.map(({ second, state, satisfaction }) => [second, say.states[state], satisfaction])
  ]
  return `\uFEFF${lines.map((cells) => cells.map(written).join(separator)).join("\r\n")}\r\n`
}

export function reportJson({ title: _title, clientLabel: _label, ...page }: ReportPage): string {
  return `${JSON.stringify({ format: "mimika-report-1", ...page }, null, 2)}\n`
}
