/** `mimika retention show | set | run`: brings a wish about retention to the desk, prints the answer and writes certificates and acts. It decides nothing. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect } from "effect"
import type { RetentionProof } from "../../actors/retention.ts"
import { logging } from "../core.ts"
import { erasureAct } from "../subjects/erasure-act.ts"
import { osActor } from "../subjects/os-actor.ts"
import { retentionAct } from "../subjects/retention-act.ts"
import type { RetentionAnswer, RetentionWish } from "../subjects/retention-wishes.ts"
import { openDesk } from "../subjects/subject-desk.ts"

export interface RetentionOptions {
  readonly data: string
  readonly journal?: string
  readonly json: boolean
  readonly lang: "ru" | "en"
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)

async function ask<Wish extends RetentionWish["wish"]>(
  { data, journal }: RetentionOptions,
  wish: Wish,
  more: Partial<RetentionWish> = {}
) {
  const request = { wish, actor: osActor(), purpose: "retention", periods: {}, ...more }
  const asked = Effect.flatMap(openDesk({ data, journal }), (desk) => desk.retention(request))
  const answer = await Effect.runPromise(asked.pipe(Effect.scoped, Effect.provide(logging)))
  return answer as Extract<RetentionAnswer, { wish: Wish }>
}

const words = {
  ru: {
    periods: "Сроки хранения, дней:",
    expressionAnalysis: "анализ выражения лица",
    illustrationInteraction: "иллюстрации и обращения к ним",
    consentEvidence: "доказательства согласий",
    operations: "журнал операций",
    person: "сведения о клиенте (после последнего следа)",
    due: "Срок истёк:",
    keys: "ключей —",
    persons: "клиентов, о которых ничего не осталось",
    nothingDue: "Срок ни у чего не истёк",
    owed: "незавершённых уничтожений",
    backup: "Последняя резервная копия журнала",
    never: "не делалась",
    overdue: "пора сделать новую: просрочена на дней —"
  },
  en: {
    periods: "Kept for, in days:",
    expressionAnalysis: "analysis of expressions",
    illustrationInteraction: "illustrations and touches of them",
    consentEvidence: "proofs of consents",
    operations: "the journal of operations",
    person: "who the client is (after the last trace)",
    due: "Due:",
    keys: "keys:",
    persons: "clients of whom nothing is left",
    nothingDue: "Nothing is due",
    owed: "destructions not finished",
    backup: "Last backup of the journal",
    never: "never made",
    overdue: "a new one is owed; days overdue:"
  }
} as const

export async function showRetention(options: RetentionOptions): Promise<void> {
  const { wish: _wish, ...view } = await ask(options, "show")
  if (options.json) say(JSON.stringify(view))
  else {
    const word = words[options.lang]
    say(word.periods)
    for (const [name, days] of Object.entries(view.periods)) say(`  ${name} (${word[name as "person"]}): ${days}`)
    say(view.due.length + view.personCount === 0 ? word.nothingDue : word.due)
    for (const { purpose, month, keyCount } of view.due) say(`  ${month} ${word[purpose]}: ${word.keys} ${keyCount}`)
    if (view.personCount > 0) say(`  ${word.persons}: ${view.personCount}`)
    if (view.owedCount > 0) say(`  ${word.owed}: ${view.owedCount}`)
    const { lastBackupAt, backupOverdueDays } = view
    const overdue = backupOverdueDays === null ? "" : `; ${word.overdue} ${backupOverdueDays}`
    say(`${word.backup}: ${lastBackupAt === null ? word.never : dayOf(lastBackupAt)}${overdue}`)
  }
  process.exit(0)
}

export async function setRetention(
  purpose: string,
  days: number,
  options: RetentionOptions & { readonly reason: string }
): Promise<void> {
  const { periods } = await ask(options, "set", { purpose: options.reason, periods: { [purpose]: days } })
  say(options.json ? JSON.stringify(periods) : `${words[options.lang].periods} ${JSON.stringify(periods)}`)
  process.exit(0)
}

export async function runRetention(options: RetentionOptions & { readonly out?: string }): Promise<void> {
  const { proofs, persons, leftCount } = await ask(options, "run")
  const { out, lang, json } = options
  if (out !== undefined) {
    for (const proof of proofs) writeProof(join(out, `retention-${proof.run}`), proof, retentionAct(proof))
    for (const proof of persons) writeProof(join(out, `person-${proof.subject}`), proof, erasureAct(proof))
  }
  const keyCount = proofs.reduce((sum, { certificate }) => sum + JSON.parse(certificate).keys.length, 0)
  if (json) say(JSON.stringify({ keyCount, personCount: persons.length, leftCount }))
  else if (lang === "ru") {
    say(`Уничтожено: ключей — ${keyCount}, клиентов — ${persons.length}. Осталось на следующий раз: ${leftCount}`)
  } else say(`Destroyed: ${keyCount} keys, ${persons.length} clients. Left for the next run: ${leftCount}`)
  if (!json && out !== undefined && proofs.length + persons.length > 0) {
    say(lang === "ru" ? `Сертификаты и акты лежат в ${out}` : `Certificates and acts are in ${out}`)
  }
  process.exit(0)
}

function writeProof(folder: string, proof: Omit<RetentionProof, "run">, act: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(folder, name), content, { mode: 0o600, flush: true })
  write("certificate.json", proof.certificate)
  write("certificate.sig", Buffer.from(proof.signature, "base64"))
  write("certificate-key.pem", proof.publicKey)
  write("act.html", act)
}
