/**
 * What people and the server did with personal data, keys and settings: who, what, why. Plain JSON in the past tense,
 * times in milliseconds since 1970 by the server's clock. A subject is a pseudonym; no event names a person but `actor`,
 * who acted on the bank's side.
 */
import { Schema } from "effect"
import { accessEvents } from "./access-events.ts"

const EpochMs = Schema.Int
const Count = Schema.Int

/** Who acted, such as `os:ivanova` for a person at the command line, and why, in that person's words. */
const act = { at: EpochMs, actor: Schema.String, purpose: Schema.String }
/** The steps of one erasure share its id. */
const erasureStep = { at: EpochMs, actor: Schema.String, erasure: Schema.String, subject: Schema.String }

/** Recorded before the data was shown. */
export const PersonalDataRead = Schema.Struct({
  type: Schema.tag("PersonalDataRead"),
  ...act,
  /** What was read, such as `conference-<id>`. */
  what: Schema.String,
  subject: Schema.optionalKey(Schema.String)
})

/** Everything kept of a subject was handed out. Recorded before it was. */
export const SubjectExported = Schema.Struct({
  type: Schema.tag("SubjectExported"),
  ...act,
  subject: Schema.String,
  streams: Schema.Array(Schema.String)
})

export const KeyUsed = Schema.Struct({
  type: Schema.tag("KeyUsed"),
  ...act,
  /** What the key is, never the key. */
  key: Schema.String
})

/** A setting is in force that was not before, or with another value. Secrets are no settings. */
export const ConfigurationChanged = Schema.Struct({
  type: Schema.tag("ConfigurationChanged"),
  ...act,
  setting: Schema.String,
  value: Schema.String
})

/** Attempts are coalesced, so that knocking cannot fill the journal. */
export const AccessRefused = Schema.Struct({
  type: Schema.tag("AccessRefused"),
  ...act,
  door: Schema.String,
  why: Schema.String,
  /** Attempts since the last such event, this one included. */
  count: Count,
  /** Of the last of them; events of earlier versions have none. */
  address: Schema.optionalKey(Schema.String)
})

/** An edge process ended that should not have; another took over. Those within a minute are counted into one event. */
export const EdgeEnded = Schema.Struct({
  type: Schema.tag("EdgeEnded"),
  at: EpochMs,
  actor: Schema.String,
  /** The last of them. */
  edge: Schema.String,
  why: Schema.String,
  count: Count
})

/** From here on an erasure is owed: what is left of it is done at the next try or the next start. */
export const SubjectErasureRequested = Schema.Struct({
  type: Schema.tag("SubjectErasureRequested"),
  ...erasureStep,
  purpose: Schema.String
})

/** No conference of the subject runs or can start. */
export const SubjectFenced = Schema.Struct({
  type: Schema.tag("SubjectFenced"),
  ...erasureStep,
  endedConferences: Count
})

/** The data key is on the bar list and gone from the key store; all others lie under another key-encryption key. */
export const SubjectKeyDestroyed = Schema.Struct({
  type: Schema.tag("SubjectKeyDestroyed"),
  ...erasureStep,
  /** Null when the subject never had a key, so nothing was ever kept. */
  keyId: Schema.NullOr(Schema.String),
  /** Place in the bar list, 1 for the first. */
  barNumber: Count,
  /** Whether the master key was replaced too, so that copies of the key store made before do not open with today's. */
  masterKeyReplaced: Schema.Boolean
})

/** Names, contacts and the platform's ids are out of the directory. */
export const SubjectForgotten = Schema.Struct({ type: Schema.tag("SubjectForgotten"), ...erasureStep })

export const SubjectErased = Schema.Struct({
  type: Schema.tag("SubjectErased"),
  ...erasureStep,
  /** The certificate's text as it was signed, and the signature in base64. */
  certificate: Schema.String,
  signature: Schema.String
})

/** A step failed: the subject is not erased yet, and the erasure stays owed. */
export const SubjectErasureFailed = Schema.Struct({
  type: Schema.tag("SubjectErasureFailed"),
  ...erasureStep,
  step: Schema.Literals(["fence", "bar", "destroy", "forget", "certify"]),
  why: Schema.String
})

/** The steps of one run of retention share its id. */
const retentionStep = { at: EpochMs, actor: Schema.String, run: Schema.String }

