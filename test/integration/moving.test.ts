/** An edge is drained in mid-conference: its conference goes on at another, and every frame is answered once. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, replayed, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"

describe("an edge that is drained", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ edges: 1 })
  })
  afterAll(() => server.stop())

  it("is not let go while no other could take its conferences", () => {
    const [only] = server.core.edges()
    expect(server.core.drainEdge(only!.edge)).toMatch(/^Cannot drain the edge .* Add one first/)
    expect(server.core.drainEdge("edge-99")).toMatch(/there is none/)
  })

  it("hands its conference on, which costs at most the frames in flight, and ends", async () => {
    const pictures = await clipPictures(12)
    const observed = new Observed()
    const conference = await startConference(sdkOptions(server.core, "call-moved", observed.handlers))
    await sendPaced(conference, observed, pictures)
    const [first] = server.core.edges()
    const added = await server.core.addEdge()
    const inFlight = pictures
      .slice(0, 2)
      .map((bytes) => conference.sendFrame({ codec: "jpeg", bytes, capturedAt: 0, widthPx: 0, heightPx: 0 }))
      .filter((sequence) => sequence !== "skipped")
    expect(server.core.drainEdge(first!.edge)).toBeNull()
    await observed.until(() => observed.resumed === 1)
    expect(server.core.conferences.running().find(({ id }) => id === conference.id)!.edge).toBe(added)
    for (const sequence of inFlight) expect(observed.answers.has(sequence)).toBe(true)
    await sendPaced(conference, observed, pictures)
    const report = await conference.end()
    expect(report.received).toBe(24 + inFlight.length)
    expect(report.counted + report.unreadable + report.dropped).toBe(report.received)
    expect(report.dropped).toBeLessThanOrEqual(inFlight.length)
    const again = await replayed(conference.id, server.dataFolder)
    expect({ ...again.report }).toEqual({ ...report })
    await vi.waitFor(() => expect(server.core.edges().map(({ edge }) => edge)).toEqual([added]), { timeout: 10_000 })
  })
})
