/**
 * What can be unsafe or missing on a server, checked one by one, in plain words and with what mends it. It reads files and asks the
 * system; it changes nothing, opens no event and shows nobody's data.
 */
import { createHash, X509Certificate } from "node:crypto"
import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Effect, Result } from "effect"
import { ProofLog } from "../../actors/proof-log.ts"
import { provenReaders } from "../audit/proof-log.ts"
import { kurrentProofLogFile, proofLogFile } from "../audit/proof-log-sqlite.ts"
import { chooseGateway } from "../gateway/gateway.ts"
import { isKurrentAddress } from "../journal/kurrentdb.ts"
import { openForReading } from "../journal/sqlite.ts"
import { edgesFindings } from "./edges.ts"
import { type Finding, good, modeOf, octal, type Place } from "./finding.ts"
import { kurrentBackup, kurrentJournal } from "./kurrent.ts"
import { staffDirectoryFindings } from "./staff-directory.ts"
import { encodedVideo } from "./video.ts"

const dayMs = 86_400_000
/** Two weeks to get a new certificate from a bank's own authority. */
const certificateDaysMin = 14
/** Fifty conferences write about half a gigabyte a day (docs/journal.md); a week of them. */
const freeBytesMin = 4 * 1024 ** 3
/** Between two backups, as retention reminds. */
const backupDaysMax = 183

/** Files that hold secrets, and folders: nobody but the server's user may look in. */
export function fileModes({ data }: Pick<Place, "data">): Finding {
  const tokens = ["access-token", "admin-token", "analytics-token"]
  const databases = ["accounts.sqlite", "sessions.sqlite", "client-links.sqlite", "directory.sqlite"]
  // Codes for clients lie in clear until the bank's gateway takes them.
  const folders = ["keys", "tls", join("exchange", "codes")].map((name) => join(data, name)).filter(existsSync)
  const secrets = [...tokens, ...databases]
    .map((name) => join(data, name))
    .concat(folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))))
    .filter((path) => existsSync(path) && statSync(path).isFile() && !/\.(pub|pem)$|certificate/.test(path))
  const keys = existsSync(join(data, "tls", "tls-key.pem")) ? [join(data, "tls", "tls-key.pem")] : []
  const open = [...secrets, ...keys].filter((path) => (modeOf(path) & 0o077) !== 0)
  const folderOpen = (modeOf(data) & 0o077) !== 0
  if (open.length === 0 && !folderOpen) {
    return good(
      "fileModes",
      "Секреты читает только пользователь сервера",
      "Only the server's user can read the secrets"
    )
  }
  // A folder that nobody else can enter keeps what is in it.
  if (!folderOpen) {
    return good("fileModes", `В папку ${data} никто другой не войдёт`, `Nobody else can enter the folder ${data}`)
  }
  const what = [data, ...open].map((path) => `${path} (${octal(modeOf(path))})`).join(", ")
  return {
    check: "fileModes",
    level: "bad",
    ru: `Другие пользователи могут читать: ${what}. Исправить: chmod -R go= ${data}`,
    en: `Other users can read: ${what}. Mend it with: chmod -R go= ${data}`
  }
}

function certificate({ data, now }: Place): Finding {
  const file = join(data, "tls", "tls-certificate.pem")
  if (!existsSync(file)) {
    return {
      check: "certificate",
      level: "warning",
      ru: "Сертификата ещё нет: сервер сделает самоподписанный при первом запуске",
      en: "There is no certificate yet: the server makes a self-signed one at its first start"
    }
  }
  const found = new X509Certificate(readFileSync(file))
  const days = Math.floor((Date.parse(found.validTo) - now) / dayMs)
  const own = found.subject === found.issuer
  if (days < certificateDaysMin && !own) {
    return {
      check: "certificate",
      level: days < 0 ? "bad" : "warning",
      ru: `Сертификат действует ещё ${days} дн. Положите новый в ${file} и его ключ рядом`,
      en: `The certificate lasts ${days} more days. Put a new one in ${file} and its key beside it`
    }
  }
  return own
    ? {
        check: "certificate",
        level: "warning",
        ru: `Сертификат самоподписанный: браузеры ему не верят. Положите выпущенный банком в ${file} и его ключ рядом`,
        en: `The certificate is self-signed, so browsers do not trust it. Put one of the bank's authority in ${file} and its key beside it`
      }
    : good("certificate", `Сертификат действует ещё ${days} дн.`, `The certificate lasts ${days} more days`)
}

