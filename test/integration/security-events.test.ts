/** What is recorded is told to a file and to a syslog listener, once over restarts, and names no client. */
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { Operations } from "../../actors/operations.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { type SecurityEvent, securityEventOf, severities, told } from "../../infra/security/security-events.ts"
import { syslogMessageOf } from "../../infra/security/syslog.ts"
import { fileBytesMax, tellSecurityEvents } from "../../infra/security/tell-security-events.ts"
import { startServer } from "../server/core.ts"
import { openRaw, openStream } from "../server/raw-client.ts"

const folder = mkdtempSync(join(tmpdir(), "mimika-security-events-"))
const file = join(folder, "security.jsonl")
afterAll(() => rmSync(folder, { recursive: true }))

const lines = () =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as SecurityEvent)

/** One life of a server: records, and tells until it stops. */
const life = (port: number, steps: Effect.Effect<unknown, unknown, Operations>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.andThen(tellSecurityEvents(folder, { file, syslog: { host: "127.0.0.1", port } }), steps)
    ).pipe(Effect.provide(Operations.layer.pipe(Layer.provideMerge(embeddedEventStore({ folder })))))
  )

const exported = {
  type: "SubjectExported",
  actor: "os:ivanova",
  purpose: "letter 7",
  subject: "subject-anna",
  streams: []
} as const

describe("security events", () => {
  it("reach the file and the listener once, also over a restart, with their severity and without a client", async () => {
    const listener = createSocket("udp4")
    const heard: string[] = []
    listener.on("message", (message) => heard.push(message.toString()))
    listener.bind(0, "127.0.0.1")
    await once(listener, "listening")
    const { port } = listener.address() as AddressInfo
    await life(
      port,
      Effect.flatMap(Operations, ({ refused, record }) =>
        Effect.andThen(refused("conferences", "wrong access token"), record(exported))
      )
    )
    expect(lines().map(({ type, severity }) => [type, severity])).toEqual([
      ["AccessRefused", "warning"],
      ["SubjectExported", "notice"]
    ])
    await life(
      port,
      Effect.flatMap(Operations, ({ record }) => record({ ...exported, purpose: "letter 8" }))
    )
    expect(lines().map(({ type }) => type)).toEqual(["AccessRefused", "SubjectExported", "SubjectExported"])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    await expect.poll(() => heard.length).toBe(3)
    listener.close()
    expect(heard[0]).toMatch(/^<84>1 \d{4}-\d\d-\d\dT\S+Z \S+ mimika \d+ AccessRefused - \{/)
    expect(`${heard.join("")}${readFileSync(file, "utf8")}`).not.toMatch(/subject-anna|letter/)
  })

  it("fill no disk: one file of bounded size and one older one", async () => {
    const bounded = join(folder, "bounded.jsonl")
    writeFileSync(bounded, "x".repeat(fileBytesMax))
    await Effect.runPromise(
      Effect.scoped(
        Effect.andThen(
          tellSecurityEvents(folder, { file: bounded }),
          Effect.flatMap(Operations, ({ record }) => record(exported))
        )
      ).pipe(Effect.provide(Operations.layer.pipe(Layer.provideMerge(embeddedEventStore({ folder })))))
    )
    expect(readFileSync(bounded, "utf8")).toMatch(/^\{"type":"SubjectExported".*\}\n$/)
    expect(statSync(`${bounded}.1`).size).toBe(fileBytesMax)
    expect(statSync(bounded).mode & 0o777).toBe(0o600)
  })

  it("stand in docs/security.md, each with its severity and nothing that is not one", () => {
    const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8")
    const section = page.split("## Security events")[1]!.split("\n## ")[0]!
    const rows = [...section.matchAll(/^\| `(\w+)` \| (error|warning|notice|informational) \|/gm)]
    expect(Object.fromEntries(rows.map(([, type, severity]) => [type, severity]))).toEqual(severities)
    const fields = /^Fields: (.*)$/m.exec(section)![1]!.matchAll(/`(\w+)`/g)
    expect([...fields].map(([, name]) => name).toSorted()).toEqual(["at", "severity", "type", ...told].toSorted())
  })

  it("of an edge come from the core: who was refused there and from where, and that it died", async () => {
    const security = join(folder, "edge.jsonl")
    const server = await startServer({ security: { file: security } })
    const { started, end } = await openRaw(server, "watched")
    const forged = { ...started, streamToken: `${String(started.streamToken).split(".")[0]}.${"A".repeat(86)}` }
    await (await openStream(server, forged)).close()
    await end(0)
    const said = () => (existsSync(security) ? readFileSync(security, "utf8") : "")
    const refused = '"address":"127.0.0.1","door":"stream","why":"its signature is wrong","count":1'
    await expect.poll(said, { timeout: 10_000 }).toContain(refused)
    process.kill(server.core.edges()[0]!.processId!, "SIGKILL")
    const ended = /"EdgeEnded",.*"severity":"error".*"why":"it ended with SIGKILL"/
    await expect.poll(said, { timeout: 10_000 }).toMatch(ended)
    await server.stop()
  })

  it("are one datagram of bounded size, whatever was recorded", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 5_000 }), fc.integer({ min: 0, max: 4e12 }), (door, why, at) => {
        const event = securityEventOf({ type: "AccessRefused", at, actor: "unknown", door, why, count: 1 })
        expect(syslogMessageOf(event, "host", 1).length).toBeLessThanOrEqual(2_048)
        expect(event).toMatchObject({ severity: "warning", door, why })
      })
    )
  })
})
