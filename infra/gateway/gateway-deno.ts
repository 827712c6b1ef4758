/**
 * The gateway on Deno's own server: the same port and the same bounds. Deno takes a whole message (of up to 64 MiB)
 * before it is handed on, so here a message that is too long is refused only after it arrived; and it cuts a peer that
 * goes on sending after our close, who may then never see the close code.
 */

import { readFileSync } from "node:fs"
import type { SocketPath } from "../../actors/gateway.ts"
import {
  clientAccessHeader,
  type Gateway,
  type GatewaySocket,
  type Listening,
  type ListenOptions,
  ListenRefused,
  requestBytesMax,
  servedMethods
} from "../../actors/gateway.ts"
import { closeCodes } from "../../machines/wire.ts"
import { closeReason, type OpenSocket, OpenSockets } from "./gateway-open-sockets.ts"

/** What this file uses of Deno's global, whose types Node's compiler does not know. */
interface DenoServer {
  readonly addr: { readonly port: number }
  readonly finished: Promise<void>
}
interface DenoRuntime {
  serve(
    options: { hostname: string; port: number; cert: string; key: string; signal: AbortSignal; onListen(): void },
    handler: (request: Request, about: { remoteAddr: { hostname: string } }) => Response | Promise<Response>
  ): DenoServer
  upgradeWebSocket(request: Request, options: { idleTimeout: number }): { socket: WebSocket; response: Response }
}
const deno = (globalThis as unknown as { Deno: DenoRuntime }).Deno

/** How long the last close frames may take before the connections are cut, in milliseconds. */
const stopMs = 250
const encoder = new TextEncoder()

export const denoGateway: Gateway = { name: "Deno.serve", listen }

type Peer = Pick<GatewaySocket<unknown>, "remoteAddress" | "clientAccessToken">

class DenoSocket implements GatewaySocket<unknown>, OpenSocket {
  attachment: unknown
  lastHeardMs = performance.now()
  readonly remoteAddress: string
  readonly clientAccessToken: string | null
  readonly #transport: WebSocket
  readonly #path: SocketPath<unknown>
  readonly #ended: () => void
  #state: "open" | "closing" | "closed" = "open"
  /** What we closed with; the transport may end before it was said. */
  #ours: { readonly code: number; readonly reason: string } | undefined

  constructor(transport: WebSocket, path: SocketPath<unknown>, peer: Peer, ended: () => void) {
    this.#transport = transport
    this.#path = path
    this.#ended = ended
    this.remoteAddress = peer.remoteAddress
    this.clientAccessToken = peer.clientAccessToken
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedAmount
  }