function masterKey({ data }: Place): Finding {
  if (!existsSync(join(data, "keys", "master.key"))) {
    return good("masterKey", "Мастер-ключ не лежит рядом с данными", "The master key does not lie beside the data")
  }
  return {
    check: "masterKey",
    level: "warning",
    ru: "Мастер-ключ лежит в папке данных: кто скопирует папку, откроет всё. Держите его в Vault или в переменной окружения (docs/journal.md)",
    en: "The master key lies in the data folder: whoever copies the folder opens everything. Keep it in Vault or in the environment (docs/journal.md)"
  }
}

function barList({ data }: Place): Finding {
  const file = join(data, "bars", "bars.jsonl")
  return existsSync(file) || !existsSync(join(data, "keys"))
    ? good("barList", "Список уничтоженных ключей на месте", "The list of destroyed keys is there")
    : {
        check: "barList",
        level: "warning",
        ru: `Списка уничтоженных ключей ${file} нет. Если удаления уже были, верните его: без него восстановление откажется работать`,
        en: `There is no list of destroyed keys at ${file}. If anybody was erased already, bring it back: restoring refuses to work without it`
      }
}

function disk({ data }: Place): Finding {
  const { bavail, bsize } = statfsSync(data)
  const free = bavail * bsize
  const gb = (free / 1024 ** 3).toFixed(1)
  return free >= freeBytesMin
    ? good("disk", `Свободно ${gb} ГиБ`, `${gb} GiB are free`)
    : {
        check: "disk",
        level: "warning",
        ru: `Свободно только ${gb} ГиБ: на полном диске анализ остановится. Освободите место`,
        en: `Only ${gb} GiB are free: with a full disk analysis stops. Make room`
      }
}

/** Asked of the log itself, which in PostgreSQL is not a file of ours. */
async function proofs({ data, postgres }: Place): Promise<Finding> {
  const place = { folder: data, url: postgres }
  const file =
    postgres === undefined ? proofLogFile(data) : isKurrentAddress(postgres) ? kurrentProofLogFile(data) : null
  if (file !== null && !existsSync(file)) {
    return good("proofs", "Журнал доказательств появится при запуске", "The proving log appears at the first start")
  }
  const checkpoints = Effect.flatMap(ProofLog, (log) => log.checkpoints())
  const asked = await Effect.runPromise(Effect.result(Effect.provide(checkpoints, provenReaders(place))))
  if (Result.isFailure(asked)) {
    return {
      check: "proofs",
      level: "bad",
      ru: `Журнал доказательств не открывается: ${asked.failure.message}`,
      en: `The proving log does not open: ${asked.failure.message}`
    }
  }
  return asked.success.cosigned === null
    ? {
        check: "proofs",
        level: "warning",
        ru: "Свидетеля нет: подделку, сделанную на самом сервере, заметит только тот, кто хранит старую контрольную точку. Запустите свидетеля на другой машине (docs/audit.md)",
        en: "There is no witness: a forgery made on the server itself is noticed only by whoever keeps an old checkpoint. Run a witness on another machine (docs/audit.md)"
      }
    : good("proofs", "Свидетель заверяет контрольные точки", "A witness cosigns the checkpoints")
}

