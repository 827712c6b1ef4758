/**
 * What may happen to pictures: awaitPrompt → generate → review → (generate with a remark | share) → awaitPrompt … → off.
 * Effect-free: it folds events and does nothing else. Nothing is shared but a truthful variant that the manager shared by name, and an outcome
 * of work that nobody waits for any more is refused.
 */
import { assign, type SnapshotFrom, setup } from "xstate"
import { flat } from "./flat-machine.ts"
import type { BriefOfPrompt, IllustrationEvent, LookOfPicture } from "./illustration-events.ts"

/** How long a picture may take before the manager is told, in milliseconds: the contract's ten seconds from prompt to picture. */
export const generationTimeoutMs = 10_000

/** An hour of a picture every minute. Beyond it the oldest that is neither shared nor under review is forgotten here; the journal keeps it. */
export const variantsMax = 60

/** A variant without its SVG, which stands in the journal under `sha256`. */
export interface Variant {
  readonly variantIndex: number
  /** The variant it was made from by a remark; null when made from a prompt. */
  readonly basis: number | null
  readonly brief: BriefOfPrompt
  readonly look: LookOfPicture
  readonly seed: number
  readonly engineVersion: string
  readonly sha256: string
  readonly heightsPx: readonly number[]
  readonly lieFactor: number
}

/** The picture that is to be drawn. */
export interface Wanted {
  readonly brief: BriefOfPrompt
  readonly look: LookOfPicture
  readonly seed: number
  readonly basis: number | null
}

export interface IllustrationContext {
  readonly conference: string
  /** Count of events taken: the version of the stream. */
  readonly version: number
  /** The version at which the present work was asked for; its outcome must carry it. */
  readonly workId: number
  /** When that was, milliseconds since 1970: what the time-out counts from. */
  readonly askedAt: number
  readonly wanted: Wanted | null
  readonly variants: readonly Variant[]
  /** Count of all variants ever drawn: the index of the next. */
  readonly drawnCount: number
  /** The variant under review. */
  readonly current: number | null
  /** The variant that the client sees. */
  readonly shared: number | null
  /** What was last refused or failed, for the manager's eyes; null after anything that worked. */
  readonly trouble: string | null
}

const nothingYet: IllustrationContext = {
  conference: "",
  version: 0,
  workId: 0,
  askedAt: 0,
  wanted: null,
  variants: [],
  drawnCount: 0,
  current: null,
  shared: null,
  trouble: null
}

const kept = (context: IllustrationContext, index: number) =>
  context.variants.some((variant) => variant.variantIndex === index)

const withVariant = (context: IllustrationContext, variant: Variant): readonly Variant[] => {
  const all = [...context.variants, variant]
  if (all.length <= variantsMax) return all
  const oldest = all.findIndex(
    ({ variantIndex }) => variantIndex !== context.shared && variantIndex !== variant.variantIndex
  )
  return all.filter((_, index) => index !== oldest)
}

/** The context after an event that the state took. */
const fold = (context: IllustrationContext, event: IllustrationEvent): IllustrationContext => {
  const next = { ...context, version: context.version + 1 }
  switch (event.type) {
    case "IllustrationOpened":
      return { ...next, conference: event.conference }
    case "PromptGiven":
      return {
        ...next,
        wanted: { brief: event.brief, look: event.look, seed: event.seed, basis: null },
        workId: next.version,
        askedAt: event.at,
        trouble: null
      }
    case "RemarkGiven":
      return {
        ...next,
        wanted: { brief: event.brief, look: event.look, seed: event.seed, basis: event.variantIndex },
        workId: next.version,
        askedAt: event.at,
        trouble: null
      }
    case "GenerationRetried":
      return { ...next, workId: next.version, askedAt: event.at, trouble: null }
    case "PromptRefused":
      return { ...next, trouble: event.message }
    case "RemarkRefused":
      return { ...next, trouble: `${event.reason} ${event.offer}` }
    case "VariantDrawn": {
      const { variantIndex, brief, look, seed, engineVersion, sha256, heightsPx, lieFactor } = event
      const variant = {
        variantIndex,
        basis: context.wanted?.basis ?? null,
        brief,
        look,
        seed,
        engineVersion,
        sha256,
        heightsPx,
        lieFactor
      }
      return {
        ...next,
        variants: withVariant(context, variant),
        drawnCount: context.drawnCount + 1,
        current: variantIndex,
        wanted: null,
        trouble: null
      }
    }
    case "VariantChosen":
      return { ...next, current: event.variantIndex, wanted: null, trouble: null }
    case "GenerationFailed":
      return { ...next, trouble: event.reason }
    case "GenerationCancelled":
      return { ...next, wanted: null }
    case "IllustrationShared":
      return { ...next, shared: event.variantIndex, trouble: null }
    case "SharingStopped":
      return { ...next, shared: null }
    case "ConferenceEnded":
      return { ...next, shared: null, wanted: null }
    case "OwnerTaken":
      // The work is begun again by the new owner, and gets its whole time.
      return { ...next, askedAt: event.at }
    default:
      return next
  }
}

