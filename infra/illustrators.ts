/** The engine behind the illustrations: the procedural one, loaded at the first picture. */
import { Effect, Layer } from "effect"
import { DrawingFailed, Illustrators } from "../actors/ports.ts"

export const proceduralIllustrators = Layer.succeed(Illustrators)({
  draw: (brief, look, seed) =>
    Effect.tryPromise({
      try: async () => (await import("./illustrator-procedural.ts")).drawProcedurally(brief, look, seed),
      catch: (error) => new DrawingFailed({ why: error instanceof Error ? error.message : String(error) })
    })
})
