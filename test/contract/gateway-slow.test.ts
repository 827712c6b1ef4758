/** Clients that never finish: every gateway is rid of each of them in bounded time, holds few of them, and serves others meanwhile. */
import { connect } from "node:net"
import { describe, expect, it, vi } from "vitest"
import type { Gateway } from "../../actors/gateway.ts"
import { connectionRate, transportSilentMsMax } from "../../infra/gateway/gateway-connections.ts"
import { closeCodes } from "../../machines/wire.ts"
import { type Rig, rig } from "./gateway-client.ts"
import { certificate, echo, gateways, serve, stillServes } from "./gateway-rig.ts"
import { heldConnections, hold, slowClients } from "./slow-clients.ts"

/** Of each kind. */
const together = 4
const idleMsMax = 2_000
/** More than the system's own buffers take for a reader that does not read. */
const largeBytes = 32 * 1024 * 1024
/** Between the transport's last cut and the look at what is left, in milliseconds. */
const slackMs = 5_000

const large = () => {
  const slice = new Uint8Array(256 * 1024)
  let left = largeBytes / slice.length
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) return controller.close()
      left -= 1
      controller.enqueue(slice)
    }
  })
}

async function outlasts(gateway: Gateway): Promise<void> {
  const paths = { "/echo": echo({ idleMsMax }).path, "/strangers": echo({ strangersMax: together }).path }
  const served = await rig(gateway, certificate, paths, ({ url }) =>
    url.endsWith("/large") ? new Response(large()) : new Response("fine")
  )
  expect(heldConnections(served.port)).toBe(0)
  const place = { socket: "/echo", stranger: "/strangers", talk: "still here", large: "/large" }
  const held = slowClients(place).flatMap((slow) =>
    Array.from({ length: together }, () => hold(slow, served.port, certificate.certificatePem))
  )
  await vi.waitFor(() => expect(heldConnections(served.port)).toBeGreaterThanOrEqual(held.length), { timeout: 10_000 })
  await stillServes(served, "/echo")
  await vi.waitFor(
    async () => {
      await stillServes(served, "/echo")
      // One of its own may still be closing.
      expect(heldConnections(served.port)).toBeLessThanOrEqual(1)
    },
    { timeout: transportSilentMsMax + slackMs, interval: 1_000 }
  )
  for (const { leave } of held) leave()
  await served.close()
}

describe("every gateway", () => {
  it("is rid of clients that never finish anything, and serves others meanwhile", async () => {
    await Promise.all(gateways.map(outlasts))
  }, 90_000)
})

describe.each(gateways)("$name", (gateway) => {
  it("gives the oldest stranger's place to a newcomer, and nobody's who was admitted", async () => {
    const path = echo({ strangersMax: 2, socketsMax: 1 })
    const served = await serve(gateway, { "/echo": path.path })
    const first = await served.open("/echo")
    path.sockets[0]!.admit()
    // No room for another that is admitted, until this one leaves.
    await expect(served.open("/echo")).rejects.toThrow(/503/)
    first.socket.close()
    await path.untilClosed(0)
    const strangers = [await served.open("/echo"), await served.open("/echo"), await served.open("/echo")]
    expect(await strangers[0]!.closed).toMatchObject({ code: 1006 })
    const gaveWay = { code: closeCodes.idle, reason: expect.stringContaining("Others need the room") }
    expect(await path.untilClosed(1)).toMatchObject(gaveWay)
    await stillServes(served, "/echo")
    expect(await path.untilClosed(2)).toMatchObject(gaveWay)
  })

  it.each([
    ["text", (client: Awaited<ReturnType<Rig["open"]>>) => client.socket.send("again")],
    ["bytes", (client: Awaited<ReturnType<Rig["open"]>>) => client.socket.send(Buffer.of(1))],
    ["pings", (client: Awaited<ReturnType<Rig["open"]>>) => client.socket.ping()]
  ])("closes a socket that floods it with %s, and hands on no more than it may say", async (_what, say) => {
    const path = echo({ messagesPerSecondMax: 10 })
    const served = await serve(gateway, { "/echo": path.path })
    const flood = await served.open("/echo")
    for (let count = 0; count < 100; count += 1) say(flood)
    const { code, reason } = await flood.closed
    expect(code).toBe(closeCodes.flood)
    expect(reason).toBe("More than 10 messages a second. Try again in 100 ms")
    expect(path.seen.filter(({ saw }) => saw === "text" || saw === "binary").length).toBeLessThanOrEqual(21)
    await stillServes(served, "/echo")
  })

  it("cuts what one address opens too fast, tells it, and serves another address", async () => {
    const refused: string[] = []
    const turnedAway = (why: string, address: string) => void refused.push(`${why}, ${address}`)
    const path = echo()
    const options = { host: "127.0.0.1", port: 0, tls: certificate, sockets: { "/echo": path.path }, turnedAway }
    const listening = await gateway.listen(options)
    const flood = Array.from({ length: connectionRate.burst + 200 }, () => {
      const socket = connect({ host: "127.0.0.1", localAddress: "127.0.0.2", port: listening.port })
      socket.on("error", () => {})
      return socket
    })
    await vi.waitFor(() => expect(refused.length).toBeGreaterThan(100), { timeout: 20_000 })
    expect(new Set(refused)).toEqual(new Set(["too many connections from one address, 127.0.0.2"]))
    await vi.waitFor(() => expect(heldConnections(listening.port)).toBeLessThan(connectionRate.burst + 150))
    const beside = await rig({ ...gateway, listen: async () => listening }, certificate, {})
    await stillServes(beside, "/echo")
    for (const socket of flood) socket.destroy()
    await listening.close()
  })
})
