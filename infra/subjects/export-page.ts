/**
 * What is kept of a client, as a person can read it: each call with its consents, its report and the pictures that were
 * shown. A fold over the exported commits; single frames stand in the JSON beside it, and the page says so.
 */
import type { StoredEvent } from "../../actors/event-store.ts"
import type { ExportRecord } from "../../actors/subjects.ts"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import { emptyReport, evolveReport, type ReportState, reportOf } from "../../projections/report.ts"
import { type Language, reportTable } from "../report-table.ts"
import { html, type Markup, pageOf } from "./page.ts"

const words = {
  ru: {
    title: "Что о вас хранится",
    id: "Идентификатор клиента",
    names: "Имена",
    contacts: "Контакты",
    crmIds: "Идентификаторы других систем",
    pseudonym: "Псевдоним",
    exportedAt: "Выдано",
    call: "Звонок",
    pictures: "Иллюстрации к звонку",
    period: "Время",
    events: "Событий",
    consent: "Согласие",
    text: "редакция текста",
    purposes: "цели",
    withdrawn: "Согласие отозвано",
    prompt: "Запрос менеджера",
    remark: "Замечание менеджера",
    shown: "Показано вам",
    drawn: "Подготовлено",
    answers: "Ваши ответы",
    consents: "Согласия: доказательства",
    takenBack: "Отзывы согласий",
    answered: "Разговор: {rating} из 5, понятность: {clarity} из 5",
    rest: "Все события без исключения, по кадру, находятся в файле export.json рядом. Изображений с камеры в нём нет: они не сохраняются."
  },
  en: {
    title: "What is kept about you",
    id: "Client id",
    names: "Names",
    contacts: "Contacts",
    crmIds: "Ids in other systems",
    pseudonym: "Pseudonym",
    exportedAt: "Handed out",
    call: "Call",
    pictures: "Pictures of the call",
    period: "Time",
    events: "Events",
    consent: "Consent",
    text: "text version",
    purposes: "purposes",
    withdrawn: "Consent withdrawn",
    prompt: "Manager's prompt",
    remark: "Manager's remark",
    shown: "Shown to you",
    drawn: "Prepared",
    answers: "Your answers",
    consents: "Consents: proofs",
    takenBack: "Consents taken back",
    answered: "Conversation: {rating} of 5, clarity: {clarity} of 5",
    rest: "Every single event, frame by frame, is in the file export.json beside this page. It holds no camera pictures: none are kept."
  }
} as const

interface Kept {
  readonly stream: string
  firstAt: number
  lastAt: number
  eventCount: number
  report: ReportState
  readonly lines: Markup[]
  readonly drawn: Map<number, string>
}

/** Takes the records in their order; `finish` answers the page. */
export function makeExportPage(language: Language) {
  const say = words[language]
  const format = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" })
  const at = (moment: number) => `${format.format(new Date(moment))} UTC`
  let head: Extract<ExportRecord, { record: "subject" }> | null = null
  const kept = new Map<string, Kept>()

  const lineOf = (stream: Kept, event: StoredEvent): Markup | null => {
    switch (event.type) {
      case "ConsentGiven":
      case "ConsentEvidenced": {
        const purposes = (event.purposes as readonly string[]).join(", ")
        return html`<li>${say.consent} ${String(event.consent)}, ${at(Number(event.givenAt))}; ${say.text} ${String(event.textVersion)} (SHA-256 <code>${String(event.textSha256)}</code>); ${say.purposes}: ${purposes}</li>\n`
      }
      case "ConsentWithdrawn":
      case "WithdrawalEvidenced":
        return html`<li>${say.withdrawn}: ${String(event.consent)}, ${at(event.at)}</li>\n`
      case "PromptGiven":
      case "PromptRefused":
        return html`<li>${say.prompt}, ${at(event.at)}: «${String(event.prompt)}»</li>\n`
      case "RemarkGiven":
      case "RemarkRefused":
        return html`<li>${say.remark}, ${at(event.at)}: «${String(event.remark)}»</li>\n`
      case "VariantDrawn":
        stream.drawn.set(Number(event.variantIndex), String(event.svg))
        return html`<li>${say.drawn}: № ${Number(event.variantIndex) + 1}, ${at(event.at)}</li>\n`
      case "IllustrationShared": {
        const svg = stream.drawn.get(Number(event.variantIndex))
        const picture =
          svg === undefined
            ? null
            : html`<br><img alt="" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`
        return html`<li>${say.shown}: № ${Number(event.variantIndex) + 1}, ${at(event.at)}${picture}</li>\n`
      }
      case "ClientAnswered": {
        const { rating, clarity } = event
        return html`<li>${say.answered.replace("{rating}", `${rating}`).replace("{clarity}", `${clarity}`)}, ${at(event.at)}</li>\n`
      }
      default:
        return null
    }
  }

  const take = (record: ExportRecord) => {
    if (record.record === "subject") {
      head = record
      return
    }
    const stream = kept.get(record.stream) ?? newlyKept(record)
    kept.set(record.stream, stream)
    for (const event of record.events) {
      stream.eventCount += 1
      stream.lastAt = event.at
      stream.report = evolveReport(stream.report, event as unknown as ConferenceEvent)
      const line = lineOf(stream, event)
      if (line !== null) stream.lines.push(line)
    }
  }

  /** By how the streams' names begin; all others are of pictures. */
  const titles: Readonly<Record<string, string>> = {
    conference: say.call,
    answers: say.answers,
    consents: say.consents,
    withdrawals: say.takenBack
  }
  const section = (stream: Kept): Markup => {
    const isCall = stream.stream.startsWith("conference-")
    const report = isCall ? html`<pre>${reportTable(reportOf(stream.report), language)}</pre>` : null
    const [kind] = stream.stream.split("-", 1)
    const title = titles[kind ?? ""] ?? say.pictures
    return html`<h2>${title} <code>${stream.stream}</code></h2>
<p>${say.period}: ${at(stream.firstAt)} – ${at(stream.lastAt)}. ${say.events}: ${stream.eventCount}.</p>
<ul>
${stream.lines}</ul>
${report}
`
  }

  const finish = (): string => {
    if (head === null) throw new Error("Cannot write the page: nothing was exported. Repeat the command")
    const { subject, exportedAt, person } = head
    const row = (label: string, value: string) => html`<tr><th>${label}</th><td>${value}</td></tr>\n`
    const rows = [
      row(say.pseudonym, subject),
      row(say.exportedAt, at(exportedAt)),
      ...(person === null
        ? []
        : [
            row(say.id, person.externalId),
            row(say.names, person.names.join(", ")),
            row(say.contacts, person.contacts.join(", ")),
            row(say.crmIds, person.crmIds.join(", "))
          ])
    ]
    const body = html`<h1>${say.title}</h1>
<table>
${rows}</table>
${[...kept.values()].map(section)}<p>${say.rest}</p>`
    return pageOf(language, say.title, body)
  }
  return { take, finish }
}

const newlyKept = ({ stream, events }: Extract<ExportRecord, { record: "commit" }>): Kept => ({
  stream,
  firstAt: events[0]?.at ?? 0,
  lastAt: 0,
  eventCount: 0,
  report: emptyReport,
  lines: [],
  drawn: new Map()
})
