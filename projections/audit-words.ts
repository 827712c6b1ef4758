/**
 * What the auditor's report calls things, in Russian and English: operations, purposes of consents, reasons, keys. The page of the console and
 * the file say the same. What has no word here, as an event of another version, is called as it is written.
 */
import type { OperationsEvent } from "../machines/operations-events.ts"
import type { ConsentPurpose } from "../machines/wire.ts"
import type { ErasedMonth } from "./audit-report.ts"

export type AuditLanguage = "ru" | "en"
type Names = Readonly<Record<AuditLanguage, string>>

const operations: Readonly<Record<OperationsEvent["type"], Names>> = {
  PersonalDataRead: { ru: "Просмотр персональных данных", en: "Personal data read" },
  SubjectExported: { ru: "Выгрузка данных клиента", en: "Client's data exported" },
  KeyUsed: { ru: "Использование ключа подписи", en: "Signing key used" },
  ConfigurationChanged: { ru: "Изменение настройки", en: "Setting changed" },
  AccessRefused: { ru: "Отказ в доступе", en: "Access refused" },
  EdgeEnded: { ru: "Аварийное завершение обработчика кадров", en: "Edge ended unexpectedly" },
  SubjectErasureRequested: { ru: "Запрос на удаление данных", en: "Erasure requested" },
  SubjectFenced: { ru: "Блокировка перед удалением", en: "Client fenced for erasure" },
  SubjectKeyDestroyed: { ru: "Уничтожение ключа клиента", en: "Client's key destroyed" },
  SubjectForgotten: { ru: "Удаление из справочника клиентов", en: "Client removed from the directory" },
  SubjectErased: { ru: "Удаление данных завершено", en: "Erasure completed" },
  SubjectErasureFailed: { ru: "Сбой при удалении данных", en: "Erasure failed" },
  RetentionDue: { ru: "Начало удаления по сроку хранения", en: "Retention run begun" },
  OperationsCarriedOver: { ru: "Перенос сведений из удаляемых месяцев", en: "Carried over from months about to go" },
  RetentionKeysDestroyed: { ru: "Уничтожение ключей по сроку хранения", en: "Keys destroyed by retention" },
  RetentionEnforced: { ru: "Удаление по сроку хранения завершено", en: "Retention run completed" },
  LogKeyReplaced: { ru: "Замена ключа журнала доказательств", en: "Log's key replaced" },
  JournalVerified: { ru: "Проверка журнала", en: "Journal verified" },
  BackupReminded: { ru: "Напоминание о резервной копии", en: "Backup reminded" },
  EdgesOrdered: { ru: "Управление обработчиками кадров", en: "Edges added or drained" },
  BackupWritten: { ru: "Создание резервной копии", en: "Backup written" },
  JournalRestored: { ru: "Восстановление журнала из копии", en: "Journal restored" },
  SignedIn: { ru: "Вход", en: "Signed in" },
  SignInRefused: { ru: "Неудачный вход", en: "Sign-in refused" },
  SignedOut: { ru: "Выход", en: "Signed out" },
  SessionsRevoked: { ru: "Завершение сеансов", en: "Sessions revoked" },
  AccountInvited: { ru: "Приглашение сотрудника", en: "Account invited" },
  AccountEnrolled: { ru: "Регистрация по приглашению", en: "Account enrolled" },
  RolesChanged: { ru: "Изменение ролей", en: "Roles changed" },
  BriefingRecorded: { ru: "Отметка об инструктаже", en: "Security briefing recorded" },
  FactorChanged: { ru: "Изменение способа входа", en: "Way of signing in changed" },
  AccountSwitched: { ru: "Включение или отключение учётной записи", en: "Account switched on or off" },
  DirectoryLinkChanged: { ru: "Связь с каталогом банка", en: "Link with the directory changed" }
}

const purposes: Readonly<Record<ConsentPurpose, Names>> = {
  expressionAnalysis: { ru: "Анализ выражения лица", en: "Analysis of expressions" },
  trends: { ru: "Сопоставление разговоров", en: "Comparison of calls" },
  illustrationInteraction: { ru: "Взаимодействие с иллюстрациями", en: "Interaction with illustrations" },
  crmTransfer: { ru: "Передача в CRM", en: "Transfer to the CRM" },
  qualityResearch: { ru: "Исследование качества", en: "Quality research" }
}

const refusals: Readonly<Record<string, Names>> = {
  wrongPassword: { ru: "неверный логин или пароль", en: "wrong login or password" },
  wrongCode: { ru: "неверный код", en: "wrong code" },
  wrongRecoveryCode: { ru: "неверный код восстановления", en: "wrong recovery code" },
  wrongPasskey: { ru: "неверный ключ доступа", en: "wrong passkey" },
  noBriefing: { ru: "нет отметки об инструктаже", en: "no security briefing on record" },
  disabled: { ru: "учётная запись отключена", en: "account switched off" },
  noSecondFactor: { ru: "нет второго фактора", en: "no second factor" }
}

const named =
  (names: Readonly<Record<string, Names>>) =>
  (word: string, language: AuditLanguage): string =>
    names[word]?.[language] ?? word

export const operationName = named(operations)
export const purposeName = named(purposes)
export const refusalName = named(refusals)

const keys = {
  masterKey: { ru: "Заменён мастер-ключ", en: "Master key replaced" },
  dataKeyDestroyed: { ru: "Уничтожен ключ данных клиента", en: "A client's data key destroyed" },
  retention: { ru: "Уничтожено ключей по сроку хранения: {1}", en: "Keys destroyed by retention: {1}" },
  logKey: { ru: "Заменён ключ журнала доказательств: {1}", en: "Log's key replaced: {1}" }
} as const

const kinds: Readonly<Record<string, Names>> = {
  conference: { ru: "Звонки: показатели и отчёты", en: "Conferences: readings and reports" },
  illustration: { ru: "Иллюстрации", en: "Illustrations" },
  consents: { ru: "Доказательства согласий", en: "Proofs of consents" },
  withdrawals: { ru: "Отзывы согласий", en: "Withdrawals" },
  operations: { ru: "Журнал операций", en: "Journal of operations" }
}
export const kindName = named(kinds)

const endings: Readonly<Record<ErasedMonth["by"], Names>> = {
  retention: { ru: "стёрто по сроку хранения", en: "erased by retention" },
  erasure: { ru: "стёрто с данными клиента", en: "erased with the client's data" }
}
/** Why something can no longer be read, in lower case. */
export const erasedText = named(endings)

/** `what` as the report has it: a word, or a word, a colon and what follows. */
export function keyText(what: string, language: AuditLanguage): string {
  const [, word = "", rest = ""] = /^(\w+)(?:: (.*))?$/.exec(what) ?? []
  const names: Names | undefined = (keys as Readonly<Record<string, Names>>)[word]
  return names === undefined ? what : names[language].replace("{1}", rest)
}

/** Who acted: a person of the bank by the account, a user of the server's machine, the server, or nobody known. */
export function actorText(actor: string, language: AuditLanguage): string {
  const [kind, name = ""] = actor.split(/:(.*)/s)
  if (kind === "os") return language === "ru" ? `${name} (на сервере)` : `${name} (at the server)`
  if (kind === "service") return language === "ru" ? `${name} (служба)` : `${name} (service)`
  if (actor === "server") return language === "ru" ? "Сервер" : "The server"
  if (actor === "unknown") return language === "ru" ? "Неизвестный" : "Unknown"
  return actor
}
