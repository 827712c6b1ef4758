/**
 * A server of the protocol that does what a script says, on a real gateway with TLS, and a proxy before it that cuts
 * connections: what the SDK's tests talk to. It reads no picture.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { connect, createServer, type Socket as TcpSocket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { GatewaySocket } from "../../actors/gateway.ts"
import { chooseGateway } from "../../infra/gateway/gateway.ts"
import { pinnedSocket } from "../../infra/gateway/pinned-socket.ts"
import { tlsCertificate } from "../../infra/gateway/tls.ts"
import * as wire from "../../machines/wire.ts"
import type { CreateSocket } from "../../sdk/link.ts"

type Say = (answer: wire.ControlAnswer | wire.StreamAnswer) => void
export interface Script {
  bounds?: Partial<wire.Bounds>
  protocol?: number
  /** True: the request was answered here, or is not to be. */
  control?(request: wire.ControlRequest, say: Say, socket: GatewaySocket<void>): boolean
  stream?(request: wire.StreamRequest, say: Say, socket: GatewaySocket<void>): boolean
  frame?(header: wire.FrameHeader, say: Say, socket: GatewaySocket<void>): boolean
}

export interface ScriptedServer {
  readonly url: string
  readonly createSocket: CreateSocket
  readonly certificatePem: string
  readonly requests: wire.ControlRequest[]
  readonly frames: wire.FrameHeader[]
  readonly controls: GatewaySocket<void>[]
  readonly streams: GatewaySocket<void>[]
  /** Between the client and both sockets. */
  readonly controlProxy: CuttingProxy
  readonly streamProxy: CuttingProxy
  close(): Promise<void>
}

export const picture = new Uint8Array(20_000).fill(7)

export const consent: wire.Consent = {
  id: "consent-1",
  textVersion: "1",
  textSha256: "0".repeat(64),
  purposes: ["expressionAnalysis"],
  givenAt: 1_700_000_000_000
}

export function reportOf(received: number): wire.WireReport {
  const shares = { satisfaction: null, negative: null, neutral: null, positive: null, coverage: null }
  return { ...shares, counted: 0, unreadable: 0, dropped: 0, received }
}

