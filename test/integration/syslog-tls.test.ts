/** Syslog over TLS: nothing is lost while the listener is away, it proves who it is, and it holds up nobody. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { Effect, Layer } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Operations } from "../../actors/operations.ts"
import { syslogOf } from "../../infra/commands/syslog-options.ts"
import { tlsCertificate } from "../../infra/gateway/tls.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { securityEventOf } from "../../infra/security/security-events.ts"
import { syslogListener } from "../../infra/security/syslog.ts"
import { tellSecurityEvents } from "../../infra/security/tell-security-events.ts"
import { freePort } from "../server/process.ts"
import { startSyslogListener } from "../server/syslog-listener.ts"

const folders = { all: "" }
beforeEach(() => {
  folders.all = mkdtempSync(join(tmpdir(), "mimika-syslog-"))
})
afterEach(() => rmSync(folders.all, { recursive: true }))
const folderOf = (name: string) => join(folders.all, name)
const authority = async (name: string) => (await tlsCertificate(folderOf(name))).certificateFile

/** One life of a server that tells a listener on this port; records letters and tells what comes in `meanwhile`. */
async function life(
  port: number,
  meanwhile: (record: (letter: number) => Promise<void>) => Promise<void>,
  host = "localhost"
) {
  const place = { data: folderOf("server"), syslog: `tls://${host}:${port}`, syslogCa: await authority("listener") }
  const syslog = await syslogOf(place)
  const steps = Effect.flatMap(Operations, ({ record }) =>
    Effect.promise(() =>
      meanwhile((letter) =>
        Effect.runPromise(
          Effect.asVoid(
            record({ type: "SubjectExported", actor: `os:${letter}`, purpose: "letter", subject: "anna", streams: [] })
          )
        )
      )
    )
  )
  const settings = { file: folderOf("security.jsonl"), syslog }
  const store = Operations.layer.pipe(Layer.provideMerge(embeddedEventStore({ folder: folderOf("server") })))
  await Effect.runPromise(
    Effect.scoped(Effect.andThen(tellSecurityEvents(folderOf("server"), settings), steps)).pipe(Effect.provide(store))
  )
}

const lettersOf = (lines: readonly string[]) => lines.map((line) => Number(/"actor":"os:(\d+)"/.exec(line)![1]))
/** What any of them heard: what a listener may not have got is told again. */
const once = (...listeners: readonly { readonly heard: readonly string[] }[]) => [
  ...new Set(listeners.flatMap(({ heard }) => lettersOf(heard)))
]
const inFile = () => {
  const file = folderOf("security.jsonl")
  return existsSync(file) ? lettersOf(readFileSync(file, "utf8").trim().split("\n")) : []
}

