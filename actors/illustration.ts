/**
 * The illustrations of one conference: the machine hosted on a stream of its own, commands decided by the model, and
 * pictures drawn by whatever engine stands behind the port. Nothing leaves for the client but what was shared.
 */
import { Clock, Effect, Schema } from "effect"
import { generationTimeoutMs, type IllustrationSnapshot, illustrationMachine } from "../machines/illustration.ts"
import type { IllustrationEvent } from "../machines/illustration-events.ts"
import { type Decision, decideIllustration, type IllustrationCommand } from "../models/illustration/decide.ts"
import { evolveInteraction, type Interaction, noInteraction } from "../projections/illustration-view.ts"
import { keptScopeOf } from "./event-store.ts"
import type { ActorStopped, Behaviour, Hosted } from "./host.ts"
import { hostActor } from "./host.ts"
import { Illustrators } from "./ports.ts"

export const illustrationStreamOf = (conference: string) => `illustration-${conference}`

/** A command that cannot be obeyed now: why, and what to do next. Nothing changed. */
export class IllustrationRefused extends Schema.TaggedError<IllustrationRefused>()("IllustrationRefused", {
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}

export interface Illustration {
  readonly hosted: Hosted<IllustrationSnapshot, IllustrationEvent>
  /** Decides and records; a prompt or remark that cannot be placed is recorded as refused, and shows in the snapshot. */
  readonly command: (command: IllustrationCommand) => Effect.Effect<Decision, IllustrationRefused | ActorStopped>
  /** What the client did with the picture that is shared. */
  readonly interaction: () => Interaction
  /** Turns it off for good. Done when that is durable. */
  readonly end: Effect.Effect<void>
}

const timersOf: Behaviour<IllustrationSnapshot, IllustrationEvent>["timers"] = (snapshot) => {
  if (!snapshot.hasTag("timer:drawVariant")) return []
  const { workId, askedAt } = snapshot.context
  const elapsed = (at: number): IllustrationEvent => ({ type: "GenerationTimedOut", at, workId })
  return [{ name: "drawVariant", id: workId, dueAt: askedAt + generationTimeoutMs, elapsed }]
}

/** Opens the illustrations of a conference from their journal, or new ones. */
export const openIllustration = Effect.fnUntraced(function* (options: {
  readonly conference: string
  readonly subject: string
  /** When the conference began, milliseconds since 1970: the month decides which key seals it. */
  readonly startedAt: number
  readonly owner: string
}) {
  const { conference, subject, startedAt, owner } = options
  const { draw } = yield* Illustrators

  const drawVariant = Effect.fnUntraced(function* (snapshot: IllustrationSnapshot, workId: number) {
    const { wanted, drawnCount } = snapshot.context
    if (wanted === null) return []
    const { brief, look, seed } = wanted
    const outcome = yield* Effect.match(draw(brief, look, seed), {
      onFailure: ({ why }) => ({ type: "GenerationFailed", workId, reason: why }) as const,
      onSuccess: ({ engineVersion, sha256, svg, heightsPx, lieFactor }) => {
        const drawn = { variantIndex: drawnCount, brief, look, seed, engineVersion, sha256, svg }
        return { type: "VariantDrawn", workId, ...drawn, heightsPx, lieFactor, truthful: true } as const
      }
    })
    return [{ ...outcome, at: yield* Clock.currentTimeMillis }]
  })

  let interaction = noInteraction
  const hosted = yield* hostActor<IllustrationSnapshot, IllustrationEvent>({
    behaviour: {
      machine: illustrationMachine,
      work: { "work:drawVariant": drawVariant },
      workId: ({ context }) => context.workId,
      timers: timersOf,
      applied(event) {
        interaction = evolveInteraction(interaction, event)
      },
      memory: {
        saved: () => interaction,
        restore(saved) {
          interaction = saved as Interaction
        }
      }
    },
    stream: illustrationStreamOf(conference),
    keyScope: keptScopeOf(subject, "illustrationInteraction", startedAt),
    owner
  })
  if (hosted.snapshot().value === "notOpened") {
    hosted.tell([{ type: "IllustrationOpened", at: yield* Clock.currentTimeMillis, conference }])
  }

  const command = Effect.fnUntraced(function* (wish: IllustrationCommand) {
    const decision = decideIllustration(wish, hosted.snapshot(), yield* Clock.currentTimeMillis)
    if (!decision.ok) return yield* new IllustrationRefused({ why: decision.message })
    const refused = hosted.tell(decision.events)
    if (refused !== null) return yield* new IllustrationRefused({ why: refused.message })
    // What the client is about to see must be in the journal first.
    yield* hosted.durable
    return decision
  })

  const end = Effect.gen(function* () {
    hosted.tell([{ type: "ConferenceEnded", at: yield* Clock.currentTimeMillis }])
    yield* Effect.ignore(hosted.durable)
  })
  const illustration: Illustration = { hosted, command, interaction: () => interaction, end }
  return illustration
})
