/** What is recorded is told to a file and to a syslog listener, once over restarts, and names no client. */
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { Operations } from "../../actors/operations.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import {
  type SecurityEvent,
  securityEventOf,
  syslogMessageOf,
  tellSecurityEvents
} from "../../infra/security/security-events.ts"

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