  send(text: string): boolean {
    if (this.#state !== "open" || this.#transport.readyState !== WebSocket.OPEN) return false
    if (this.bufferedBytes + encoder.encode(text).length > this.#path.bufferedBytesMax) {
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
    setTimeout(() => this.ended(code, cut), 0)
  }

  heard(): boolean {
    this.lastHeardMs = performance.now()
    return this.#state === "open"
  }

  ended(code: number, reason: string): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    this.#ended()
    this.#path.handlers.closed(this, this.#ours?.code ?? code, this.#ours?.reason ?? reason)
  }
}

function adopt(transport: WebSocket, path: SocketPath<unknown>, open: OpenSockets, peer: Peer): void {
  transport.binaryType = "arraybuffer"
  let socket: DenoSocket | undefined
  transport.addEventListener("open", () => {
    const opened = new DenoSocket(transport, path, peer, () => open.delete(opened))
    socket = opened
    open.add(opened)
    opened.attachment = path.handlers.open(opened)
  })
  transport.addEventListener("message", ({ data: message }: MessageEvent<string | ArrayBuffer>) => {
    if (socket === undefined || !socket.heard()) return
    const bytes = typeof message === "string" ? encoder.encode(message).length : message.byteLength
    if (bytes > path.messageBytesMax) {
      socket.close(1009, `A message may have ${path.messageBytesMax} bytes, this one has ${bytes}`)
    } else if (typeof message === "string") {
      path.handlers.text(socket, message)
    } else {
      path.handlers.binary(socket, new Uint8Array(message))
    }
  })
  // An error is followed by `close`, which tells it.
  transport.addEventListener("error", (event) => event.preventDefault())
  transport.addEventListener("close", ({ code, reason }) => {
    // Deno says 0 of a connection that was cut.
    socket?.ended(code === 0 ? 1006 : code, reason)
  })
}

interface ServedPath {
  readonly path: SocketPath<unknown>
  readonly open: OpenSockets
}

function answerSocket({ path, open }: ServedPath, request: Request, remoteAddress: string): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("This path speaks WebSocket only", { status: 426, headers: { connection: "close" } })
  }
  if (open.full) return new Response("No room for another socket", { status: 503, headers: { "retry-after": "5" } })
  // An upgraded request has no headers any more.
  const clientAccessToken = request.headers.get(clientAccessHeader)
  let upgraded: { socket: WebSocket; response: Response }
  try {
    upgraded = deno.upgradeWebSocket(request, { idleTimeout: Math.ceil((2 * path.idleMsMax) / 1000) })
  } catch {
    return new Response("The handshake is not a WebSocket's", { status: 400 })
  }
  adopt(upgraded.socket, path, open, { remoteAddress, clientAccessToken })
  return upgraded.response
}

async function answerHttp(request: Request, handler: ListenOptions["http"], address: string): Promise<Response> {
  if (handler === undefined) return new Response("Nothing is served at this path", { status: 404 })
  const body = await readBody(request)
  if (body === undefined) return new Response(`A request body may have ${requestBytesMax} bytes`, { status: 413 })
  // Without its signal: Deno aborts that after every answer, whether or not the reader left.
  const { method, headers } = request
  if (!servedMethods.has(method)) return new Response("This method is not served", { status: 405 })
  const bodyless = method === "GET" || method === "HEAD"
  try {
    return await handler(new Request(request.url, { method, headers, ...(bodyless ? {} : { body }) }), address)
  } catch {
    return new Response("The server failed to answer", { status: 500 })
  }
}

/** None when it is longer than it may be. */
async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const whole = new Uint8Array(requestBytesMax)
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    if (bytes + chunk.length > requestBytesMax) return undefined
    whole.set(chunk, bytes)
    bytes += chunk.length
  }
  return whole.slice(0, bytes)
}

async function listen(options: ListenOptions): Promise<Listening> {
  // Deno's own server asks nobody for a certificate; Node's does, under Deno too.
  if (options.tls.clientAuthorityFile !== undefined) return (await import("./gateway-ws.ts")).wsGateway.listen(options)
  const address = `${options.host}:${options.port}`
  const paths = new Map(
    Object.entries(options.sockets).map(([pattern, path]) => [pattern, { path, open: new OpenSockets(path) }])
  )
  const cut = new AbortController()
  let server: DenoServer
  try {
    server = deno.serve(
      {
        hostname: options.host,
        port: options.port,
        cert: readFileSync(options.tls.certificateFile, "utf8"),
        key: readFileSync(options.tls.keyFile, "utf8"),
        signal: cut.signal,
        // Deno prints a line of its own otherwise, on standard output.
        onListen() {}
      },
      (request, { remoteAddr }) => {
        const served = paths.get(new URL(request.url).pathname)
        return served === undefined
          ? answerHttp(request, options.http, remoteAddr.hostname)
          : answerSocket(served, request, remoteAddr.hostname)
      }
    )
  } catch (error) {
    for (const { open } of paths.values()) open.stop()
    throw new ListenRefused({ address, why: error instanceof Error ? error.message : String(error) })
  }
  return {
    port: server.addr.port,
    async close() {
      for (const { open } of paths.values()) open.stop()
      await new Promise((resolve) => setTimeout(resolve, stopMs))
      cut.abort()
      await server.finished
    }
  }
}
