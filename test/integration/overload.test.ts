/** A real edge under more frames than a core reads: it takes its steps, refuses at last, and still answers every frame. */
import { setInterval } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { overloadSteps } from "../../actors/overload.ts"
import type { FrameAnswer } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"

/** At 50 frames a second each, several times what a core reads. */
const conferencesMax = 14
/** A camera's pace, below the bound of 60 frames a second. */
const frameMs = 20

describe("an edge with too many streams", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ edges: 1 })
  })
  afterAll(() => server.stop())

  it("leaves out more step by step until it refuses new ones, and answers every frame", async () => {
    const pictures = await clipPictures(12)
    const callers = await Promise.all(
      Array.from({ length: conferencesMax }, async (_, index) => {
        const answers: FrameAnswer[] = []
        const onAnswer = (answer: FrameAnswer) => void answers.push(answer)
        return { answers, conference: await startConference(sdkOptions(server.core, `call-${index}`, { onAnswer })) }
      })
    )
    const seen: string[] = []
    let turn = 0
    for await (const _ of setInterval(frameMs)) {
      turn += 1
      for (const { conference } of callers) {
        const bytes = pictures[turn % pictures.length]!
        conference.sendFrame({ codec: "jpeg", bytes, capturedAt: 0, widthPx: 0, heightPx: 0 })
      }
      const { step } = server.core.edges()[0]!
      if (seen.at(-1) !== step) seen.push(step)
      if (step === "refuse") break
    }
    expect(seen).toEqual([...overloadSteps])
    const late = startConference(sdkOptions(server.core, "call-late", {}))
    await expect(late).rejects.toMatchObject({ reason: "full", retryAfterMs: 5_000 })
    for (const { conference, answers } of callers) {
      const report = await conference.end()
      expect(new Set(answers.map(({ sequence }) => sequence)).size).toBe(answers.length)
      expect(report.received).toBe(answers.length)
      expect(report.counted + report.unreadable + report.dropped).toBe(report.received)
    }
  }, 60_000)
})
