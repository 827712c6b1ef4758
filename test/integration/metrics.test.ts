/** What the metrics say is what happened: frames by outcome, conferences, and nothing of anybody. */
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { encodedDemoChunks } from "../../infra/clips/encoded-clip.ts"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { staffOf } from "../server/staff.ts"

let server: TestServer
let conference: Conference
const count = 8
const chunksCount = 3

beforeAll(async () => {
  server = await startServer({ console: true })
  let answered = 0
  const onAnswer = () => {
    answered += 1
  }
  conference = await startConference(sdkOptions(server.core, "call-1", { onAnswer, codecs: ["h264"] }))
  const pictures = (await clipPictures(count)).map((bytes) => ({ codec: "jpeg" as const, bytes }))
  const chunks = (await encodedDemoChunks("h264")).slice(0, chunksCount)
  const frames = [...pictures, ...chunks.map((chunk) => ({ codec: "h264" as const, ...chunk }))]
  for (const [index, frame] of frames.entries()) {
    conference.sendFrame({ ...frame, capturedAt: Date.now(), widthPx: 0, heightPx: 0 })
    await vi.waitFor(() => expect(answered).toBe(index + 1), { timeout: 20_000, interval: 5 })
  }
})
afterAll(async () => {
  await conference?.end()
  await server?.stop()
})

it("counts every frame that was read, and times each of its stages", async () => {
  const frames = count + chunksCount
  const developer = await (await staffOf(server)).person("developer", ["developer"])
  await vi.waitFor(async () => {
    const { text } = await developer.get("/metrics")
    const read = [...text.matchAll(/^mimika_frames_total\{outcome="(negative|neutral|positive|unreadable)"\} (\d+)$/gm)]
    expect(read.reduce((sum, [, , some]) => sum + Number(some), 0)).toBe(frames)
    for (const stage of ["gray", "detect", "predict"]) {
      expect(text).toContain(`mimika_stage_seconds_count{stage="${stage}"} ${frames}`)
    }
    expect(text).toContain(`mimika_video_chunks_total{codec="h264"} ${chunksCount}`)
    expect(Number(/^mimika_video_decode_seconds_total\{codec="h264"\} (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(0)
    expect(text).toMatch(/^mimika_conferences 1$/m)
    expect(text).toMatch(/^mimika_recording 1$/m)
    const [edge] = server.core.edges()
    const ofEdge = (name: string) =>
      Number(new RegExp(`^mimika_edge_${name}\\{edge="${edge!.edge}"\\} (\\S+)$`, "m").exec(text)?.[1])
    expect([ofEdge("conferences"), ofEdge("weight"), ofEdge("capacity")]).toEqual([1, edge!.weight, edge!.capacity])
    expect(edge!.weight).toBeGreaterThan(1)
    expect(text).toMatch(new RegExp(`^mimika_conferences_capacity ${edge!.capacity}$`, "m"))
    expect(Number(/^mimika_available_seconds_total (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(0.5)
    expect(Number(/^mimika_journal_lag_seconds (\S+)$/m.exec(text)?.[1])).toBeLessThan(30)
    for (const counted of ["mimika_conferences_moved_total", "mimika_edge_restarts_total"]) {
      expect(text).toMatch(new RegExp(`^${counted} 0$`, "m"))
    }
    expect(text).not.toContain(conference.id)
  })
})
