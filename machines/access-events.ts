/**
 * What happened to the accounts of the bank's people: part of the journal of operations. An account is named by its random
 * id; who acted is `account:<id>`, or `os:…` at the command line. No event holds a name, a password or a code.
 */
import { Schema } from "effect"

const act = { at: Schema.Int, actor: Schema.String }
const onAccount = { ...act, account: Schema.String }

export const SignedIn = Schema.Struct({
  type: Schema.tag("SignedIn"),
  ...onAccount,
  factor: Schema.Literals(["totp", "recovery", "passkey", "directory"]),
  address: Schema.String,
  /** What the factor followed, where that was not a password: the directory proved none of its own. */
  after: Schema.optionalKey(Schema.Literal("directory"))
})

/** Attempts at one account for one reason are coalesced, so that guessing cannot fill the journal. */
export const SignInRefused = Schema.Struct({
  type: Schema.tag("SignInRefused"),
  ...act,
  /** Null: no such account, or one of too many that somebody guesses at. */
  account: Schema.NullOr(Schema.String),
  why: Schema.String,
  /** Of the last of them. */
  address: Schema.String,
  /** Attempts since the last such event, this one included. */
  count: Schema.Int
})

export const SignedOut = Schema.Struct({ type: Schema.tag("SignedOut"), ...onAccount })

export const SessionsRevoked = Schema.Struct({
  type: Schema.tag("SessionsRevoked"),
  ...onAccount,
  count: Schema.Int
})

/** An enrolment link was made. */
export const AccountInvited = Schema.Struct({
  type: Schema.tag("AccountInvited"),
  ...onAccount,
  roles: Schema.Array(Schema.String)
})

export const AccountEnrolled = Schema.Struct({ type: Schema.tag("AccountEnrolled"), ...onAccount })

export const RolesChanged = Schema.Struct({
  type: Schema.tag("RolesChanged"),
  ...onAccount,
  roles: Schema.Array(Schema.String)
})

export const BriefingRecorded = Schema.Struct({
  type: Schema.tag("BriefingRecorded"),
  ...onAccount,
  heldAt: Schema.Int
})

export const FactorChanged = Schema.Struct({
  type: Schema.tag("FactorChanged"),
  ...onAccount,
  change: Schema.Literals(["passwordSet", "totpSet", "passkeyAdded", "passkeyRemoved", "recoveryCodesMade"])
})

export const AccountSwitched = Schema.Struct({
  type: Schema.tag("AccountSwitched"),
  ...onAccount,
  enabled: Schema.Boolean
})

/** An administrator said, or took back, whom of the bank's directory the account belongs to. */
export const DirectoryLinkChanged = Schema.Struct({
  type: Schema.tag("DirectoryLinkChanged"),
  ...onAccount,
  linked: Schema.Boolean
})

export const accessEvents = [
  SignedIn,
  SignInRefused,
  SignedOut,
  SessionsRevoked,
  AccountInvited,
  AccountEnrolled,
  RolesChanged,
  BriefingRecorded,
  FactorChanged,
  AccountSwitched,
  DirectoryLinkChanged
] as const
