/**
 * The gateway on Node's own HTTPS server and `ws`: what the server falls back to where uWebSockets.js has no binary, and what
 * serves under Deno. The same port and the same bounds, slower.
 */

import { readFileSync } from "node:fs"
import { createServer, type Server } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { TLSSocket } from "node:tls"
import { WebSocket, WebSocketServer } from "ws"
import {
  aeadCiphers,
  clientAccessHeader,
  type Gateway,
  type GatewaySocket,
  isOwnPage,
  type ListenOptions,
  ListenRefused,
  type SocketPath,
  webSocketVersion
} from "../../actors/gateway.ts"
import { closeCodes } from "../../machines/wire.ts"
import { Connections, readableAddress, silentMsMax } from "./gateway-connections.ts"
import { closeReason, floodReason, type OpenSocket, OpenSockets, Pace } from "./gateway-open-sockets.ts"
import { answerHttp } from "./gateway-ws-http.ts"

/** How long the last close frames may take before the connections are cut, in milliseconds. */
const stopMs = 250

/** How long a peer may take to answer a close before it is cut, in milliseconds. */
const closeTimeoutMs = 2_000
/** The same bound uWebSockets.js has. */
const headerBytesMax = 4096
/** How often connections are looked at that take too long, in milliseconds; Node's own default is half a minute. */
const lookEveryMs = 1_000

export const wsGateway: Gateway = { name: "ws", listen }

type Peer = Pick<GatewaySocket<unknown>, "remoteAddress" | "clientAccessToken">

class WsSocket implements GatewaySocket<unknown>, OpenSocket {
  attachment: unknown
  lastHeardMs = performance.now()
  readonly remoteAddress: string
  readonly clientAccessToken: string | null
  readonly #transport: WebSocket
  readonly #path: SocketPath<unknown>
  readonly #open: OpenSockets
  readonly #pace: Pace
  #state: "open" | "closing" | "closed" = "open"
  /** What we closed with; the transport may end before it was said. */
  #ours: { readonly code: number; readonly reason: string } | undefined

  constructor(transport: WebSocket, path: SocketPath<unknown>, open: OpenSockets, peer: Peer) {
    this.#transport = transport
    this.#path = path
    this.#open = open
    this.#pace = new Pace(path)
    this.remoteAddress = peer.remoteAddress
    this.clientAccessToken = peer.clientAccessToken
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedAmount
  }

  admit(): void {
    this.#open.admit(this)
  }

