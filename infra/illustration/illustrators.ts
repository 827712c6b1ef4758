/**
 * The engine behind the illustrations of all conferences: the procedural one on a thread of its own, started with the
 * first picture. One picture is drawn at a time and the others wait their turn; interrupting a wish ends its drawing.
 */
import { Effect, Layer, Semaphore } from "effect"
import { DrawingFailed, Illustrators } from "../../actors/ports.ts"
import { createThreadedIllustrator } from "./illustrator-thread.ts"

export const proceduralIllustrators = Layer.effect(
  Illustrators,
  Effect.gen(function* () {
    const turn = yield* Semaphore.make(1)
    const illustrator = yield* Effect.acquireRelease(Effect.sync(createThreadedIllustrator), (opened) =>
      Effect.promise(() => opened.close())
    )
    return Illustrators.of({
      draw: (brief, look, seed) =>
        turn.withPermit(
          Effect.tryPromise({
            try: (signal) => illustrator.draw(brief, look, seed, { signal }),
            catch: (error) => new DrawingFailed({ why: error instanceof Error ? error.message : String(error) })
          })
        )
    })
  })
)
