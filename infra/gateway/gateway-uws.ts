/**
 * The gateway on uWebSockets.js, the fast one. Its binaries load on Node with glibc 2.38 or newer only, so the package
 * is imported dynamically and here alone. It never sends inside a handler: over TLS that cuts the connection under
 * bursts, so what is sent waits for the end of the event loop's turn and goes out corked, in one TLS record.
 */

import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  us_socket_context_t,
  WebSocket
} from "@btc-vision/uwebsockets.js"
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
import { Connections, readableAddress } from "./gateway-connections.ts"
import { closeReason, floodReason, type OpenSocket, OpenSockets, Pace } from "./gateway-open-sockets.ts"
import { answerHttp } from "./gateway-uws-http.ts"
import { isTaken } from "./port-taken.ts"

type Uws = typeof import("@btc-vision/uwebsockets.js")

/** How long the last close frames may take before the connections are cut, in milliseconds. */
const stopMs = 250
/** uWebSockets.js bounds its own idle timeout to this, in seconds; ours is finer and comes first. */
const transportIdleSeconds = { min: 8, max: 960 }
/** So much too long a message may be and still be closed with its code; beyond that the transport cuts. */
const overlongBytesMax = 64 * 1024

/** Rejects where no binary of uWebSockets.js loads; the reason is its message. */
export async function uwsGateway(): Promise<Gateway> {
  const module = await import("@btc-vision/uwebsockets.js")
  const uws = ((module as { default?: Uws }).default ?? module) as Uws
  return { name: "uWebSockets.js", listen: (options) => listen(uws, options) }
}

/** Flushes every socket that has something to say, once at the end of the turn. */
class Flush {
  #waiting: UwsSocket[] = []
  #planned = false

  plan(socket: UwsSocket): void {
    this.#waiting.push(socket)
    if (this.#planned) return
    this.#planned = true
    setImmediate(() => {
      this.#planned = false
      const sockets = this.#waiting
      this.#waiting = []
      for (const waiting of sockets) waiting.flush()
    })
  }
}

class UwsSocket implements GatewaySocket<unknown>, OpenSocket {
  attachment: unknown
  lastHeardMs = performance.now()
  readonly remoteAddress: string
  readonly clientAccessToken: string | null
  readonly #path: SocketPath<unknown>
  readonly #open: OpenSockets
  readonly #flush: Flush
  readonly #pace: Pace
  #transport: WebSocket<Upgraded> | undefined
  #queue: string[] = []
  #queuedBytes = 0
  #planned = false
  #closing: { readonly code: number; readonly reason: string } | undefined

  constructor(transport: WebSocket<Upgraded>, path: SocketPath<unknown>, open: OpenSockets, flush: Flush) {
    this.#transport = transport
    this.#path = path
    this.#open = open
    this.#flush = flush
    this.#pace = new Pace(path)
    this.clientAccessToken = transport.getUserData().clientAccessToken
    this.remoteAddress = readableAddress(Buffer.from(transport.getRemoteAddressAsText()).toString())
  }

  admit(): void {
    this.#open.admit(this)
  }

  get bufferedBytes(): number {
    return this.#queuedBytes + (this.#transport?.getBufferedAmount() ?? 0)
  }

