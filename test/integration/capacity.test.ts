/** A server at its capacity: one more conference is refused with a time to try again, and the one that runs goes on. */
import { rmSync } from "node:fs"
import { Effect, Exit, Logger, Scope } from "effect"
import { describe, expect, it } from "vitest"
import { startCore } from "../../infra/core.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, freshFolder, sdkOptions } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"

describe("a server at its capacity", () => {
  it("refuses one more with a retry hint, leaves the other alone, and takes one when there is room", async () => {
    const scope = Effect.runSync(Scope.make())
    const place = { dataFolder: freshFolder(), host: "127.0.0.1", port: 0, edges: 1, decoder: "auto" as const }
    const core = await Effect.runPromise(
      startCore({ ...place, conferencesPerEdge: 1, notice: () => {} }).pipe(
        Scope.provide(scope),
        Effect.provide(Logger.layer([]))
      )
    )
    try {
      const observed = new Observed()
      const first = await startConference(sdkOptions(core, "call-first", observed.handlers))
      const second = startConference(sdkOptions(core, "call-second", new Observed().handlers))
      await expect(second).rejects.toMatchObject({ reason: "full", retryAfterMs: 5_000 })
      await sendPaced(first, observed, await clipPictures(6))
      expect(await first.end()).toMatchObject({ received: 6, dropped: 0 })
      const third = await startConference(sdkOptions(core, "call-third", new Observed().handlers))
      await third.end()
    } finally {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      rmSync(place.dataFolder, { recursive: true, force: true })
    }
  })
})
