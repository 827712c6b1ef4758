/** The gateway's contract for sockets, the same for every gateway this runtime can load. */

import { describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { closeCodes } from "../../machines/wire.ts"
import {
  frameHead,
  neverReading,
  type Recording,
  type Rig,
  recording,
  rig,
  sumOf,
  upgradeRequest
} from "./gateway-client.ts"
import { certificate, chosen, echo, gateways, onDeno, serve, stillServes } from "./gateway-rig.ts"

describe("chooseGateway()", () => {
  it("takes the runtime's best gateway, or says in one line why not", () => {
    if (onDeno) expect(chosen).toMatchObject({ gateway: { name: "ws" }, fallback: null })
    else if (process.env.MIMIKA_GATEWAY_REQUIRED === "uws") {
      expect(chosen).toMatchObject({ gateway: { name: "uWebSockets.js" }, fallback: null })
    } else if (chosen.gateway.name === "ws") {
      expect(chosen.fallback).toMatch(/^Gateway: ws instead of uWebSockets\.js, because .*\S.*$/)
    } else expect(chosen).toMatchObject({ gateway: { name: "uWebSockets.js" }, fallback: null })
  })
})

describe.each(gateways)("$name", (gateway) => {
  it("hands text and bytes on whole and in order, with what open() answered", async () => {
    const path = echo()
    const client = await (await serve(gateway, { "/echo": path.path })).open("/echo")
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
    const client = await (await serve(gateway, { "/echo": path.path })).open("/echo")
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
    const client = await (await serve(gateway, { "/talk": path.path })).open("/talk")
    const { code, reason } = await client.closed
    expect(client.received).toEqual(["first", "second"])
    expect(code).toBe(4404)
    expect(reason).toBe("No such conference, ".repeat(20).slice(0, 123))
    expect(await path.untilClosed(0)).toMatchObject({ code: 4404 })
    expect(path.seen.filter(({ saw }) => saw === "closed").length).toBe(1)
  })

  it("hands nothing on that comes after close()", async () => {
    const path = recording({}, (socket, seen) => {
      if (seen.saw === "text") socket.close(4400, seen.message)
    })
    const client = await (await serve(gateway, { "/talk": path.path })).open("/talk")
    for (const word of ["first", "second", "third"]) client.socket.send(word)
    expect((await client.closed).code).toBe(4400)
    expect(await path.untilClosed(0)).toMatchObject({ code: 4400, reason: "first" })
    expect(path.seen.map(({ saw }) => saw)).toEqual(["open", "text", "closed"])
  })

  it("tells the peer's close once, with its code, and drops what is sent later", async () => {
    const path = echo()
    const client = await (await serve(gateway, { "/echo": path.path })).open("/echo")
    client.socket.close(4000, "enough")
    expect(await path.untilClosed(0)).toMatchObject({ code: 4000, reason: "enough" })
    expect(path.sockets[0]?.send("too late")).toBe(false)
    path.sockets[0]?.close(4400, "too late")
    await client.closed
    expect(path.seen.filter(({ saw }) => saw === "closed").length).toBe(1)
  })

  it("tells a socket cut in the middle of a message as 1006, and hands nothing of the message on", async () => {
    const path = echo()
    const served = await serve(gateway, { "/echo": path.path })
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
    const served = await serve(gateway, { "/echo": path.path })
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
    const served = await serve(gateway, { "/echo": path.path })
    const client = await served.open("/echo")
    client.socket.send(Buffer.from([0xff, 0xfe, 0x80]), { binary: false })
    await client.closed
    await path.untilClosed(0)
    expect(path.seen.map(({ saw }) => saw)).toEqual(["open", "closed"])
    await stillServes(served, "/echo")
  })

  it("closes a socket that sends nothing as idle, though its WebSocket answers pings", async () => {
    const path = echo({ idleMsMax: 200 })
    const client = await (await serve(gateway, { "/echo": path.path })).open("/echo")
    expect(await client.closed).toMatchObject({ code: closeCodes.idle })
    expect(await path.untilClosed(0)).toMatchObject({ code: closeCodes.idle })
  })

  it("keeps a socket that goes on sending, and closes its silent neighbour", async () => {
    const path = echo({ idleMsMax: 800 })
    const served = await serve(gateway, { "/echo": path.path })
    const silent = await served.open("/echo")
    const busy = await served.open("/echo")
    const talk = setInterval(() => busy.socket.send("here"), 50)
    expect(await silent.closed).toMatchObject({ code: closeCodes.idle })
    // As long again: the busy one has now been open for longer than the silent one may be.
    const another = await served.open("/echo")
    expect(await another.closed).toMatchObject({ code: closeCodes.idle })
    clearInterval(talk)
    expect(path.seen.filter(({ saw }) => saw === "closed").map(({ attachment }) => attachment)).toEqual([0, 2])
  })

  it("closes a reader that never reads as slowReader, and holds no more for it than the bound", async () => {
    const bufferedBytesMax = 512 * 1024
    const path = recording({ bufferedBytesMax })
    const served = await serve(gateway, { "/flood": path.path, "/echo": echo().path })
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
    const served = await serve(gateway, { "/echo": path.path })
    const client = await served.open("/echo")
    await expect(served.open("/echo")).rejects.toThrow(/503/)
    client.socket.close()
    await path.untilClosed(0)
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
