/** The SDK against a scripted server over real sockets: starting, refusals, frames, consent. */

import { afterEach, describe, expect, it } from "vitest"
import { closeCodes } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { ConferenceTrouble } from "../../sdk/trouble.ts"
import { frame, Heard, options, sendOne, sockets } from "./sdk-caller.ts"
import { consent, reportOf, type Script, type ScriptedServer, scriptedServer } from "./sdk-server.ts"

const servers: ScriptedServer[] = []
const serve = async (script: Script = {}) => {
  const server = await scriptedServer(script)
  servers.push(server)
  return server
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

describe("startConference()", () => {
  it.each(sockets)(
    "streams, hears one answer for each frame and what is durable, and ends: $name",
    async ({ make }) => {
      const server = await serve({
        frame({ sequence }, say) {
          say({ type: "durable", throughSequence: sequence })
          return false
        }
      })
      const heard = new Heard()
      const conference = await startConference(options(server, heard, { createSocket: make(server) }))
      for (let count = 0; count < 20; count++) await sendOne(conference, heard)
      await heard.until(() => heard.answers.length === 20)
      const report = await conference.end()
      expect(conference.id).toBe("c")
      expect(heard.answers.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
      expect(heard.durable.at(-1)).toBe(20)
      expect(report).toEqual(reportOf(20))
      expect(heard.reports).toEqual([report])
      expect(await conference.end()).toEqual(report)
      expect(conference.sendFrame(frame)).toBe("skipped")
      expect(server.requests.map(({ type }) => type)).toEqual(["start", "end"])
      expect(server.requests[1]).toEqual({ type: "end", sentThrough: 20 })
      expect(server.frames[0]).toMatchObject({ sequence: 1, codec: "jpeg", capturedAt: frame.capturedAt })
      expect([...heard.interrupted, ...heard.failed]).toEqual([])
    }
  )

  it.each([
    ["roleRefused", false, null],
    ["unauthorised", false, null],
    ["full", true, 1500],
    ["alreadyRunning", false, null],
    ["journal", true, 100]
  ] as const)("rejects with the reason when the server refuses: %s", async (reason, passing, retryAfterMs) => {
    const server = await serve({
      control(_, say, socket) {
        const more = retryAfterMs === null ? {} : { retryAfterMs }
        say({ type: "refused", reason, message: "Said by the server", ...more })
        if (reason in closeCodes) socket.close(closeCodes[reason as keyof typeof closeCodes], reason)
        return true
      }
    })
    const trouble = await startConference(options(server, new Heard())).catch((error) => error)
    expect(trouble).toBeInstanceOf(ConferenceTrouble)
    expect(trouble).toMatchObject({ reason, passing, retryAfterMs })
    expect(trouble.message).toMatch(/^Cannot start "c": .*\(Said by the server\)\. \S/)
  })

  it("rejects with the close code's meaning when the server closes without a word", async () => {
    const server = await serve({
      control(_, _say, socket) {
        socket.close(closeCodes.alreadyStreaming, "c runs")
        return true
      }
    })
    await expect(startConference(options(server, new Heard()))).rejects.toMatchObject({
      reason: "alreadyStreaming",
      code: closeCodes.alreadyStreaming
    })
  })

  it("rejects another version, a server that talks nonsense, one that is not there, and plain text", async () => {
    const heard = new Heard()
    const later = await serve({ protocol: 2 })
    await expect(startConference(options(later, heard))).rejects.toMatchObject({ reason: "versionRefused" })
    const mad = await serve({
      control(_, _say, socket) {
        socket.send("<html>")
        return true
      }
    })
    await expect(startConference(options(mad, heard))).rejects.toMatchObject({ reason: "notUnderstood" })
    later.controlProxy.down()
    await expect(startConference(options(later, heard))).rejects.toMatchObject({ reason: "cut" })
    const url = mad.url.replace("wss:", "ws:")
    await expect(startConference(options(mad, heard, { url }))).rejects.toMatchObject({ reason: "notUnderstood" })
    expect(heard.failed).toEqual([])
  })

  it("trusts no certificate but the pinned one", async () => {
    const server = await serve()
    const { createSocket } = await serve()
    const refused = startConference(options(server, new Heard(), { createSocket }))
    await expect(refused).rejects.toMatchObject({ reason: "cut" })
  })
})

describe("sendFrame()", () => {
  it("skips what the server's bound on unanswered frames forbids, and counts it", async () => {
    const held: (() => void)[] = []
    const server = await serve({
      frame({ sequence }, say) {
        held.push(() => say({ type: "answer", sequence, outcome: "dropped", reason: "busy" }))
        return true
      }
    })
    const heard = new Heard()
    const conference = await startConference(options(server, heard))
    const sent = Array.from({ length: 10 }, () => conference.sendFrame({ ...frame, bytes: new Uint8Array(10) }))
    expect(sent.filter((one) => one !== "skipped")).toEqual([1, 2, 3, 4].slice(0, sent.indexOf("skipped")))
    expect(conference.skipped.busy).toBe(10 - sent.indexOf("skipped"))
    await conference.end()
    expect(heard.answers.length).toBe(sent.indexOf("skipped"))
  })

  it("throws on a picture the server would refuse, and uses no sequence number for it", async () => {
    const server = await serve({ bounds: { frameBytesMax: 10, codecs: ["jpeg"] } })
    const conference = await startConference(options(server, new Heard()))
    expect(() => conference.sendFrame({ ...frame, bytes: new Uint8Array(11) })).toThrow(/at most 10 bytes/)
    expect(() => conference.sendFrame({ ...frame, codec: "gray8", bytes: new Uint8Array(1) })).toThrow(/takes jpeg/)
    expect(conference.sendFrame({ ...frame, bytes: new Uint8Array(10) })).toBe(1)
    conference.close()
  })

  it("sends no picture before a consent and after its withdrawal", async () => {
    const server = await serve()
    const heard = new Heard()
    const conference = await startConference(options(server, heard, { consent: null }))
    expect(conference.sendFrame(frame)).toBe("skipped")
    await conference.giveConsent(consent)
    expect(conference.sendFrame(frame)).toBe(1)
    await heard.until(() => heard.answers.length === 1)
    const withdrawn = conference.withdraw()
    expect(conference.sendFrame(frame)).toBe("skipped")
    await withdrawn
    await conference.end()
    expect(server.frames.length).toBe(1)
    expect(conference.skipped.noConsent).toBe(2)
  })
})
