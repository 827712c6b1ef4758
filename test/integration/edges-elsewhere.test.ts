/** Edges of another machine: who may be one, what it is given, and that a conference there is read, ends and goes on as one beside the core. */
import { randomUUID } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { connect, createServer } from "node:tls"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { conferencesMax } from "../../actors/edge-room.ts"
import { type AgentSettings, holdEdge } from "../../infra/edge/edge-agent.ts"
import { pinnedSocket } from "../../infra/gateway/pinned-socket.ts"
import { type TlsCertificate, tlsCertificate } from "../../infra/gateway/tls.ts"
import type { Codec } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { platformCertificates } from "../contract/client-certificates.ts"
import { clipPictures, freshFolder, replayed, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"

const waiting = { timeout: 30_000 }
const conferencesPerEdge = 2

describe("edges of another machine", () => {
  const folder = freshFolder()
  const dataFolder = freshFolder()
  let server: TestServer
  let elsewhere: TlsCertificate
  let authorityFile: string
  let agent: AgentSettings
  const said: string[] = []

  const linkOf = async (name: string) => {
    const made = await platformCertificates(folder, name)
    const link = { certificateFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}-key.pem`) }
    writeFileSync(link.certificateFile, made.certificate)
    writeFileSync(link.keyFile, made.key)
    return { ...link, authority: made.authorityFile }
  }
  const remotes = () => server.core.edges().filter(({ processId }) => processId === null)
  const options = (call: string, observed: Observed) => {
    const here = pinnedSocket(readFileSync(server.core.certificateFile, "utf8"))
    const there = pinnedSocket(elsewhere.certificatePem)
    const createSocket = (url: string) => (new URL(url).hostname === agent.name ? there : here)(url)
    return { ...sdkOptions(server.core, call, observed.handlers), createSocket }
  }

  beforeAll(async () => {
    elsewhere = await tlsCertificate(join(folder, "tls"))
    const link = await linkOf("edges")
    authorityFile = link.authority
    server = await startServer({ dataFolder, conferencesPerEdge, edgeDoor: { port: 0, authorityFile } })
    agent = {
      core: { host: "127.0.0.1", port: server.core.edgePort! },
      link: { ...link, authorityFile: server.core.certificateFile },
      name: "localhost",
      host: "127.0.0.1",
      tls: elsewhere,
      decoder: "auto",
      notice: (line) => void said.push(line)
    }
  })
  afterAll(async () => {
    await server.stop()
    for (const made of [folder, dataFolder]) rmSync(made, { recursive: true })
  })

  /** What the door answered to a word, until it closed. */
  const knock = (shown: { cert?: Buffer; key?: Buffer }, word: string) =>
    new Promise<string>((resolve) => {
      let heard = ""
      const ca = readFileSync(server.core.certificateFile)
      const socket = connect({ host: "127.0.0.1", port: server.core.edgePort!, ca, ...shown }, () => socket.write(word))
      socket.on("data", (chunk) => {
        heard += String(chunk)
        socket.destroy()
      })
      socket.on("error", () => {})
      socket.on("close", () => resolve(heard))
    })

  it("are those alone who show a certificate of the edges' authority and say where they are and what they bear", async () => {
    const wordOf = (more: object) => `${JSON.stringify({ type: "join", host: "localhost", ...more })}\n`
    const word = wordOf({ capacity: conferencesMax, ofALaterVersion: true })
    const shownBy = ({ certificateFile, keyFile }: { certificateFile: string; keyFile: string }) => ({
      cert: readFileSync(certificateFile),
      key: readFileSync(keyFile)
    })
    expect(await knock({}, word)).toBe("")
    expect(await knock(shownBy(await linkOf("strangers")), word)).toBe("")
    const known = shownBy(agent.link)
    expect(await knock(known, '{"type":"join","host":"a host/../x"}\n')).toBe("")
    expect(await knock(known, "GET / HTTP/1.1\r\n\r\n")).toBe("")
    expect(await knock(known, `${"x".repeat(20_000)}\n`)).toBe("")
    for (const capacity of [0, -1, 1.5, conferencesMax + 1, "8", null]) {
      expect([capacity, await knock(known, wordOf({ capacity }))]).toEqual([capacity, ""])
    }
    const welcomed = JSON.parse(await knock(known, word))
    expect(welcomed).toMatchObject({ tls: { certificateFile: "", keyFile: "" } })
    expect(JSON.stringify(welcomed)).not.toContain(dataFolder)
  })

  it("go on trying where somebody answers who is no core, say so once, and stop when told", async () => {
    const stranger = createServer(
      { cert: readFileSync(elsewhere.certificateFile), key: readFileSync(elsewhere.keyFile) },
      (socket) => socket.on("error", () => {}).write("220 mail.bank ready\n")
    )
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve))
    const { port } = stranger.address() as AddressInfo
    let tries = 0
    stranger.on("secureConnection", () => {
      tries += 1
    })
    const heard: string[] = []
    const link = { ...agent.link, authorityFile: elsewhere.certificateFile }
    const core = { host: "127.0.0.1", port }
    const held = holdEdge({ ...agent, core, link, notice: (line) => void heard.push(line) }, 0)
    await vi.waitFor(() => expect(tries).toBeGreaterThan(1), waiting)
    held.stop()
    await held.ended
    expect(heard).toEqual([expect.stringMatching(/no core of this version. Look at its host and port. Trying again$/)])
    stranger.close()
  })

  it("read a conference like those beside the core, and end when they are drained", async () => {
    const held = holdEdge(agent, 0)
    await vi.waitFor(() => expect(remotes()).toHaveLength(1), waiting)
    // It did not say what it bears.
    expect(remotes()[0]!.capacity).toBe(conferencesPerEdge)
    const [local] = server.core.edges().filter(({ processId }) => processId !== null)
    expect(server.core.drainEdge(local!.edge)).toBeNull()
    const observed = new Observed()
    const conference = await startConference(options("call-elsewhere", observed))
    const pictures = await clipPictures(12)
    await sendPaced(conference, observed, pictures)
    const running = () => server.core.conferences.running().find(({ id }) => id === conference.id)!
    expect(running().edge).toBe(remotes()[0]!.edge)

    const beside = await server.core.addEdge()
    expect(server.core.drainEdge(remotes()[0]!.edge)).toBeNull()
    await observed.until(() => observed.resumed === 1)
    expect(running().edge).toBe(beside)
    await sendPaced(conference, observed, pictures)
    const report = await conference.end()
    expect(report).toMatchObject({ received: 24, dropped: 0 })
    expect({ ...(await replayed(conference.id, dataFolder)).report }).toEqual({ ...report })
    await held.ended
    await vi.waitFor(() => expect(remotes()).toEqual([]), waiting)
  })

  it("come again after their core was gone, and cost the frames in flight when their own machine goes", async () => {
    const held = holdEdge(agent, 0)
    await vi.waitFor(() => expect(remotes()).toHaveLength(1), waiting)
    await server.stop()
    await vi.waitFor(() => expect(said.at(-1)).toMatch(/^Cannot hold the link to the core .* Trying again$/), waiting)
    server = await startServer({ dataFolder, conferencesPerEdge, edgeDoor: { port: agent.core.port, authorityFile } })
    await vi.waitFor(() => expect(remotes()).toHaveLength(1), waiting)

    const [local] = server.core.edges().filter(({ processId }) => processId !== null)
    expect(server.core.drainEdge(local!.edge)).toBeNull()
    const observed = new Observed()
    const conference = await startConference(options("call-machine-gone", observed))
    const pictures = await clipPictures(12)
    await sendPaced(conference, observed, pictures)
    await server.core.addEdge()
    held.stop()
    await observed.until(() => observed.resumed === 1)
    await held.ended
    await vi.waitFor(() => expect(remotes()).toEqual([]), waiting)
    await sendPaced(conference, observed, pictures)
    const report = await conference.end()
    expect(report.received).toBe(24)
    expect(report.counted + report.unreadable + report.dropped).toBe(24)
  })

  it("are given what their own machine bears, by what each conference's codec weighs, and no more", async () => {
    const held = holdEdge({ ...agent, capacity: 1 }, 0)
    await vi.waitFor(() => expect(remotes()).toHaveLength(1), waiting)
    const taken = () => server.core.edges().map(({ weight }) => weight)
    const begin = async (codec: Codec) => {
      const observed = new Observed()
      const conference = await startConference({ ...options(`call-${randomUUID()}`, observed), codecs: [codec] })
      return { conference, observed }
    }
    const full = { reason: "full", retryAfterMs: 5_000 }
    // One that overfills the smaller edge goes to the larger one, which has no room for another then.
    const video = await begin("h264")
    const jpeg = await begin("jpeg")
    expect(taken()).toEqual([1.88, 1])
    for (const codec of ["jpeg", "gray8"] as const) await expect(begin(codec)).rejects.toMatchObject(full)
    await video.conference.end()
    const grays = [await begin("gray8"), await begin("gray8")]
    const another = await begin("jpeg")
    expect(taken()).toEqual([1.72, 1])
    for (const codec of ["gray8", "h264"] as const) await expect(begin(codec)).rejects.toMatchObject(full)
    for (const { conference, observed } of grays) {
      const plane = { codec: "gray8", bytes: new Uint8Array(480 * 270), widthPx: 480, heightPx: 270 } as const
      conference.sendFrame({ ...plane, capturedAt: 0 })
      await observed.until(() => observed.answers.size === 1)
      expect([...observed.answers.values()][0]).toMatchObject({ outcome: "unreadable" })
    }

    // Moved, it weighs what it did.
    await another.conference.end()
    expect(server.core.drainEdge(remotes()[0]!.edge)).toBeNull()
    await jpeg.observed.until(() => jpeg.observed.resumed === 1)
    await held.ended
    await vi.waitFor(() => expect(taken()).toEqual([1.72]), waiting)
    await expect(begin("jpeg")).rejects.toMatchObject(full)
    for (const { conference } of [...grays, jpeg]) await conference.end()
    expect(await (await begin("h264")).conference.end()).toMatchObject({ received: 0 })
  })
})
