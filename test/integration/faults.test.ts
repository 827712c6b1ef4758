/** A few rounds of what `npm run faults` does at length: nothing acknowledged is lost, nothing is doubled. */
import { describe, expect, it } from "vitest"
import { startPostgres } from "../postgres.ts"
import { surviveFullDisk, surviveRestarts, surviveWriterKills } from "../server/fault-rounds.ts"
import { seeded, surviveKills } from "../server/kill-rounds.ts"

describe("the journal", () => {
  it("loses and doubles nothing while PostgreSQL is stopped and crashed under load", async () => {
    const server = await startPostgres({ fsync: true })
    const { events, faults } = await surviveRestarts(server, { restarts: 2, everyMs: 400, streams: 4 })
    await server.stop()
    expect(faults).toBe(2)
    expect(events).toBeGreaterThan(0)
  })

  it("refuses while its disk is full, keeps what was acknowledged, and goes on when there is room", async () => {
    const { events, refusals } = await surviveFullDisk(2, false)
    expect(refusals).toBeGreaterThan(0)
    expect(events).toBeGreaterThan(0)
  })

  it("has what was acknowledged before its writer was killed at a random moment", async () => {
    expect((await surviveWriterKills(null, 3, seeded(7))).events).toBeGreaterThan(0)
  })
})

describe("a server whose clock steps back", () => {
  it("loses and doubles no frame, over a kill too", async () => {
    const { framesRead, framesSent } = await surviveKills(20_261_124, 1, true)
    expect(framesRead).toBeGreaterThan(0)
    expect(framesRead).toBeLessThanOrEqual(framesSent)
  })
})
