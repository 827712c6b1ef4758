/**
 * What can happen while pictures are prepared and shown, as facts in the past tense. Plain JSON; times in milliseconds since 1970 by the server's clock.
 * Prompts, remarks, product names and pictures stand in sealed payloads only, which is where all of these events are kept.
 */
import { Schema } from "effect"
import { ConferenceEnded, OwnerTaken } from "./conference-events.ts"

const EpochMs = Schema.Int
/** The version of the stream that asked for the work; an outcome that carries another one is of an earlier attempt. */
const WorkId = Schema.Int
const VariantIndex = Schema.Int

export const BriefProduct = Schema.Struct({
  name: Schema.String,
  /** Percent per annum; the lower end of a range. */
  yieldPercent: Schema.Finite,
  yieldPercentTo: Schema.NullOr(Schema.Finite),
  approximate: Schema.Boolean,
  rate: Schema.Literals(["contract", "forecast", "unknown"]),
  insured: Schema.Literals(["yes", "no", "unknown"]),
  source: Schema.NullOr(Schema.String),
  date: Schema.NullOr(Schema.String)
})

/** What a picture is drawn from. */
export const BriefOfPrompt = Schema.Struct({
  language: Schema.Literals(["ru", "en"]),
  products: Schema.Array(BriefProduct),
  amount: Schema.NullOr(Schema.Finite),
  currency: Schema.NullOr(Schema.String),
  termMonths: Schema.NullOr(Schema.Finite)
})
export type BriefOfPrompt = typeof BriefOfPrompt.Type

/** How it looks, as far as a manager may choose. */
export const LookOfPicture = Schema.Struct({
  scene: Schema.Literals(["trees", "coins", "skyline"]),
  season: Schema.Literals(["spring", "summer", "autumn", "winter"]),
  palette: Schema.Literals(["meadow", "ocean", "sunset", "lavender", "graphite"]),
  colour: Schema.NullOr(Schema.Literals(["green", "blue", "teal", "red", "orange", "gold", "pink", "violet", "grey"])),
  order: Schema.Literals(["asGiven", "ascending", "descending"]),
  labelSteps: Schema.Int,
  detail: Schema.Int
})
export type LookOfPicture = typeof LookOfPicture.Type

export const IllustrationOpened = Schema.Struct({
  type: Schema.tag("IllustrationOpened"),
  at: EpochMs,
  conference: Schema.String
})

/** A prompt that could be placed in full, and the brief it was read as. */
export const PromptGiven = Schema.Struct({
  type: Schema.tag("PromptGiven"),
  at: EpochMs,
  prompt: Schema.String,
  brief: BriefOfPrompt,
  look: LookOfPicture,
  seed: Schema.Int
})

/** A prompt with a piece that could not be placed; nothing else changed. */
export const PromptRefused = Schema.Struct({
  type: Schema.tag("PromptRefused"),
  at: EpochMs,
  prompt: Schema.String,
  code: Schema.String,
  piece: Schema.String,
  message: Schema.String
})

/** A remark on a variant, and what it made of brief and look. */
export const RemarkGiven = Schema.Struct({
  type: Schema.tag("RemarkGiven"),
  at: EpochMs,
  remark: Schema.String,
  /** The variant that was remarked on. */
  variantIndex: VariantIndex,
  brief: BriefOfPrompt,
  look: LookOfPicture,
  seed: Schema.Int
})

/** A remark that would distort, cannot be done, or was not understood; nothing else changed. */
export const RemarkRefused = Schema.Struct({
  type: Schema.tag("RemarkRefused"),
  at: EpochMs,
  remark: Schema.String,
  code: Schema.Literals(["distorts", "impossible", "notUnderstood"]),
  reason: Schema.String,
  offer: Schema.String
})

/** The manager looks at another of the kept variants; undo is this too. */
export const VariantChosen = Schema.Struct({
  type: Schema.tag("VariantChosen"),
  at: EpochMs,
  variantIndex: VariantIndex
})

export const VariantDrawn = Schema.Struct({
  type: Schema.tag("VariantDrawn"),
  at: EpochMs,
  workId: WorkId,
  /** 0-based, in the order of drawing. */
  variantIndex: VariantIndex,
  brief: BriefOfPrompt,
  look: LookOfPicture,
  seed: Schema.Int,
  engineVersion: Schema.String,
  /** SHA-256 of the SVG's UTF-8 bytes. */
  sha256: Schema.String,
  svg: Schema.String,
  /** Signed pixels in the 1920×1080 raster, by product. */
  heightsPx: Schema.Array(Schema.Int),
  lieFactor: Schema.Finite,
  /** Every height within max(1 %, one pixel); a picture that is not is never a variant. */
  truthful: Schema.Boolean
})

export const GenerationFailed = Schema.Struct({
  type: Schema.tag("GenerationFailed"),
  at: EpochMs,
  workId: WorkId,
  reason: Schema.String
})

export const GenerationTimedOut = Schema.Struct({
  type: Schema.tag("GenerationTimedOut"),
  at: EpochMs,
  workId: WorkId
})

/** The manager no longer wants the picture in work. */
export const GenerationCancelled = Schema.Struct({ type: Schema.tag("GenerationCancelled"), at: EpochMs })

/** The same picture is asked for once more after a failure or a time-out. */
export const GenerationRetried = Schema.Struct({ type: Schema.tag("GenerationRetried"), at: EpochMs })

/** From here on the client sees this variant, and not before. */
export const IllustrationShared = Schema.Struct({
  type: Schema.tag("IllustrationShared"),
  at: EpochMs,
  variantIndex: VariantIndex
})

export const SharingStopped = Schema.Struct({ type: Schema.tag("SharingStopped"), at: EpochMs })

/** The shared picture was on the client's screen. */
export const IllustrationLooked = Schema.Struct({
  type: Schema.tag("IllustrationLooked"),
  at: EpochMs,
  variantIndex: VariantIndex
})

/** The client touched an object of the shared picture. */
export const IllustrationTapped = Schema.Struct({
  type: Schema.tag("IllustrationTapped"),
  at: EpochMs,
  variantIndex: VariantIndex,
  /** 0-based, by the brief's order. */
  productIndex: Schema.Int
})

export const IllustrationEvent = Schema.Union([
  IllustrationOpened,
  PromptGiven,
  PromptRefused,
  RemarkGiven,
  RemarkRefused,
  VariantChosen,
  VariantDrawn,
  GenerationFailed,
  GenerationTimedOut,
  GenerationCancelled,
  GenerationRetried,
  IllustrationShared,
  SharingStopped,
  IllustrationLooked,
  IllustrationTapped,
  ConferenceEnded,
  OwnerTaken
])
export type IllustrationEvent = typeof IllustrationEvent.Type
