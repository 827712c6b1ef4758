/** A caller of the SDK that writes down what it is told and can wait for it. */

import type { FrameAnswer, WireReport } from "../../machines/wire.ts"
import type { ConferenceOptions } from "../../sdk/conference-options.ts"
import type { CreateSocket, Socket } from "../../sdk/link.ts"
import type { Conference } from "../../sdk/mimika.ts"
import type { ConferenceTrouble } from "../../sdk/trouble.ts"
import { consent, picture, type ScriptedServer } from "./sdk-server.ts"

/** What the SDK told its caller, which can be awaited. */
export class Heard {
  readonly answers: FrameAnswer[] = []
  readonly durable: number[] = []
  readonly interrupted: ConferenceTrouble[] = []
  readonly failed: ConferenceTrouble[] = []
  readonly reports: WireReport[] = []
  resumedCount = 0
  #look = () => {}

  readonly handlers: Partial<ConferenceOptions> = {
    onAnswer: (answer) => this.#note(() => this.answers.push(answer)),
    onDurable: (sequence) => this.#note(() => this.durable.push(sequence)),
    onInterrupted: (trouble) => this.#note(() => this.interrupted.push(trouble)),
    onFailed: (trouble) => this.#note(() => this.failed.push(trouble)),
    onReport: (report) => this.#note(() => this.reports.push(report)),
    onResumed: () => this.#note(() => (this.resumedCount += 1))
  }

  #note(write: () => unknown): void {
    write()
    this.#look()
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (holds()) resolve()
      }
      this.#look()
    })
  }
}

export const options = (
  server: ScriptedServer,
  heard: Heard,
  more: Partial<ConferenceOptions> = {}
): ConferenceOptions => ({
  url: server.url,
  accessToken: "access",
  conference: "c",
  client: "client",
  manager: "manager",
  role: "client",
  consent,
  createSocket: server.createSocket,
  ...heard.handlers,
  ...more
})
export const frame = { codec: "jpeg", bytes: picture, capturedAt: 1_700_000_000_000, widthPx: 0, heightPx: 0 } as const

interface DenoRuntime {
  createHttpClient(options: { caCerts: string[] }): { close(): void }
}

interface NamedSocket {
  readonly name: string
  make(server: ScriptedServer): CreateSocket
}

const deno = (globalThis as { Deno?: DenoRuntime }).Deno
const denosOwn: NamedSocket = {
  name: "Deno's own WebSocket",
  make({ certificatePem }) {
    const client = deno?.createHttpClient({ caCerts: [certificatePem] })
    const Own = WebSocket as unknown as new (url: string, options: object) => Socket
    return (url) => new Own(url, { client })
  }
}
const pinned: NamedSocket = { name: "ws", make: (server) => server.createSocket }

/** Every WebSocket this runtime has that can be told to trust a certificate. */
export const sockets = deno === undefined ? [pinned] : [pinned, denosOwn]

/** Sends a frame, waiting for room where the server's bound asks for it. */
export async function sendOne(conference: Conference, heard: Heard): Promise<number> {
  for (;;) {
    const sent = conference.sendFrame(frame)
    if (sent !== "skipped") return sent
    const { length } = heard.answers
    const { resumedCount } = heard
    await heard.until(() => heard.answers.length > length || heard.resumedCount > resumedCount)
  }
}
