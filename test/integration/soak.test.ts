/** A few seconds of `npm run soak`: several conferences at a camera's pace, and an edge that dies among them. */
import process from "node:process"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { defaultBounds } from "../../machines/wire.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { soak } from "../server/soak-run.ts"

describe("conferences at a camera's pace", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ edges: 2 })
  })
  afterAll(() => server.stop())

  it("get an answer for every frame, also when an edge dies among them", async () => {
    const everySecond = (second: number) => {
      if (second === 2) process.kill(server.core.edges()[0]!.processId!, "SIGKILL")
    }
    const { framesSent, framesAnswered, framesLost } = await soak(server, { conferences: 3, seconds: 4, everySecond })
    expect(framesSent).toBeGreaterThan(100)
    expect(framesAnswered).toBe(framesSent)
    // At most what three conferences may have in flight.
    expect(framesLost).toBeLessThanOrEqual(3 * defaultBounds.inFlightFramesMax)
  })
})