/** What every state in which a manager works takes. */
const working = {
  PromptGiven: { target: "generate", actions: "fold" },
  PromptRefused: { actions: "fold" },
  SharingStopped: { guard: "isShared", actions: "fold" },
  IllustrationLooked: { guard: "isLookAtShared", actions: "fold" },
  IllustrationTapped: { guard: "isTapOnShared", actions: "fold" },
  ConferenceEnded: { target: "off", actions: "fold" },
  OwnerTaken: { actions: "fold" }
} as const

/** What a state takes in which kept variants can be looked at, remarked on and shared. */
const reviewing = {
  ...working,
  RemarkGiven: { target: "generate", guard: "knowsVariant", actions: "fold" },
  RemarkRefused: { actions: "fold" },
  VariantChosen: { target: "review", guard: "knowsVariant", actions: "fold" },
  IllustrationShared: { target: "share", guard: "knowsVariant", actions: "fold" }
} as const

const machine = setup({
  types: { context: {} as IllustrationContext, events: {} as IllustrationEvent },
  guards: {
    knowsVariant: ({ context, event }) =>
      (event.type === "RemarkGiven" || event.type === "VariantChosen" || event.type === "IllustrationShared") &&
      kept(context, event.variantIndex),
    isCurrentWork: ({ context, event }) =>
      (event.type === "GenerationFailed" || event.type === "GenerationTimedOut") && event.workId === context.workId,
    isWantedVariant: ({ context, event }) =>
      event.type === "VariantDrawn" &&
      event.workId === context.workId &&
      event.variantIndex === context.drawnCount &&
      event.truthful,
    isShared: ({ context }) => context.shared !== null,
    isLookAtShared: ({ context, event }) =>
      event.type === "IllustrationLooked" && event.variantIndex === context.shared,
    isTapOnShared: ({ context, event }) =>
      event.type === "IllustrationTapped" &&
      event.variantIndex === context.shared &&
      event.productIndex >= 0 &&
      event.productIndex <
        (context.variants.find(({ variantIndex }) => variantIndex === context.shared)?.brief.products.length ?? 0)
  },
  actions: {
    fold: assign(({ context, event }) => fold(context, event))
  }
}).createMachine({
  id: "illustration",
  initial: "notOpened",
  context: nothingYet,
  states: {
    notOpened: {
      on: { IllustrationOpened: { target: "awaitPrompt", actions: "fold" }, OwnerTaken: { actions: "fold" } }
    },
    awaitPrompt: { on: reviewing },
    generate: {
      tags: ["work:drawVariant", "timer:drawVariant"],
      on: {
        ...working,
        RemarkRefused: { actions: "fold" },
        RemarkGiven: { target: "generate", guard: "knowsVariant", actions: "fold" },
        IllustrationShared: { guard: "knowsVariant", actions: "fold" },
        VariantChosen: { target: "review", guard: "knowsVariant", actions: "fold" },
        VariantDrawn: { target: "review", guard: "isWantedVariant", actions: "fold" },
        GenerationFailed: { target: "failed", guard: "isCurrentWork", actions: "fold" },
        GenerationTimedOut: { target: "timedOut", guard: "isCurrentWork", actions: "fold" },
        GenerationCancelled: { target: "awaitPrompt", actions: "fold" }
      }
    },
    review: { on: reviewing },
    /** The client sees a picture and the manager may go on. */
    share: { on: { ...reviewing, SharingStopped: { target: "awaitPrompt", actions: "fold" } } },
    failed: { on: { ...reviewing, GenerationRetried: { target: "generate", actions: "fold" } } },
    timedOut: { on: { ...reviewing, GenerationRetried: { target: "generate", actions: "fold" } } },
    off: { type: "final" }
  }
})

export const illustrationMachine = flat(machine)

export type IllustrationSnapshot = SnapshotFrom<typeof illustrationMachine>
