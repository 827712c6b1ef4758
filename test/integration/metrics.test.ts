/** What the metrics say is what happened: frames by outcome, conferences, and nothing of anybody. */
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { staffOf } from "../server/staff.ts"

let server: TestServer
let conference: Conference
const count = 8

beforeAll(async () => {
  server = await startServer({ console: true })
  let answered = 0
  const onAnswer = () => {
    answered += 1
  }
  conference = await startConference(sdkOptions(server.core, "call-1", { onAnswer }))
  for (const [index, bytes] of (await clipPictures(count)).entries()) {
    conference.sendFrame({ codec: "jpeg", bytes, capturedAt: Date.now(), widthPx: 0, heightPx: 0 })
    await vi.waitFor(() => expect(answered).toBe(index + 1), { timeout: 20_000, interval: 5 })
  }
})
afterAll(async () => {
  await conference?.end()
  await server?.stop()
})

it("counts every frame that was read, and times each of its stages", async () => {
  const developer = await (await staffOf(server)).person("developer", ["developer"])
  await vi.waitFor(async () => {
    const { text } = await developer.get("/metrics")
    const read = [...text.matchAll(/^mimika_frames_total\{outcome="(negative|neutral|positive|unreadable)"\} (\d+)$/gm)]
    expect(read.reduce((sum, [, , frames]) => sum + Number(frames), 0)).toBe(count)
    for (const stage of ["gray", "detect", "predict"]) {
      expect(text).toContain(`mimika_stage_seconds_count{stage="${stage}"} ${count}`)
    }
    expect(text).toMatch(/^mimika_conferences 1$/m)
    expect(text).toMatch(/^mimika_recording 1$/m)
    expect(text).not.toContain(conference.id)
  })
})
