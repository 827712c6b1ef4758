/** What the auditor's page is told: the report being made, how the log stands, and the last verification. Plain JSON; times in milliseconds since 1970. */
import type { VerificationOutcome } from "../machines/operations-events.ts"
import type { AuditReport } from "./audit-report.ts"

/** `readCommits` of about `commitCount`, where the log says how many there are. */
export type AuditReportRun =
  | { readonly state: "reading"; readonly readCommits: number; readonly commitCount: number | null }
  /** The server's log says why. */
  | { readonly state: "failed" }
  | {
      readonly state: "ready"
      readonly report: AuditReport
      /** Names of the bank's people by what the report calls them, for the screen alone. */
      readonly people: Readonly<Record<string, string>>
    }

export interface LogStatus {
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly keyId: string
  /** As `audit check --key` takes it. */
  readonly publicKey: string
  readonly checkpoint: {
    /** Commits that it proves. */
    readonly size: number
    /** SHA-256, in base64. */
    readonly root: string
    /** Whether the log's key signed it. */
    readonly isSigned: boolean
    /** When the last commit that it proves was made, by the server's clock: a checkpoint itself names no time. */
    readonly lastCommitAt: number | null
  } | null
  /** The largest checkpoint that witnesses signed too. */
  readonly cosigned: {
    readonly size: number
    /** `at` by the witness's own clock; null: this server was not given its key, so its word is not checked. */
    readonly by: readonly { readonly name: string; readonly at: number | null }[]
  } | null
  /** Witnesses that this server hands checkpoints to. */
  readonly witnesses: readonly string[]
  /** Commits newer than the checkpoint, counted up to `countMax`. */
  readonly waiting: { readonly count: number; readonly countMax: number; readonly oldestAt: number | null }
  readonly isOnTime: boolean
  /** By the server's clock. */
  readonly askedAt: number
}

/** What does not fit, in both languages. */
export interface VerificationFinding {
  readonly leafNumber?: number
  readonly stream?: string
  readonly why: string
  readonly ru: string
}

export interface VerificationResult {
  readonly outcome: VerificationOutcome
  readonly endedAt: number
  /** Who started it, as the journal of operations names them. */
  readonly actor: string
  /** What that person is called, on the screen alone; null: nobody of the bank's. */
  readonly name: string | null
  /** Commits proven and found in the journal; and newer ones. */
  readonly covered: number
  readonly waiting: number
  readonly findingCount: number
  /** The first of them, while the server that found them runs. */
  readonly findings: readonly VerificationFinding[]
}

export interface Verification {
  readonly running: { readonly startedAt: number; readonly done: number; readonly total: number | null } | null
  readonly last: VerificationResult | null
}
