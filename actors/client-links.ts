/**
 * How a client gets to the own page: a link that a manager hands over, which opens once and binds to that browser; and a one-time code
 * by a way of the bank's own, which never passes over the manager's screen, before anything that only the client may do.
 */
import { Context, type Effect, Schema } from "effect"
import type { Consent } from "../machines/wire.ts"
import type { ClientLink } from "../projections/console.ts"
import type { StoreUnavailable } from "./event-store.ts"

/** What a browser that opened a link stands for. */
export interface Visit {
  /** Of the meeting: see `Meeting` in `desk.ts`. */
  readonly meeting: string
  readonly subject: string
  /** Until when a code has proven that this is the client; 0: none has yet. */
  readonly provenUntil: number
  readonly endsAt: number
}

/** A consent that was given before the conference runs, or withdrawn again. */
export interface AgreedConsent {
  readonly consent: Consent
  readonly withdrawn: boolean
}

export class LinkRefused extends Schema.TaggedError<LinkRefused>()("LinkRefused", {
  reason: Schema.Literals(["linkUsed", "linkOver", "noVisit", "codeWrong", "codeOver", "codeTooSoon", "codeNotSent"]),
  why: Schema.String,
  retryAfterMs: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    return this.why
  }
}

export class ClientLinks extends Context.Service<
  ClientLinks,
  {
    /** A link for a meeting; earlier ones that were not opened stop working. `base`: the console's address. */
    readonly invite: (
      meeting: { readonly id: string; readonly subject: string },
      base: string
    ) => Effect.Effect<ClientLink, StoreUnavailable>
    /** Opens it once; answers the secret that the browser keeps. */
    readonly open: (token: string) => Effect.Effect<string, LinkRefused | StoreUnavailable>
    readonly visitOf: (secret: string | null) => Effect.Effect<Visit | null, StoreUnavailable>
    /** From here on, for a while, the browser is known to be the client's. */
    readonly prove: (secret: string) => Effect.Effect<void, StoreUnavailable>
    /** Keeps what was agreed to, sealed under the client's key, until the conference runs. */
    readonly keepAgreed: (
      meeting: string,
      subject: string,
      agreed: readonly AgreedConsent[]
    ) => Effect.Effect<void, StoreUnavailable>
    readonly agreedOf: (meeting: string) => Effect.Effect<readonly AgreedConsent[], StoreUnavailable>
  }
>()("actors/ClientLinks") {}

/** Hands a code to the client by the bank's own way, such as its SMS gateway. */
export class CodeOutbox extends Context.Service<
  CodeOutbox,
  {
    readonly send: (message: {
      /** The bank's own number of the client. */
      readonly client: string
      readonly contacts: readonly string[]
      readonly code: string
      /** Until when it works, milliseconds since 1970. */
      readonly endsAt: number
    }) => Effect.Effect<void, LinkRefused>
  }
>()("actors/CodeOutbox") {}
