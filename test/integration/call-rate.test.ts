/** A flood of calls from one address is turned away with a hint when to come back; the conference beside it loses nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callRate } from "../../infra/security/rate-limit.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { openControl } from "../server/raw-client.ts"

describe("calls from one address", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  it("beyond the rate are refused with a hint, and let in again after it", async () => {
    const observed = new Observed()
    const beside = await startConference(sdkOptions(server.core, "beside", observed.handlers))
    const pictures = await clipPictures(3)
    await sendPaced(beside, observed, [pictures[0]!])

    const wrong = { type: "resume", resumeToken: "not.ours", sentThrough: 0 }
    const answer = async () => {
      const control = await openControl(server)
      control.say(wrong)
      return await control.hear(({ type }) => type === "refused")
    }
    let hint: unknown
    for (let call = 0; call < 2 * callRate.burst && hint === undefined; call += 1) {
      const { reason, retryAfterMs } = await answer()
      if (reason === "full") hint = retryAfterMs
      else expect(reason).toBe("unauthorised")
    }
    expect(hint).toBeGreaterThan(0)
    expect(hint).toBeLessThanOrEqual(1000 / callRate.perSecond)

    await sendPaced(beside, observed, pictures.slice(1))
    expect(await beside.end()).toMatchObject({ received: 3, counted: 3, dropped: 0 })
    await expect.poll(async () => (await answer()).reason).toBe("unauthorised")
  })
})