  send(text: string): boolean {
    if (this.#state !== "open" || this.#transport.readyState !== WebSocket.OPEN) return false
    if (this.bufferedBytes + Buffer.byteLength(text) > this.#path.bufferedBytesMax) {
      this.close(closeCodes.slowReader, `More than ${this.#path.bufferedBytesMax} bytes wait for this reader`)
      return false
    }
    this.#transport.send(text)
    return true
  }

  close(code: number, reason: string): void {
    if (this.#state !== "open") return
    this.#state = "closing"
    const cut = closeReason(reason)
    this.#ours = { code, reason: cut }
    this.#transport.close(code, cut)
    // The peer's half of the close may take long; for us the socket is over now.
    setImmediate(() => this.ended(code, cut))
  }

  cut(code: number, reason: string): void {
    this.#ours ??= { code, reason }
    this.#transport.terminate()
  }

  heard(): boolean {
    this.lastHeardMs = performance.now()
    this.counted()
    return this.#state === "open"
  }

  /** A ping is none of ours and keeps nobody here, but it is said. */
  counted(): void {
    if (!this.#pace.takes(performance.now())) this.close(closeCodes.flood, floodReason(this.#path))
  }

  ended(code: number, reason: string): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    this.#open.delete(this)
    this.#path.handlers.closed(this, this.#ours?.code ?? code, this.#ours?.reason ?? reason)
  }
}

function adopt(transport: WebSocket, path: SocketPath<unknown>, open: OpenSockets, peer: Peer): void {
  const socket = new WsSocket(transport, path, open, peer)
  open.add(socket)
  transport.on("message", (message: Buffer, isBinary: boolean) => {
    if (!socket.heard()) return
    if (isBinary) path.handlers.binary(socket, message)
    else path.handlers.text(socket, message.toString())
  })
  transport.on("ping", () => socket.counted())
  // `ws` closes by itself after an error, and tells the peer the code, but not us.
  transport.on("error", (error) => {
    if ("code" in error && error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") socket.ended(1009, error.message)
  })
  transport.on("close", (code, reason) => socket.ended(code, reason.toString()))
  socket.attachment = path.handlers.open(socket)
}

interface ServedPath {
  readonly open: OpenSockets
  upgrade(request: Parameters<WebSocketServer["handleUpgrade"]>[0], stream: Duplex, head: Buffer): void
}

function serveSockets(path: SocketPath<unknown>): ServedPath {
  const open = new OpenSockets(path)
  const acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: path.messageBytesMax,
    closeTimeout: closeTimeoutMs
  } as ConstructorParameters<typeof WebSocketServer>[0])
  return {
    open,
    upgrade(request, stream, head) {
      if (open.full) return refuseUpgrade(stream, "503 Service Unavailable\r\nRetry-After: 5")
      acceptor.handleUpgrade(request, stream, head, (transport) => {
        const remoteAddress = readableAddress(request.socket.remoteAddress ?? "")
        const token = request.headers[clientAccessHeader]
        adopt(transport, path, open, { remoteAddress, clientAccessToken: typeof token === "string" ? token : null })
      })
    }
  }
}

function refuseUpgrade(stream: Duplex, status: string): void {
  stream.on("error", () => {})
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function createHttps(options: ListenOptions, address: string): Server {
  const { clientAuthorityFile } = options.tls
  try {
    return createServer({
      cert: readFileSync(options.tls.certificateFile),
      key: readFileSync(options.tls.keyFile),
      ...(clientAuthorityFile === undefined
        ? {}
        : { ca: readFileSync(clientAuthorityFile), requestCert: true, rejectUnauthorized: false }),
      minVersion: "TLSv1.2",
      ciphers: `TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:${aeadCiphers}`,
      maxHeaderSize: headerBytesMax,
      handshakeTimeout: silentMsMax,
      headersTimeout: silentMsMax,
      requestTimeout: 2 * silentMsMax,
      connectionsCheckingInterval: lookEveryMs
    })
  } catch (error) {
    throw new ListenRefused({ address, why: `the certificate or its key cannot be used (${String(error)})` })
  }
}

async function listen(options: ListenOptions) {
  const address = `${options.host}:${options.port}`
  const server = createHttps(options, address)
  const paths = new Map(Object.entries(options.sockets).map(([pattern, path]) => [pattern, serveSockets(path)]))
  server.on("upgrade", (request, stream, head) => {
    const served = paths.get(pathOf(request.url))
    if (served === undefined) refuseUpgrade(stream, "404 Not Found")
    else if (request.headers["sec-websocket-version"] !== webSocketVersion) {
      refuseUpgrade(stream, `426 Upgrade Required\r\nSec-WebSocket-Version: ${webSocketVersion}`)
    } else if (options.tls.clientAuthorityFile !== undefined && !(request.socket as TLSSocket).authorized) {
      refuseUpgrade(stream, "403 Forbidden")
    } else if (options.ownPagesOnly && !isOwnPage(request.headers.origin, request.headers.host)) {
      refuseUpgrade(stream, "403 Forbidden")
    } else served.upgrade(request, stream, head)
  })
  server.on("request", (request, response) => {
    void answerHttp(request, response, paths.has(pathOf(request.url)) ? "socket" : options.http)
  })
  const counted = new Connections(options)
  const connections = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    const mayStay = counted.entered(readableAddress(socket.remoteAddress ?? ""))
    connections.add(socket)
    socket.once("close", () => {
      connections.delete(socket)
      counted.left()
    })
    if (!mayStay) socket.destroy()
  })
  server.on("tlsClientError", (_, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      for (const { open } of paths.values()) open.stop()
      reject(new ListenRefused({ address, why: error.message }))
    })
    server.listen({ host: options.host, port: options.port, exclusive: true }, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const { open } of paths.values()) open.stop()
      const done = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      // Those whose handshake is under way are no HTTP connections yet, and would be waited for.
      const cut = setTimeout(() => {
        for (const socket of connections) socket.destroy()
      }, stopMs)
      await done
      clearTimeout(cut)
    }
  }
}

function pathOf(url: string | undefined): string {
  return url?.split("?", 1)[0] ?? ""
}
