/**
 * What a bank's intrusion detection is told of an event of the journal of operations: its severity and what names no client.
 * Every event stands in a table of `docs/security.md`.
 */
import type { OperationsEvent } from "../../machines/operations-events.ts"

export type Severity = "error" | "warning" | "notice" | "informational"

/** Something failed that should not; somebody was kept out; somebody changed who may do what, or took data out; the daily round. */
export const severities: Readonly<Record<OperationsEvent["type"], Severity>> = {
  SubjectErasureFailed: "error",
  EdgeEnded: "error",
  AccessRefused: "warning",
  SignInRefused: "warning",
  RolesChanged: "notice",
  FactorChanged: "notice",
  AccountInvited: "notice",
  AccountSwitched: "notice",
  DirectoryLinkChanged: "notice",
  SessionsRevoked: "notice",
  ConfigurationChanged: "notice",
  SubjectExported: "notice",
  SubjectKeyDestroyed: "notice",
  RetentionKeysDestroyed: "notice",
  JournalRestored: "notice",
  LogKeyReplaced: "notice",
  JournalVerified: "notice",
  EdgesOrdered: "notice",
  SignedIn: "informational",
  SignedOut: "informational",
  AccountEnrolled: "informational",
  BriefingRecorded: "informational",
  PersonalDataRead: "informational",
  KeyUsed: "informational",
  SubjectErasureRequested: "informational",
  SubjectFenced: "informational",
  SubjectForgotten: "informational",
  SubjectErased: "informational",
  RetentionDue: "informational",
  RetentionEnforced: "informational",
  BackupReminded: "informational",
  BackupWritten: "informational",
  OperationsCarriedOver: "informational"
}

/**
 * What may leave: who on the bank's side did what, where and why, and from which address somebody was refused or signed in. Clients'
 * pseudonyms, certificates and texts stay.
 */
export const told =
  "actor account address door edge why count setting value key what step holds roles factor change enabled order log outcome".split(
    " "
  )

export interface SecurityEvent {
  readonly type: string
  readonly at: number
  readonly severity: Severity
  readonly [field: string]: unknown
}

export function securityEventOf(event: Readonly<Record<string, unknown>>): SecurityEvent {
  const { type, at } = event as { readonly type: string; readonly at: number }
  const shown = Object.fromEntries(told.filter((field) => field in event).map((field) => [field, event[field]]))
  return { type, at, severity: severityOf(type), ...shown }
}

/** An event of a later version is no smaller a thing for being unknown. */
const severityOf = (type: string): Severity => (severities as Readonly<Record<string, Severity>>)[type] ?? "notice"
