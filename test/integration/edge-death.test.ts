/** An edge dies in mid-conference, as a native decoder might on hostile bytes: the conference goes on elsewhere. */
import { readFileSync } from "node:fs"
import process from "node:process"
import { setImmediate } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, replayed, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { answerTo, frameOf, openRaw } from "../server/raw-client.ts"

/** A crash as a native decoder has it; under Deno V8's trap handler swallows a SIGSEGV that was sent. */
const crash = "Deno" in globalThis ? "SIGKILL" : "SIGSEGV"

/** The signal is only sent when kill() returns: a process that is not yet stopped may still answer. Linux. */
async function stopped(processId: number): Promise<void> {
  while (!/^\d+ \(.*\) T/.test(readFileSync(`/proc/${processId}/stat`, "utf8"))) await setImmediate()
}

describe("an edge that dies", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ edges: 2 })
  })
  afterAll(() => server.stop())
  const edgeOf = (id: string) => {
    const { edge } = server.core.conferences.running().find((running) => running.id === id)!
    return server.core.edges().find((view) => view.edge === edge)!
  }

  it("costs its conference the frames in work and nothing else", async () => {
    const pictures = await clipPictures(12)
    const observed = new Observed()
    const conference = await startConference(sdkOptions(server.core, "call-edge", observed.handlers))
    await sendPaced(conference, observed, pictures)
    await observed.until(() => observed.durableThrough === 12)
    const first = edgeOf(conference.id)
    // Stopped, it takes the next frames and answers none: they are in work when it dies.
    process.kill(first.processId!, "SIGSTOP")
    await stopped(first.processId!)
    const sent = pictures
      .slice(0, 3)
      .map((bytes) => conference.sendFrame({ codec: "jpeg", bytes, capturedAt: 0, widthPx: 0, heightPx: 0 }))
      .filter((sequence) => sequence !== "skipped")
    expect(sent.length).toBeGreaterThan(0)
    process.kill(first.processId!, crash)
    process.kill(first.processId!, "SIGCONT")
    await observed.until(() => observed.resumed === 1)
    expect(edgeOf(conference.id).edge).not.toBe(first.edge)
    for (const sequence of sent) {
      expect(observed.answers.get(sequence)).toMatchObject({ outcome: "dropped", reason: "lost" })
    }

    await sendPaced(conference, observed, pictures)
    const report = await conference.end()
    expect(report).toMatchObject({ received: 24 + sent.length, counted: 24, dropped: sent.length })
    const again = await replayed(conference.id, server.dataFolder)
    expect(again.ignored).toEqual([])
    expect({ ...again.report }).toEqual({ ...report })
    expect(again.events.filter(({ type }) => type === "StreamAssigned")).toHaveLength(2)
    expect(again.events.find(({ type }) => type === "StreamInterrupted")).toMatchObject({
      reason: "edgeLost",
      epoch: 1
    })
    const lost = again.events.filter((event) => event.type === "FramesDropped")
    expect(lost).toEqual([expect.objectContaining({ reason: "lost", count: sent.length })])
  })

  it("leaves the conferences of other edges alone, and is replaced", async () => {
    await vi.waitFor(() => expect(server.core.edges()).toHaveLength(2), { timeout: 30_000 })
    const [one, other] = [new Observed(), new Observed()]
    const conference = await startConference(sdkOptions(server.core, "call-one", one.handlers))
    const doomed = edgeOf(conference.id)
    // A machine busy with other tests may make the other edge the more loaded one for a while.
    const onOther = async (call: number): Promise<Conference> => {
      const started = await startConference(sdkOptions(server.core, `call-other-${call}`, other.handlers))
      if (edgeOf(started.id).edge !== doomed.edge) return started
      await started.end()
      return onOther(call + 1)
    }
    const spared = await onOther(1)
    const pictures = await clipPictures(5)
    process.kill(doomed.processId!, crash)
    await sendPaced(spared, other, pictures)
    await one.until(() => one.resumed === 1)
    await sendPaced(conference, one, pictures)
    expect(await spared.end()).toMatchObject({ received: 5, counted: 5 })
    expect(await conference.end()).toMatchObject({ received: 5, counted: 5 })
    expect(other.interrupted).toBe(0)
  })

  it("or only hangs is ended and replaced, and its conference goes on", async () => {
    const observed = new Observed()
    const conference = await startConference(sdkOptions(server.core, "call-stuck", observed.handlers))
    const pictures = await clipPictures(3)
    const stuck = edgeOf(conference.id)
    process.kill(stuck.processId!, "SIGSTOP")
    await stopped(stuck.processId!)
    await observed.until(() => observed.resumed === 1)
    expect(server.core.edges().map(({ processId }) => processId)).not.toContain(stuck.processId)
    await sendPaced(conference, observed, pictures)
    expect(await conference.end()).toMatchObject({ received: 3, counted: 3 })
  }, 60_000)

  it("is not needed for a gap in sequence numbers to be counted as lost", async () => {
    const { stream, end } = await openRaw(server, "call-gap")
    const [picture] = await clipPictures(1)
    stream.say(frameOf(1, picture!))
    await stream.hear(answerTo(1))
    stream.say(frameOf(5, picture!))
    expect(await stream.hear(answerTo(5))).toMatchObject({ outcome: "read" })
    expect(await end(8)).toMatchObject({ received: 8, counted: 2, dropped: 6 })
  })
})
