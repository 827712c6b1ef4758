/**
 * What rests on each consent text: how many consents to it were given, how many of them stand, and of how many clients. A fold over
 * the proofs of consents; it shows no client. Types that server and pages share.
 */
import type { ConsentEvidence } from "../machines/consent-evidence.ts"
import type { ConsentText } from "../machines/consent-texts.ts"
import type { PurposeWithdrawn } from "../machines/withdrawal-events.ts"
import { consentsOf } from "./holdings.ts"

export interface TextCount {
  readonly purpose: string
  readonly version: string
  readonly sha256: string
  /** Null: proofs name it, and it is not published here any more. */
  readonly language: ConsentText["language"] | null
  readonly text: string | null
  readonly givenCount: number
  /** Given and not taken back. */
  readonly standingCount: number
  /** Of those that stand. */
  readonly clientCount: number
}

export interface ConsentTexts {
  readonly texts: readonly TextCount[]
  /** When its numbers were counted, milliseconds since 1970; null: they never were, and are zeros. */
  readonly countedAt: number | null
  /** How many proofs of how many are counted anew by now; null: nothing is being counted. */
  readonly counting: { readonly doneCount: number; readonly count: number } | null
}

/** Published texts in their order, and behind them those that only proofs name. */
export function countTexts(texts: readonly ConsentText[]) {
  const counts = new Map<string, { count: TextCount; clients: Set<string> }>()
  const nameOf = (purpose: string, version: string, sha256: string) => JSON.stringify([purpose, version, sha256])
  const add = (text: Pick<TextCount, "purpose" | "version" | "sha256" | "language" | "text">) => {
    const { purpose, version, sha256, language, text: words } = text
    const none = { givenCount: 0, standingCount: 0, clientCount: 0 }
    const entry = { count: { purpose, version, sha256, language, text: words, ...none }, clients: new Set<string>() }
    counts.set(nameOf(purpose, version, sha256), entry)
    return entry
  }
  for (const text of texts) add(text)

  return {
    /** Everything that one client agreed to and took back. */
    take(client: string, evidence: readonly ConsentEvidence[], withdrawals: readonly PurposeWithdrawn[]): void {
      for (const { purposes, textVersion: version, textSha256: sha256, withdrawnAt } of consentsOf(
        evidence,
        withdrawals
      )) {
        const purpose = purposes.join(", ")
        const entry =
          counts.get(nameOf(purpose, version, sha256)) ?? add({ purpose, version, sha256, language: null, text: null })
        if (withdrawnAt === null) entry.clients.add(client)
        entry.count = {
          ...entry.count,
          givenCount: entry.count.givenCount + 1,
          standingCount: entry.count.standingCount + (withdrawnAt === null ? 1 : 0),
          clientCount: entry.clients.size
        }
      }
    },
    counts: (): readonly TextCount[] => [...counts.values()].map(({ count }) => count)
  }
}
