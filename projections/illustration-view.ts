/**
 * What a manager sees of the illustrations: the machine's state in the console's words, and what the client did with the
 * shared picture, where the client agreed to that being recorded. It shows no picture: those are fetched by their index.
 */
import type { IllustrationContext } from "../machines/illustration.ts"
import type { IllustrationEvent } from "../machines/illustration-events.ts"
import type { IllustrationStateName, IllustrationView } from "./console.ts"

/** With the picture that is shared now. */
export interface Interaction {
  readonly looked: boolean
  /** By product, in the brief's order; those after the last that was tapped are left out. */
  readonly taps: readonly number[]
  readonly refusal: { readonly reason: string; readonly offer: string | null } | null
}

export const noInteraction: Interaction = { looked: false, taps: [], refusal: null }

export function evolveInteraction(state: Interaction, event: IllustrationEvent): Interaction {
  switch (event.type) {
    case "IllustrationShared":
    case "SharingStopped":
      return noInteraction
    case "IllustrationLooked":
      return { ...state, looked: true }
    case "IllustrationTapped": {
      const length = Math.max(state.taps.length, event.productIndex + 1)
      const taps = Array.from(
        { length },
        (_, index) => (state.taps[index] ?? 0) + (index === event.productIndex ? 1 : 0)
      )
      return { ...state, looked: true, taps }
    }
    case "PromptRefused":
      return { ...state, refusal: { reason: event.message, offer: null } }
    case "RemarkRefused":
      return { ...state, refusal: { reason: event.reason, offer: event.offer === "" ? null : event.offer } }
    case "GenerationFailed":
      return { ...state, refusal: { reason: event.reason, offer: null } }
    case "PromptGiven":
    case "RemarkGiven":
    case "GenerationRetried":
    case "VariantDrawn":
    case "VariantChosen":
      return state.refusal === null ? state : { ...state, refusal: null }
    default:
      return state
  }
}

export function illustrationViewOf(
  { value, context }: { readonly value: unknown; readonly context: IllustrationContext },
  interaction: Interaction,
  /** The client agreed that looking and tapping are recorded. */
  agreed: boolean
): IllustrationView {
  const { shared, current } = context
  const products = context.variants.find(({ variantIndex }) => variantIndex === shared)?.brief.products.length ?? 0
  return {
    state: value as IllustrationStateName,
    variants: context.variants.map(({ variantIndex: index, basis, brief, look, heightsPx, lieFactor }) => {
      return { index, basis, brief, look, heightsPx, lieFactor, sharedNow: index === shared }
    }),
    chosen: current,
    shared,
    refused: interaction.refusal,
    clientLooked: agreed && shared !== null ? interaction.looked : null,
    tapped:
      agreed && shared !== null ? Array.from({ length: products }, (_, index) => interaction.taps[index] ?? 0) : null
  }
}
