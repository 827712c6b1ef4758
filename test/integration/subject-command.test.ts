/** `mimika subject` as a person uses it: what lands in the folder, who may read it, and what it never contains. */
import { execFile } from "node:child_process"
import { verify } from "node:crypto"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { Directory } from "../../actors/ports.ts"
import { type TlsCertificate, tlsCertificate } from "../../infra/gateway/tls.ts"
import { freshFolder } from "../server/core.ts"
import { withStores } from "../server/subject-rig.ts"

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
const denoFlags = "Deno" in globalThis ? ["run", "-A", "--node-modules-dir=manual", "--no-prompt"] : []
const mimika = (...words: string[]) => promisify(execFile)(process.execPath, [...denoFlags, main, "subject", ...words])

const root = freshFolder()
const data = join(root, "data")
const client = "Сидоров Иван"
const person = { names: ["Сидоров Иван Петрович"], contacts: ["ivan@example.org"], crmIds: ["CRM-1 & <b>"] }
const model = { name: "net", sha256: "0".repeat(64), confusion: [] }
const reading = (at: number) => [
  { type: "FrameReceived", at, frameIndex: at, capturedAt: at },
  { type: "ReadingCounted", at, reading: "positive" }
]

let tls: TlsCertificate
beforeAll(async () => {
  mkdirSync(data)
  tls = await tlsCertificate(join(root, "stranger"))
  return withStores(
    data,
    Effect.gen(function* () {
      const directory = yield* Directory
      const store = yield* EventStore
      const subject = yield* directory.pseudonymOf("client", client)
      yield* directory.describe("client", subject, person)
      const keyScope = { kind: "subject", subject } as const
      const write = (stream: string, expectedVersion: number, events: readonly { type: string; at: number }[]) =>
        store.append({ stream, expectedVersion, commandId: `${expectedVersion}`, keyScope, events })
      const started = { conference: "a", call: "c", subject, manager: "m", model }
      yield* write("conference-a", 0, [{ type: "ConferenceStarted", at: 1, ...started } as never])
      yield* write("conference-a", 1, [...reading(2), ...reading(3)])
      const shown = { variantIndex: 0, svg: "<svg xmlns='http://www.w3.org/2000/svg'/>" }
      yield* write("illustration-a", 0, [
        { type: "PromptGiven", at: 2, prompt: "<script>alert(1)</script>" } as never,
        { type: "VariantDrawn", at: 3, ...shown } as never,
        { type: "IllustrationShared", at: 4, variantIndex: 0 } as never
      ])
    })
  )
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe("mimika subject export", () => {
  it("writes every event and a page to read, for its owner's eyes only", async () => {
    const out = join(root, "export")
    await mimika("export", "--data", data, "--client", client, "--reason", "letter 1", "--out", out)
    expect(readdirSync(out).sort()).toEqual(["export.html", "export.json"])
    for (const file of readdirSync(out)) expect(statSync(join(out, file)).mode & 0o777).toBe(0o600)
    const exported = JSON.parse(readFileSync(join(out, "export.json"), "utf8"))
    expect(exported).toMatchObject({ format: "mimika-subject-export-1", person: { externalId: client, ...person } })
    const counts = exported.streams.map(
      ({ stream, commits }: { stream: string; commits: { events: unknown[] }[] }) =>
        `${stream} ${commits.flatMap(({ events }) => events).length}`
    )
    expect(counts).toEqual(["conference-a 5", "illustration-a 3"])
    const page = readFileSync(join(out, "export.html"), "utf8")
    for (const text of ["Сидоров Иван Петрович", "Общая удовлетворенность", "100,0 %", "data:image/svg+xml;base64,"]) {
      expect(page).toContain(text)
    }
    expect(page).toContain("CRM-1 &#38; &#60;b&#62;")
    expect(page).not.toContain("<script")
  })

  it("speaks English too", async () => {
    const out = join(root, "english")
    await mimika("export", "--data", data, "--client", client, "--reason", "letter 1", "--out", out, "--lang", "en")
    expect(readFileSync(join(out, "export.html"), "utf8")).toContain("What is kept about you")
  })

  it("refuses a folder in use and an unknown client, and leaves no half of a copy", async () => {
    const used = join(root, "used")
    mkdirSync(used)
    writeFileSync(join(used, "mine"), "")
    const to = (who: string, out: string) =>
      mimika("export", "--data", data, "--client", who, "--reason", "r", "--out", out)
    await expect(to(client, used)).rejects.toThrow("it is not empty")
    await expect(to("nobody", join(root, "nobody"))).rejects.toThrow("Cannot find this client")
    expect(readdirSync(join(root, "nobody"))).toEqual([])
  })
})

describe("mimika subject", () => {
  it("does not take a stranger for the server whose address a killed one left, nor wait for one that is gone", async () => {
    const stranger = createServer({ cert: tls.certificatePem, key: readFileSync(tls.keyFile) }, (_, answer) =>
      answer.end()
    )
    await once(stranger.listen(0, "127.0.0.1"), "listening")
    const { port } = stranger.address() as AddressInfo
    writeFileSync(join(data, "admin-url"), `https://127.0.0.1:${port}\n`)
    writeFileSync(join(data, "admin-token"), "token\n")
    await tlsCertificate(join(data, "tls"))
    const to = (out: string) =>
      mimika("export", "--data", data, "--client", client, "--reason", "letter 1", "--out", join(root, out))
    await expect(to("strange")).rejects.toThrow(/Cannot reach the server .*If no server runs on this folder, remove/)
    stranger.close()
    await once(stranger, "close")
    await to("gone")
    expect(readdirSync(join(root, "gone"))).toHaveLength(2)
  })
})

describe("mimika subject erase", () => {
  const out = join(root, "erased")
  const textOf = (file: string) => readFileSync(join(out, file), "utf8")

  it("writes certificate, act and journal extract without a word of the person", async () => {
    await mimika("erase", "--data", data, "--client", client, "--reason", "letter 2", "--out", out)
    const files = ["act.html", "certificate-key.pem", "certificate.json", "certificate.sig", "journal-extract.json"]
    expect(readdirSync(out).sort()).toEqual(files)
    for (const file of files) {
      for (const word of ["Сидоров", "Иван", "ivan@example.org", "CRM-1"]) expect(textOf(file)).not.toContain(word)
    }
    for (const text of ["Акт об уничтожении персональных данных", "letter 2", "conference-a", "Ключ данных внесён"]) {
      expect(textOf("act.html")).toContain(text)
    }
  })

  it("gives a certificate that verify confirms, by this product and by the cipher library alone, until one byte is changed", async () => {
    const key = join(root, "key.pem")
    writeFileSync(key, textOf("certificate-key.pem"))
    expect((await mimika("verify", out, "--key", key)).stdout).toContain("The certificate stands")
    const [json, sig] = [join(out, "certificate.json"), join(out, "certificate.sig")]
    // What the act tells its reader to do with OpenSSL.
    expect(verify(null, readFileSync(json), readFileSync(key), readFileSync(sig))).toBe(true)
    writeFileSync(json, textOf("certificate.json").replace("letter 2", "letter 3"))
    await expect(mimika("verify", out, "--key", key)).rejects.toThrow("was changed since")
  })
})
