/** A client that can say anything, well-formed or not, and hears everything: for what the SDK never does. */
import { readFileSync } from "node:fs"
import WebSocket from "ws"
import { type Codec, encodeFrame } from "../../machines/wire.ts"
import type { TestServer } from "./core.ts"
import { testConsent } from "./core.ts"

// biome-ignore lint/suspicious/noExplicitAny: whatever the server says.
type Message = any

export class RawSocket {
  readonly heard: Message[] = []
  closed: { readonly code: number; readonly reason: string } | null = null
  readonly socket: WebSocket
  #wake: (() => void)[] = []

  /** `more`: of the handshake, such as headers, a certificate or the address it comes from. */
  constructor(url: string, certificateFile: string, more: WebSocket.ClientOptions = {}) {
    this.socket = new WebSocket(url, { ca: readFileSync(certificateFile), perMessageDeflate: false, ...more })
    this.socket.on("message", (text) => {
      this.heard.push(JSON.parse(String(text)))
      this.#rouse()
    })
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) }
      this.#rouse()
    })
    this.socket.on("error", () => {})
  }

  #rouse(): void {
    const wake = this.#wake
    this.#wake = []
    for (const call of wake) call()
  }

  /** The first message that fits, of those heard and those to come; fails when the socket closes before. */
  async hear(fits: (message: Message) => boolean): Promise<Message> {
    while (true) {
      const found = this.heard.find(fits)
      if (found !== undefined) return found
      if (this.closed !== null) throw new Error(`The socket closed with ${this.closed.code}: ${this.closed.reason}`)
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  async close(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closed === null) await new Promise<void>((resolve) => this.#wake.push(resolve))
    return this.closed
  }

  say(message: Message): void {
    this.socket.send(typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message))
  }
}

export const startMessage = (server: TestServer, call: string, more: object = {}) => ({
  type: "start",
  accessToken: server.core.accessToken,
  conference: call,
  client: "client-raw",
  manager: "manager-raw",
  role: "client",
  consent: testConsent,
  ...more
})

export async function openControl(server: TestServer, more: WebSocket.ClientOptions = {}): Promise<RawSocket> {
  const control = new RawSocket(server.core.url, server.core.certificateFile, more)
  await control.hear(({ type }) => type === "greeting")
  return control
}

/** A started conference with its stream open. */
export async function openRaw(server: TestServer, call: string, more: object = {}) {
  const control = await openControl(server)
  control.say(startMessage(server, call, more))
  const started = await control.hear(({ type }) => type === "started")
  const stream = await openStream(server, started)
  await stream.hear(({ type }) => type === "opened")
  const end = async (sentThrough: number) => {
    control.say({ type: "end", sentThrough })
    return (await control.hear(({ type }) => type === "report")).report
  }
  return { control, stream, started, end }
}

export async function openStream(server: TestServer, started: Message): Promise<RawSocket> {
  const stream = new RawSocket(started.streamUrl, server.core.certificateFile)
  await stream.hear(({ type }) => type === "greeting")
  stream.say({ type: "open", streamToken: started.streamToken })
  return stream
}

export const frameOf = (sequence: number, bytes: Uint8Array, codec: Codec = "jpeg", widthPx = 0, heightPx = 0) =>
  encodeFrame({ codec, sequence, capturedAt: 1_790_000_000_000, widthPx, heightPx }, bytes)

export const answerTo = (sequence: number) => (message: Message) =>
  message.type === "answer" && message.sequence === sequence
