/** A real edge under more frames than a core reads: it takes its steps, refuses at last, and still answers every frame. */
import { setImmediate } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { overloadSteps } from "../../actors/overload.ts"
import type { FrameAnswer } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"

/** Each sends as fast as it is answered: what passes 60 frames a second is refused, the rest is more than a core reads. */
const conferencesMax = 15
const framesAtOnce = 3
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
    const sent = callers.map(() => 0)
    for (let turn = 0; !seen.includes("refuse"); turn += 1) {
      for (const [index, { conference }] of callers.entries()) {
        // Several at once: only the newest waits, the others cost what answering costs.
        for (let frame = 0; frame < framesAtOnce; frame += 1) {
          const bytes = pictures[(turn + frame) % pictures.length]!
          const sequence = conference.sendFrame({ codec: "jpeg", bytes, capturedAt: 0, widthPx: 0, heightPx: 0 })
          if (sequence !== "skipped") sent[index] = sequence
        }
      }
      const { step } = server.core.edges()[0]!
      if (seen.at(-1) !== step) seen.push(step)
      await setImmediate()
    }
    expect(seen).toEqual([...overloadSteps])
    const late = startConference(sdkOptions(server.core, "call-late", {}))
    await expect(late).rejects.toMatchObject({ reason: "full", retryAfterMs: 5_000 })
    for (const [index, { conference, answers }] of callers.entries()) {
      await vi.waitFor(() => expect(answers.length).toBe(sent[index]), { timeout: 10_000 })
      expect(new Set(answers.map(({ sequence }) => sequence)).size).toBe(answers.length)
      conference.close()
    }
  }, 60_000)
})
