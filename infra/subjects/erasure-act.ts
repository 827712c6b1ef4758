/**
 * The act of an erasure with the extract from the journal, as a Russian bank files them: a page to be printed, completed
 * by hand and signed. It holds no personal data: who the person was, only the bank's own letter says.
 */
import { createHash } from "node:crypto"
import type { ErasureProof } from "../../actors/certificate.ts"
import type { ErasureEvent } from "../../projections/erasures.ts"
import { reasonText } from "../../projections/own-reasons.ts"
import { html, type Markup, pageOf } from "./page.ts"

const time = new Intl.DateTimeFormat("ru", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" })
const at = (moment: number | string | null) => (moment === null ? "нет" : `${time.format(new Date(moment))} UTC`)

/** What the product can keep of a client at all. */
const categories = [
  "покадровые показатели выражения лица во время видеозвонков и отчёты о звонках",
  "сведения о согласиях: номер, редакция текста, цели, время",
  "запросы и замечания менеджера, показанные иллюстрации и обращения к ним",
  "идентификатор клиента в системах банка, имена и контакты в опечатанном справочнике"
]

const stepWords: Readonly<Record<ErasureEvent["type"], string>> = {
  SubjectErasureRequested: "Получено требование об уничтожении",
  SubjectFenced: "Звонки клиента завершены, новые не допускаются",
  SubjectKeyDestroyed: "Ключ данных внесён в список запрещённых и уничтожен, остальные ключи перешифрованы",
  SubjectForgotten: "Запись удалена из справочника",
  SubjectErased: "Выдан подписанный сертификат",
  SubjectErasureFailed: "Шаг не удался; уничтожение продолжено позже"
}

const detailOf = (event: ErasureEvent): string => {
  if (event.type === "SubjectErasureRequested") return `основание: ${reasonText(event.purpose, "ru")}`
  if (event.type === "SubjectFenced") return `завершено звонков: ${event.endedConferences}`
  if (event.type === "SubjectKeyDestroyed") return `ключ ${event.keyId ?? "не создавался"}, запрет № ${event.barNumber}`
  if (event.type === "SubjectErasureFailed") return `шаг ${event.step}`
  return ""
}

interface Certified {
  readonly erasure: string
  readonly purpose: string
  readonly requestedBy: string
  readonly keyDestroyedAt: string
  readonly masterKeyReplaced: boolean
  readonly streams: readonly { readonly stream: string; readonly eventCount: number }[]
}

export function erasureAct(proof: ErasureProof): string {
  const certified = JSON.parse(proof.certificate) as Certified
  const { erasure, purpose, requestedBy, keyDestroyedAt, streams } = certified
  const row = (label: string, value: string | Markup) => html`<tr><th>${label}</th><td>${value}</td></tr>\n`
  const byHand = html`<span class="line">&nbsp;</span>`
  const title = `Акт об уничтожении персональных данных № ${erasure}`
  const copies = certified.masterKeyReplaced
    ? "Главный ключ заменён: копии хранилища ключей, сделанные раньше, нынешним главным ключом не открываются. Копии прежнего главного ключа подлежат уничтожению."
    : "Главный ключ этим поставщиком ключей не заменяется: копии хранилища ключей, сделанные раньше, подлежат уничтожению."
  const body = html`<h1>${title}</h1>
<table>
${row("Оператор (наименование, адрес)", byHand)}${row("Лицо, уничтожившее данные (Ф. И. О., должность)", byHand)}${row("Учётная запись исполнителя", requestedBy)}${row("Субъект персональных данных", html`псевдоним <code>${proof.subject}</code>; кому он принадлежал, в системе больше не известно`)}${row("Основание", reasonText(purpose, "ru"))}${row("Информационная система", "Mimika")}${row("Дата и время уничтожения", at(keyDestroyedAt))}
</table>
<h2>Уничтоженные категории данных</h2>
<ul>
${categories.map((category) => html`<li>${category}</li>\n`)}</ul>
<h2>Способ уничтожения</h2>
<p>Все события о клиенте хранились только зашифрованными (AES-256-GCM) ключом данных этого клиента. Ключ уничтожен вместе с
ключом, которым он был обёрнут; остальные ключи обёрнуты новым. Записи журнала остались на месте как шифротекст без ключа,
поэтому доказательства целостности журнала действуют, а прочесть эти записи нельзя ни здесь, ни в резервных копиях журнала.
${copies} Запись в справочнике удалена с затиранием. Ключ внесён в список запрещённых: восстановление из копии уничтожит его снова.</p>
<h2>Выгрузка из журнала операций</h2>
<table>
<tr><th>Время</th><th>Событие</th><th>Кто</th><th>Подробности</th></tr>
${proof.events.map((event) => html`<tr><td>${at(event.at)}</td><td>${stepWords[event.type]}</td><td>${event.actor}</td><td>${detailOf(event)}</td></tr>\n`)}</table>
<h2>Потоки журнала, ставшие нечитаемыми: ${streams.length}</h2>
<table>
<tr><th>Поток</th><th>Событий</th></tr>
${streams.map(({ stream, eventCount }) => html`<tr><td><code>${stream}</code></td><td>${eventCount}</td></tr>\n`)}</table>
<h2>Сертификат</h2>
<p>SHA-256 файла certificate.json: <code>${createHash("sha256").update(proof.certificate).digest("hex")}</code>.
Подпись Ed25519 проверяется без системы:</p>
<pre>openssl pkeyutl -verify -pubin -inkey certificate-key.pem -rawin -in certificate.json -sigfile certificate.sig</pre>
<p>Дата ${byHand}&nbsp;&nbsp; Подпись ${byHand}</p>`
  return pageOf("ru", title, body)
}
