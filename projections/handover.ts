/**
 * What of a report leaves for the bank's CRM and analytics, and no more than the consent's text says: shares and the score with what
 * they rest on. No frames and nothing of the course of the conversation.
 */

import type { EndedConferenceRow } from "./ended-conferences.ts"
import type { PercentInterval } from "./interval.ts"
import type { GroundOfNumbers } from "./report.ts"

export interface HandedNumbers {
  readonly conference: string
  readonly startedAt: number
  readonly endedAt: number
  /** Percent; null when nothing was counted. */
  readonly satisfaction: number | null
  readonly negative: number | null
  readonly neutral: number | null
  readonly positive: number | null
  readonly interval: PercentInterval | null
  /** The satisfaction without the net's known errors. */
  readonly corrected: number | null
  /** 0 to 1. */
  readonly coverage: number | null
  /** Frames counted towards a class. */
  readonly counted: number
  /** The consents to the analysis that the numbers rest on. */
  readonly consents: readonly GroundOfNumbers[]
}

export function handedNumbersOf({ conference, startedAt, endedAt, report }: EndedConferenceRow): HandedNumbers {
  const { satisfaction, negative, neutral, positive, interval, corrected, coverage, counted, consents } = report
  const shares = { satisfaction, negative, neutral, positive, interval, corrected: corrected?.satisfaction ?? null }
  return { conference, startedAt, endedAt, ...shares, coverage, counted, consents }
}
