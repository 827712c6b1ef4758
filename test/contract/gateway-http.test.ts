/** The gateway's contract for what is no socket, the same for every gateway this runtime can load. */

import { request } from "node:https"
import { connect as connectPlain } from "node:net"
import { join } from "node:path"
import { connect } from "node:tls"
import { describe, expect, it } from "vitest"
import { ListenRefused } from "../../actors/gateway.ts"
import { freePort } from "../server/process.ts"
import { type Rig, statusLine } from "./gateway-client.ts"
import { certificate, echo, folder, gateways, serve, stillServes } from "./gateway-rig.ts"

describe.each(gateways)("$name", (gateway) => {
  it("answers 404 for an unknown path, socket or not, and 426 for plain HTTP on a socket path", async () => {
    const served = await serve(gateway, { "/echo": echo().path })
    await expect(served.open("/nowhere")).rejects.toThrow(/404/)
    expect(await get(served, "/nowhere")).toMatchObject({ status: 404 })
    expect(await get(served, "/echo")).toMatchObject({ status: 426 })
    expect(await get(served, "/__proto__")).toMatchObject({ status: 404 })
  })

  it("tells the handler who asks", async () => {
    const served = await serve(gateway, { "/echo": echo().path }, (_, address) => new Response(address))
    expect((await get(served, "/api")).body).toMatch(/^(::ffff:)?127\.0\.0\.1$|^(0000:){5}ffff:7f00:0001$/)
  })

  it("gives HTTP to the handler as a Request and streams its Response", async () => {
    const served = await serve(gateway, { "/echo": echo().path }, async (asked) => {
      const body = `${asked.method} ${asked.url} ${asked.headers.get("x-word")} ${await asked.text()}`
      const parts = ["<", body, ">"].map((part) => new TextEncoder().encode(part))
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          const part = parts.shift()
          if (part === undefined) controller.close()
          else controller.enqueue(part)
        }
      })
      return new Response(stream, { status: 201, headers: { "x-answer": "yes" } })
    })
    const answer = await get(served, "/api/x?y=1", { method: "POST", headers: { "x-word": "w" } }, "body")
    expect(answer.status).toBe(201)
    expect(answer.headers["x-answer"]).toBe("yes")
    expect(answer.body).toBe(`<POST https://127.0.0.1:${served.port}/api/x?y=1 w body>`)
  })

  it("answers 413 for a body that is too long, 500 for a handler that fails, and goes on", async () => {
    const served = await serve(gateway, { "/echo": echo().path }, (asked) => {
      if (asked.url.endsWith("/fails")) throw new Error("no")
      return new Response(`fine ${asked.url}`)
    })
    const long = await get(served, "/api", { method: "POST" }, "x".repeat(1024 * 1024 + 1))
    expect(long.status).toBe(413)
    expect(await get(served, "/fails")).toMatchObject({ status: 500 })
    expect(await get(served, "/api", { method: "HEAD" })).toMatchObject({ status: 200, body: "" })
    expect(await get(served, "/api")).toMatchObject({ status: 200, body: `fine https://127.0.0.1:${served.port}/api` })
  })

  it("survives headers without end, a handshake that is none, and bytes that are no TLS", async () => {
    const served = await serve(gateway, { "/echo": echo().path })
    const long = await served.raw()
    long.write(`GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ${"x".repeat(100_000)}\r\n\r\n`)
    expect(await statusLine(long)).toMatch(/^$|^HTTP\/1\.1 4/)
    const keyless = await served.raw()
    keyless.write("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    expect(await statusLine(keyless)).toMatch(/^$|^HTTP\/1\.1 4/)
    const plain = connectPlain({ host: "127.0.0.1", port: served.port })
    plain.on("error", () => {})
    plain.end("GET / HTTP/1.1\r\n\r\n")
    await new Promise((resolve) => plain.resume().once("close", resolve))
    await stillServes(served, "/echo")
  })

  it("listens again at once where connections of a stopped server still linger", async () => {
    const first = await gateway.listen({ host: "127.0.0.1", port: await freePort(), tls: certificate, sockets: {} })
    const ca = certificate.certificatePem
    const socket = connect({ host: "127.0.0.1", port: first.port, ca })
    socket.on("error", () => {})
    await new Promise((resolve) => socket.once("secureConnect", resolve))
    const gone = new Promise((resolve) => socket.once("close", resolve))
    await first.close()
    socket.destroy()
    await gone
    const second = await gateway.listen({ host: "127.0.0.1", port: first.port, tls: certificate, sockets: {} })
    expect(second.port).toBe(first.port)
    await second.close()
  })

  it("refuses a port that is taken and a certificate that is none", async () => {
    const served = await serve(gateway, { "/echo": echo().path })
    const options = { host: "127.0.0.1", tls: certificate, sockets: {} }
    await expect(gateway.listen({ ...options, port: served.port })).rejects.toThrow(ListenRefused)
    // A port asked for by number is shared in silence by some servers, one given by the system is not.
    const freed = await gateway.listen({ ...options, port: 0 })
    await freed.close()
    const first = await gateway.listen({ ...options, port: freed.port })
    await expect(gateway.listen({ ...options, port: freed.port })).rejects.toThrow(ListenRefused)
    await first.close()
    const tls = { certificateFile: join(folder, "none.pem"), keyFile: join(folder, "none.pem") }
    await expect(gateway.listen({ ...options, port: 0, tls })).rejects.toThrow(ListenRefused)
    await stillServes(served, "/echo")
  })
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

function get(
  served: Rig,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
  body = ""
) {
  return new Promise<Answer>((resolve, reject) => {
    const ca = served.certificate.certificatePem
    const asked = request({ host: "127.0.0.1", port: served.port, path, ca, agent: false, ...options }, (answer) => {
      let text = ""
      answer.on("data", (chunk) => {
        text += String(chunk)
      })
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
    })
    asked.on("error", reject)
    asked.end(body)
  })
}
