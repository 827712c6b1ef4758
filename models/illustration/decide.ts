/**
 * From a manager's command to events, given the state: prompts and remarks are read here, once, before anything is recorded. Pure and deterministic.
 * What it answers is what the machine takes; whether the machine still takes it is asked again when the events are applied.
 */

import type { IllustrationContext } from "../../machines/illustration.ts"
import type { IllustrationEvent } from "../../machines/illustration-events.ts"
import type { Brief } from "./brief.ts"
import type { Language } from "./language.ts"
import { defaultLook, type Look } from "./look.ts"
import { parsePrompt } from "./prompt.ts"
import { readRemark } from "./remark.ts"

export type IllustrationCommand =
  | {
      readonly type: "GivePrompt"
      readonly prompt: string
      readonly language?: Language
      readonly look?: Look
      readonly seed?: number
    }
  /** On the variant under review unless another is named. */
  | { readonly type: "GiveRemark"; readonly remark: string; readonly variantIndex?: number }
  | { readonly type: "ChooseVariant"; readonly variantIndex: number }
  | { readonly type: "ShareIllustration"; readonly variantIndex: number }
  | { readonly type: "StopSharing" }
  | { readonly type: "RetryGeneration" }
  | { readonly type: "CancelGeneration" }
  | { readonly type: "LookAtIllustration" }
  | { readonly type: "TapIllustration"; readonly productIndex: number }
  | { readonly type: "EndConference" }

/** The state that a decision needs: an XState snapshot fits. */
export interface IllustrationState {
  readonly value: unknown
  readonly context: IllustrationContext
}

export type Decision =
  | {
      readonly ok: true
      readonly events: readonly IllustrationEvent[] /** What was read, to be confirmed by the manager. */
      readonly brief?: Brief
    }
  /** Nothing to record: why, and what to do next. */
  | { readonly ok: false; readonly message: string }

const refuse = (what: string, why: string): Decision => ({ ok: false, message: `Cannot ${what}: ${why}` })

export const decideIllustration = (command: IllustrationCommand, state: IllustrationState, at: number): Decision => {
  const { context } = state
  if (state.value === "off") return refuse("go on", "the conference has ended. Nothing more is drawn or shown")
  if (state.value === "notOpened") return refuse("go on", "illustrations are not open yet. Start the conference first")
  const variantOf = (index: number | null) => context.variants.find(({ variantIndex }) => variantIndex === index)
  switch (command.type) {
    case "GivePrompt": {
      const answer = parsePrompt(command.prompt, command.language)
      if (!answer.ok) {
        const { code, piece, message } = answer.error
        return { ok: true, events: [{ type: "PromptRefused", at, prompt: command.prompt, code, piece, message }] }
      }
      const look = command.look ?? variantOf(context.current)?.look ?? defaultLook
      const seed = command.seed ?? context.drawnCount + 1
      return {
        ok: true,
        brief: answer.brief,
        events: [{ type: "PromptGiven", at, prompt: command.prompt, brief: answer.brief, look, seed }]
      }
    }
    case "GiveRemark": {
      const index = command.variantIndex ?? context.current
      const variant = variantOf(index)
      if (index === null || variant === undefined)
        return refuse("take a remark", "there is no picture to remark on. Give a prompt first")
      const { remark } = command
      const answer = readRemark(remark, variant.brief, variant.look)
      if (answer.kind === "refused") {
        const { code, reason, offer } = answer
        return { ok: true, events: [{ type: "RemarkRefused", at, remark, code, reason, offer }] }
      }
      if (answer.kind === "undo") {
        const basis = variantOf(variant.basis)
        if (basis === undefined)
          return refuse(
            "undo",
            "this picture was made from a prompt, or what it was made from is no longer kept. Choose a variant from the list"
          )
        return { ok: true, events: [{ type: "VariantChosen", at, variantIndex: basis.variantIndex }] }
      }
      const { brief, look } = answer.kind === "another" ? variant : answer
      const seed = answer.kind === "another" ? variant.seed + context.drawnCount : variant.seed
      return { ok: true, brief, events: [{ type: "RemarkGiven", at, remark, variantIndex: index, brief, look, seed }] }
    }
    case "ChooseVariant":
    case "ShareIllustration": {
      const { variantIndex } = command
      if (variantOf(variantIndex) === undefined)
        return refuse(
          `take variant ${variantIndex}`,
          "there is no such variant, or it is no longer kept. Choose one from the list"
        )
      return {
        ok: true,
        events: [{ type: command.type === "ChooseVariant" ? "VariantChosen" : "IllustrationShared", at, variantIndex }]
      }
    }
    case "StopSharing":
      return context.shared === null
        ? refuse("stop sharing", "nothing is shared")
        : { ok: true, events: [{ type: "SharingStopped", at }] }
    case "RetryGeneration":
      return context.wanted === null
        ? refuse("try again", "no picture is wanted. Give a prompt")
        : { ok: true, events: [{ type: "GenerationRetried", at }] }
    case "CancelGeneration":
      return state.value === "generate"
        ? { ok: true, events: [{ type: "GenerationCancelled", at }] }
        : refuse("cancel", "no picture is in work")
    case "LookAtIllustration":
      return context.shared === null
        ? refuse("take a look", "nothing is shared")
        : { ok: true, events: [{ type: "IllustrationLooked", at, variantIndex: context.shared }] }
    case "TapIllustration":
      return context.shared === null
        ? refuse("take a tap", "nothing is shared")
        : {
            ok: true,
            events: [
              { type: "IllustrationTapped", at, variantIndex: context.shared, productIndex: command.productIndex }
            ]
          }
    case "EndConference":
      return { ok: true, events: [{ type: "ConferenceEnded", at }] }
  }
}
