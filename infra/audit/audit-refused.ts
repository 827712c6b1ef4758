/** What the auditor's page is refused, each with its word for the page and a sentence that says what to do. */
import { Schema } from "effect"

const sentences = {
  badRequest: "Cannot take this: a field of the request is missing or is not as it should be. Load the page again",
  badVersion: "Cannot prove this: the version is no number from 1 on. Take it from the replay page",
  unknownReport:
    "Cannot find the report: it was never made, is somebody else's, or was kept long enough. Make it again",
  reportNotReady: "Cannot hand out the report: it is still being made. Wait until it is shown",
  tooManyReports: "Cannot make another report: as many as may be are being made. Try again in some minutes",
  alreadyVerifying: "Cannot verify the journal twice at once: a verification runs. Wait for it, or cancel it",
  logNotWritten: "Cannot say anything of the proofs: this server does not prove its journal. Its log says why"
} as const
export type AuditFault = keyof typeof sentences

export class AuditRefused extends Schema.TaggedError<AuditRefused>()("AuditRefused", {
  fault: Schema.Literals(Object.keys(sentences) as [AuditFault, ...AuditFault[]])
}) {
  override get message() {
    return sentences[this.fault]
  }
}

export const refuse = (fault: AuditFault) => new AuditRefused({ fault })