function accounts({ data }: Place): Finding {
  const file = join(data, "accounts.sqlite")
  const none: Finding = {
    check: "accounts",
    level: "warning",
    ru: "Учётных записей ещё нет: запустите сервер и откройте ссылку, которую он напечатает",
    en: "There are no accounts yet: start the server and open the link that it prints"
  }
  if (!existsSync(file)) return none
  const database = openForReading(file)
  try {
    const count = (where: string) =>
      Number((database.prepare(`SELECT count(*) AS n FROM accounts WHERE ${where}`).get() as { n: number }).n)
    const administrators = count("roles LIKE '%administrator%' AND disabled_at IS NULL AND password_hash IS NOT NULL")
    const unbriefed = count("briefed_at IS NULL AND disabled_at IS NULL")
    if (administrators === 0) return none
    if (administrators === 1) {
      return {
        check: "accounts",
        level: "warning",
        ru: "Администратор один: если он потеряет телефон и коды, учётными записями некому управлять. Назначьте второго",
        en: "There is one administrator: if they lose phone and codes, nobody can manage accounts. Make a second one"
      }
    }
    return unbriefed > 0
      ? {
          check: "accounts",
          level: "warning",
          ru: `Без отметки об инструктаже: ${unbriefed}. Они не войдут, пока администратор его не отметит`,
          en: `Without a briefing on record: ${unbriefed}. They cannot sign in until an administrator records it`
        }
      : good("accounts", `Администраторов: ${administrators}`, `Administrators: ${administrators}`)
  } finally {
    database.close()
  }
}

function model(): Finding {
  const weights = fileURLToPath(new URL("../../models/weights/expression.onnx", import.meta.url))
  const manifest = fileURLToPath(new URL("../../models/weights/expression.json", import.meta.url))
  const expected = (JSON.parse(readFileSync(manifest, "utf8")) as { sha256: string }).sha256
  const found = createHash("sha256").update(readFileSync(weights)).digest("hex")
  return found === expected
    ? good("model", "Модель та, что в манифесте", "The model is the manifest's")
    : {
        check: "model",
        level: "bad",
        ru: "Файл модели не тот, что в манифесте. Установите пакет заново",
        en: "The model's file is not the manifest's. Install the package again"
      }
}

async function gateway(): Promise<Finding> {
  if ("Deno" in globalThis) return good("gateway", "ws под Deno", "ws under Deno")
  const { gateway: chosen } = await chooseGateway()
  if (chosen.name !== "ws") {
    return good(
      "gateway",
      `uWebSockets.js на Node ${process.versions.node}`,
      `uWebSockets.js on Node ${process.versions.node}`
    )
  }
  return {
    check: "gateway",
    level: "warning",
    ru: "uWebSockets.js не загружается: работает ws, он медленнее. На Debian 12 помогает scripts/node-with-newer-glibc.sh",
    en: "uWebSockets.js does not load: ws serves, which is slower. On Debian 12 scripts/node-with-newer-glibc.sh helps"
  }
}

function backup({ data, postgres, now }: Place, lastBackupAt: number | null): Finding {
  if (postgres !== undefined && isKurrentAddress(postgres)) return kurrentBackup(data)
  if (!existsSync(join(data, "journal.sqlite"))) return good("backup", "Журнала ещё нет", "There is no journal yet")
  const days = lastBackupAt === null ? null : Math.floor((now - lastBackupAt) / dayMs)
  return days !== null && days <= backupDaysMax
    ? good("backup", `Последняя копия ${days} дн. назад`, `The last backup is ${days} days old`)
    : {
        check: "backup",
        level: "warning",
        ru: `${days === null ? "Резервной копии ещё не было" : `Последней копии ${days} дн.`}. Сделать: npm run mimika -- backup FILE --data ${data}`,
        en: `${days === null ? "There has been no backup" : `The last backup is ${days} days old`}. Make one: npm run mimika -- backup FILE --data ${data}`
      }
}

/** All of them, in the order in which they matter. `lastBackupAt`: from the journal of operations, null when there is none. */
export async function examine(place: Place, lastBackupAt: number | null): Promise<readonly Finding[]> {
  return [
    fileModes(place),
    masterKey(place),
    certificate(place),
    accounts(place),
    ...(await staffDirectoryFindings(place)),
    barList(place),
    ...(place.postgres !== undefined && isKurrentAddress(place.postgres) ? [await kurrentJournal(place.postgres)] : []),
    await proofs(place),
    backup(place, lastBackupAt),
    disk(place),
    model(),
    await gateway(),
    ...(await edgesFindings(place)),
    await encodedVideo()
  ]
}
