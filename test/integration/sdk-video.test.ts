/** The SDK and encoded video, against a scripted server over real sockets: what it names, when it asks for key frames, and what it falls back to. */
import { afterEach, expect, it } from "vitest"
import { codecs } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { Heard, options } from "./sdk-caller.ts"
import { consent, type Script, type ScriptedServer, scriptedServer } from "./sdk-server.ts"

const servers: ScriptedServer[] = []
const serve = async (script: Script = {}) => {
  const server = await scriptedServer(script)
  servers.push(server)
  return server
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

const chunk = { codec: "vp8" as const, bytes: new Uint8Array(50), capturedAt: 1, widthPx: 0, heightPx: 0 }

it("names the best codec that both know, and none when it is JPEG: that is what a server takes it for", async () => {
  const best = ["h264", "vp8", "jpeg"] as const
  for (const [asked, offered, named, chosen] of [
    [best, codecs, { codec: "h264" }, "h264"],
    [best, ["jpeg", "gray8", "vp8"], { codec: "vp8" }, "vp8"],
    [best, ["jpeg", "gray8"], {}, "jpeg"],
    [best, ["jpeg", "a codec of another year"], {}, "jpeg"],
    [["gray8"], codecs, { codec: "gray8" }, "gray8"],
    [["h264", "gray8"], ["jpeg", "gray8"], { codec: "gray8" }, "gray8"]
  ] as const) {
    const server = await serve({ bounds: { codecs: offered as typeof codecs } })
    const conference = await startConference(options(server, new Heard(), { codecs: asked }))
    expect(conference.codec).toBe(chosen)
    const { codec } = server.requests[0] as { readonly codec?: string }
    expect(codec === undefined ? {} : { codec }).toEqual(named)
    conference.close()
  }
})

it("throws on a chunk that was not announced, or does not say whether it is a key frame", async () => {
  const server = await serve({ bounds: { codecs } })
  const conference = await startConference(options(server, new Heard(), { codecs: ["h264"] }))
  expect(() => conference.sendFrame({ ...chunk, isKey: true })).toThrow(/started with "h264"/)
  expect(() => conference.sendFrame({ ...chunk, codec: "h264" })).toThrow(/Set isKey/)
  conference.close()
})

it("asks for one key frame when several chunks could not be decoded, and counts those that cannot be", async () => {
  const server = await serve({
    bounds: { codecs },
    frame({ sequence }, say) {
      say({ type: "answer", sequence, outcome: "dropped", reason: "damaged", detail: "corrupt" })
      return true
    }
  })
  const heard = new Heard()
  let wanted = 0
  const conference = await startConference(
    options(server, heard, { codecs: ["vp8"], onKeyFrameWanted: () => (wanted += 1) })
  )
  expect(conference.sendFrame({ ...chunk, isKey: false })).toBe("skipped")
  expect(conference.skipped.keyFrame).toBe(1)
  expect(conference.sendFrame({ ...chunk, isKey: true })).toBe(1)
  expect(conference.sendFrame({ ...chunk, isKey: false })).toBe(2)
  await heard.until(() => heard.answers.length === 2)
  expect([wanted, conference.keyFrames.wanted, conference.keyFrames.refusedInARow]).toEqual([1, true, 1])
  expect(conference.sendFrame({ ...chunk, isKey: true })).toBe(3)
  await heard.until(() => heard.answers.length === 3)
  expect([wanted, conference.keyFrames.refusedInARow]).toEqual([2, 2])
  conference.close()
})

it("wants a key frame after a consent that was taken back is given again: the server forgot every picture", async () => {
  const server = await serve({ bounds: { codecs } })
  const conference = await startConference(options(server, new Heard(), { codecs: ["vp8"] }))
  expect(conference.sendFrame({ ...chunk, isKey: true })).toBe(1)
  expect(conference.keyFrames.wanted).toBe(false)
  await conference.withdraw()
  await conference.giveConsent(consent)
  expect(conference.keyFrames.wanted).toBe(true)
  conference.close()
})

it("goes on with pictures when it is moved to where its codec is not decoded", async () => {
  const server = await serve({
    bounds: { codecs },
    control(request, say) {
      if (request.type !== "resume" || request.codec === undefined) return false
      say({ type: "refused", reason: "codecRefused", message: "Said by the server" })
      return true
    }
  })
  const heard = new Heard()
  const conference = await startConference(options(server, heard, { codecs: ["h264"] }))
  server.streamProxy.cut()
  await heard.until(() => heard.resumedCount === 1)
  expect(conference.codec).toBe("jpeg")
  expect(server.requests.filter(({ type }) => type === "resume").map((one) => "codec" in one)).toEqual([true, false])
  expect(conference.sendFrame({ ...chunk, codec: "jpeg" })).not.toBe("skipped")
  conference.close()
})
