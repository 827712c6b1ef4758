/**
 * The world on one page: what the core's actors need from outside, beside the journal (`event-store.ts`) and Effect's
 * own Clock. Implementations are in `infra/`; here is only what they promise.
 */
import { Context, type Effect, Schema } from "effect"
import type { ModelIdentity } from "../machines/conference-events.ts"
import type { ConsentText } from "../machines/consent-texts.ts"
import type { Bounds, CloseReason, Codec, ControlAnswer } from "../machines/wire.ts"
import type { Brief } from "../models/illustration/brief.ts"
import type { Drawing } from "../models/illustration/engine.ts"
import type { Look } from "../models/illustration/look.ts"
import type { CoreMessage, EdgeMessage } from "./edge-link.ts"
import type { StoreUnavailable } from "./event-store.ts"
import type { EdgeWork } from "./rebalancing.ts"

export interface AssignedEdge {
  readonly edge: string
  /** Where a client opens its stream, such as `wss://127.0.0.1:7071/frames`. */
  readonly streamUrl: string
}

export interface EdgeListener {
  readonly message: (edge: string, message: EdgeMessage) => void
  /** The edge is dead; another one will take its place. */
  readonly lost: (edge: string) => void
}

/** The processes that read frames. */
export class Edges extends Context.Service<
  Edges,
  {
    /**
     * The wanted edge while it has room for a conference of this codec, else the least loaded that is ready and has; null when none is.
     */
    readonly assign: (conference: string, codec: Codec, wanted: string | null) => AssignedEdge | null
    readonly release: (conference: string) => void
    /** To an edge that died it goes nowhere: `lost` has been or will be called. */
    readonly send: (edge: string, message: CoreMessage) => void
    readonly broadcast: (message: CoreMessage) => void
    readonly listen: (listener: EdgeListener) => void
    /** New conferences of this codec that still fit. */
    readonly room: (codec: Codec) => number
    /** Of every edge that is ready, in its last window. */
    readonly work: () => readonly EdgeWork[]
    /** What frames may be: of those that the operator offers, what all edges decode. */
    readonly codecs: () => readonly Codec[]
  }
>()("actors/Edges") {}

export type PersonKind = "client" | "manager"

/** What else identifies a person. Everything that the bank's systems call them by. */
export interface PersonDetails {
  readonly names: readonly string[]
  /** Telephone numbers, mail addresses. */
  readonly contacts: readonly string[]
  readonly crmIds: readonly string[]
}

/** Who is who: what identifies a person is kept sealed, everything else sees random pseudonyms. */
export class Directory extends Context.Service<
  Directory,
  {
    /** The pseudonym of a person, made at first sight; a new one for somebody who was erased. */
    readonly pseudonymOf: (kind: PersonKind, externalId: string) => Effect.Effect<string, StoreUnavailable>
    /** The pseudonym of a person who is known, else null. */
    readonly find: (kind: PersonKind, externalId: string) => Effect.Effect<string | null, StoreUnavailable>
    /** The pseudonyms of everybody with exactly this name, contact or id, but for case and spaces. */
    readonly findBy: (field: keyof PersonDetails, text: string) => Effect.Effect<readonly string[], StoreUnavailable>
    /** Keeps these details instead of the earlier ones. */
    readonly describe: (
      kind: PersonKind,
      pseudonym: string,
      details: PersonDetails
    ) => Effect.Effect<void, StoreUnavailable>
    /** Null for a pseudonym that stands for nobody here. */
    readonly detailsOf: (
      kind: PersonKind,
      pseudonym: string
    ) => Effect.Effect<({ readonly externalId: string } & PersonDetails) | null, StoreUnavailable>
    /** Takes everything of a person out, for good. True when something was there. */
    readonly forget: (pseudonym: string) => Effect.Effect<boolean, StoreUnavailable>
    /** A keyed fingerprint of an id that must not be stored in clear, in hexadecimal. */
    readonly fingerprintOf: (kind: string, externalId: string) => string
  }
>()("actors/Directory") {}

export interface StreamClaim {
  readonly conference: string
  readonly epoch: number
  readonly edge: string
}

export interface ResumeClaim {
  readonly conference: string
}

export class TokenRefused extends Schema.TaggedError<TokenRefused>()("TokenRefused", { why: Schema.String }) {
  override get message() {
    return `Cannot accept the token: ${this.why}. Ask for a new one with "start" or "resume"`
  }
}

/** Signed by the core; edges check with the public key alone. */
export class Tokens extends Context.Service<
  Tokens,
  {
    /** Good for one minute, one edge, one epoch. */
    readonly signStream: (claim: StreamClaim) => string
    readonly signResume: (claim: ResumeClaim) => string
    readonly verifyResume: (token: string) => Effect.Effect<ResumeClaim, TokenRefused>
    /** PEM. */
    readonly publicKey: string
  }
>()("actors/Tokens") {}

/** No picture came of a brief: why, and what to do next, for the manager's eyes. */
export class DrawingFailed extends Schema.TaggedError<DrawingFailed>()("DrawingFailed", { why: Schema.String }) {
  override get message() {
    return this.why
  }
}

/** The engine of illustrations. Interrupting it ends its work. */
export class Illustrators extends Context.Service<
  Illustrators,
  { readonly draw: (brief: Brief, look: Look, seed: number) => Effect.Effect<Drawing, DrawingFailed> }
>()("actors/Illustrators") {}

/** What this server is: its bounds, the net that its edges read with, and what clients can agree to. */
export class Identity extends Context.Service<
  Identity,
  {
    /** Names this process in `OwnerTaken`. */
    readonly owner: string
    readonly bounds: Bounds
    readonly model: ModelIdentity
    /** Published texts: a consent that names none of them is refused. */
    readonly consentTexts: readonly ConsentText[]
  }
>()("actors/Identity") {}

/** The control socket of one conference, as the core's actors see it. */
export interface ControlLink {
  readonly send: (answer: ControlAnswer) => void
  readonly close: (reason: CloseReason) => void
}