describe("syslog over TLS", () => {
  it("tells in order, again after the listener was away, over a restart, and is shown our certificate", async () => {
    const own = await tlsCertificate(join(folderOf("server"), "tls"))
    const first = await startSyslogListener(folderOf("listener"))
    const { port } = first
    await life(port, async (record) => {
      await record(1)
      await expect.poll(() => first.heard.length, { timeout: 10_000 }).toBe(1)
      expect(first.heard[0]).toMatch(/^<85>1 \d{4}-\d\d-\d\dT\S+Z \S+ mimika \d+ SubjectExported - \{.*\}$/)
      expect(first.shown).toEqual([own.fingerprint])
      await first.stop()
      await record(2)
      await record(3)
      await expect.poll(inFile, { timeout: 10_000 }).toEqual([1, 2, 3])
      const back = await startSyslogListener(folderOf("listener"), { port })
      await expect.poll(() => once(first, back), { timeout: 10_000 }).toEqual([1, 2, 3])
      await back.stop()
      await record(4)
    })
    const later = await startSyslogListener(folderOf("listener"), { port })
    await life(port, async (record) => {
      await record(5)
      await expect.poll(() => once(first, later), { timeout: 10_000 }).toContain(5)
      expect(once(later).filter((letter) => letter > 3)).toEqual([4, 5])
    })
    await later.stop()
    expect(inFile()).toEqual([1, 2, 3, 4, 5])
    expect(`${first.heard}${later.heard}`).not.toMatch(/anna|letter/)
  })

  it.each([
    ["of another authority", "stranger", "127.0.0.1"],
    ["of another name", "listener", "127.0.0.2"]
  ])("tells nothing to a listener %s", async (_, folder, host) => {
    const stranger = await startSyslogListener(folderOf(folder), { host })
    const tellsFile = async (record: (letter: number) => Promise<void>) => {
      await record(1)
      await expect.poll(inFile, { timeout: 10_000 }).toEqual([1])
    }
    await life(stranger.port, tellsFile, host)
    await stranger.stop()
    expect(stranger.callers()).toBeGreaterThan(0)
    expect(stranger.heard).toEqual([])
  })

  it("keeps one connection for many messages, and leaves nothing on it", async () => {
    const listener = await startSyslogListener(folderOf("listener"))
    const place = { data: folderOf("server"), syslog: `tls://localhost:${listener.port}` }
    const told = syslogListener((await syslogOf({ ...place, syslogCa: await authority("listener") }))!)
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on("warning", warned)
    for (let at = 0; at < 12; at++) await told.tell([securityEventOf({ type: "SignedIn", at })])
    process.off("warning", warned)
    told.close()
    await listener.stop()
    expect([listener.heard.length, listener.callers(), warnings]).toEqual([12, 1, []])
  })

  it("fails at once when the listener hangs up before it says who it is", async () => {
    const rude = createServer((socket) => socket.destroy())
    const port = await freePort()
    rude.listen(port, "127.0.0.1")
    const told = syslogListener((await syslogOf({ data: folderOf("server"), syslog: `tls://localhost:${port}` }))!)
    const began = performance.now()
    await expect(told.ready()).rejects.toThrow()
    expect(performance.now() - began).toBeLessThan(2_500)
    told.close()
    rude.close()
  })

  it("is not held up by a listener that never says a word", async () => {
    const silent = createServer(() => {})
    const port = await freePort()
    silent.listen(port, "127.0.0.1")
    const began = performance.now()
    await life(port, async (record) => {
      await record(1)
      await expect.poll(inFile, { timeout: 2_500 }).toEqual([1])
    })
    expect(performance.now() - began).toBeLessThan(12_000)
    silent.close()
  })

  it("says what is wrong with the words", async () => {
    const told = (syslog: string | undefined, syslogCa?: string) =>
      syslogOf({ data: folderOf("server"), ...(syslog && { syslog }), ...(syslogCa && { syslogCa }) })
    const noCertificate = folderOf("none.pem")
    writeFileSync(noCertificate, "nothing")
    expect(await told(undefined)).toBeUndefined()
    expect(await told("10.0.0.5:514")).toEqual({ host: "10.0.0.5", port: 514 })
    expect(await told("udp://[fd00::5]:514")).toEqual({ host: "fd00::5", port: 514 })
    expect(await told("tls://siem:6514")).toMatchObject({ host: "siem", port: 6514, tls: { authorityFile: undefined } })
    await expect(told("10.0.0.5")).rejects.toThrow('Cannot tell security events to "10.0.0.5": it is no host and port')
    await expect(told("tcp://10.0.0.5:514")).rejects.toThrow("it is no host and port")
    await expect(told("10.0.0.5:514", noCertificate)).rejects.toThrow("--syslog-ca is for TLS")
    await expect(told("tls://siem:6514", noCertificate)).rejects.toThrow("is no certificate")
    await expect(told("tls://siem:6514", folderOf("missing.pem"))).rejects.toThrow("no such file")
    await expect(told(undefined, noCertificate)).rejects.toThrow("no listener is named")
  })
})
