/** The SDK with cables cut, edges lost and servers gone silent, over real sockets. */

import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { closeCodes } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { frame, Heard, options, sendOne } from "./sdk-caller.ts"
import { reportOf, type Script, type ScriptedServer, scriptedServer } from "./sdk-server.ts"

const servers: ScriptedServer[] = []
const serve = async (script: Script = {}) => {
  const server = await scriptedServer(script)
  servers.push(server)
  return server
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

describe("an interrupted conference", () => {
  it("resumes on another edge when its edge is cut in the middle of a frame, and the frame is lost once", async () => {
    const server = await serve()
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    await sendOne(conference, heard)
    await heard.until(() => heard.answers.length === 1)
    server.streamProxy.cutAfter(10_000)
    expect(conference.sendFrame(frame)).toBe(2)
    await heard.until(() => heard.resumedCount === 1)
    expect(await sendOne(conference, heard)).toBe(3)
    await heard.until(() => heard.answers.length === 3)
    expect(heard.answers.map((answer) => ("reason" in answer ? answer.reason : ""))).toEqual([
      "noFace",
      "lost",
      "noFace"
    ])
    expect(server.requests[1]).toEqual({ type: "resume", resumeToken: "resume-1", sentThrough: 2 })
    expect(await conference.end()).toEqual(reportOf(2))
    expect(heard.interrupted.map(({ reason }) => reason)).toEqual(["cut"])
  })

  it("resumes over a new control socket when that one is lost, with the newest token", async () => {
    const server = await serve()
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    server.controlProxy.cut()
    await heard.until(() => heard.resumedCount === 1)
    server.controlProxy.cut()
    await heard.until(() => heard.resumedCount === 2)
    await conference.end()
    expect(server.requests.map((request) => ("resumeToken" in request ? request.resumeToken : request.type))).toEqual([
      "start",
      "resume-1",
      "resume-2",
      "end"
    ])
    expect(server.controls.length).toBe(3)
  })

  it("resumes when the core says that the edge is lost, and tries again while the core has no room", async () => {
    let fullCount = 2
    const server = await serve({
      control(request, say) {
        if (request.type !== "resume" || fullCount-- === 0) return false
        say({ type: "refused", reason: "full", message: "no edge yet", retryAfterMs: 1 })
        return true
      }
    })
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    server.controls[0]?.send(JSON.stringify({ type: "interrupted", reason: "edgeLost" }))
    await heard.until(() => heard.resumedCount === 1)
    expect(server.requests.filter(({ type }) => type === "resume").length).toBe(3)
    await conference.end()
  })

  it("resumes from an edge that does not know its token any more", async () => {
    let forgot = true
    const server = await serve({
      stream(request, _, socket) {
        if (request.type !== "open" || !forgot) return false
        forgot = false
        socket.close(closeCodes.unauthorised, "unknown key")
        return true
      }
    })
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    expect(heard.resumedCount).toBe(1)
    await conference.end()
  })

  it("sends its end after resuming when it was asked to end in between", async () => {
    const server = await serve()
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    server.controlProxy.cut()
    await heard.until(() => heard.interrupted.length === 1)
    expect(await conference.end()).toEqual(reportOf(0))
    expect(server.requests.map(({ type }) => type)).toEqual(["start", "resume", "end"])
  })

  it("asks to end again when nothing can be recorded at the moment", async () => {
    let refusals = 2
    const server = await serve({
      control(request, say) {
        if (request.type !== "end" || refusals-- === 0) return false
        say({ type: "refused", reason: "journal", message: "the disk is full", retryAfterMs: 1 })
        return true
      }
    })
    const conference = await startConference(options(server, new Heard()))
    expect(await conference.end()).toEqual(reportOf(0))
    expect(server.requests.map(({ type }) => type)).toEqual(["start", "end", "end", "end"])
  })

  it("is left by close() without an end, and without a failure told", async () => {
    const server = await serve()
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    conference.close()
    await expect(conference.end()).rejects.toMatchObject({ reason: "closedHere" })
    expect(conference.sendFrame(frame)).toBe("skipped")
    expect([...heard.failed, ...heard.interrupted]).toEqual([])
    expect(server.requests.map(({ type }) => type)).toEqual(["start"])
  })

  it("tells a withdrawal that could not be told before, and streams nothing", async () => {
    const server = await serve()
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    server.controlProxy.cut()
    await heard.until(() => heard.interrupted.length === 1)
    await expect(conference.withdraw()).rejects.toMatchObject({ reason: "cut", passing: true })
    await heard.until(() => heard.resumedCount === 1)
    expect(conference.sendFrame(frame)).toBe("skipped")
    expect(server.requests.map(({ type }) => type)).toEqual(["start", "resume", "withdraw"])
    await conference.end()
  })

  it("fails for good when the window passes, when it was superseded, and when the server knows it no more", async () => {
    const gone = await serve({ bounds: { resumeWindowMs: 200 } })
    const first = new Heard()
    const lost = await startConference(options(gone, first))
    gone.controlProxy.down()
    await first.until(() => first.failed.length === 1)
    expect(first.failed[0]).toMatchObject({ reason: "windowPassed" })
    await expect(lost.end()).rejects.toMatchObject({ reason: "windowPassed" })

    const second = new Heard()
    const server = await serve({
      control(request, say) {
        if (request.type === "resume") say({ type: "refused", reason: "unknownConference", message: "it ended" })
        return request.type === "resume"
      }
    })
    await startConference(options(server, second))
    server.streamProxy.cut()
    await second.until(() => second.failed.length === 1)
    expect(second.failed[0]).toMatchObject({ reason: "unknownConference" })

    const third = new Heard()
    await startConference(options(server, third))
    server.streams.at(-1)?.close(closeCodes.superseded, "another stream")
    await third.until(() => third.failed.length === 1)
    expect(third.failed[0]).toMatchObject({ reason: "superseded" })
    expect(third.interrupted).toEqual([])
  })

  it("notices a server that went silent though the connection stands", async () => {
    let silent = false
    const server = await serve({
      bounds: { idleMsMax: 150, resumeWindowMs: 1 },
      control: () => silent,
      stream: () => silent
    })
    const heard = new Heard()
    await startConference(options(server, heard))
    silent = true
    await heard.until(() => heard.interrupted.length === 1)
    expect(heard.interrupted[0]).toMatchObject({ reason: "noAnswer" })
    await heard.until(() => heard.failed.length === 1)
  })

  it("keeps quiet connections alive by pings", async () => {
    let pings = 0
    const done = Promise.withResolvers<void>()
    const count = (request: { readonly type: string }) => {
      if (request.type === "ping" && ++pings === 6) done.resolve()
      return false
    }
    const server = await serve({ bounds: { idleMsMax: 150 }, control: count, stream: count })
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    await done.promise
    expect(heard.interrupted).toEqual([])
    await conference.end()
  })

  it("answers every frame exactly once, wherever the cable is cut", async () => {
    const cuts = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 60_000 }), control: fc.boolean() }), {
      maxLength: 3
    })
    await fc.assert(
      fc.asyncProperty(cuts, async (cuts) => {
        const server = await serve()
        const heard = new Heard()
        const conference = await startConference(options(server, heard))
        let sentThrough = 0
        for (const { bytes, control } of cuts) {
          if (control) server.controlProxy.cut()
          else server.streamProxy.cutAfter(bytes)
          const { resumedCount } = heard
          while (heard.resumedCount === resumedCount) sentThrough = await sendOne(conference, heard)
        }
        sentThrough = await sendOne(conference, heard)
        const report = await conference.end()
        expect(heard.answers.map(({ sequence }) => sequence).sort((one, other) => one - other)).toEqual(
          Array.from({ length: sentThrough }, (_, at) => at + 1)
        )
        const lostCount = heard.answers.filter((answer) => "reason" in answer && answer.reason === "lost").length
        expect(report.received).toBeGreaterThanOrEqual(sentThrough - lostCount)
        expect(heard.resumedCount).toBe(cuts.length)
        await server.close()
        servers.splice(servers.indexOf(server), 1)
      }),
      { numRuns: 8 }
    )
  })
})
