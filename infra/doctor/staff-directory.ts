/**
 * What can be wrong with signing in through the bank's directory: half a configuration, a secret that others read, a directory that does
 * not answer, is not the one named, or knows no PKCE, and accounts that nobody has linked. It signs nobody in.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type DirectoryFailed, openStaffDirectory } from "../access/staff-directory.ts"
import { type StaffDirectorySettings, staffDirectoryOf } from "../access/staff-directory-settings.ts"
import { openForReading } from "../journal/sqlite.ts"
import { type Finding, good, modeOf, octal, type Place } from "./finding.ts"

const check = "staffDirectory"
const bad = (ru: string, en: string): Finding => ({ check, level: "bad", ru, en })
const warning = (ru: string, en: string): Finding => ({ check, level: "warning", ru, en })

/** None where no directory is named. */
export async function staffDirectoryFindings({ data, staffDirectory = {}, now }: Place): Promise<readonly Finding[]> {
  let settings: StaffDirectorySettings | null
  try {
    settings = staffDirectoryOf(staffDirectory)
  } catch (error) {
    const { message } = error as Error
    return [bad(`Вход через каталог банка настроен неверно: ${message}`, message)]
  }
  if (settings === null) return []
  const { directorySecretFile } = staffDirectory
  const open = directorySecretFile === undefined ? 0 : modeOf(directorySecretFile) & 0o077
  if (open !== 0) {
    const place = `${directorySecretFile} (${octal(modeOf(directorySecretFile!))})`
    const mend = `chmod go= ${directorySecretFile}`
    return [
      bad(
        `Секрет для каталога банка могут читать другие: ${place}. Исправить: ${mend}`,
        `Others can read the secret for the bank's directory: ${place}. Mend it with: ${mend}`
      )
    ]
  }
  return [await answerOf(settings, now), ...linksIn(data)]
}

/** Asks the directory what it says of itself; nothing more is sent. */
async function answerOf(settings: StaffDirectorySettings, now: number): Promise<Finding> {
  const { href } = settings.issuer
  try {
    const { code_challenge_methods_supported: methods } = await openStaffDirectory(settings).metadata(now)
    if (methods !== undefined && !methods.includes("S256")) {
      return bad(
        `Каталог банка ${href} не умеет PKCE (S256), вход через него не состоится. Включите PKCE в каталоге`,
        `The bank's directory ${href} knows no PKCE (S256), so nobody gets in through it. Switch PKCE on over there`
      )
    }
  } catch (error) {
    const { kind, message } = error as DirectoryFailed
    if (kind === "metadata") {
      return bad(
        `По адресу ${href} отвечает не тот каталог банка: ${message}. Исправьте --directory-issuer`,
        `Another directory than the bank's answers at ${href}: ${message}. Correct --directory-issuer`
      )
    }
    return warning(
      `Каталог банка ${href} не отвечает: ${message}. Проверьте адрес, сеть и --directory-ca; пока работают другие способы входа`,
      `The bank's directory ${href} does not answer: ${message}. Check address, network and --directory-ca; the other ways in work meanwhile`
    )
  }
  const proofs = [...settings.amr.map((value) => `amr ${value}`), ...settings.acr.map((value) => `acr ${value}`)]
  return proofs.length === 0
    ? good(
        check,
        `Каталог банка отвечает: ${href}. Второй шаг входа всегда наш`,
        `The bank's directory answers: ${href}. The second factor is always ours`
      )
    : good(
        check,
        `Каталог банка отвечает: ${href}. Второй шаг входа принимается от него при ${proofs.join(", ")}`,
        `The bank's directory answers: ${href}. Its second factor counts with ${proofs.join(", ")}`
      )
}

function linksIn(data: string): readonly Finding[] {
  const file = join(data, "accounts.sqlite")
  if (!existsSync(file)) return []
  const database = openForReading(file)
  try {
    const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'directory_links'").get() !== undefined
    const linked = has && database.prepare("SELECT 1 FROM directory_links LIMIT 1").get() !== undefined
    if (linked) return []
    return [
      warning(
        "Ни одна учётная запись не связана с каталогом банка. Свяжите их на странице «Учётные записи» или: npm run mimika -- account directory ЛОГИН --subject ID",
        "No account is linked with the bank's directory. Link them on the Accounts page, or: npm run mimika -- account directory LOGIN --subject ID"
      )
    ]
  } finally {
    database.close()
  }
}
