/** Encoded video over real sockets on a real server: chosen at the start, read as pictures are, refused and damaged in clear words, and nobody else's loss. */
import process from "node:process"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodedDemoChunks } from "../../infra/clips/encoded-clip.ts"
import { codecs, type EncodedCodec, encodedCodecs, type FrameAnswer, pictureCodecs } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, replayed, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { answerTo, frameOf, openControl, openRaw, openStream, startMessage } from "../server/raw-client.ts"

/** One answer after the other is faster than any camera; a longer burst meets the rate bound. */
const framesCount = 28

let server: TestServer
beforeAll(async () => {
  server = await startServer({ edges: 1 })
})
afterAll(() => server.stop())

const begin = async (call: string, codec?: EncodedCodec) => {
  const observed = new Observed()
  const more = codec === undefined ? observed.handlers : { ...observed.handlers, codecs: [codec, "jpeg" as const] }
  return { observed, conference: await startConference(sdkOptions(server.core, call, more)) }
}
const linkOf = (id: string) => server.core.conferences.all().find((running) => running.id === id)!.control!
const readingOf = (answer: FrameAnswer) => (answer.outcome === "read" ? answer.reading : answer.outcome)

describe.each(encodedCodecs)("a conference of %s", (codec) => {
  it("is read as the JPEG pictures are: the same reading in 19 of 20 frames, its face in the same place", async () => {
    const chunks = (await encodedDemoChunks(codec)).slice(0, framesCount)
    const [video, peer] = [await begin(`call-${codec}`, codec), await begin(`call-${codec}-peer`)]
    expect(video.conference.codec).toBe(codec)
    const ours = await sendPaced(video.conference, video.observed, chunks)
    const theirs = await sendPaced(peer.conference, peer.observed, await clipPictures(framesCount))
    const same = ours.filter((answer, index) => readingOf(answer) === readingOf(theirs[index]!))
    expect(same.length).toBeGreaterThanOrEqual(0.95 * framesCount)
    for (const [index, one] of ours.entries()) {
      const other = theirs[index]!
      if (one.outcome !== "read" || other.outcome !== "read") continue
      const apartPx = Math.hypot(one.face[0] - other.face[0], one.face[1] - other.face[1])
      expect(apartPx).toBeLessThan(other.face[2] / 8)
    }
    const report = await video.conference.end()
    expect(report).toMatchObject({ received: framesCount, dropped: 0 })
    expect({ ...(await replayed(video.conference.id, server.dataFolder)).report }).toEqual({ ...report })
    await peer.conference.end()
  })

  it("says what was damaged, then noKeyFrame until a key frame comes, and counts each", async () => {
    const chunks = await encodedDemoChunks(codec)
    const { stream, end } = await openRaw(server, `call-${codec}-damaged`, { codec })
    const sent = [chunks[1]!, chunks[0]!, chunks[1]!].map(({ bytes }) => bytes)
    sent.push(chunks[2]!.bytes.subarray(0, 5), chunks[3]!.bytes, chunks[0]!.bytes, new Uint8Array(0), chunks[1]!.bytes)
    const answers: unknown[] = []
    for (const [index, bytes] of sent.entries()) {
      stream.say(frameOf(index + 1, bytes, codec))
      const { outcome, detail } = await stream.hear(answerTo(index + 1))
      answers.push(outcome === "dropped" ? detail : "decoded")
    }
    const damaged = answers[3]
    expect(["truncated", "corrupt", "notVideo", "noPicture"]).toContain(damaged)
    expect(answers).toEqual([
      ...["noKeyFrame", "decoded", "decoded", damaged, "noKeyFrame", "decoded", "empty", "noKeyFrame"]
    ])
    expect(await end(sent.length)).toMatchObject({ received: 8, dropped: 5 })
  })
})

describe("an interrupted conference of video", () => {
  it.each([
    ["h264", "was moved", (id: string) => linkOf(id).send({ type: "interrupted", reason: "moved" })],
    ["vp8", "lost its edge", () => void process.kill(server.core.edges()[0]!.processId!, "SIGKILL")]
  ] as const)(
    "of %s begins anew with a key frame after it %s, and the SDK asks for it",
    async (codec, how, interrupt) => {
      const chunks = await encodedDemoChunks(codec)
      let wanted = 0
      const observed = new Observed()
      const asked = { ...observed.handlers, onKeyFrameWanted: () => (wanted += 1), codecs: [codec] }
      const conference = await startConference(sdkOptions(server.core, `call-${codec}-${how}`, asked))
      await sendPaced(conference, observed, chunks.slice(0, 3))
      interrupt(conference.id)
      await observed.until(() => observed.resumed === 1)
      expect(wanted).toBe(1)
      expect(conference.keyFrames.wanted).toBe(true)
      const frame = { codec, capturedAt: 0, widthPx: 0, heightPx: 0 }
      expect(conference.sendFrame({ ...frame, ...chunks[3]! })).toBe("skipped")
      expect(conference.skipped.keyFrame).toBe(1)
      const answers = await sendPaced(conference, observed, chunks.slice(0, 3))
      expect(answers.filter((answer) => answer.outcome === "dropped" && answer.reason === "damaged")).toEqual([])
      expect(await conference.end()).toMatchObject({ received: 6 })
    }
  )
})