  send(text: string): boolean {
    if (this.#transport === undefined || this.#closing !== undefined) return false
    const bytes = Buffer.byteLength(text)
    if (this.bufferedBytes + bytes > this.#path.bufferedBytesMax) {
      this.close(closeCodes.slowReader, `More than ${this.#path.bufferedBytesMax} bytes wait for this reader`)
      return false
    }
    this.#queue.push(text)
    this.#queuedBytes += bytes
    this.#plan()
    return true
  }

  close(code: number, reason: string): void {
    if (this.#transport === undefined || this.#closing !== undefined) return
    this.#closing = { code, reason: closeReason(reason) }
    this.#plan()
  }

  cut(code: number, reason: string): void {
    this.#closing ??= { code, reason }
    this.#transport?.close()
  }

  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    this.#flush.plan(this)
  }

  flush(): void {
    this.#planned = false
    const transport = this.#transport
    if (transport === undefined) return
    const queue = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    transport.cork(() => {
      for (const text of queue) transport.send(text, false, false)
    })
    if (this.#closing !== undefined && this.#transport !== undefined) {
      this.#transport.end(this.#closing.code, this.#closing.reason)
    }
  }

  /** False once the socket is closing: what still comes is not handed on. */
  heard(): boolean {
    this.lastHeardMs = performance.now()
    this.counted()
    return this.#closing === undefined
  }

  /** A ping is none of ours and keeps nobody here, but it is said. */
  counted(): void {
    if (!this.#pace.takes(performance.now())) this.close(closeCodes.flood, floodReason(this.#path))
  }

  ended(code: number, reason: string): void {
    this.#transport = undefined
    this.#path.handlers.closed(this, this.#closing?.code ?? code, this.#closing?.reason ?? reason)
  }
}

interface Upgraded {
  readonly clientAccessToken: string | null
  socket?: UwsSocket
}

/** Its types lack the call: the peer's certificate in PEM, empty when it showed none. */
const certificateOf = (response: HttpResponse): string =>
  (response as unknown as { getX509Certificate(): string }).getX509Certificate()

function serveSockets(
  app: TemplatedApp,
  pattern: string,
  path: SocketPath<unknown>,
  flush: Flush,
  connections: Connections,
  { asksCertificate, ownPagesOnly }: { readonly asksCertificate: boolean; readonly ownPagesOnly: boolean }
): OpenSockets {
  const open = new OpenSockets(path)
  app.ws<Upgraded>(pattern, {
    compression: 0,
    maxPayloadLength: path.messageBytesMax + overlongBytesMax,
    // `send` bounds what waits; this one must not drop the close frame.
    maxBackpressure: 2 * path.bufferedBytesMax + 1024,
    idleTimeout: Math.min(
      Math.max(Math.ceil((2 * path.idleMsMax) / 1000), transportIdleSeconds.min),
      transportIdleSeconds.max
    ),
    sendPingsAutomatically: true,
    upgrade(response: HttpResponse, request: HttpRequest, context: us_socket_context_t) {
      if (open.full) {
        response
          .writeStatus("503 Service Unavailable")
          .writeHeader("retry-after", "5")
          .end("No room for another socket", true)
        return
      }
      // It verifies a certificate that is shown, and lets in whoever shows none.
      if (asksCertificate && certificateOf(response).length === 0) {
        response.writeStatus("403 Forbidden").end("Show a certificate of the platform's authority", true)
        return
      }
      if (request.getHeader("sec-websocket-version") !== webSocketVersion) {
        response.writeStatus("426 Upgrade Required").writeHeader("sec-websocket-version", webSocketVersion)
        response.end("This server speaks another version of WebSocket", true)
        return
      }
      if (ownPagesOnly && !isOwnPage(request.getHeader("origin"), request.getHeader("host"))) {
        response.writeStatus("403 Forbidden").end("Sockets are for pages of this server", true)
        return
      }
      const upgraded: Upgraded = { clientAccessToken: request.getHeader(clientAccessHeader) || null }
      response.upgrade(upgraded, request.getHeader("sec-websocket-key"), "", "", context)
      // From here on it is a socket of its path, and its end is not told as a connection's.
      connections.left()
    },
    open(transport) {
      const socket = new UwsSocket(transport, path, open, flush)
      transport.getUserData().socket = socket
      open.add(socket)
      socket.attachment = path.handlers.open(socket)
    },
    message(transport, message, isBinary) {
      const socket = transport.getUserData().socket
      if (socket === undefined || !socket.heard()) return
      if (message.byteLength > path.messageBytesMax) {
        socket.close(1009, `A message may have ${path.messageBytesMax} bytes, this one has ${message.byteLength}`)
      } else if (isBinary) {
        path.handlers.binary(socket, new Uint8Array(message))
      } else {
        path.handlers.text(socket, Buffer.from(message).toString())
      }
    },
    ping: (transport) => transport.getUserData().socket?.counted(),
    close(transport, code, reason) {
      const socket = transport.getUserData().socket
      if (socket === undefined) return
      open.delete(socket)
      socket.ended(code, Buffer.from(reason).toString())
    }
  })
  return open
}

async function listen(uws: Uws, options: ListenOptions) {
  const address = `${options.host}:${options.port}`
  let app: TemplatedApp
  try {
    const { certificateFile, keyFile, clientAuthorityFile } = options.tls
    const asking = clientAuthorityFile === undefined ? {} : { ca_file_name: clientAuthorityFile }
    const place = { cert_file_name: certificateFile, key_file_name: keyFile, ssl_ciphers: aeadCiphers }
    app = uws.SSLApp({ ...place, ...asking })
  } catch (error) {
    throw new ListenRefused({ address, why: `the certificate or its key cannot be used (${String(error)})` })
  }
  const flush = new Flush()
  const connections = new Connections(options)
  const counted = (response: HttpResponse, change: number) => {
    if (change < 0) connections.left()
    else if (!connections.entered(readableAddress(Buffer.from(response.getRemoteAddressAsText()).toString()))) {
      response.close()
    }
  }
  app.filter(counted as Parameters<TemplatedApp["filter"]>[0])
  const { ownPagesOnly = false } = options
  const whom = { asksCertificate: options.tls.clientAuthorityFile !== undefined, ownPagesOnly }
  const paths = Object.entries(options.sockets).map(([pattern, path]) =>
    serveSockets(app, pattern, path, flush, connections, whom)
  )
  app.any("/*", (response, request) =>
    answerHttp(response, request, Object.hasOwn(options.sockets, request.getUrl()) ? "socket" : options.http)
  )
  // uWebSockets.js can listen exclusively, but then not where connections of a server just stopped still linger, for a minute;
  // and else it would share the port with another server in silence. So it is asked first whether anybody answers there.
  if (options.port !== 0 && (await isTaken(options.host, options.port))) {
    for (const path of paths) path.stop()
    throw new ListenRefused({ address, why: "the port is taken" })
  }
  const token = await new Promise<us_listen_socket | false>((resolve) => {
    app.listen(options.host, options.port, resolve)
  })
  if (token === false) {
    for (const path of paths) path.stop()
    throw new ListenRefused({ address, why: "the port is taken, or the address is not of this machine" })
  }
  return {
    port: uws.us_socket_local_port(token as Parameters<Uws["us_socket_local_port"]>[0]),
    async close() {
      uws.us_listen_socket_close(token)
      for (const path of paths) path.stop()
      await new Promise((resolve) => setTimeout(resolve, stopMs))
      app.close()
    }
  }
}
