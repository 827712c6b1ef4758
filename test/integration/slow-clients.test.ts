/** Clients that never finish, at every door of a real server: it is rid of them in bounded time and memory, and others are served meanwhile. */
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { Witness } from "../../infra/audit/witness.ts"
import { serveWitness, type WitnessServer } from "../../infra/audit/witness-server.ts"
import { transportSilentMsMax } from "../../infra/gateway/gateway-connections.ts"
import { tlsCertificate } from "../../infra/gateway/tls.ts"
import { defaultBounds } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { frameHead, upgradeRequest } from "../contract/gateway-client.ts"
import { type Held, heldConnections, hold, slowClients } from "../contract/slow-clients.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { openRaw } from "../server/raw-client.ts"

/** Of each kind at each door. */
const together = 8
/** A door's own sockets go after half a minute without a message, the transport's last connections a little later. */
const goneMs = transportSilentMsMax + defaultBounds.idleMsMax / 4 + 5_000
/** As the edge's. */
const strangersMax = 32
/** A frame of each, and a copy of it while it grows; an edge at full work leaves twice as much below the memory at which it is ended. */
const strangersBytesMax = 2 * strangersMax * (defaultBounds.frameBytesMax + 64 * 1024)
const waves = 5

describe("clients that never finish", () => {
  let server: TestServer
  let ca: string
  let witnessServer: WitnessServer
  beforeAll(async () => {
    server = await startServer({ console: true })
    const tls = join(server.dataFolder, "tls")
    const place = { host: "127.0.0.1", port: 0, ...(await tlsCertificate(tls)) }
    const listens = { addCheckpoint: () => ({ status: 200, body: "", contentType: "text/plain" }) }
    witnessServer = await serveWitness(listens as unknown as Witness, place)
    ca = readFileSync(server.core.certificateFile, "utf8")
  })
  afterAll(async () => {
    await witnessServer.close()
    await server.stop()
  })

  const pageStatus = () =>
    new Promise<number>((resolve, reject) => {
      const asked = request(new URL("/sign-in", server.core.console!.url), { ca, agent: false }, (answer) => {
        answer.resume()
        answer.on("end", () => resolve(answer.statusCode ?? 0))
      })
      asked.on("error", reject)
      asked.end()
    })
  const residentBytes = () => {
    const status = readFileSync(`/proc/${server.core.edges()[0]!.processId}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
  }

  it("hold no door beyond their time, and keep nobody else from it", async () => {
    const observed = new Observed()
    const witness = await startConference(sdkOptions(server.core, "slow-witness", observed.handlers))
    const [picture] = await clipPictures(1)
    const first = await openRaw(server, "slow-first")
    const ping = '{"type":"ping"}'
    const doors = [
      { port: Number(new URL(server.core.url).port), socket: "/conferences" },
      { port: Number(new URL(first.started.streamUrl).port), socket: "/frames" },
      { port: Number(new URL(server.core.console!.url).port), socket: "/feed" },
      { port: Number(new URL(witnessServer.url).port), socket: "/none" }
    ]
    await first.end(0)
    let sent = 0
    const othersAreServed = async () => {
      await sendPaced(witness, observed, [picture!])
      sent += 1
      const { end } = await openRaw(server, `slow-beside-${sent}`)
      await end(0)
      expect(await pageStatus()).toBe(200)
    }
    /** The witness's own sockets. */
    const before = doors.map(({ port }) => heldConnections(port))
    const held = doors.flatMap(({ port, socket }) =>
      slowClients({ socket, stranger: socket === "/feed" ? "/conferences" : socket, talk: ping }).flatMap((slow) =>
        Array.from({ length: together }, () => hold(slow, port, ca))
      )
    )
    await vi.waitFor(
      () => {
        for (const { port } of doors) expect(heldConnections(port)).toBeGreaterThan(9 * together)
      },
      { timeout: 10_000 }
    )
    await othersAreServed()
    await vi.waitFor(
      async () => {
        await othersAreServed()
        const now = doors.map(({ port }, index) => heldConnections(port) - before[index]!)
        // A page or conference of those beside may still be closing.
        expect(Math.max(...now)).toBeLessThanOrEqual(2)
      },
      { timeout: goneMs, interval: 2_000 }
    )
    for (const { leave } of held) leave()
    expect(await witness.end()).toMatchObject({ received: sent, counted: sent, dropped: 0 })
    expect(observed.interrupted).toBe(0)
  }, 120_000)

  it("cannot fill an edge's memory with frames that never end", async () => {
    const { started, end } = await openRaw(server, "memory")
    const { port } = new URL(started.streamUrl)
    const before = residentBytes()
    const almost = Buffer.concat([
      frameHead(2, defaultBounds.frameBytesMax),
      Buffer.alloc(defaultBounds.frameBytesMax - 1)
    ])
    const greedy = { name: "almost ends a frame", says: upgradeRequest("/frames"), next: almost }
    let most = 0
    const held: Held[] = []
    const look = () => {
      most = Math.max(most, residentBytes() - before)
      return heldConnections(Number(port))
    }
    // Each wave puts the one before out, which has sent all that it had by then.
    for (let wave = 0; wave < waves; wave += 1) {
      for (let client = 0; client < strangersMax; client += 1) held.push(hold(greedy, Number(port), ca))
      await vi.waitFor(() => expect(look()).toBeLessThanOrEqual(strangersMax + 2), { timeout: 8_000, interval: 20 })
      await vi.waitFor(() => expect(held.filter(({ isDone }) => !isDone()).length).toBe(0), {
        timeout: 8_000,
        interval: 20
      })
      look()
    }
    expect(most).toBeGreaterThan((strangersMax * defaultBounds.frameBytesMax) / 2)
    expect(most).toBeLessThan(strangersBytesMax)
    for (const { leave } of held) leave()
    expect(await end(0)).toMatchObject({ received: 0 })
  }, 60_000)
})
