/**
 * Why a conference was refused or broke off: the meaning of every close code and what to do about it. It decides only
 * whether trying again can help.
 */

import { type CloseReason, closeCodes } from "../machines/wire.ts"

/** Reasons of a `refused` that close no socket. */
const refusals = ["alreadyRunning", "codecRefused", "notNow", "journal"] as const

/** Beside the protocol's own close reasons, what happens between them. */
export type TroubleReason =
  | CloseReason
  | (typeof refusals)[number]
  /** The connection broke or was never there: no close code of the protocol came. */
  | "cut"
  /** A message was longer than the server bears (1009). */
  | "tooLong"
  /** The server took longer to answer than it may. */
  | "noAnswer"
  /** The server said something that is not of this protocol. */
  | "notUnderstood"
  /** It could not be resumed within the window the server keeps it open. */
  | "windowPassed"
  /** `close()` was called. */
  | "closedHere"

interface Meaning {
  readonly why: string
  readonly advice: string
  /** Whether asking again, with the resume token, can help. */
  readonly passing: boolean
}

const meanings: Record<TroubleReason, Meaning> = {
  malformed: {
    why: "the server did not understand a message",
    advice: "This SDK and the server differ: update the SDK to the server's release",
    passing: false
  },
  unauthorised: {
    why: "the token is missing, wrong or ran out",
    advice: "Ask the platform's operator for a valid access token",
    passing: false
  },
  roleRefused: {
    why: "only a stream of role client is ever analysed",
    advice: "Send the client's video, not the manager's",
    passing: false
  },
  unknownConference: {
    why: "the server has no such conference, or it ended",
    advice: "Start a new conference; the report of one that ended is in the console",
    passing: false
  },
  versionRefused: {
    why: "the server speaks another version of the protocol",
    advice: "Update the SDK to the server's release",
    passing: false
  },
  idle: {
    why: "the server heard nothing for too long",
    advice: "Check the network; a page in the background may have been suspended",
    passing: true
  },
  alreadyStreaming: {
    why: "the conference runs already",
    advice: "End it where it runs, or use another conference number",
    passing: false
  },
  alreadyRunning: {
    why: "a conference of this number runs already",
    advice: "End it where it runs, or use another conference number",
    passing: false
  },
  codecRefused: {
    why: "the server does not decode the codec that was named",
    advice: "Name one of its greeting's codecs, or none and send pictures",
    passing: true
  },
  notNow: {
    why: "the conference is not in a state for this",
    advice: "Look at the server's own words, and at the order of calls",
    passing: false
  },
  journal: {
    why: "the server cannot record anything at the moment",
    advice: "Try again after the time in retryAfterMs; the operator is told",
    passing: true
  },
  superseded: {
    why: "a newer stream of the same conference took over",
    advice: "Use that one; run one SDK for each conference",
    passing: false
  },
  slowReader: {
    why: "this side did not read its answers",
    advice: "Keep the handlers short; a page in the background may have been suspended",
    passing: true
  },
  full: {
    why: "the server has no room for another conference",
    advice: "Try again after the time in retryAfterMs, or add a server",
    passing: true
  },
  flood: {
    why: "this side said more messages than a socket may",
    advice: "Send frames at the camera's pace, and run one SDK for each conference",
    passing: true
  },
  stopping: { why: "the server is stopping", advice: "Try again when it is back", passing: true },
  ended: { why: "the conference ended", advice: "Start a new one", passing: false },
  cut: {
    why: "the connection broke or could not be made",
    advice: "Check the address, the network, and that the server's certificate is trusted here",
    passing: true
  },
  tooLong: {
    why: "a message was longer than the server bears",
    advice: "Send smaller pictures (1280×720 at quality 80 has about 150 kB)",
    passing: false
  },
  noAnswer: { why: "the server did not answer in time", advice: "Check the server's load and log", passing: true },
  notUnderstood: {
    why: "the server said something that is not of this protocol",
    advice: "Check the address, and update the SDK to the server's release",
    passing: false
  },
  windowPassed: {
    why: "it could not be resumed in time",
    advice: "Start a new conference; what was recorded before is kept",
    passing: false
  },
  closedHere: { why: "it was closed here", advice: "Start a new conference", passing: false }
}

/** What goes wrong with a conference, with its reason and what to do. */
export class ConferenceTrouble extends Error {
  override readonly name = "ConferenceTrouble"
  readonly reason: TroubleReason
  /** The close code, when there was one. */
  readonly code: number | null
  /** When the server says so, in milliseconds. */
  readonly retryAfterMs: number | null
  readonly passing: boolean

  constructor(
    what: string,
    reason: TroubleReason,
    more: { readonly code?: number; readonly said?: string; readonly retryAfterMs?: number | undefined } = {}
  ) {
    const { why, advice, passing } = meanings[reason]
    super(`Cannot ${what}: ${why}${more.said ? ` (${more.said})` : ""}. ${advice}`)
    this.reason = reason
    this.code = more.code ?? null
    this.retryAfterMs = more.retryAfterMs ?? null
    this.passing = passing
  }
}

const reasonsByCode = new Map<number, TroubleReason>([
  ...Object.entries(closeCodes).map(([reason, code]) => [code, reason as CloseReason] as const),
  [1009, "tooLong"]
])

/** A code that is not the protocol's tells no more than a broken cable. */
export function troubleOfClose(what: string, code: number, said: string): ConferenceTrouble {
  return new ConferenceTrouble(what, reasonsByCode.get(code) ?? "cut", { code, said })
}

/** A `refused` names its reason in words; one this SDK does not know is final and repeated as it came. */
export function troubleOfRefusal(
  what: string,
  refused: { readonly reason: string; readonly message: string; readonly retryAfterMs?: number | undefined }
): ConferenceTrouble {
  const known = Object.hasOwn(meanings, refused.reason) ? (refused.reason as TroubleReason) : "notUnderstood"
  return new ConferenceTrouble(what, known, { said: refused.message, retryAfterMs: refused.retryAfterMs })
}
