/**
 * How long what is kept is kept, by purpose, and which keys are due. A client's streams of different purposes lie under
 * different keys, one for each month in which streams began: destroying one takes exactly that month's streams of that
 * purpose. Of the journal of operations each month's records lie under a key of their own. Pure: the moment comes as an argument. Months are UTC's.
 */

/** What a client's streams are kept for: a conference's frames and report; the illustrations of a conference; the proof of its consents. */
export const subjectPurposes = ["expressionAnalysis", "illustrationInteraction", "consentEvidence"] as const
export type SubjectPurpose = (typeof subjectPurposes)[number]
/** What has a key for each month; of all clients together, `operations`: who read, exported, erased and changed what. */
export type KeptPurpose = SubjectPurpose | "operations"

/** Days. `person` is for everything else under the subject's own key: who it is, what was taken back after a conference, what older versions wrote. */
export type RetentionPeriods = Readonly<Record<KeptPurpose | "person", number>>

/**
 * A year of comparable conferences for trends and complaints; for the proof of a consent, and for the person after the last trace, three years, the
 * general limitation period of the Russian Civil Code (article 196): so long whether there was a consent can be asked in court.
 * Operations are kept longer than anything they are asked about: the three years for which whoever processes personal data keeps the acts of their destruction and the
 * extracts from the journal (Roskomnadzor's order No. 179 of 28 October 2022), and two for a complaint to be dealt with.
 */
export const defaultPeriods: RetentionPeriods = {
  expressionAnalysis: 365,
  illustrationInteraction: 365,
  consentEvidence: 1096,
  operations: 1827,
  person: 1096
}

/** All periods, the defaults where none is named; proofs of consents are then kept no longer than the person, as in files of earlier versions. */
export function periodsOf(named: Partial<RetentionPeriods>): RetentionPeriods {
  const all = { ...defaultPeriods, ...named }
  return { ...all, consentEvidence: named.consentEvidence ?? Math.min(all.consentEvidence, all.person) }
}

/** No conference runs for a week, so no key that is due is in use. */
export const periodDaysMin = 7
/** For three years the extract from the journal that proves a destruction has to be kept. */
const operationsDaysMin = 1096
export const periodDaysMinOf = (name: string) => (name === "operations" ? operationsDaysMin : periodDaysMin)
/** A century: longer is a slip of the pen. */
export const periodDaysMax = 36_525

export const dayMs = 86_400_000

/** Such as "2026-11". */
export const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7)

/** The first moment after the month. */
export function monthEnd(month: string): number {
  const [year, number] = month.split("-").map(Number) as [number, number]
  return Date.UTC(year, number, 1)
}

/** Why the periods cannot be used, in words for the operator; null when they can. */
export function whyNoPeriods(periods: Readonly<Record<string, unknown>>): string | null {
  for (const name of Object.keys(periods)) {
    if (!(name in defaultPeriods))
      return `there is no purpose "${name}"; there are ${Object.keys(defaultPeriods).join(", ")}`
  }
  for (const [name, days] of Object.entries(periods)) {
    const daysMin = periodDaysMinOf(name)
    if (!Number.isInteger(days) || (days as number) < daysMin || (days as number) > periodDaysMax) {
      return `"${name}" must be ${daysMin} to ${periodDaysMax} whole days, not ${String(days)}`
    }
  }
  const { person, operations: _, ...purposes } = periodsOf(periods as Partial<RetentionPeriods>)
  const longest = Math.max(...Object.values(purposes))
  return person < longest
    ? `"person" (${person} days) must not be shorter than any purpose of a client (${longest} days): with the person goes everything`
    : null
}

export interface KeptKey {
  readonly id: string
  /** Null for one of the journal of operations. */
  readonly subject: string | null
  readonly kept: { readonly purpose: KeptPurpose; readonly month: string } | null
  readonly madeAt: number
  readonly destroyed: boolean
}

/** From when on a purpose's key of a month is due. */
export const dueAtOf = (kept: NonNullable<KeptKey["kept"]>, periods: RetentionPeriods): number =>
  monthEnd(kept.month) + periods[kept.purpose] * dayMs

/** Keys of purposes whose month ended longer ago than their purpose is kept. */
export const dueKeys = <Key extends KeptKey>(
  keys: readonly Key[],
  periods: RetentionPeriods,
  now: number
): readonly Key[] => keys.filter(({ kept, destroyed }) => !destroyed && kept !== null && dueAtOf(kept, periods) <= now)

/** When something was last written under a key, or null when nothing ever was. */
type LastUseOf = (keyId: string) => number | null

/** From when on a person of whom nothing is left but their own key is due; while more is left, not before. `of`: all keys of the person. */
export function personDueAtOf(of: readonly KeptKey[], lastUseOf: LastUseOf, periods: RetentionPeriods): number {
  const lastTrace = Math.max(
    ...of.map(({ id, madeAt, kept }) => Math.max(madeAt, lastUseOf(id) ?? 0, kept === null ? 0 : monthEnd(kept.month)))
  )
  return lastTrace + periods.person * dayMs
}

/** Subjects of whom nothing is left but their own key, and that unused for longer than a person is kept. */
export function duePersons(
  keys: readonly KeptKey[],
  lastUseOf: LastUseOf,
  periods: RetentionPeriods,
  now: number
): readonly string[] {
  const bySubject = new Map<string, KeptKey[]>()
  for (const key of keys) {
    if (key.subject === null) continue
    const of = bySubject.get(key.subject) ?? []
    of.push(key)
    bySubject.set(key.subject, of)
  }
  const isDue = (of: readonly KeptKey[]) => {
    const own = of.find(({ kept }) => kept === null)
    if (own === undefined || own.destroyed || of.some(({ kept, destroyed }) => kept !== null && !destroyed))
      return false
    return personDueAtOf(of, lastUseOf, periods) <= now
  }
  return [...bySubject].filter(([, of]) => isDue(of)).map(([subject]) => subject)
}

/** A backup of the journal is due half a year after the last one. */
export const backupEveryDays = 182

/** Since when a backup has been owed, in days; null while none is. With none ever made it counts from the first event. */
export function backupOverdueDays(
  lastBackupAt: number | null,
  firstEventAt: number | null,
  now: number
): number | null {
  const since = lastBackupAt ?? firstEventAt
  if (since === null) return null
  const overdue = Math.floor((now - since) / dayMs) - backupEveryDays
  return overdue >= 0 ? overdue : null
}
