/** Real edges: one that has too much to do gives conferences to one that was added, by itself, and nothing of them is lost unseen. */
import { setImmediate } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { defaultBounds } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { londonNames, oddNames, readPicture } from "../fixtures/pictures/pictures.ts"
import { clipPictures, replayed, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed } from "../server/paced.ts"

/** Each sends as fast as it is answered, which is more than a core reads. */
const conferencesMax = 10
const framesAtOnce = 3
const movesWaitedFor = 1

describe("an edge that has too much to do", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ edges: 1 })
  })
  afterAll(() => server.stop())

  it("hands conferences to one with room, each at the cost of the frames in flight", async () => {
    // Another size with every picture: the whole of each is searched, and the edge has more to do than those who send and record here.
    const sizes = [...(await clipPictures(1)), readPicture(londonNames[0]!), readPicture(oddNames[0]!)]
    const callers = await Promise.all(
      Array.from({ length: conferencesMax }, async (_, index) => {
        const observed = new Observed()
        const conference = await startConference(sdkOptions(server.core, `call-${index}`, observed.handlers))
        return { observed, conference, sent: 0 }
      })
    )
    const [first] = server.core.edges()
    const step = () => server.core.edges().find(({ edge }) => edge === first!.edge)!.step
    const adding = { begun: false }
    const moved = () => callers.reduce((sum, { observed }) => sum + observed.resumed, 0)
    for (let turn = 0; moved() < movesWaitedFor; turn += 1) {
      for (const caller of callers) {
        for (let frame = 0; frame < framesAtOnce; frame += 1) {
          const bytes = sizes[(turn + frame) % sizes.length]!
          const sequence = caller.conference.sendFrame({ codec: "jpeg", bytes, capturedAt: 0, widthPx: 0, heightPx: 0 })
          if (sequence !== "skipped") caller.sent = sequence
        }
      }
      if (!adding.begun && step() !== "full") {
        adding.begun = true
        void server.core.addEdge()
      }
      await setImmediate()
    }
    const places = new Map(server.core.conferences.running().map(({ id, edge }) => [id, edge]))
    for (const { observed, conference, sent } of callers) {
      const isMoved = observed.resumed > 0
      expect(places.get(conference.id) === first!.edge).toBe(!isMoved)
      expect(observed.resumed).toBeLessThanOrEqual(1)
      await observed.until(() => observed.answers.size === sent)
      const report = await conference.end()
      expect(report.received).toBe(sent)
      expect(report.counted + report.unreadable + report.dropped).toBe(sent)
      const lost = [...observed.answers.values()].filter((answer) => "reason" in answer && answer.reason === "lost")
      expect(lost.length).toBeLessThanOrEqual(isMoved ? defaultBounds.inFlightFramesMax : 0)
      if (!isMoved) continue
      const again = await replayed(conference.id, server.dataFolder)
      expect({ ...again.report }).toEqual({ ...report })
    }
  }, 60_000)
})