describe("a client that sends rubbish as video", () => {
  it("has its answers, and the other conference of the edge loses no frame", async () => {
    const [h264] = await encodedDemoChunks("h264")
    const [vp8] = await encodedDemoChunks("vp8")
    const edgesBefore = server.core.edges().map(({ edge }) => edge)
    const pictures = await clipPictures(framesCount)
    const wild = await openRaw(server, "call-rubbish", { codec: "vp8" })
    const calm = await begin("call-calm", "h264")
    const large = Uint8Array.from(vp8!.bytes)
    // 16,383 pixels square: refused by its header.
    large.set([0xff, 0x3f, 0xff, 0x3f], 6)
    const rubbish = [new Uint8Array(60_000).fill(0xa5), large, h264!.bytes, pictures[0]!, vp8!.bytes.subarray(0, 2_000)]
    const chunks = (await encodedDemoChunks("h264")).slice(0, framesCount)
    for (const [index, chunk] of chunks.entries()) {
      wild.stream.say(frameOf(index + 1, rubbish[index % rubbish.length]!, "vp8"))
      const [answer] = await sendPaced(calm.conference, calm.observed, [chunk])
      expect(answer!.outcome).not.toBe("dropped")
    }
    for (let sequence = 1; sequence <= framesCount; sequence++) {
      expect(await wild.stream.hear(answerTo(sequence))).toMatchObject({ outcome: "dropped", reason: "damaged" })
    }
    expect(wild.stream.heard.find(answerTo(2))).toMatchObject({ detail: "tooLarge" })
    expect(await calm.conference.end()).toMatchObject({ received: framesCount, dropped: 0 })
    expect(await wild.end(framesCount)).toMatchObject({ received: framesCount, dropped: framesCount })
    expect(server.core.edges().map(({ edge }) => edge)).toEqual(edgesBefore)
  })
})

describe("the choice of a codec", () => {
  it("is offered in both greetings, and pictures go beside it", async () => {
    const { control, stream, end } = await openRaw(server, "call-offered", { codec: "h264" })
    for (const socket of [control, stream]) {
      expect((await socket.hear(({ type }) => type === "greeting")).bounds.codecs).toEqual(codecs)
    }
    const [picture] = await clipPictures(1)
    stream.say(frameOf(1, picture!))
    expect(await stream.hear(answerTo(1))).toMatchObject({ outcome: "read" })
    const [chunk] = await encodedDemoChunks("vp8")
    stream.say(frameOf(2, chunk!.bytes, "vp8"))
    expect(await stream.hear(answerTo(2))).toMatchObject({ reason: "damaged", detail: "noDecoder" })
    expect(await end(2)).toMatchObject({ received: 2, dropped: 1 })
  })

  it("is refused in words where the server does not decode it, and the socket stays open for another", async () => {
    const bare = await startServer({ edges: 1, codecs: pictureCodecs })
    try {
      for (const [place, codec] of [
        [server, "av1"],
        [bare, "h264"]
      ] as const) {
        const control = await openControl(place)
        control.say(startMessage(place, "call-refused", { codec }))
        const refused = await control.hear(({ type }) => type === "refused")
        expect(refused).toMatchObject({ reason: "codecRefused", message: expect.stringContaining(`"${codec}"`) })
        control.say(startMessage(place, "call-refused", { codec: "jpeg" }))
        const stream = await openStream(place, await control.hear(({ type }) => type === "started"))
        const [chunk] = await encodedDemoChunks("h264")
        stream.say(frameOf(1, chunk!.bytes, "h264"))
        expect(await stream.hear(answerTo(1))).toMatchObject({ reason: "damaged", detail: "noDecoder" })
        control.say({ type: "end", sentThrough: 1 })
        await control.hear(({ type }) => type === "report")
      }
      const conference = await startConference(sdkOptions(bare.core, "call-falls-back", { codecs: ["h264", "gray8"] }))
      expect(conference.codec).toBe("gray8")
      await conference.end()
    } finally {
      await bare.stop()
    }
  })
})
