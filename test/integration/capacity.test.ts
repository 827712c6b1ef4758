/** A server at its capacity: one more conference is refused with a time to try again, and the one that runs goes on. */
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Exit, Logger, Scope } from "effect"
import { describe, expect, it } from "vitest"
import { capacityOf, sizingFor } from "../../infra/capacity/capacity.ts"
import { startCore } from "../../infra/core.ts"
import { codecs } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, freshFolder, sdkOptions } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"

it("is measured for every codec that works here, and remembered until something else is asked of it", async () => {
  const folder = freshFolder()
  try {
    const found = await capacityOf(folder, "1")
    expect(Object.keys(found.frameMs)).toEqual(codecs)
    for (const codec of codecs) expect(found.frameMs[codec]).toBeGreaterThan(0)
    const kept = { ...found, frameMs: { ...found.frameMs, jpeg: 7 } }
    writeFileSync(join(folder, "capacity.json"), JSON.stringify(kept))
    expect(await capacityOf(folder, "1")).toEqual(kept)
    writeFileSync(join(folder, "capacity.json"), JSON.stringify({ jpegMs: 7, gray8Ms: 7, of: found.of }))
    expect((await capacityOf(folder, "1")).frameMs.jpeg).not.toBe(7)
    expect(sizingFor(50, "h264", 3).networkMbps).toBeLessThan(sizingFor(50, "jpeg", 3).networkMbps / 10)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

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
