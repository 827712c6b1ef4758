/** A process of the load generator: some clients that send real pictures over WSS at a camera's pace, and count what comes back. */
import process from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { shippedConsentTexts } from "../../machines/consent-texts.ts"
import { type DropReason, type FrameAnswer, isEncoded } from "../../machines/wire.ts"
import type { Picture } from "../../models/vision/outcome.ts"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { demoClip, ffmpegClip } from "../clips/clip.ts"
import { encodedChunks, encodedDemoFile } from "../clips/encoded-clip.ts"
import { pinnedSocket } from "../gateway/pinned-socket.ts"
import { openWasmDecoder } from "../vision/decoder-wasm.ts"
import { openPicture, showRegion, wholeRegion } from "../vision/luma-plane.ts"
import { type ClipFrame, roundOf } from "./clip-round.ts"
import { type ClientFigures, type ClientWish, picturesMax } from "./load-shape.ts"

/** The last answers may be under way. */
const lastAnswersMs = 2_000

async function picturesOf({ video, codec }: ClientWish): Promise<readonly ClipFrame[]> {
  if (isEncoded(codec)) {
    const chunks = await encodedChunks(video ?? encodedDemoFile(codec), codec)
    return chunks.map((chunk) => ({ codec, ...chunk, widthPx: 0, heightPx: 0 }))
  }
  const clip = video === null ? demoClip() : await ffmpegClip(video)
  const decoder = openWasmDecoder()
  const pictures: ClipFrame[] = []
  for await (const { bytes } of clip.frames()) {
    if (codec === "jpeg") pictures.push({ codec, bytes: Uint8Array.from(bytes), widthPx: 0, heightPx: 0 })
    else {
      const opened = openPicture({ codec: "jpeg", bytes } satisfies Picture)
      if (typeof opened === "string") continue
      const region = wholeRegion(opened)
      const plane = new Uint8Array(region.widthPx * region.heightPx)
      if (showRegion(opened, region, decoder, plane) !== undefined) continue
      pictures.push({ codec, bytes: plane, widthPx: region.widthPx, heightPx: region.heightPx })
    }
    if (pictures.length === picturesMax) break
  }
  return pictures
}

export async function runClients(wish: ClientWish): Promise<ClientFigures> {
  const pictures = await picturesOf(wish)
  if (pictures.length === 0)
    throw new Error("Cannot load: the clip has no picture that can be sent. Name another video")
  const { version, sha256 } = shippedConsentTexts.find(({ purpose }) => purpose === "expressionAnalysis")!
  const dropped: Partial<Record<DropReason, number>> = {}
  const latencies = new Map<number, number>()
  const total = { started: 0, refused: 0, sent: 0, skipped: 0, read: 0, unreadable: 0 }

  const begin = async (index: number): Promise<{ conference: Conference; sentAt: Map<number, number> } | null> => {
    const call = `load-${process.pid}-${wish.firstCall + index}`
    const sentAt = new Map<number, number>()
    const onAnswer = (answer: FrameAnswer) => {
      const at = sentAt.get(answer.sequence)
      sentAt.delete(answer.sequence)
      if (at !== undefined) {
        const tenths = Math.ceil((performance.now() - at) * 10)
        latencies.set(tenths, (latencies.get(tenths) ?? 0) + 1)
      }
      if (answer.outcome === "read") total.read += 1
      else if (answer.outcome === "unreadable") total.unreadable += 1
      else if (answer.outcome === "dropped") dropped[answer.reason] = (dropped[answer.reason] ?? 0) + 1
    }
    const consent = { id: `consent-${call}`, textVersion: version, textSha256: sha256, givenAt: Date.now() }
    try {
      const conference = await startConference({
        url: wish.url,
        accessToken: wish.accessToken,
        conference: call,
        client: `client-${call}`,
        manager: "load",
        role: "client",
        consent: { ...consent, purposes: ["expressionAnalysis"] },
        createSocket: pinnedSocket(wish.certificatePem),
        codecs: [wish.codec],
        onAnswer
      })
      total.started += 1
      return { conference, sentAt }
    } catch {
      total.refused += 1
      return null
    }
  }
  const begun = await Promise.all(Array.from({ length: wish.conferences }, (_, index) => begin(index)))
  const running = begun.filter((one) => one !== null)
  const everyMs = 1000 / wish.framesPerSecond
  const startedAt = performance.now()
  const sendingFrom = Date.now()
  const frames = wish.seconds * wish.framesPerSecond

  // Conferences are spread over a frame's time, as cameras are.
  await Promise.all(
    running.map(async ({ conference, sentAt }, index) => {
      const offsetMs = (everyMs * index) / Math.max(1, running.length)
      const next = roundOf(pictures, 37 * index)
      for (let tick = 0; tick < frames; tick++) {
        const waitMs = startedAt + offsetMs + tick * everyMs - performance.now()
        if (waitMs > 0) await sleep(waitMs)
        const sequence = conference.sendFrame({ ...next(conference.keyFrames.wanted), capturedAt: Date.now() })
        if (sequence === "skipped") total.skipped += 1
        else {
          total.sent += 1
          sentAt.set(sequence, performance.now())
        }
      }
    })
  )
  const until = performance.now() + lastAnswersMs
  while (running.some(({ sentAt }) => sentAt.size > 0) && performance.now() < until) await sleep(20)
  await Promise.all(running.map(({ conference }) => conference.end().catch(() => null)))
  return { sendingFrom, ...total, dropped, latencies: [...latencies] }
}

if (import.meta.main) {
  let text = ""
  for await (const chunk of process.stdin) text += chunk
  const figures = await runClients(JSON.parse(text) as ClientWish)
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0))
}