export async function scriptedServer(script: Script = {}): Promise<ScriptedServer> {
  const folder = mkdtempSync(join(tmpdir(), "mimika-sdk-"))
  const tls = await tlsCertificate(folder)
  const { gateway } = await chooseGateway()
  const requests: wire.ControlRequest[] = []
  const frames: wire.FrameHeader[] = []
  const controls: GatewaySocket<void>[] = []
  const streams: GatewaySocket<void>[] = []
  const bounds = { ...wire.defaultBounds, ...script.bounds }
  const greeting = { type: "greeting", protocol: script.protocol ?? wire.protocolVersion, bounds } as const
  const plenty = { socketsMax: 10, strangersMax: 10, messagesPerSecondMax: 1_000 }
  const common = { messageBytesMax: 1e6, idleMsMax: 30_000, bufferedBytesMax: 1e6, ...plenty }
  let placedCount = 0
  const place = (type: "started" | "resumed", analysing: boolean): wire.ControlAnswer => {
    placedCount += 1
    const tokens = { streamToken: `stream-${placedCount}`, resumeToken: `resume-${placedCount}` }
    return { type, conference: "c", streamUrl: `${streamProxy.url}/frames`, ...tokens, analysing, afterSequence: 0 }
  }
  let consented = false
  const answerControl = (request: wire.ControlRequest, say: Say, socket: GatewaySocket<void>) => {
    switch (request.type) {
      case "start":
        consented = request.consent !== null
        return say(place("started", consented))
      case "resume":
        return say(place("resumed", consented))
      case "consent":
        consented = true
        return say({ type: "consentRecorded", consent: request.consent.id })
      case "withdraw":
        consented = false
        return say({ type: "withdrawn" })
      case "end":
        say({ type: "report", conference: "c", report: reportOf(frames.length) })
        return socket.close(wire.closeCodes.ended, "The conference ended")
      case "ping":
        return say({ type: "pong" })
    }
  }
  const listening = await gateway.listen({
    host: "127.0.0.1",
    port: 0,
    tls,
    sockets: {
      "/conferences": {
        ...common,
        handlers: {
          open(socket) {
            socket.admit()
            controls.push(socket)
            socket.send(JSON.stringify(greeting))
          },
          text(socket, text) {
            const request = JSON.parse(text) as wire.ControlRequest
            const say: Say = (answer) => void socket.send(JSON.stringify(answer))
            if (request.type !== "ping") requests.push(request)
            if (script.control?.(request, say, socket) !== true) answerControl(request, say, socket)
          },
          binary() {},
          closed() {}
        }
      },
      "/frames": {
        ...common,
        handlers: {
          open(socket) {
            socket.admit()
            streams.push(socket)
            socket.send(JSON.stringify(greeting))
          },
          text(socket, text) {
            const request = JSON.parse(text) as wire.StreamRequest
            const say: Say = (answer) => void socket.send(JSON.stringify(answer))
            if (script.stream?.(request, say, socket) === true) return
            if (request.type === "ping") say({ type: "pong" })
            else if (request.streamToken === `stream-${placedCount}`) say({ type: "opened", conference: "c" })
            else socket.close(wire.closeCodes.unauthorised, "The stream token is not for this edge")
          },
          binary(socket, message) {
            const header = wire.decodeFrameHeader(message)
            if (typeof header === "string") return socket.close(wire.closeCodes.malformed, header)
            frames.push(header)
            const say: Say = (answer) => void socket.send(JSON.stringify(answer))
            if (script.frame?.(header, say, socket) === true) return
            say({ type: "answer", sequence: header.sequence, outcome: "unreadable", reason: "noFace" })
          },
          closed() {}
        }
      }
    }
  })
  const controlProxy = await CuttingProxy.before(listening.port)
  const streamProxy = await CuttingProxy.before(listening.port)
  return {
    url: controlProxy.url,
    createSocket: pinnedSocket(tls.certificatePem),
    certificatePem: tls.certificatePem,
    requests,
    frames,
    controls,
    streams,
    controlProxy,
    streamProxy,
    async close() {
      await Promise.all([controlProxy.close(), streamProxy.close(), listening.close()])
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Passes bytes on until told to cut: the cable between client and server. */
export class CuttingProxy {
  readonly url: string
  readonly #server: ReturnType<typeof createServer>
  readonly #pairs = new Set<readonly [TcpSocket, TcpSocket]>()
  #cutAfterBytes = Number.POSITIVE_INFINITY
  #down = false

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server
    this.url = `wss://127.0.0.1:${port}`
  }

  static async before(targetPort: number): Promise<CuttingProxy> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const proxy = new CuttingProxy(server, (server.address() as { port: number }).port)
    server.on("connection", (client) =>
      proxy.#join(client, connect({ port: targetPort, host: "127.0.0.1", noDelay: true }))
    )
    return proxy
  }

  /** Cuts every connection once this many more bytes went from client to server. */
  cutAfter(bytes: number): void {
    this.#cutAfterBytes = bytes
  }

  cut(): void {
    for (const [client, target] of [...this.#pairs]) {
      client.destroy()
      target.destroy()
    }
  }

  /** From now on every connection is cut at once. */
  down(): void {
    this.#down = true
    this.cut()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: TcpSocket, target: TcpSocket): void {
    const pair = [client, target] as const
    this.#pairs.add(pair)
    for (const [from, to] of [pair, [target, client] as const]) {
      from.on("error", () => {})
      from.on("close", () => {
        this.#pairs.delete(pair)
        to.destroy()
      })
    }
    target.on("data", (bytes) => client.write(bytes))
    client.on("data", (bytes) => {
      const passing = bytes.subarray(0, this.#cutAfterBytes)
      this.#cutAfterBytes -= passing.length
      if (this.#cutAfterBytes > 0) target.write(passing)
      else {
        this.#cutAfterBytes = Number.POSITIVE_INFINITY
        target.write(passing, () => this.cut())
      }
    })
    if (this.#down) this.cut()
  }
}
