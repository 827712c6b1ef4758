/** The SDK's camera in a real browser: it sends what browser and server both know, stays within its uplink, and goes on with JPEG where an encoder fails. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Codec, encodedCodecs, type FrameAnswer, type WireReport } from "../../machines/wire.ts"
import type { Frame } from "../../sdk/mimika.ts"
import { replayed, startServer, type TestServer, testConsent } from "../server/core.ts"
import { fakeCamera } from "./camera.ts"
import type { linked } from "./platform-page.ts"
import { openBrowser } from "./rig.ts"

declare global {
  /** What the page loads. */
  var mimika: typeof linked
}

/** What a page saw of a conference until it had so many readings. */
interface Seen {
  readonly id: string
  readonly codecs: readonly Codec[]
  readonly sent: readonly {
    readonly codec: Codec
    readonly bytes: number
    readonly isKey: boolean
    readonly atMs: number
  }[]
  readonly answers: readonly FrameAnswer[]
  readonly report: WireReport
}

let server: TestServer
let browser: Browser
let site: Server
const folder = mkdtempSync(join(tmpdir(), "mimika-camera-"))

/** The SDK as one script, the way a platform would bundle it. */
async function bundled(): Promise<string> {
  const { build } = await import("vite")
  const entry = fileURLToPath(new URL("./platform-page.ts", import.meta.url))
  const made = await build({
    configFile: false,
    logLevel: "warn",
    build: { write: false, minify: false, lib: { entry, name: "page", formats: ["iife"] } }
  })
  const [output] = Array.isArray(made) ? made : [made]
  return (output as { readonly output: readonly { readonly code: string }[] }).output[0]!.code
}

beforeAll(async () => {
  server = await startServer({ edges: 1 })
  const script = await bundled()
  site = createServer((request, response) => {
    const isScript = request.url === "/sdk.js"
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html")
    response.end(isScript ? script : '<!doctype html><video muted playsinline></video><script src="/sdk.js"></script>')
  })
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve))
  browser = await openBrowser(await fakeCamera(folder))
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  site?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function openPage(): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ["camera"] })
  const page = await context.newPage()
  await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`)
  return page
}

/** Sends the camera until so many frames were read; without `codecs` whatever the browser can send. */
function converse(page: Page, call: string, codecs: readonly Codec[] | null, readings: number): Promise<Seen> {
  const { url, accessToken } = server.core
  const wish = { url, accessToken, call, codecs, readings, consent: testConsent }
  return page.evaluate(async (wish) => {
    const video = document.querySelector("video")!
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } })
    await video.play()
    const answers: FrameAnswer[] = []
    const sent: Seen["sent"][number][] = []
    const codecs = wish.codecs ?? (await mimika.cameraCodecs())
    const conference = await mimika.startConference({
      ...{ url: wish.url, accessToken: wish.accessToken, conference: wish.call, consent: wish.consent, codecs },
      ...{ client: "client-camera", manager: "manager-camera", role: "client" as const },
      onAnswer: (answer) => void answers.push(answer)
    })
    const observed = {
      sendFrame(frame: Frame) {
        const sequence = conference.sendFrame(frame)
        const { codec, bytes, isKey = false } = frame
        if (sequence !== "skipped") sent.push({ codec, bytes: bytes.length, isKey, atMs: performance.now() })
        return sequence
      },
      whySkipped: () => conference.whySkipped(),
      get codec() {
        return conference.codec
      },
      get keyFrames() {
        return conference.keyFrames
      },
      get skipped() {
        return conference.skipped
      }
    }
    const camera = mimika.streamCamera({ video, conference: observed, epochMs: () => Date.now() })
    const read = () => answers.filter(({ outcome }) => outcome === "read").length
    while (read() < wish.readings) await new Promise((resolve) => setTimeout(resolve, 20))
    camera.stop()
    return { id: conference.id, codecs, sent, answers, report: await conference.end() }
  }, wish)
}

const damagedIn = ({ answers }: Seen) =>
  answers.filter((answer) => answer.outcome === "dropped" && answer.reason === "damaged")

it("sends H.264 where the browser has an encoder for it, within 2 Mbit/s, and every chunk can be decoded", async () => {
  const page = await openPage()
  const seen = await converse(page, "call-best", null, 30)
  expect(seen.codecs).toEqual([...encodedCodecs, "jpeg"])
  expect(new Set(seen.sent.map(({ codec }) => codec))).toEqual(new Set(["h264"]))
  expect(seen.sent[0]?.isKey).toBe(true)
  expect(seen.sent.filter(({ isKey }) => isKey).length).toBeLessThan(seen.sent.length / 4)
  expect(damagedIn(seen)).toEqual([])
  const seconds = (seen.sent.at(-1)!.atMs - seen.sent[0]!.atMs) / 1000
  const bytes = seen.sent.reduce((sum, one) => sum + one.bytes, 0)
  expect(bytes).toBeLessThanOrEqual(250_000 * (1 + seconds))
  expect(seen.report.received).toBe(seen.sent.length)
  // What the server decoded was made small by the browser's encoder.
  const { events } = await replayed(seen.id, server.dataFolder)
  const sizes = events.flatMap((event) => (event.type === "FrameGrayed" ? [[event.widthPx, event.heightPx]] : []))
  expect(new Set(sizes.map(String))).toEqual(new Set(["480,270"]))
  await page.context().close()
})

it("sends VP8 where that is all that both know", async () => {
  const page = await openPage()
  const seen = await converse(page, "call-vp8", ["vp8"], 10)
  expect(new Set(seen.sent.map(({ codec }) => codec))).toEqual(new Set(["vp8"]))
  expect(damagedIn(seen)).toEqual([])
  await page.context().close()
})

describe("where encoded video does not come about", () => {
  it.each([
    ["the browser has no encoder", "delete globalThis.VideoEncoder"],
    ["the encoder breaks", "VideoEncoder.prototype.encode = () => { throw new Error('out of sessions') }"],
    [
      "the encoder makes what nobody can decode",
      `const copy = EncodedVideoChunk.prototype.copyTo
       EncodedVideoChunk.prototype.copyTo = function (into) { copy.call(this, into); into.fill(0xee) }`
    ]
  ])("it goes on with JPEG: %s", async (why, harm) => {
    const page = await openPage()
    await page.evaluate(harm)
    const seen = await converse(page, `call-${why}`, null, 5)
    expect(seen.sent.at(-1)?.codec).toBe("jpeg")
    const before = seen.sent.filter(({ codec }) => codec !== "jpeg")
    expect(damagedIn(seen).length).toBe(before.length)
    expect(seen.report.received).toBe(seen.sent.length)
    await page.context().close()
  })
})

it("encodes a key frame when the server says that it needs one", async () => {
  const page = await openPage()
  // The tenth chunk is damaged on its way.
  await page.evaluate(`
    let count = 0
    const copy = EncodedVideoChunk.prototype.copyTo
    EncodedVideoChunk.prototype.copyTo = function (into) { copy.call(this, into); count += 1; if (count === 10) into.fill(0xee) }
  `)
  const seen = await converse(page, "call-harmed", null, 25)
  const damaged = damagedIn(seen)
  expect(damaged.length).toBeGreaterThan(0)
  expect(damaged.length).toBeLessThanOrEqual(6)
  const after = damaged.at(-1)!.sequence
  expect(seen.sent[after]?.isKey).toBe(true)
  expect(seen.answers.filter(({ sequence }) => sequence > after).length).toBeGreaterThan(0)
  await page.context().close()
})
