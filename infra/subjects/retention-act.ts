/** The act of a retention run, as a Russian bank files it: a page to be printed, completed by hand and signed. It holds no personal data: pseudonyms, ids, months and counts. */
import { createHash } from "node:crypto"
import type { RetentionProof } from "../../actors/retention.ts"
import type { KeptPurpose } from "../../machines/retention.ts"
import { html, type Markup, pageOf } from "./page.ts"

const time = new Intl.DateTimeFormat("ru", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" })

const purposeWords: Readonly<Record<KeptPurpose, string>> = {
  expressionAnalysis: "анализ выражения лица: покадровые показатели и отчёты о звонках",
  illustrationInteraction: "иллюстрации: запросы, замечания, показанные картинки и обращения к ним",
  operations: "журнал операций: кто, когда и зачем читал, выгружал, удалял данные и менял настройки",
  consentEvidence: "доказательства согласий: номер, версия и хеш текста, когда дано и отозвано"
}

interface Certified {
  readonly run: string
  readonly requestedBy: string
  readonly issuedAt: string
  readonly periodsInDays: Readonly<Record<string, number>>
  readonly masterKeyReplaced: boolean
  readonly keys: readonly { readonly id: string; readonly purpose: KeptPurpose; readonly month: string }[]
  readonly streams: readonly { readonly stream: string; readonly eventCount: number }[]
}

export function retentionAct(proof: RetentionProof): string {
  const { run, requestedBy, issuedAt, periodsInDays, masterKeyReplaced, keys, streams } = JSON.parse(
    proof.certificate
  ) as Certified
  const row = (label: string, value: string | Markup) => html`<tr><th>${label}</th><td>${value}</td></tr>\n`
  const byHand = html`<span class="line">&nbsp;</span>`
  const title = `Акт об уничтожении данных с истёкшим сроком хранения № ${run}`
  const months = new Map<string, number>()
  for (const { purpose, month } of keys) {
    const name = `${month} ${purpose}`
    months.set(name, (months.get(name) ?? 0) + 1)
  }
  const categories = [...months]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, keyCount]) => {
      const [month, purpose] = name.split(" ") as [string, KeptPurpose]
      return html`<tr><td>${month}</td><td>${purposeWords[purpose]}</td><td>${periodsInDays[purpose] ?? null}</td><td>${keyCount}</td></tr>\n`
    })
  const copies = masterKeyReplaced
    ? "Главный ключ заменён: копии хранилища ключей, сделанные раньше, нынешним главным ключом не открываются."
    : "Главный ключ этим поставщиком ключей не заменяется: копии хранилища ключей, сделанные раньше, подлежат уничтожению."
  const body = html`<h1>${title}</h1>
<table>
${row("Оператор (наименование, адрес)", byHand)}${row("Лицо, уничтожившее данные (Ф. И. О., должность)", byHand)}${row("Учётная запись исполнителя", requestedBy)}${row("Основание", "истёк установленный срок хранения")}${row("Информационная система", "Mimika")}${row("Дата и время", `${time.format(new Date(issuedAt))} UTC`)}
</table>
<h2>Уничтоженные данные</h2>
<table>
<tr><th>Месяц</th><th>Категория</th><th>Срок хранения, дней</th><th>Ключей</th></tr>
${categories}</table>
<h2>Способ уничтожения</h2>
<p>Данные хранились только зашифрованными (AES-256-GCM), отдельным ключом для каждого клиента, цели и месяца, а записи журнала операций — отдельным ключом для каждого месяца. Ключи уничтожены
вместе с ключом, которым они были обёрнуты; остальные ключи обёрнуты новым. Записи журнала остались на месте как шифротекст
без ключа: доказательства целостности действуют, а прочесть эти записи нельзя. ${copies}</p>
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
