/**
 * A manager's illustrations: the page's wishes as commands of the model, what is seen of them, and the pictures themselves. A
 * picture that was shared is marked in the conference. What a client did with it is shown only while the client agrees.
 */
import { Context, Effect, Layer, Stream } from "effect"
import type { IllustrationEvent } from "../machines/illustration-events.ts"
import type { IllustrationCommand as Command } from "../models/illustration/decide.ts"
import type { IllustrationCommand, IllustrationView } from "../projections/console.ts"
import { illustrationViewOf } from "../projections/illustration-view.ts"
import type { Person } from "./access.ts"
import { DeskAccess, DeskRefused } from "./desk-access.ts"
import { setMarker } from "./desk-conduct.ts"
import { EventStore } from "./event-store.ts"
import { illustrationStreamOf } from "./illustration.ts"
import type { RunningConference } from "./running-conference.ts"

/** Pictures remembered, of some 100 kB each: two strips of variants. */
const picturesMax = 120

const commandOf = (wish: IllustrationCommand): Command => {
  switch (wish.type) {
    case "prompt":
      return { type: "GivePrompt", prompt: wish.prompt }
    case "remark":
      return { type: "GiveRemark", remark: wish.remark }
    case "choose":
      return { type: "ChooseVariant", variantIndex: wish.variantIndex }
    case "share":
      return { type: "ShareIllustration", variantIndex: wish.variantIndex }
    case "stopSharing":
      return { type: "StopSharing" }
    case "cancel":
      return { type: "CancelGeneration" }
    case "retry":
      return { type: "RetryGeneration" }
  }
}

export const viewOf = ({ conference, illustration }: RunningConference): IllustrationView => {
  const { otherConsents } = conference.hosted.snapshot().context
  const agreed = Object.values(otherConsents).includes("illustrationInteraction")
  return illustrationViewOf(illustration.hosted.snapshot(), illustration.interaction(), agreed)
}

const make = Effect.gen(function* () {
  const access = yield* DeskAccess
  const store = yield* EventStore
  const pictures = new Map<string, string>()

  const wish = Effect.fnUntraced(function* (person: Person, conference: string, command: IllustrationCommand) {
    const running = yield* access.leads(person, conference)
    const before = running.illustration.hosted.snapshot().context.shared
    yield* running.illustration.command(commandOf(command))
    const { shared } = running.illustration.hosted.snapshot().context
    if (shared !== null && shared !== before) yield* setMarker(running, "shared")
    return viewOf(running)
  })

  /** As it stands in the journal, and no other. */
  const svgOf = Effect.fnUntraced(function* ({ id, illustration }: RunningConference, variantIndex: number) {
    const variant = illustration.hosted.snapshot().context.variants.find((each) => each.variantIndex === variantIndex)
    const known = variant === undefined ? undefined : pictures.get(variant.sha256)
    if (known !== undefined) return known
    if (variant !== undefined) {
      yield* illustration.hosted.durable
      const events = Stream.flatMap(store.read(illustrationStreamOf(id)), (commit) =>
        Stream.fromIterable(commit.events as unknown as readonly IllustrationEvent[])
      )
      const drawn = yield* Stream.runFold(
        events,
        () => "",
        (svg, event) => (event.type === "VariantDrawn" && event.variantIndex === variantIndex ? event.svg : svg)
      )
      if (pictures.size >= picturesMax) pictures.delete(pictures.keys().next().value!)
      pictures.set(variant.sha256, drawn)
      return drawn
    }
    const why = `Cannot show variant ${variantIndex}: there is no such variant, or it is no longer kept. Choose another`
    return yield* new DeskRefused({ fault: "unknownVariant", why })
  })

  return {
    wish,
    view: (person: Person, conference: string) => Effect.map(access.leads(person, conference), viewOf),
    svg: (person: Person, conference: string, variantIndex: number) =>
      Effect.flatMap(access.leads(person, conference), (running) => svgOf(running, variantIndex)),
    /** For the client's page, which knows the conference as its own. */
    svgOf
  }
})

export class DeskIllustrations extends Context.Service<DeskIllustrations, Effect.Success<typeof make>>()(
  "actors/DeskIllustrations"
) {
  static readonly layer = Layer.effect(DeskIllustrations, make)
}
