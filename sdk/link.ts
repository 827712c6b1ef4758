/**
 * One socket of the protocol: open once its greeting came, kept alive by pings, and lost exactly once. It knows the form
 * of messages and not their order.
 */

import { type Bounds, protocolVersion } from "../machines/wire.ts"
import { ConferenceTrouble, troubleOfClose } from "./trouble.ts"

/** What the SDK uses of a WebSocket: any browser's, Deno's, Node's, or that of `ws`. */
export interface Socket {
  readonly bufferedAmount: number
  send(message: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  // biome-ignore lint/suspicious/noExplicitAny: the event classes of browsers and of `ws` have no common type.
  addEventListener(type: "message" | "close" | "error", listener: (event: any) => void): void
}
export type CreateSocket = (url: string) => Socket

export interface Link {
  readonly bounds: Bounds
  readonly open: boolean
  /** Bytes given to the socket and not yet sent. */
  readonly bufferedBytes: number
  send(message: object | Uint8Array<ArrayBuffer>): void
  close(): void
}

export interface LinkOptions<Answer> {
  readonly url: string
  readonly createSocket: CreateSocket
  answered(answer: Answer): void
  /** Once, when a link that was open is gone, unless `close()` was called. */
  lost(trouble: ConferenceTrouble): void
}

/** How long connecting and the greeting may take, in milliseconds: a TLS handshake over a slow mobile network twice. */
export const greetingMsMax = 10_000

/** Beats in the time the server waits for us; a server that is silent for as many, though asked, is gone. */
const beatsMax = 3

/** Rejects with `ConferenceTrouble` when there is no greeting of this version. */
export function openLink<Answer extends { readonly type: string }>(options: LinkOptions<Answer>): Promise<Link> {
  const what = `reach ${options.url}`
  if (!options.url.startsWith("wss://")) {
    const said = "pictures of people are sent over TLS only: the address must begin with wss://"
    return Promise.reject(new ConferenceTrouble(what, "notUnderstood", { said }))
  }
  return new Promise((resolve, reject) => {
    let socket: Socket
    try {
      socket = options.createSocket(options.url)
    } catch (error) {
      return reject(new ConferenceTrouble(what, "cut", { said: String(error) }))
    }
    let state: "opening" | "open" | "over" = "opening"
    let bounds: Bounds | undefined
    let silentBeats = 0
    let said = true
    let heartbeat: ReturnType<typeof setInterval> | undefined
    const over = (trouble: ConferenceTrouble | null) => {
      if (state === "over") return
      const before = state
      state = "over"
      clearTimeout(patience)
      clearInterval(heartbeat)
      if (trouble === null) return
      if (before === "opening") reject(trouble)
      else options.lost(trouble)
    }
    const giveUp = (trouble: ConferenceTrouble) => {
      over(trouble)
      socket.close()
    }
    const patience = setTimeout(() => giveUp(new ConferenceTrouble(what, "noAnswer")), greetingMsMax)
    const link: Link = {
      get bounds() {
        return bounds!
      },
      get open() {
        return state === "open"
      },
      get bufferedBytes() {
        return socket.bufferedAmount
      },
      send(message) {
        if (state !== "open") return
        said = true
        socket.send(message instanceof Uint8Array ? message : JSON.stringify(message))
      },
      close() {
        over(null)
        socket.close(1000)
      }
    }
    const beat = () => {
      if (silentBeats >= beatsMax) return giveUp(new ConferenceTrouble(what, "noAnswer"))
      silentBeats += 1
      if (!said) link.send({ type: "ping" })
      said = false
    }
    const greeted = (greeting: Partial<Greeting>) => {
      if (greeting.protocol !== protocolVersion || greeting.bounds === undefined) {
        return giveUp(new ConferenceTrouble(what, "versionRefused", { said: `it speaks ${greeting.protocol}` }))
      }
      bounds = greeting.bounds
      state = "open"
      clearTimeout(patience)
      heartbeat = setInterval(beat, bounds.idleMsMax / beatsMax)
      resolve(link)
    }
    socket.addEventListener("message", ({ data }: { readonly data: unknown }) => {
      if (state === "over") return
      silentBeats = 0
      const message = parsed(data)
      if (message === undefined) giveUp(new ConferenceTrouble(what, "notUnderstood"))
      else if (state === "open") options.answered(message as Answer)
      else if (message.type === "greeting") greeted(message as Partial<Greeting>)
      else giveUp(new ConferenceTrouble(what, "notUnderstood", { said: "no greeting came first" }))
    })
    socket.addEventListener("close", (event: { readonly code: number; readonly reason: string }) => {
      over(troubleOfClose(what, event.code, event.reason))
    })
    // An error is followed by `close`; browsers tell nothing in it.
    socket.addEventListener("error", () => {})
  })
}

interface Greeting {
  readonly type: string
  readonly protocol: number
  readonly bounds: Bounds
}

function parsed(data: unknown): { readonly type: string } | undefined {
  try {
    const message = JSON.parse(data as string)
    return typeof message?.type === "string" ? message : undefined
  } catch {
    return undefined
  }
}
