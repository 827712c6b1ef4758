/** Why somebody is not let in, or an account is not changed: a tag that pages have words for, and a sentence for developers. */
import { Schema } from "effect"

const sentences = {
  wrongPassword:
    "Cannot sign in: login or password is wrong. Try again, or ask an administrator for a new enrolment link",
  wrongCode: "Cannot accept the code: it is wrong, too old, or was used before. Wait for the next one",
  wrongRecoveryCode: "Cannot accept the recovery code: it is wrong or was used before. Use another one",
  wrongPasskey: "Cannot accept the passkey: it is unknown here or its answer does not hold. Use another way to sign in",
  stepExpired: "Cannot go on: too much time has passed since the password. Begin again",
  slowDown: "Cannot try yet: there were too many wrong attempts. Wait as long as retryAfterMs says",
  noBriefing: "Cannot sign in: the security briefing is not on record. Ask an administrator to record it",
  disabled: "Cannot sign in: the account is switched off. Ask an administrator",
  enrolmentOver: "Cannot enrol: the link was used, replaced, or ran out. Ask an administrator for a new one",
  weakPassword:
    "Cannot take the password: it is too short, too long, too simple, or contains the login. Choose another",
  loginTaken: "Cannot invite: there is an account with this login",
  unknownAccount: "Cannot find the account",
  unknownSession: "Cannot end the session: it is over already",
  unknownPasskey: "Cannot remove the passkey: it is not there",
  lastAdministrator: "Cannot do this to the last administrator: nobody could manage accounts. Make another one first",
  noSecondFactor:
    "Cannot sign in: the directory proved no second factor, and the account has none here. Ask an administrator for an enrolment link",
  signInAgain:
    "Cannot change how you sign in: there is no password to confirm it with, and you signed in too long ago. Sign in anew first",
  directoryOff: "Cannot use the bank's directory: none is configured. Ask who runs the server",
  directoryUnreachable:
    "Cannot reach the bank's directory, or it answers with an error. Sign in another way, or try again later",
  directoryDenied: "Cannot sign in: the bank's directory let nobody in. Try again there, or ask those who run it",
  directoryState:
    "Cannot go on: this answer of the directory was used before, came too late, or belongs to another browser. Begin again",
  directoryAnswer:
    "Cannot believe the directory's answer: the detail says what is wrong. Tell those who run the server",
  directoryStranger:
    "Cannot sign in: no account is linked with this person of the directory. Give the id in the detail to an administrator",
  subjectTaken: "Cannot link: another account is linked with this person of the directory. Unlink that one first",
  lastFactor: "Cannot remove the last way to sign in. Add another one first",
  notHeldYet: "Cannot record the briefing: its day is yet to come. Give the day on which it was held",
  badRequest: "Cannot read the request: a field is missing or is not what it should be",
  notRecorded: "Cannot do it: it could not be recorded. Try again when the journal takes records"
} as const
export type AccessFault = keyof typeof sentences

export class AccessRefused extends Schema.TaggedError<AccessRefused>()("AccessRefused", {
  fault: Schema.Literals(Object.keys(sentences) as [AccessFault, ...AccessFault[]]),
  retryAfterMs: Schema.optionalKey(Schema.Int),
  /** What exactly is wrong with a password. */
  detail: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return sentences[this.fault]
  }
}

export const refuse = (fault: AccessFault, more: { retryAfterMs?: number; detail?: string } = {}) =>
  new AccessRefused({ fault, ...more })
