/** The gateway's contract, the same for every gateway this runtime can load. */

import { mkdtempSync, rmSync } from "node:fs"
import { request } from "node:https"
import { connect as connectPlain } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { type Gateway, type ListenOptions, ListenRefused } from "../../actors/gateway.ts"
import { chooseGateway } from "../../infra/gateway.ts"
import { type TlsCertificate, tlsCertificate } from "../../infra/tls.ts"
import { closeCodes } from "../../machines/wire.ts"
import {
  frameHead,
  neverReading,
  type Recording,
  type Rig,
  recording,
  rig,
  statusLine,
  sumOf,
  upgradeRequest
} from "./gateway-client.ts"

const onDeno = "Deno" in globalThis
const chosen = await chooseGateway()
const gateways: Gateway[] = [chosen.gateway]
if (!onDeno && chosen.gateway.name !== "ws") gateways.push((await import("../../infra/gateway-ws.ts")).wsGateway)

const folder = mkdtempSync(join(tmpdir(), "mimika-gateway-"))
let certificate: TlsCertificate
beforeAll(async () => {
  certificate = await tlsCertificate(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("chooseGateway()", () => {
  it("takes the runtime's best gateway, or says in one line why not", () => {
    if (onDeno) expect(chosen).toMatchObject({ gateway: { name: "Deno.serve" }, fallback: null })
    else if (process.env.MIMIKA_GATEWAY_REQUIRED === "uws") {
      expect(chosen).toMatchObject({ gateway: { name: "uWebSockets.js" }, fallback: null })
    } else if (chosen.gateway.name === "ws") {
      expect(chosen.fallback).toMatch(/^Gateway: ws instead of uWebSockets\.js, because .*\S.*$/)
    } else expect(chosen).toMatchObject({ gateway: { name: "uWebSockets.js" }, fallback: null })
  })
})

describe.each(gateways)("$name", (gateway) => {
  const rigs: Rig[] = []
  const serve = async (sockets: ListenOptions["sockets"], http?: ListenOptions["http"]) => {
    const served = await rig(gateway, certificate, sockets, http)
    rigs.push(served)
    return served
  }
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((served) => served.close()))
  })
  /** The server still serves: a new client is answered. */
  const stillServes = async (served: Rig, path: string) => {
    const client = await served.open(path)
    client.socket.send("still there?")
    await client.receivedCount(1)
    expect(client.received).toEqual(["still there?"])
    client.socket.close()
  }
  const echo = (bounds: Parameters<typeof recording>[0] = {}): Recording =>
    recording(bounds, (socket, seen) => {
      if (seen.saw === "text") socket.send(seen.message)
      if (seen.saw === "binary") socket.send(`${seen.bytes} ${seen.sum}`)
    })

  it("hands text and bytes on whole and in order, with what open() answered", async () => {
    const path = echo()
    const client = await (await serve({ "/echo": path.path })).open("/echo")
    const picture = Uint8Array.from({ length: 200_000 }, (_, at) => at * 7)
    client.socket.send("привет")
    client.socket.send(picture)
    client.socket.send("")
    await client.receivedCount(3)
    expect(client.received).toEqual(["привет", `200000 ${sumOf(picture)}`, ""])
    expect(path.seen[0]).toEqual({ saw: "open", attachment: 0, remoteAddress: "127.0.0.1" })
    expect(client.socket.extensions).toBe("")
  })

  it("survives answers given inside the handler while a burst of pictures comes in", async () => {
    const path = echo()
    const client = await (await serve({ "/echo": path.path })).open("/echo")
    const picture = new Uint8Array(150_000).fill(9)
    for (let count = 0; count < 64; count++) client.socket.send(picture)
    await client.receivedCount(64)
    expect(new Set(client.received)).toEqual(new Set([`150000 ${sumOf(picture)}`]))
  })

  it("sends what was said in open() and before close(), then closes with code and reason", async () => {
    const path = recording({}, (socket, seen) => {
      if (seen.saw !== "open") return
      socket.send("first")
      socket.send("second")
      socket.close(4404, "No such conference, ".repeat(20))
      // closed() comes later, never inside close().
      expect(path.seen.length).toBe(1)
      expect(socket.send("too late")).toBe(false)
    })
    const client = await (await serve({ "/talk": path.path })).open("/talk")
    const { code, reason } = await client.closed
    expect(client.received).toEqual(["first", "second"])
    expect(code).toBe(4404)
    expect(reason).toBe("No such conference, ".repeat(20).slice(0, 123))
    expect(await path.untilClosed(0)).toMatchObject({ code: 4404 })
    expect(path.seen.filter(({ saw }) => saw === "closed").length).toBe(1)
  })

  it("tells the peer's close once, with its code, and drops what is sent later", async () => {
    const path = echo()
    const client = await (await serve({ "/echo": path.path })).open("/echo")
    client.socket.close(4000, "enough")
    expect(await path.untilClosed(0)).toMatchObject({ code: 4000, reason: "enough" })
    expect(path.sockets[0]?.send("too late")).toBe(false)
    path.sockets[0]?.close(4400, "too late")
    await client.closed
    expect(path.seen.filter(({ saw }) => saw === "closed").length).toBe(1)
  })

  it("tells a socket cut in the middle of a message as 1006, and hands nothing of the message on", async () => {
    const path = echo()
    const served = await serve({ "/echo": path.path })
    const raw = await served.raw()
    raw.write(upgradeRequest("/echo"))
    expect(await statusLineThenOpen(path, raw)).toMatch(/^HTTP\/1\.1 101/)
    raw.write(Buffer.concat([frameHead(2, 100_000), Buffer.alloc(50_000)]))
    raw.destroy()
    expect(await path.untilClosed(0)).toMatchObject({ code: 1006 })
    expect(path.seen.map(({ saw }) => saw)).toEqual(["open", "closed"])
    await stillServes(served, "/echo")
  })

  it("closes a message that is too long with 1009, and cuts one that is far too long", async () => {
    const path = echo({ messageBytesMax: 10_000 })
    const served = await serve({ "/echo": path.path })
    const client = await served.open("/echo")
    client.socket.send(new Uint8Array(10_000))
    client.socket.send(new Uint8Array(10_001))
    expect(await client.closed).toMatchObject({ code: 1009 })
    expect(await path.untilClosed(0)).toMatchObject({ code: 1009 })
    const greedy = await served.open("/echo")
    greedy.socket.send(new Uint8Array(1_000_000))
    expect([1006, 1009]).toContain((await greedy.closed).code)
    expect([1006, 1009]).toContain((await path.untilClosed(1)).code)
    expect(path.seen.filter(({ saw }) => saw === "binary").length).toBe(1)
    await stillServes(served, "/echo")
  })

  it("closes a text that is not UTF-8 without handing it on", async () => {
    const path = echo()
    const served = await serve({ "/echo": path.path })
    const client = await served.open("/echo")
    client.socket.send(Buffer.from([0xff, 0xfe, 0x80]), { binary: false })
    await client.closed
    await path.untilClosed(0)
    expect(path.seen.map(({ saw }) => saw)).toEqual(["open", "closed"])
    await stillServes(served, "/echo")
  })

  it("closes a socket that sends nothing as idle, though its WebSocket answers pings", async () => {
    const path = echo({ idleMsMax: 200 })
    const client = await (await serve({ "/echo": path.path })).open("/echo")
    expect(await client.closed).toMatchObject({ code: closeCodes.idle })
    expect(await path.untilClosed(0)).toMatchObject({ code: closeCodes.idle })
  })

  it("closes a reader that never reads as slowReader, and holds no more for it than the bound", async () => {
    const bufferedBytesMax = 512 * 1024
    const path = recording({ bufferedBytesMax })
    const served = await serve({ "/flood": path.path, "/echo": echo().path })
    const leave = await neverReading(served, "/flood")
    await path.until((seen): seen is Extract<typeof seen, { saw: "open" }> => seen.saw === "open")
    const socket = path.sockets[0]!
    const answer = "x".repeat(10_000)
    let bufferedBytes = 0
    // One answer a turn, as frames would be; the system's own buffers take some megabytes first.
    while (socket.send(answer)) {
      bufferedBytes = Math.max(bufferedBytes, socket.bufferedBytes)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await path.untilClosed(0)).toMatchObject({ code: closeCodes.slowReader })
    expect(bufferedBytes).toBeLessThanOrEqual(bufferedBytesMax)
    await stillServes(served, "/echo")
    leave()
  })

  it("refuses one socket more than the path bears, and takes it when one has left", async () => {
    const path = echo({ socketsMax: 1 })
    const served = await serve({ "/echo": path.path })
    const client = await served.open("/echo")
    await expect(served.open("/echo")).rejects.toThrow(/503/)
    client.socket.close()
    await path.untilClosed(0)
    await stillServes(served, "/echo")
  })

  it("answers 404 for an unknown path, socket or not, and 426 for plain HTTP on a socket path", async () => {
    const served = await serve({ "/echo": echo().path })
    await expect(served.open("/nowhere")).rejects.toThrow(/404/)
    expect(await get(served, "/nowhere")).toMatchObject({ status: 404 })
    expect(await get(served, "/echo")).toMatchObject({ status: 426 })
    expect(await get(served, "/__proto__")).toMatchObject({ status: 404 })
  })

  it("gives HTTP to the handler as a Request and streams its Response", async () => {
    const served = await serve({ "/echo": echo().path }, async (asked) => {
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
    const served = await serve({ "/echo": echo().path }, (asked) => {
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
    const served = await serve({ "/echo": echo().path })
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

  it("refuses a port that is taken and a certificate that is none", async () => {
    const served = await serve({ "/echo": echo().path })
    const options = { host: "127.0.0.1", tls: certificate, sockets: {} }
    await expect(gateway.listen({ ...options, port: served.port })).rejects.toThrow(ListenRefused)
    const tls = { certificateFile: join(folder, "none.pem"), keyFile: join(folder, "none.pem") }
    await expect(gateway.listen({ ...options, port: 0, tls })).rejects.toThrow(ListenRefused)
    await stillServes(served, "/echo")
  })

  it("closes every socket as stopping when it stops, and the port with it", async () => {
    const path = echo()
    const served = await rig(gateway, certificate, { "/echo": path.path })
    const client = await served.open("/echo")
    const stopped = served.close()
    expect(await client.closed).toMatchObject({ code: closeCodes.stopping })
    await stopped
    expect(await path.untilClosed(0)).toMatchObject({ code: closeCodes.stopping })
    const late = new WebSocket(`wss://127.0.0.1:${served.port}/echo`, { ca: certificate.certificatePem })
    await expect(new Promise((resolve, reject) => late.on("open", resolve).on("error", reject))).rejects.toThrow()
  })
})

/** Reads the status line and leaves the connection open, for what is written next. */
async function statusLineThenOpen(path: Recording, raw: Awaited<ReturnType<Rig["raw"]>>): Promise<string> {
  const head = await new Promise<string>((resolve) => raw.once("data", (chunk) => resolve(String(chunk))))
  await path.until((seen): seen is Extract<typeof seen, { saw: "open" }> => seen.saw === "open")
  return head.split("\r\n", 1)[0] ?? ""
}

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
