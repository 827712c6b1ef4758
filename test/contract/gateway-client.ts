/**
 * What the gateway's contract tests hold on the outside: a WebSocket client that trusts the test's certificate, raw TLS
 * for what no client would send, and a server whose handlers write down what they see.
 */

import { once } from "node:events"
import { connect, type TLSSocket } from "node:tls"
import { WebSocket } from "ws"
import type { Gateway, GatewaySocket, Listening, ListenOptions, SocketPath } from "../../actors/gateway.ts"
import type { TlsCertificate } from "../../infra/gateway/tls.ts"

/** One thing a handler saw. */
export type Seen =
  | { readonly saw: "open"; readonly attachment: number; readonly remoteAddress: string }
  | { readonly saw: "text"; readonly attachment: number; readonly message: string }
  | { readonly saw: "binary"; readonly attachment: number; readonly bytes: number; readonly sum: number }
  | { readonly saw: "closed"; readonly attachment: number; readonly code: number; readonly reason: string }

export interface Recording {
  readonly path: SocketPath<number>
  readonly seen: Seen[]
  readonly sockets: GatewaySocket<number>[]
  /** The first thing seen, now or later, that fits. */
  until<Fit extends Seen>(fits: (seen: Seen) => seen is Fit): Promise<Fit>
  untilClosed(attachment: number): Promise<Extract<Seen, { saw: "closed" }>>
}

export function sumOf(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum * 31 + byte) % 1_000_003
  return sum
}

/** A path that writes down what it sees and then lets `react` answer. */
export function recording(
  bounds: Partial<Omit<SocketPath<number>, "handlers">> = {},
  react: (socket: GatewaySocket<number>, seen: Seen) => void = () => {}
): Recording {
  const seen: Seen[] = []
  const sockets: GatewaySocket<number>[] = []
  const waiting = new Set<() => void>()
  const note = (socket: GatewaySocket<number>, one: Seen) => {
    seen.push(one)
    react(socket, one)
    for (const look of [...waiting]) look()
  }
  const until = <Fit extends Seen>(fits: (one: Seen) => one is Fit) =>
    new Promise<Fit>((resolve) => {
      const look = () => {
        const found = seen.find(fits)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return {
    seen,
    sockets,
    until,
    untilClosed: (attachment) =>
      until((one): one is Extract<Seen, { saw: "closed" }> => one.saw === "closed" && one.attachment === attachment),
    path: {
      messageBytesMax: 256 * 1024,
      idleMsMax: 30_000,
      bufferedBytesMax: 1024 * 1024,
      socketsMax: 100,
      strangersMax: 100,
      messagesPerSecondMax: 10_000,
      ...bounds,
      handlers: {
        open(socket) {
          // Who bounds strangers wants some.
          if (bounds.strangersMax === undefined) socket.admit()
          const attachment = sockets.push(socket) - 1
          note(socket, { saw: "open", attachment, remoteAddress: socket.remoteAddress })
          return attachment
        },
        text(socket, message) {
          note(socket, { saw: "text", attachment: socket.attachment, message })
        },
        binary(socket, message) {
          note(socket, { saw: "binary", attachment: socket.attachment, bytes: message.length, sum: sumOf(message) })
        },
        closed(socket, code, reason) {
          note(socket, { saw: "closed", attachment: socket.attachment, code, reason })
        }
      }
    }
  }
}

export interface Rig extends Listening {
  readonly certificate: TlsCertificate
  open(path: string): Promise<Client>
  raw(): Promise<TLSSocket>
}

export async function rig(
  gateway: Gateway,
  certificate: TlsCertificate,
  sockets: ListenOptions["sockets"],
  http?: ListenOptions["http"]
): Promise<Rig> {
  const listening = await gateway.listen({
    host: "127.0.0.1",
    port: 0,
    tls: certificate,
    sockets,
    ...(http === undefined ? {} : { http })
  })
  const { port } = listening
  return {
    port,
    certificate,
    close: () => listening.close(),
    open: (path) => Client.open(`wss://127.0.0.1:${port}${path}`, certificate.certificatePem),
    async raw() {
      const socket = connect({ host: "127.0.0.1", port, ca: certificate.certificatePem })
      socket.on("error", () => {})
      await once(socket, "secureConnect")
      return socket
    }
  }
}

/** A client that keeps what it received and can be awaited. */
export class Client {
  readonly socket: WebSocket
  readonly received: string[] = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #look = () => {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on("message", (message: Buffer) => {
      this.received.push(message.toString())
      this.#look()
    })
    this.closed = new Promise((resolve) => {
      socket.on("close", (code: number, reason: Buffer) => resolve({ code, reason: reason.toString() }))
    })
  }

  static async open(url: string, ca: string): Promise<Client> {
    const socket = new WebSocket(url, { ca })
    const client = new Client(socket)
    await once(socket, "open")
    // Only now: an error before the opening rejects the wait.
    socket.on("error", () => {})
    return client
  }

  receivedCount(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.received.length >= count) resolve()
      }
      this.#look()
    })
  }
}

interface DenoConnection {
  write(bytes: Uint8Array): Promise<number>
  close(): void
}

/**
 * A socket whose owner never reads, not even into a buffer of its own, and how to end it. Deno's `node:tls` reads ahead
 * without a bound, so there its own connection is used.
 */
export async function neverReading(served: Rig, path: string): Promise<() => void> {
  const deno = (globalThis as { Deno?: { connectTls(options: object): Promise<DenoConnection> } }).Deno
  if (deno === undefined) {
    const raw = await served.raw()
    raw.write(upgradeRequest(path))
    raw.pause()
    return () => raw.destroy()
  }
  const caCerts = [served.certificate.certificatePem]
  const connection = await deno.connectTls({ hostname: "127.0.0.1", port: served.port, caCerts })
  await connection.write(new TextEncoder().encode(upgradeRequest(path)))
  return () => connection.close()
}

/** Reads a raw connection's answer up to its first line. */
export async function statusLine(socket: TLSSocket): Promise<string> {
  let text = ""
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.includes("\r\n")) break
  }
  return text.split("\r\n", 1)[0] ?? ""
}

export function upgradeRequest(path: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
  )
}

/** The head of a client's frame that announces `bytes`, masked with zeroes (RFC 6455, 5.2). */
export function frameHead(opcode: number, bytes: number): Buffer {
  const head = Buffer.alloc(14)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(bytes), 2)
  return head
}
