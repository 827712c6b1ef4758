/** The platform's door on every gateway: only who shows a certificate of its authority gets a socket, over TLS that is worth the name. */
import { request } from "node:https"
import { type ConnectionOptions, connect } from "node:tls"
import { describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import type { GatewaySocket } from "../../actors/gateway.ts"
import { platformCertificates } from "./client-certificates.ts"
import { certificate, echo, folder, gateways } from "./gateway-rig.ts"

const ca = certificate.certificatePem

/** Opens a socket and answers what became of it: "open", an HTTP status, or "cut". */
function knock(
  port: number,
  options: { cert?: string; key?: string; headers?: Record<string, string> }
): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}/echo`, { ca, ...options })
    socket.on("open", () => {
      socket.close()
      resolve("open")
    })
    socket.on("unexpected-response", (_, response) => {
      socket.terminate()
      resolve(String(response.statusCode))
    })
    socket.on("error", () => resolve("cut"))
  })
}

/** What a plain request got: an HTTP status, or "cut". */
const ask = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, ca }, ({ statusCode }) => resolve(String(statusCode)))
    asked.on("error", () => resolve("cut"))
    asked.end()
  })

/** How a handshake with these options ended. */
const handshake = (port: number, options: ConnectionOptions): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, ca, ...options })
    socket.on("secureConnect", () => {
      resolve(socket.getCipher().name)
      socket.destroy()
    })
    socket.on("error", () => resolve("refused"))
  })

describe.each(gateways)("$name", (gateway) => {
  it("opens a socket for a certificate of the authority, and for no other and for none", async () => {
    const platform = await platformCertificates(folder, "platform")
    const stranger = await platformCertificates(folder, "stranger")
    const seen: (string | null)[] = []
    const path = echo().path
    const handlers = {
      ...path.handlers,
      open(socket: GatewaySocket<unknown>) {
        seen.push(socket.clientAccessToken)
        return path.handlers.open(socket as never)
      }
    }
    const tls = { ...certificate, clientAuthorityFile: platform.authorityFile }
    const sockets = { "/echo": { ...path, handlers } as never }
    const http = () => new Response("fine")
    const listening = await gateway.listen({ host: "127.0.0.1", port: 0, tls, sockets, http })
    const { port } = listening
    expect(await knock(port, { cert: platform.certificate, key: platform.key })).toBe("open")
    const headers = { "X-Client-Access-Token": "secret" }
    expect(await knock(port, { cert: platform.certificate, key: platform.key, headers })).toBe("open")
    expect(await knock(port, {})).toBe("403")
    expect(await knock(port, { cert: stranger.certificate, key: stranger.key })).toMatch(/403|cut/)
    expect(seen).toEqual([null, "secret"])
    await listening.close()
  })

  it("cuts whoever is not admitted before a word is said, socket and plain HTTP alike, and tells of it", async () => {
    const turnedAway: string[] = []
    const sockets = { "/echo": echo().path as never }
    const listening = await gateway.listen({
      host: "127.0.0.1",
      port: 0,
      tls: certificate,
      sockets,
      http: () => new Response("fine"),
      admits: (address) => address !== "127.0.0.1",
      turnedAway: (why, address) => void turnedAway.push(`${why}: ${address}`)
    })
    expect(await knock(listening.port, {})).toBe("cut")
    expect(await ask(listening.port)).toBe("cut")
    expect(turnedAway).toEqual(Array(2).fill("an address of no allowed network: 127.0.0.1"))
    await listening.close()
  })

  it("speaks TLS 1.3 or 1.2 with ciphers that authenticate, and nothing older or weaker", async () => {
    const listening = await gateway.listen({ host: "127.0.0.1", port: 0, tls: certificate, sockets: {} })
    const { port } = listening
    expect(await handshake(port, {})).toMatch(/^TLS_/)
    expect(await handshake(port, { maxVersion: "TLSv1.2" })).toMatch(/GCM|CHACHA20/)
    expect(await handshake(port, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES256-SHA" })).toMatch(
      /^refused$|GCM|CHACHA20/
    )
    const old: ConnectionOptions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }
    expect(await handshake(port, old)).toBe("refused")
    await listening.close()
  })
})
