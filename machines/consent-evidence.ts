/**
 * What proves that a client agreed or took it back, once the conference is gone: `consents-<conference>`, under a key of its own purpose, which is kept
 * longer than the readings. It says nothing of the call but its pseudonyms, and is never what an analysis is allowed by.
 */
import { Schema } from "effect"
import { consentPurposes } from "./wire.ts"

const which = {
  /** Milliseconds since 1970: the same as in the conference's own event. */
  at: Schema.Int,
  conference: Schema.String,
  /** The client's pseudonym. */
  subject: Schema.String,
  consent: Schema.String
}

/** Shown this text, the client agreed. */
export const ConsentEvidenced = Schema.Struct({
  type: Schema.tag("ConsentEvidenced"),
  ...which,
  textVersion: Schema.String,
  /** Of the text as it was shown, in lowercase hexadecimal digits. */
  textSha256: Schema.String,
  purposes: Schema.Array(Schema.Literals(consentPurposes)),
  /** By the clock of whoever asked the client, milliseconds since 1970. */
  givenAt: Schema.Int
})

/** The client took that consent back. */
export const WithdrawalEvidenced = Schema.Struct({ type: Schema.tag("WithdrawalEvidenced"), ...which })

export const ConsentEvidence = Schema.Union([ConsentEvidenced, WithdrawalEvidenced])
export type ConsentEvidence = typeof ConsentEvidence.Type
