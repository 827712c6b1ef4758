/** The audit report as a page for paper and screen, in Russian or English. It computes nothing. */
import type { AuditReport } from "../../projections/audit-report.ts"
import {
  actorText,
  erasedText,
  keyText,
  kindName,
  operationName,
  purposeName,
  refusalName
} from "../../projections/audit-words.ts"
import { reasonText } from "../../projections/own-reasons.ts"
import type { Language } from "../report-table.ts"
import { html, type Markup, pageOf } from "../subjects/page.ts"

const words = {
  ru: {
    title: "Отчёт для аудита",
    period: "Период",
    events: "Событий в журнале за период",
    operations: "Действия по людям и целям",
    who: "Кто",
    what: "Что",
    why: "Зачем",
    whyFailed: "Почему",
    count: "Раз",
    first: "Впервые",
    last: "В последний раз",
    erasures: "Удаления данных",
    subject: "Псевдоним",
    requested: "Запрошено",
    finished: "Завершено",
    certificate: "Акт и сертификат",
    yes: "есть",
    no: "нет",
    failures: "Сбои по пути",
    consents: "Согласия",
    purpose: "Цель",
    given: "Дано",
    withdrawn: "Отозвано",
    signIns: "Входы",
    signInText: "Успешных: {succeeded}, неудачных: {failed}, отказов у дверей сервера: {refused}",
    account: "Учётная запись",
    unknown: "неизвестная",
    gaps: "Пропуски в записи",
    gapText:
      "Кадров не записано из-за журнала: {frames}. Перезапусков сервера во время разговоров: {restarts}, потерь обработчика: {edges}, обрывов связи с клиентом: {clients}",
    keys: "Ключи",
    erased: "Стёртые записи",
    month: "Месяц",
    ground: "Почему",
    streams: "Потоков",
    eventCount: "Событий",
    when: "Когда",
    none: "За период ничего."
  },
  en: {
    title: "Audit report",
    period: "Period",
    events: "Events in the journal in this period",
    operations: "Operations by person and purpose",
    who: "Who",
    what: "What",
    why: "Why",
    whyFailed: "Why",
    count: "Times",
    first: "First",
    last: "Last",
    erasures: "Erasures",
    subject: "Pseudonym",
    requested: "Requested",
    finished: "Finished",
    certificate: "Act and certificate",
    yes: "yes",
    no: "no",
    failures: "Failures on the way",
    consents: "Consents",
    purpose: "Purpose",
    given: "Given",
    withdrawn: "Withdrawn",
    signIns: "Sign-ins",
    signInText: "Succeeded: {succeeded}, failed: {failed}, refused at the server's doors: {refused}",
    account: "Account",
    unknown: "unknown",
    gaps: "Gaps in recording",
    gapText:
      "Frames not recorded for the journal's sake: {frames}. Restarts of the server during calls: {restarts}, edges lost: {edges}, clients lost: {clients}",
    keys: "Keys",
    erased: "Erased records",
    month: "Month",
    ground: "Why",
    streams: "Streams",
    eventCount: "Events",
    when: "When",
    none: "Nothing in this period."
  }
} as const

export function auditReportPage(report: AuditReport, language: Language): string {
  const say = words[language]
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" })
  const at = (moment: number | null) => (moment === null ? "—" : `${format.format(moment)} UTC`)
  const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): Markup => {
    if (rows.length === 0) return html`<p>${say.none}</p>\n`
    const cells = (row: readonly (string | number)[]) => row.map((cell) => html`<td>${cell}</td>`)
    const lines = rows.map((row) => html`<tr>${cells(row)}</tr>\n`)
    return html`<table><tr>${head.map((name) => html`<th>${name}</th>`)}</tr>\n${lines}</table>\n`
  }
  const filled = (text: string, values: Readonly<Record<string, number>>) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
  const { signIns, gaps } = report
  const operations = report.operations.map((one) => {
    return [
      actorText(one.actor, language),
      operationName(one.type, language),
      reasonText(one.purpose, language),
      one.count,
      at(one.firstAt),
      at(one.lastAt)
    ]
  })
  const erasures = report.erasures.map((one) => {
    const certificate = one.certified ? say.yes : say.no
    return [
      one.subject,
      at(one.requestedAt),
      at(one.finishedAt),
      actorText(one.actor, language),
      certificate,
      one.failures.join("; ")
    ]
  })
  const consents = Object.entries(report.consents).map(([purpose, { given, withdrawn }]) => [
    purposeName(purpose, language),
    given,
    withdrawn
  ])
  const failed = report.failedSignIns.map(({ account, why, count }) => [
    account === "" ? say.unknown : account,
    refusalName(why, language),
    count
  ])
  const keys = report.keys.map(({ at: when, what, actor }) => [
    at(when),
    keyText(what, language),
    actorText(actor, language)
  ])
  const erased = report.erased.map(({ kind, month, by, streamCount, eventCount }) => [
    month,
    kindName(kind, language),
    erasedText(by, language),
    streamCount,
    eventCount
  ])
  const body = html`<h1>${say.title}</h1>
<p>${say.period}: ${at(report.from)} – ${at(report.to)}. ${say.events}: ${report.eventCount}.</p>
<h2>${say.operations}</h2>
${table([say.who, say.what, say.why, say.count, say.first, say.last], operations)}
<h2>${say.erasures}</h2>
${table([say.subject, say.requested, say.finished, say.who, say.certificate, say.failures], erasures)}
<h2>${say.consents}</h2>
${table([say.purpose, say.given, say.withdrawn], consents)}
<h2>${say.signIns}</h2>
<p>${filled(say.signInText, { succeeded: signIns.succeeded, failed: signIns.failed, refused: signIns.refusedAtDoors })}</p>
${table([say.account, say.whyFailed, say.count], failed)}
<h2>${say.gaps}</h2>
<p>${filled(say.gapText, {
    frames: gaps.framesDroppedForJournal,
    restarts: gaps.serverRestarts,
    edges: gaps.edgesLost,
    clients: gaps.clientsLost
  })}</p>
<h2>${say.keys}</h2>
${table([say.when, say.what, say.who], keys)}
<h2>${say.erased}</h2>
${table([say.month, say.what, say.ground, say.streams, say.eventCount], erased)}`
  return pageOf(language, say.title, body)
}
