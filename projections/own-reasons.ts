/**
 * Reasons that the product records by itself, where nobody is asked for one, and what they are called in Russian. In the journal they are
 * English, as everything is; people's own reasons are shown as they wrote them.
 */
const inRussian = {
  "start of the server": "запуск сервера",
  "own conferences": "свои конференции",
  "conferences of the team": "конференции команды",
  "live view": "наблюдение за идущей конференцией",
  "report on screen": "отчёт на экране",
  "report as CSV": "отчёт в CSV",
  "report as JSON": "отчёт в JSON",
  "trend of own conferences": "динамика своих конференций",
  "trend of the team": "динамика команды",
  "trend of a client": "динамика по клиенту",
  "transfer to the CRM": "передача в CRM",
  analytics: "аналитика",
  "asked for by the client on the own page": "просьба клиента на его странице",
  "(the reason named the client, so it is not kept)": "(в причине был назван клиент, поэтому она не сохранена)"
} as const
export type OwnReason = keyof typeof inRussian

/** Why a person of whom nothing is left is erased. */
export const periodIsOver = (days: number) => `the retention period of ${days} days is over`
const periodOver = /^the retention period of (\d+) days is over$/

/** A reason as people read it. */
export function reasonText(reason: string, language: "ru" | "en"): string {
  if (language === "en") return reason
  const days = periodOver.exec(reason)?.[1]
  if (days !== undefined) return `срок хранения истёк, дней: ${days}`
  return Object.hasOwn(inRussian, reason) ? inRussian[reason as OwnReason] : reason
}
