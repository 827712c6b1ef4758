/**
 * The open sockets of one path, whatever the gateway: how many there may be, who has not said who it is in time, who has been
 * silent too long, who says too much, and the close of all when the server stops. It moves no bytes.
 */

import type { SocketPath } from "../../actors/gateway.ts"
import { closeCodes } from "../../machines/wire.ts"

/** A stranger may take this long to say who it is, in milliseconds: two round trips of a slow mobile network, ten times over. */
export const strangerMsMax = 10_000
/** Seconds of the highest rate that may come in a row, as after a stall of the network. */
const burstSeconds = 2

export interface OpenSocket {
  /** By the monotonic clock: when the last message came. */
  lastHeardMs: number
  close(code: number, reason: string): void
  /** Ends it at once without a word: whoever does not answer a close would hold what it sent for as long again. */
  cut(code: number, reason: string): void
}

/** A close frame bears 125 bytes, two of them the code (RFC 6455, 5.5). */
const reasonBytesMax = 123
const encoder = new TextEncoder()

/** Cuts a reason to what a close frame bears, at a character. */
export function closeReason(reason: string): string {
  const room = new Uint8Array(reasonBytesMax)
  return reason.slice(0, encoder.encodeInto(reason, room).read)
}

/** Counts one socket's messages, pings among them, against what it may say. */
export class Pace {
  readonly #perSecondMax: number
  #left: number
  #countedMs = performance.now()

  constructor({ messagesPerSecondMax }: Pick<SocketPath<unknown>, "messagesPerSecondMax">) {
    this.#perSecondMax = messagesPerSecondMax
    this.#left = messagesPerSecondMax * burstSeconds
  }

  /** Whether one more may be heard. */
  takes(nowMs: number): boolean {
    const refilled = this.#left + ((nowMs - this.#countedMs) * this.#perSecondMax) / 1000
    this.#left = Math.min(this.#perSecondMax * burstSeconds, refilled)
    this.#countedMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}

/** What a socket is told that says too much, with the time after which it may say something again. */
export const floodReason = ({ messagesPerSecondMax }: Pick<SocketPath<unknown>, "messagesPerSecondMax">) =>
  `More than ${messagesPerSecondMax} messages a second. Try again in ${Math.ceil(1000 / messagesPerSecondMax)} ms`

export class OpenSockets {
  readonly #sockets = new Set<OpenSocket>()
  /** In the order in which they came, with when that was. */
  readonly #strangers = new Map<OpenSocket, number>()
  readonly #path: Pick<SocketPath<unknown>, "idleMsMax" | "socketsMax" | "strangersMax">
  readonly #sweep: ReturnType<typeof setInterval>

  constructor(path: Pick<SocketPath<unknown>, "idleMsMax" | "socketsMax" | "strangersMax">) {
    this.#path = path
    this.#sweep = setInterval(() => this.#closeOverdue(), Math.min(path.idleMsMax, strangerMsMax) / 4)
  }

  /** Strangers never fill it: the newest of them takes the place of the oldest. */
  get full(): boolean {
    const admitted = this.#sockets.size - this.#strangers.size
    return admitted >= this.#path.socketsMax
  }

  add(socket: OpenSocket): void {
    this.#sockets.add(socket)
    this.#strangers.set(socket, performance.now())
    if (this.#strangers.size <= this.#path.strangersMax) return
    const oldest = this.#strangers.keys().next().value!
    this.#strangers.delete(oldest)
    oldest.cut(closeCodes.idle, "Others need the room of one who has not said who it is")
  }

  /** It has said who it is. */
  admit(socket: OpenSocket): void {
    this.#strangers.delete(socket)
  }

  delete(socket: OpenSocket): void {
    this.#sockets.delete(socket)
    this.#strangers.delete(socket)
  }

  /** Tells every socket that the server stops, and ends the sweep. */
  stop(): void {
    clearInterval(this.#sweep)
    for (const socket of this.#sockets) socket.close(closeCodes.stopping, "The server is stopping")
  }

  #closeOverdue(): void {
    const { idleMsMax } = this.#path
    const nowMs = performance.now()
    for (const socket of this.#sockets) {
      if (socket.lastHeardMs <= nowMs - idleMsMax)
        socket.close(closeCodes.idle, `Nothing was heard for ${idleMsMax} ms`)
    }
    for (const [socket, openedMs] of this.#strangers) {
      if (openedMs <= nowMs - strangerMsMax)
        socket.cut(closeCodes.idle, `It was not said within ${strangerMsMax} ms who is here`)
    }
  }
}
