/** Whatever a client sends gets its documented answer or close code, and costs no other conference a frame. */
import { readFileSync } from "node:fs"
import { createConnection } from "node:net"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { closeCodes, defaultBounds, encodeFrame } from "../../machines/wire.ts"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, consentTo, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { answerTo, frameOf, openControl, openRaw, openStream, RawSocket, startMessage } from "../server/raw-client.ts"

const fixture = (name: string) => readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url))

/** The same picture that claims to be 30,000 pixels wide and high. */
function bomb(picture: Uint8Array): Uint8Array {
  const bytes = Buffer.from(picture)
  const header = bytes.indexOf(Buffer.of(0xff, 0xc0))
  bytes.writeUInt16BE(30_000, header + 5)
  bytes.writeUInt16BE(30_000, header + 7)
  return bytes
}

describe("bad input", () => {
  let server: TestServer
  let picture: Uint8Array
  let calls = 0
  let witness: Conference
  let observed: Observed
  const nextCall = () => `refused-${++calls}`
  beforeAll(async () => {
    server = await startServer()
    picture = (await clipPictures(1))[0]!
  })
  afterAll(() => server.stop())

  // Beside every bad client a good one runs, whose numbers must not change.
  beforeEach(async () => {
    observed = new Observed()
    witness = await startConference(sdkOptions(server.core, `witness-${nextCall()}`, observed.handlers))
    await sendPaced(witness, observed, [picture, picture])
  })
  afterEach(async () => {
    await sendPaced(witness, observed, [picture])
    expect(await witness.end()).toMatchObject({ received: 3, counted: 3, dropped: 0 })
  })

  describe("in pictures", () => {
    const cases: readonly (readonly [string, () => Uint8Array, string])[] = [
      ["a truncated one", () => picture.subarray(0, picture.length >> 1), "truncated"],
      ["one that is no JPEG", () => Buffer.from("GIF89a and so on"), "notJpeg"],
      ["one of 30,000 × 30,000", () => bomb(picture), "tooLarge"],
      ["a progressive one", () => fixture("progressive.jpg"), "progressive"],
      ["a CMYK one", () => fixture("cmyk.jpg"), "colourSpace"],
      ["an empty one", () => new Uint8Array(0), "empty"]
    ]
    it.each(cases)("answers %s as damaged, and reads the next", async (_name, bytes, detail) => {
      const { stream, end } = await openRaw(server, nextCall())
      stream.say(frameOf(1, bytes()))
      expect(await stream.hear(answerTo(1))).toMatchObject({ outcome: "dropped", reason: "damaged", detail })
      stream.say(frameOf(2, picture))
      expect(await stream.hear(answerTo(2))).toMatchObject({ outcome: "read" })
      expect(await end(2)).toMatchObject({ received: 2, counted: 1, dropped: 1 })
    })

    it("answers a luma plane without a face as unreadable, of any size", async () => {
      const { stream, end } = await openRaw(server, nextCall())
      stream.say(frameOf(1, new Uint8Array(321 * 123).fill(90), "gray8", 321, 123))
      expect(await stream.hear(answerTo(1))).toMatchObject({ outcome: "unreadable", reason: "noFace" })
      expect(await end(1)).toMatchObject({ received: 1, counted: 0, unreadable: 1, satisfaction: null })
    })
  })

  describe("in frames", () => {
    const faults: readonly (readonly [string, () => Uint8Array, number])[] = [
      ["of another version", () => frameOf(1, picture).fill(2, 0, 1), closeCodes.versionRefused],
      ["of an unknown codec", () => frameOf(1, picture).fill(9, 1, 2), closeCodes.malformed],
      ["shorter than their header", () => Buffer.from("short"), closeCodes.malformed],
      ["whose length is not what they say", () => frameOf(1, picture).subarray(0, 100), closeCodes.malformed],
      [
        "whose plane is not width × height",
        () => frameOf(1, new Uint8Array(99), "gray8", 10, 10),
        closeCodes.malformed
      ],
      ["longer than the bounds", () => new Uint8Array(defaultBounds.frameBytesMax + 100), 1009]
    ]
    it.each(faults)("closes the stream for frames %s", async (_name, message, code) => {
      const { stream, control } = await openRaw(server, nextCall())
      stream.say(message())
      // ws and uWebSockets.js cut a message that is far too long, which a client sees as 1006.
      expect([code, ...(code === 1009 ? [1006] : [])]).toContain((await stream.close()).code)
      control.say({ type: "end", sentThrough: 0 })
      expect((await control.hear(({ type }) => type === "report")).report).toMatchObject({ received: 0 })
    })

    it("answers a sequence number that was used before as duplicate, and counts it nowhere", async () => {
      const { stream, end } = await openRaw(server, nextCall())
      for (const sequence of [1, 2, 1, 2]) {
        stream.say(frameOf(sequence, picture))
        await stream.hear(answerTo(sequence))
      }
      await stream.hear(({ outcome, sequence }) => outcome === "duplicate" && sequence === 2)
      expect(await end(2)).toMatchObject({ received: 2, counted: 2 })
    })

    it("refuses numbers that no camera can have reached, in frames and at the end", async () => {
      const { stream, control } = await openRaw(server, nextCall())
      stream.say(frameOf(4_000_000_000, picture))
      expect(await stream.close()).toMatchObject({ code: closeCodes.malformed })
      control.say({ type: "end", sentThrough: 4_000_000_000 })
      await control.hear(({ type, reason }) => type === "refused" && reason === "notNow")
      control.say({ type: "end", sentThrough: 0 })
      expect((await control.hear(({ type }) => type === "report")).report).toMatchObject({ received: 0 })
    })

    it("closes a stream on which frames come before open", async () => {
      const { started } = await openRaw(server, nextCall())
      const early = new RawSocket(started.streamUrl, server.core.certificateFile)
      await early.hear(({ type }) => type === "greeting")
      early.say(frameOf(1, picture))
      expect(await early.close()).toMatchObject({ code: closeCodes.unauthorised })
    })
  })

  describe("in streams", () => {
    it("closes a second stream of the same conference, and the first goes on", async () => {
      const { stream, started, end } = await openRaw(server, nextCall())
      const second = await openStream(server, started)
      expect(await second.close()).toMatchObject({ code: closeCodes.alreadyStreaming })
      stream.say(frameOf(1, picture))
      expect(await stream.hear(answerTo(1))).toMatchObject({ outcome: "read" })
      expect(await end(1)).toMatchObject({ received: 1 })
    })

    it("closes a stream of a conference that is not there, and one with a forged token", async () => {
      const { started, end } = await openRaw(server, nextCall())
      await end(0)
      expect(await (await openStream(server, started)).close()).toMatchObject({ code: closeCodes.unknownConference })
      const [body] = String(started.streamToken).split(".")
      const forged = await openStream(server, { ...started, streamToken: `${body}.${"A".repeat(86)}` })
      expect(await forged.close()).toMatchObject({ code: closeCodes.unauthorised })
    })

    it("reads nothing without a consent: each frame is answered so and counted", async () => {
      const { stream, control, end } = await openRaw(server, nextCall(), { consent: null })
      stream.say(frameOf(1, picture))
      expect(await stream.hear(answerTo(1))).toMatchObject({ outcome: "dropped", reason: "noConsent" })
      control.say({ type: "consent", consent: { ...sdkOptions(server.core, "").consent, id: "later" } })
      await control.hear(({ type }) => type === "consentRecorded")
      stream.say(frameOf(2, picture))
      expect(await stream.hear(answerTo(2))).toMatchObject({ outcome: "read" })
      expect(await end(2)).toMatchObject({ received: 2, counted: 1, dropped: 1, consent: "later" })
    })

    it("takes a consent for other purposes only as no consent to analysis", async () => {
      const consent = consentTo("trends", "consent-trends")
      const { stream, end } = await openRaw(server, nextCall(), { consent })
      stream.say(frameOf(1, picture))
      expect(await stream.hear(answerTo(1))).toMatchObject({ outcome: "dropped", reason: "noConsent" })
      expect(await end(1)).toMatchObject({ counted: 0 })
    })

    it("refuses a stream whose role is manager", async () => {
      const control = await openControl(server)
      control.say(startMessage(server, nextCall(), { role: "manager" }))
      await control.hear(({ type, reason }) => type === "refused" && reason === "roleRefused")
      expect(await control.close()).toMatchObject({ code: closeCodes.roleRefused })
    })

    it("lets a conference go on whose socket was cut in the middle of a frame", async () => {
      const { stream, control, started } = await openRaw(server, nextCall())
      const message = encodeFrame({ codec: "jpeg", sequence: 1, capturedAt: 0, widthPx: 0, heightPx: 0 }, picture)
      stream.socket.send(message.subarray(0, 1000), { fin: false })
      stream.socket.terminate()
      control.say({ type: "resume", resumeToken: started.resumeToken, sentThrough: 1 })
      const resumed = await control.hear(({ type }) => type === "resumed")
      const again = await openStream(server, resumed)
      await again.hear(({ type }) => type === "opened")
      again.say(frameOf(2, picture))
      expect(await again.hear(answerTo(2))).toMatchObject({ outcome: "read" })
      control.say({ type: "end", sentThrough: 2 })
      expect((await control.hear(({ type }) => type === "report")).report).toMatchObject({ received: 2, dropped: 1 })
    })

    it("closes who floods it with messages and reads no answer, and ends the conference with its report", async () => {
      const { stream, control } = await openRaw(server, nextCall())
      stream.socket.pause()
      const ping = JSON.stringify({ type: "ping" })
      for (let sent = 0; sent < 10_000; sent += 1) stream.socket.send(ping)
      stream.socket.resume()
      expect((await stream.close()).code).toBe(closeCodes.flood)
      control.say({ type: "end", sentThrough: 0 })
      await control.hear(({ type }) => type === "report")
    })
  })

  describe("on the control socket", () => {
    it("refuses a wrong access token, and what is no message of the protocol", async () => {
      const wrong = await openControl(server)
      wrong.say(startMessage(server, nextCall(), { accessToken: "guess" }))
      expect(await wrong.close()).toMatchObject({ code: closeCodes.unauthorised })
      for (const text of ["no json", "{}", '{"type":"start"}', JSON.stringify({ type: "shout" }), "[]", "null"]) {
        const control = await openControl(server)
        control.say(text)
        expect(await control.close(), text).toMatchObject({ code: closeCodes.malformed })
      }
      const binary = await openControl(server)
      binary.say(Uint8Array.of(1, 2, 3))
      expect(await binary.close()).toMatchObject({ code: closeCodes.malformed })
    })

    it("refuses a consent whose hash is none, naming the field", async () => {
      const control = await openControl(server)
      const consent = { ...sdkOptions(server.core, "").consent, textSha256: "short" }
      control.say(startMessage(server, nextCall(), { consent }))
      const { code, reason } = await control.close()
      expect(code).toBe(closeCodes.malformed)
      expect(reason).toContain("textSha256")
    })

    it("refuses a consent to a text that nobody published, and one text for two purposes", async () => {
      const granted = sdkOptions(server.core, "").consent!
      for (const change of [{ textSha256: "0".repeat(64) }, { purposes: ["expressionAnalysis", "trends"] }]) {
        const control = await openControl(server)
        control.say(startMessage(server, nextCall(), { consent: { ...granted, ...change } }))
        const refused = await control.hear(({ type }) => type === "refused")
        expect(refused).toMatchObject({ reason: "consentRefused", message: expect.stringContaining("mimika consents") })
      }
    })

    it("refuses a second start of a call that is running", async () => {
      const call = nextCall()
      const { end } = await openRaw(server, call)
      const second = await openControl(server)
      second.say(startMessage(server, call))
      await second.hear(({ type, reason }) => type === "refused" && reason === "alreadyRunning")
      expect(await end(0)).toMatchObject({ received: 0 })
    })

    it("takes a second end as said, and answers a resume of what has ended with its report", async () => {
      const { control, started, stream } = await openRaw(server, nextCall())
      stream.say(frameOf(1, picture))
      await stream.hear(answerTo(1))
      control.say({ type: "end", sentThrough: 1 })
      control.say({ type: "end", sentThrough: 1 })
      const { report } = await control.hear(({ type }) => type === "report")
      expect(await control.close()).toMatchObject({ code: closeCodes.ended })
      const late = await openControl(server)
      late.say({ type: "resume", resumeToken: started.resumeToken, sentThrough: 1 })
      expect((await late.hear(({ type }) => type === "report")).report).toEqual(report)
      expect(await late.close()).toMatchObject({ code: closeCodes.ended })
    })

    it("refuses a resume token that was tampered with", async () => {
      const { started, end } = await openRaw(server, nextCall())
      const control = await openControl(server)
      control.say({ type: "resume", resumeToken: `${started.resumeToken.slice(0, -4)}AAAA`, sentThrough: 0 })
      expect(await control.close()).toMatchObject({ code: closeCodes.unauthorised })
      expect(await end(0)).toMatchObject({ received: 0 })
    })

    it("survives bytes that are not even TLS", async () => {
      const { hostname, port } = new URL(server.core.url)
      const socket = createConnection({ host: hostname, port: Number(port) })
      socket.on("error", () => {})
      await new Promise<void>((resolve) => {
        socket.on("close", () => resolve())
        socket.end("GET / HTTP/1.1\r\n\r\n")
        socket.resume()
      })
    })
  })
})
