/** Where FFmpeg does not load for the edges, the server says so once, offers no encoded video, and does everything else. Node alone: it is a module that is kept from loading. */
import process from "node:process"
import { afterAll, beforeAll, expect, it } from "vitest"
import { pictureCodecs } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { openControl, openStream, startMessage } from "../server/raw-client.ts"

const withoutNodeAv = `import { registerHooks } from "node:module"
registerHooks({
  resolve(name, context, next) {
    if (name.startsWith("node-av")) throw new Error("no binary for this machine")
    return next(name, context)
  }
})`

let server: TestServer
const notices: string[] = []
beforeAll(async () => {
  const before = process.env.NODE_OPTIONS ?? ""
  // Edges are given it; this process has its modules already.
  process.env.NODE_OPTIONS = `${before} --import=data:text/javascript,${encodeURIComponent(withoutNodeAv)}`
  try {
    server = await startServer({ edges: 2, notice: (line) => notices.push(line) })
  } finally {
    process.env.NODE_OPTIONS = before
  }
})
afterAll(() => server?.stop())

it("greets with pictures alone on both sockets, refuses video in words, and reads JPEG", async () => {
  const said = notices.filter((line) => line.startsWith("Cannot decode H.264 and VP8"))
  expect(said).toEqual([expect.stringContaining("no binary for this machine")])
  expect(server.core.codecs()).toEqual(pictureCodecs)
  const control = await openControl(server)
  expect(control.heard[0].bounds.codecs).toEqual(pictureCodecs)
  control.say(startMessage(server, "call-video", { codec: "h264" }))
  expect(await control.hear(({ type }) => type === "refused")).toMatchObject({ reason: "codecRefused" })
  control.say(startMessage(server, "call-video"))
  const stream = await openStream(server, await control.hear(({ type }) => type === "started"))
  expect(stream.heard[0].bounds.codecs).toEqual(pictureCodecs)
  control.say({ type: "end", sentThrough: 0 })
  await control.hear(({ type }) => type === "report")

  const observed = new Observed()
  const options = sdkOptions(server.core, "call-jpeg", { ...observed.handlers, codecs: ["h264", "vp8", "jpeg"] })
  const conference = await startConference(options)
  expect(conference.codec).toBe("jpeg")
  const answers = await sendPaced(conference, observed, await clipPictures(3))
  expect(answers.map(({ outcome }) => outcome)).toEqual(["read", "read", "read"])
  await conference.end()
})
