/** What a caller of the SDK gives: the conference's particulars, and handlers for what it is told. */

import type { Codec, Consent, FrameAnswer, FrameHeader, WireReport } from "../machines/wire.ts"
import type { CreateSocket } from "./link.ts"
import type { ConferenceTrouble } from "./trouble.ts"

export interface ConferenceOptions {
  /** Of the server, such as `wss://mimika.example:8443`. */
  readonly url: string
  readonly accessToken: string
  /** The platform's own number of the call, and its own ids of the two people; the server stores pseudonyms only. */
  readonly conference: string
  readonly client: string
  readonly manager: string
  readonly role: "client" | "manager"
  /** Null when the client was not asked yet: nothing is sent until `giveConsent`. */
  readonly consent: Consent | null
  /** Makes a WebSocket that trusts the server's certificate; without it the runtime's own. */
  readonly createSocket?: CreateSocket
  /**
   * What this sender can encode, best first; without it JPEG. The first that the server decodes is `Conference.codec`, by which the
   * server counts. Pictures may be sent whatever it is, as when an encoder fails.
   */
  readonly codecs?: readonly Codec[]
  /** Encoded video must go on with a key frame; until one is sent the others are skipped. `Conference.keyFrames.wanted` says so too. */
  onKeyFrameWanted?(): void
  /** Exactly once for every frame that got a sequence number; a frame in flight when the stream breaks is `lost`. */
  onAnswer?(answer: FrameAnswer): void
  /** Every frame through this sequence is recorded for good. */
  onDurable?(throughSequence: number): void
  onInterrupted?(trouble: ConferenceTrouble): void
  onResumed?(): void
  onReport?(report: WireReport): void
  /** It is over without a report. */
  onFailed?(trouble: ConferenceTrouble): void
}

/** Instead of starting one: the conference that a manager started, by the token that the client's page was given. */
export interface JoinOptions
  extends Omit<ConferenceOptions, "accessToken" | "conference" | "client" | "manager" | "role" | "consent"> {
  readonly resumeToken: string
}

export type Frame = Omit<FrameHeader, "sequence"> & {
  readonly bytes: Uint8Array
  /** Of encoded video, always: whether decoding can begin with it. */
  readonly isKey?: boolean
}

/** Frames not sent, counted by why: they got no sequence number and no answer. */
export interface Skipped {
  /** As many as the server takes at once wait for their answer, or the network has not taken the last one. */
  busy: number
  interrupted: number
  noConsent: number
  /** Encoded video that builds on what the server does not have. */
  keyFrame: number
  ended: number
}
