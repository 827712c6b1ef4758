/** A few seconds of `npm run soak`: several conferences at a camera's pace, and an edge that dies among them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type TestServer } from "../server/core.ts"
import { soak } from "../server/soak-run.ts"

describe("conferences at a camera's pace", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ edges: 2 })
  })
  afterAll(() => server.stop())

  it("get an answer for every frame, also when an edge dies among them", async () => {
    const wish = { conferences: 3, seconds: 7, killEverySeconds: 2, sampleEverySeconds: 2 }
    const { framesSent, framesAnswered, framesLost, framesLostMax, kills, interruptions, samples } = await soak(
      server,
      wish
    )
    expect(kills).toBe(1)
    expect(interruptions).toBeGreaterThan(0)
    expect(framesSent).toBeGreaterThan(100)
    expect(framesAnswered).toBe(framesSent)
    expect(framesLost).toBeLessThanOrEqual(framesLostMax)
    expect(samples).toHaveLength(3)
  })
})
