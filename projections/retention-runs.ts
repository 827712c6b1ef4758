/** What the journal of operations says of retention: which runs are owed, which are certified, and when a backup was last made. A fold; it destroys nothing. Types that server and pages share. */

import type { OperationsEvent } from "../machines/operations-events.ts"
import type { KeptPurpose, RetentionPeriods } from "../machines/retention.ts"

export type RetentionDue = Extract<OperationsEvent, { readonly type: "RetentionDue" }>
export type RetentionEnforced = Extract<OperationsEvent, { readonly type: "RetentionEnforced" }>

export interface RetentionRuns {
  /** By run, in the order in which they became due. */
  readonly owed: ReadonlyMap<string, RetentionDue>
  readonly enforced: readonly RetentionEnforced[]
  /** Milliseconds since 1970, of the journal; null when none was ever made. */
  readonly lastBackupAt: number | null
  readonly lastReminderAt: number | null
  readonly firstEventAt: number | null
  readonly lastEventAt: number | null
}

export const noRuns: RetentionRuns = {
  owed: new Map(),
  enforced: [],
  lastBackupAt: null,
  lastReminderAt: null,
  firstEventAt: null,
  lastEventAt: null
}

export function evolveRuns(state: RetentionRuns, event: OperationsEvent): RetentionRuns {
  const next = { ...state, firstEventAt: state.firstEventAt ?? event.at, lastEventAt: event.at }
  switch (event.type) {
    case "RetentionDue":
      return { ...next, owed: new Map([...state.owed, [event.run, event]]) }
    case "RetentionEnforced": {
      const owed = new Map(state.owed)
      owed.delete(event.run)
      return { ...next, owed, enforced: [...state.enforced, event] }
    }
    case "BackupWritten":
      return event.holds === "journal" ? { ...next, lastBackupAt: event.at } : next
    case "OperationsCarriedOver":
      return { ...next, lastBackupAt: state.lastBackupAt ?? event.lastBackupAt }
    case "BackupReminded":
      return { ...next, lastReminderAt: event.at }
    default:
      return next
  }
}

/** How things stand, for people. */
export interface RetentionView {
  readonly periods: RetentionPeriods
  /** Keys that are due now, by purpose and month. */
  readonly due: readonly { readonly purpose: KeptPurpose; readonly month: string; readonly keyCount: number }[]
  readonly personCount: number
  /** Runs that were begun and are not certified. */
  readonly owedCount: number
  readonly lastBackupAt: number | null
  /** Null while no backup is owed. */
  readonly backupOverdueDays: number | null
}
