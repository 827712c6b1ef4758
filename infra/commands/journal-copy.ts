/** `mimika journal copy`: another store for the same journal. It opens no event; keys, directory and accounts stay where they are. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect } from "effect"
import { copyJournal } from "../audit/journal-copy.ts"
import { publicKeyFileIn, readVerifierKey } from "../audit/log-key.ts"
import type { ProvenPlace } from "../audit/proof-log.ts"
import { isKurrentAddress, kurrentAddressOf } from "../journal/kurrentdb.ts"
import { addressOf } from "../journal/postgres.ts"
import type { Language } from "../report-table.ts"

export interface JournalCopyOptions {
  readonly from: string
  readonly to: string
  readonly data?: string
  readonly key?: string
  readonly json: boolean
  readonly lang: Language
}

const words = {
  ru: {
    progress: "Скопировано коммитов: {commits}{of}, {rate} переходов в секунду",
    of: " из {known}",
    done: "Скопировано коммитов: {commits} (переходов: {transitions})",
    found: ", из них уже были: {found}",
    proven: "Доказательства перенесены: подписанный корень сошёлся на {proven} листьях",
    notProven: "Журнал доказательств не перенесён: у источника его нет или не найден открытый ключ (--key)",
    next: "Ключи, справочник клиентов и учётные записи остались в папке {data}. Дальше: запустите сервер с {how}; списки и отчёты он построит заново сам",
    withJournal: "--journal {place}",
    without: "--data {place} без --journal"
  },
  en: {
    progress: "{commits}{of} commits copied, {rate} transitions a second",
    of: " of {known}",
    done: "{commits} commits copied ({transitions} transitions)",
    found: ", of which {found} were there already",
    proven: "The proofs came along: the signed root holds over {proven} leaves",
    notProven: "The proof log did not come along: the source has none, or its public key was not found (--key)",
    next: "Keys, directory and accounts stay in {data}. Next: start the server with {how}; it builds its lists and reports anew by itself",
    withJournal: "--journal {place}",
    without: "--data {place} and no --journal"
  }
} as const

/** Between two lines of progress, in milliseconds. */
const progressEveryMs = 1_000

const isAddress = (place: string) => /^[a-z]+(\+discover)?:\/\//.test(place)

export async function journalCopy({ from, to, data, key, json, lang }: JournalCopyOptions): Promise<void> {
  const folders = [from, to].filter((place) => !isAddress(place))
  const folder = data ?? folders[0] ?? "var"
  const place = (where: string): ProvenPlace =>
    isAddress(where) ? { folder, url: known(where) } : { folder: where, url: undefined }
  if (from === to) throw new Error(`Cannot copy "${shown(from)}" onto itself. Name another place with --to`)
  if (!isAddress(from) && !existsSync(join(from, "journal.sqlite"))) {
    throw new Error(
      `Cannot copy "${from}": there is no journal in it. Name a server's folder, postgres://… or kurrentdb://…`
    )
  }
  const keyPlace = key ?? publicKeyFileIn(join(folder, "keys"))
  const logKey = key !== undefined || existsSync(keyPlace) ? readVerifierKey(keyPlace) : null
  const word = words[lang]
  const began = performance.now()
  let saidAt = began
  const progress = (commits: number, knownCommits: number, transitions: number) => {
    const now = performance.now()
    if (now - saidAt < progressEveryMs) return
    saidAt = now
    const of = knownCommits > 0 ? filled(word.of, { known: knownCommits }) : ""
    const rate = Math.round(transitions / ((now - began) / 1000))
    process.stderr.write(`${filled(word.progress, { commits, of, rate })}\n`)
  }
  const copied = await Effect.runPromise(
    copyJournal({ from: place(from), to: place(to), key: logKey, progress }).pipe(
      Effect.mapError(
        (error) =>
          new Error(
            `Cannot copy the journal from "${shown(from)}" to "${shown(to)}": ${error.message}. What was copied stays; mend this and run the command again, or name an empty store`
          )
      )
    )
  )
  const { commits, transitions, foundCommits, proven } = copied
  const seconds = (performance.now() - began) / 1000
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...copied, seconds, transitionsPerSecond: transitions / seconds })}\n`)
    return
  }
  const found = foundCommits > 0 ? filled(word.found, { found: foundCommits }) : ""
  const how = isAddress(to) ? filled(word.withJournal, { place: shown(to) }) : filled(word.without, { place: to })
  const lines = [
    `${filled(word.done, { commits, transitions })}${found}`,
    proven > 0 ? filled(word.proven, { proven }) : word.notProven,
    filled(word.next, { data: folder, how })
  ]
  process.stdout.write(`${lines.join("\n")}\n`)
}

function known(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url) || isKurrentAddress(url)) return url
  throw new Error(
    `Cannot copy "${url.split(":", 1)[0]}://…": only data folders, postgres:// and kurrentdb:// are known`
  )
}

/** Without a password. */
function shown(place: string): string {
  if (isKurrentAddress(place)) return `kurrentdb://${kurrentAddressOf(place)}`
  return isAddress(place) ? `postgres://${addressOf(place)}` : place
}

const filled = (text: string, values: Readonly<Record<string, string | number>>) =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
