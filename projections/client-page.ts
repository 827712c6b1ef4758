/** What the server tells a client's page: types only, so that importing them downloads nothing. Times are milliseconds since 1970. */
import type { BriefOfPrompt } from "../machines/illustration-events.ts"
import type { ConsentPurpose } from "../machines/wire.ts"

export interface OfferedText {
  readonly purpose: ConsentPurpose
  readonly version: string
  readonly language: "ru" | "en"
  readonly text: string
  readonly sha256: string
}

export interface ClientState {
  readonly title: string
  readonly startsAt: number
  readonly conference: "notStarted" | "running" | "ended"
  /** One text for each purpose and language: the newest published. */
  readonly texts: readonly OfferedText[]
  readonly consents: Readonly<Record<ConsentPurpose, "none" | "given" | "withdrawn">>
  /** Until when the one-time code counts; 0: none was given. */
  readonly provenUntil: number
  /** The page answered the questions at the end. */
  readonly answered: boolean
}

export interface JoinOffer {
  readonly conference: string
  readonly resumeToken: string
}

/** The shared picture; null: nothing is shared. The page itself is at `/client/picture`. */
export interface SharedPicture {
  readonly variantIndex: number
  readonly brief: BriefOfPrompt
}

export type ClientMessage =
  | { readonly type: "conference"; readonly state: ClientState["conference"] }
  | { readonly type: "picture"; readonly picture: SharedPicture | null }
  | { readonly type: "pong" }

export interface ClientAnswers {
  readonly rating: number
  readonly clarity: number
  readonly again: boolean
  readonly check: { readonly productIndex: number; readonly tookMs: number } | null
}
