/**
 * The open sockets of one path, whatever the gateway: how many there may be, who has been silent too long, and the
 * close of all when the server stops. It moves no bytes.
 */

import { closeCodes } from "../../machines/wire.ts"

export interface OpenSocket {
  /** By the monotonic clock: when the last message came. */
  lastHeardMs: number
  close(code: number, reason: string): void
}

/** A close frame bears 125 bytes, two of them the code (RFC 6455, 5.5). */
const reasonBytesMax = 123
const encoder = new TextEncoder()

/** Cuts a reason to what a close frame bears, at a character. */
export function closeReason(reason: string): string {
  const room = new Uint8Array(reasonBytesMax)
  return reason.slice(0, encoder.encodeInto(reason, room).read)
}

export class OpenSockets {
  readonly #sockets = new Set<OpenSocket>()
  readonly #socketsMax: number
  readonly #sweep: ReturnType<typeof setInterval>

  constructor(path: { readonly idleMsMax: number; readonly socketsMax: number }) {
    this.#socketsMax = path.socketsMax
    this.#sweep = setInterval(() => {
      const silentSince = performance.now() - path.idleMsMax
      for (const socket of this.#sockets) {
        if (socket.lastHeardMs <= silentSince)
          socket.close(closeCodes.idle, `Nothing was heard for ${path.idleMsMax} ms`)
      }
    }, path.idleMsMax / 4)
  }

  get full(): boolean {
    return this.#sockets.size >= this.#socketsMax
  }

  add(socket: OpenSocket): void {
    this.#sockets.add(socket)
  }

  delete(socket: OpenSocket): void {
    this.#sockets.delete(socket)
  }

  /** Tells every socket that the server stops, and ends the sweep. */
  stop(): void {
    clearInterval(this.#sweep)
    for (const socket of this.#sockets) socket.close(closeCodes.stopping, "The server is stopping")
  }
}
