/** A server at its capacity: one more conference is refused with a time to try again, and the one that runs goes on. */
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { capacityOf, rememberedCapacity, sizingFor } from "../../infra/capacity/capacity.ts"
import { codecs } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, freshFolder, sdkOptions, startServer } from "../server/core.ts"
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
    expect(rememberedCapacity(folder, "1")).toEqual(kept)
    expect(rememberedCapacity(folder, "2")).toBeNull()
    writeFileSync(join(folder, "capacity.json"), JSON.stringify({ jpegMs: 7, gray8Ms: 7, of: found.of }))
    expect((await capacityOf(folder, "1")).frameMs.jpeg).not.toBe(7)
    expect(sizingFor(50, "h264", 3).networkMbps).toBeLessThan(sizingFor(50, "jpeg", 3).networkMbps / 10)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe("a server at its capacity", () => {
  it("refuses one more with a retry hint, leaves the other alone, and takes one when there is room", async () => {
    const server = await startServer({ conferencesPerEdge: 1 })
    try {
      const observed = new Observed()
      const first = await startConference(sdkOptions(server.core, "call-first", observed.handlers))
      const second = startConference(sdkOptions(server.core, "call-second", new Observed().handlers))
      await expect(second).rejects.toMatchObject({ reason: "full", retryAfterMs: 5_000 })
      await sendPaced(first, observed, await clipPictures(6))
      expect(await first.end()).toMatchObject({ received: 6, dropped: 0 })
      const third = await startConference(sdkOptions(server.core, "call-third", new Observed().handlers))
      await third.end()
    } finally {
      await server.stop()
    }
  })
})
