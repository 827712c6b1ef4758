/** What the doctor sees in a real server's folder, and that what is unsafe is called so, in both languages. */
import { execFile } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { machineOf, sizingFor } from "../../infra/capacity/capacity.ts"
import { examine } from "../../infra/doctor/checks.ts"
import { edgesFindings } from "../../infra/doctor/edges.ts"
import type { Finding } from "../../infra/doctor/finding.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { staffOf } from "../server/staff.ts"

let server: TestServer
const dayMs = 86_400_000
const look = (more: { now?: number; backup?: number | null } = {}) =>
  examine({ data: server.dataFolder, postgres: undefined, now: more.now ?? Date.now() }, more.backup ?? null)
const of = (findings: readonly Finding[], check: string) => findings.find((one) => one.check === check)

beforeAll(async () => {
  server = await startServer({ console: true })
})
afterAll(() => server?.stop())

it("finds nothing unsafe in a folder that the server made, and says what could be better", async () => {
  const findings = await look()
  expect(findings.filter(({ level }) => level === "bad")).toEqual([])
  for (const check of ["masterKey", "certificate", "proofs", "backup", "accounts"]) {
    expect([check, of(findings, check)?.level]).toEqual([check, "warning"])
  }
  // What ships is FFmpeg built with its GPL parts: it may be used here and handed to nobody.
  expect(of(findings, "encodedVideo")?.en).toMatch(/licence GPL 3.*hand nobody/)
  for (const { ru, en } of findings) {
    expect(ru).toMatch(/[а-яё]/i)
    expect(en).not.toMatch(/[а-яё]/i)
  }
})

it("says how full the edges of a running server are, and nothing of edges where none runs", async () => {
  const [edge] = server.core.edges()
  expect(of(await look(), "edges")).toMatchObject({
    level: "good",
    ru: `Занято мест (место — конференция 1080p в JPEG): ${edge!.edge} (127.0.0.1) 0 из ${edge!.capacity}`,
    en: `Places taken (a place is a conference of 1080p JPEG): ${edge!.edge} (127.0.0.1) 0 of ${edge!.capacity}`
  })
  expect(await edgesFindings({ data: join(server.dataFolder, "keys") })).toEqual([])
})

it("calls it unsafe when others can read the secrets, and says what mends it", async () => {
  chmodSync(server.dataFolder, 0o755)
  chmodSync(join(server.dataFolder, "access-token"), 0o644)
  chmodSync(join(server.dataFolder, "analytics-token"), 0o644)
  const codes = join(server.dataFolder, "exchange", "codes")
  mkdirSync(codes, { recursive: true })
  writeFileSync(join(codes, "code.json"), "{}", { mode: 0o644 })
  const found = of(await look(), "fileModes")
  expect(found).toMatchObject({ level: "bad" })
  for (const open of ["access-token", "analytics-token", "code.json"]) expect(found?.en).toContain(`${open} (0644)`)
  expect(found?.en).toContain("chmod")
  chmodSync(server.dataFolder, 0o700)
  expect(of(await look(), "fileModes")?.level).toBe("good")
})

it("counts administrators, and the days since the last backup", async () => {
  const staff = await staffOf(server)
  expect(of(await look(), "accounts")?.en).toContain("There is one administrator")
  await staff.person("second", ["administrator"])
  expect(of(await look(), "accounts")?.level).toBe("good")
  const now = Date.now()
  expect(of(await look({ now, backup: now - 3 * dayMs }), "backup")?.level).toBe("good")
  expect(of(await look({ now, backup: now - 200 * dayMs }), "backup")?.level).toBe("warning")
})

it("says for how many cores so many conferences are work, when it is asked, as sizing does", async () => {
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
  const flags = "Deno" in globalThis ? ["run", "-A", "--node-modules-dir=manual", "--no-prompt"] : []
  const manifest = new URL("../../package.json", import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }
  const measured = { frameMs: { jpeg: 1.5, gray8: 0.5 }, of: machineOf(version) }
  writeFileSync(join(server.dataFolder, "capacity.json"), JSON.stringify(measured))
  const words = ["doctor", "--data", server.dataFolder, "--conferences", "50", "--json"]
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, main, ...words])
  const { verdict, sizing, capacity } = JSON.parse(stdout)
  expect(verdict).toBe("warning")
  expect(capacity).toEqual(measured)
  expect(sizing).toEqual([
    { codec: "jpeg", ...sizingFor(50, "jpeg", 1.5) },
    { codec: "gray8", ...sizingFor(50, "gray8", 0.5) }
  ])
})