/** What has been kept long enough is owed to be destroyed: from here on it is, at the next try at the latest. */
export const RetentionDue = Schema.Struct({
  type: Schema.tag("RetentionDue"),
  ...retentionStep,
  /** Days in force, by purpose. */
  periods: Schema.Record(Schema.String, Schema.Int),
  keys: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      /** Null for a month of operations. */
      subject: Schema.NullOr(Schema.String),
      purpose: Schema.String,
      month: Schema.String
    })
  )
})

/** What is still asked for of operations whose months are about to go, recorded together with that they are due. */
export const OperationsCarriedOver = Schema.Struct({
  type: Schema.tag("OperationsCarriedOver"),
  ...retentionStep,
  /** The least that a bar list must reach to be the current one. */
  barredCount: Count,
  /** When the last backup of the journal was made; null when none ever was. */
  lastBackupAt: Schema.NullOr(EpochMs)
})

/** The data keys that were due are gone from the key store; all others lie under another key-encryption key. */
export const RetentionKeysDestroyed = Schema.Struct({
  type: Schema.tag("RetentionKeysDestroyed"),
  ...retentionStep,
  keyCount: Count,
  masterKeyReplaced: Schema.Boolean
})

export const RetentionEnforced = Schema.Struct({
  type: Schema.tag("RetentionEnforced"),
  ...retentionStep,
  /** The certificate's text as it was signed, and the signature in base64. */
  certificate: Schema.String,
  signature: Schema.String
})

/** The key that signs the log of proofs was replaced. Said while the old key signed, so it is a leaf under that. */
export const LogKeyReplaced = Schema.Struct({
  type: Schema.tag("LogKeyReplaced"),
  ...act,
  /** Name of the log. */
  log: Schema.String,
  /** Ids of the keys: eight hexadecimal digits. */
  from: Schema.String,
  to: Schema.String,
  /** Leaves of the log before this. */
  leafCount: Count
})

export const verificationOutcomes = ["sound", "unsound", "cancelled", "failed"] as const
export type VerificationOutcome = (typeof verificationOutcomes)[number]

/** The log was recomputed from the journal at a person's wish; said when that is over. */
export const JournalVerified = Schema.Struct({
  type: Schema.tag("JournalVerified"),
  ...act,
  outcome: Schema.Literals(verificationOutcomes),
  /** Commits that the log proves, and newer ones. */
  covered: Count,
  waiting: Count,
  findingCount: Count
})

/** A backup of the journal is owed; said again every week until one is made. */
export const BackupReminded = Schema.Struct({
  type: Schema.tag("BackupReminded"),
  at: EpochMs,
  actor: Schema.String,
  lastBackupAt: Schema.NullOr(EpochMs)
})

/** An operator asked for one more edge, or that one hand its conferences on and end. Recorded before it is done. */
export const EdgesOrdered = Schema.Struct({
  type: Schema.tag("EdgesOrdered"),
  ...act,
  order: Schema.Literals(["add", "drain"]),
  /** Which one is drained. */
  edge: Schema.optionalKey(Schema.String)
})

/** A copy of the journal or of the keys was written. */
export const BackupWritten = Schema.Struct({
  type: Schema.tag("BackupWritten"),
  ...act,
  holds: Schema.Literals(["journal", "keys"]),
  /** SHA-256 of the file. */
  sha256: Schema.String
})

/** This journal came back from a copy. What was recorded after the copy was made is not in it. */
export const JournalRestored = Schema.Struct({
  type: Schema.tag("JournalRestored"),
  ...act,
  /** SHA-256 of the file. */
  sha256: Schema.String,
  madeAt: EpochMs
})

export const OperationsEvent = Schema.Union([
  PersonalDataRead,
  SubjectExported,
  KeyUsed,
  ConfigurationChanged,
  AccessRefused,
  EdgeEnded,
  SubjectErasureRequested,
  SubjectFenced,
  SubjectKeyDestroyed,
  SubjectForgotten,
  SubjectErased,
  SubjectErasureFailed,
  RetentionDue,
  OperationsCarriedOver,
  RetentionKeysDestroyed,
  RetentionEnforced,
  LogKeyReplaced,
  JournalVerified,
  BackupReminded,
  EdgesOrdered,
  BackupWritten,
  JournalRestored,
  ...accessEvents
])
export type OperationsEvent = typeof OperationsEvent.Type
