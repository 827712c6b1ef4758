/** The auditor's page over HTTPS: what it gives is what the commands give, is on record before it is shown, and is refused with a word that the page knows. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Stream } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { conferenceStreamOf } from "../../actors/conference.ts"
import { EventStore } from "../../actors/event-store.ts"
import { operationsStream } from "../../actors/operations.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { checkProofFile, proveEvent } from "../../infra/audit/audit-proof.ts"
import { readVerifierKey, sha256 } from "../../infra/audit/log-key.ts"
import { provenReaders } from "../../infra/audit/proof-log.ts"
import { auditReport } from "../../infra/commands/audit-report.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import type { AuditReportRun, LogStatus, Verification } from "../../projections/audit-page.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, replayed, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { type StaffBrowser, staffOf } from "../server/staff.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-audit-page-"))
const folder = join(root, "server")
const hasher = treeHasher(sha256)
let server: TestServer
let conference: string
let versionCount: number
/** When the server was started, and a moment after all that the reports are about. */
let [beganAt, endedAt] = [0, 0]
type Staff = StaffBrowser & { readonly account: string }
let [auditor, officer]: Staff[] = []

beforeAll(async () => {
  beganAt = Date.now()
  server = await startServer({ dataFolder: folder, console: true })
  const staff = await staffOf(server)
  auditor = await staff.person("auditor", ["auditor"])
  officer = await staff.person("officer", ["dataProtectionOfficer"])
  const observed = new Observed()
  const call = await startConference(sdkOptions(server.core, "call-1", observed.handlers))
  await sendPaced(call, observed, await clipPictures(8))
  await call.end()
  conference = call.id
  versionCount = (await replayed(conference, folder)).events.length
  endedAt = Date.now()
})
let isStopped = false
const stop = async () => {
  if (!isStopped) await server?.stop()
  isStopped = true
}
afterAll(async () => {
  await stop()
  rmSync(root, { recursive: true })
})

/** What the journal of operations holds now. */
async function onRecord() {
  const read = Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read(operationsStream)))
  const commits = await Effect.runPromise(Effect.provide(read, journalAt({ folder, readOnly: true })))
  return commits.flatMap(({ events }) => events)
}

const reportsPath = "/api/audit/reports"
/** Of a machine that does much else; each ends when it is so. */
const soon = { timeout: 40_000, interval: 25 }
const dayOf = (at: number) => new Date(at).toISOString()
const order = (person: StaffBrowser, from: string, to: string, reason = "quarterly audit") =>
  person.post(reportsPath, { from, to, reason })

/** The report as the page has it, once it is made. */
async function made(person: StaffBrowser, from: string, to: string) {
  const { report: id } = (await order(person, from, to)).json as { report: string }
  let run: AuditReportRun | undefined
  await vi.waitFor(async () => {
    run = (await person.get(`${reportsPath}/${id}`)).json as AuditReportRun
    expect(run.state).toBe("ready")
  }, soon)
  return { id, ...(run as Extract<AuditReportRun, { state: "ready" }>) }
}

describe("the report", () => {
  it("is byte for byte what the command writes, for any period, as JSON and as a page in both languages", async () => {
    const moment = fc.integer({ min: -1_000, max: endedAt - beganAt }).map((after) => beganAt + after)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(moment, { minLength: 2, maxLength: 2 }), async (pair) => {
        const [from, to] = pair.toSorted((a, b) => a - b).map(dayOf) as [string, string]
        const { id, report } = await made(auditor!, from, to)
        const out = join(root, "report")
        const asked = { data: folder, from, to, out, reason: "the same", json: false, lang: "ru" } as const
        const silent = vi.spyOn(process.stderr, "write").mockReturnValue(true)
        await auditReport({ ...asked, json: true })
        const file = await auditor!.get(`${reportsPath}/${id}/report.json`)
        expect(file.text).toBe(readFileSync(out, "utf8"))
        expect(file.json).toEqual(report)
        for (const lang of ["ru", "en"] as const) {
          await auditReport({ ...asked, lang })
          const page = await auditor!.get(`${reportsPath}/${id}/report.html?lang=${lang}`)
          expect(page.text).toBe(readFileSync(out, "utf8"))
          expect(page.headers["content-disposition"]).toMatch(/^attachment; filename="audit-[\d-]+-to-[\d-]+\.html"$/)
        }
        silent.mockRestore()
      }),
      { numRuns: 4, examples: [[[beganAt - 1_000, endedAt]]] }
    )
  })

  it("counts what was done, and names people on the page alone", async () => {
    const { report, people } = await made(auditor!, dayOf(beganAt - 1_000), dayOf(endedAt))
    expect(report.consents.expressionAnalysis).toEqual({ given: 1, withdrawn: 0 })
    expect(report.signIns.succeeded).toBe(3)
    expect(people[`account:${auditor!.account}`]).toBe("Имя auditor")
    expect(JSON.stringify(report)).not.toContain("Имя")
  })

  it("is on record with who and why before it is made", async () => {
    const reason = "complaint 17"
    const asked = await order(officer!, "2026-11-01", "2026-11-02", reason)
    expect((await onRecord()).at(-1)).toMatchObject({
      type: "PersonalDataRead",
      actor: `account:${officer!.account}`,
      purpose: reason,
      what: "audit report"
    })
    expect(asked.status).toBe(200)
  })

  it.each([
    ["2026-02-30", "2026-03-01", "badDate"],
    ["yesterday", "2026-03-01", "badDate"],
    ["2026-03-01", "", "badDate"],
    ["999999999999999999", "2026-03-01", "badDate"],
    ["2026-03-02", "2026-03-01", "reversedPeriod"],
    ["2026-03-01", "2026-03-01", "reversedPeriod"],
    ["2026-03-01", "x".repeat(41), "badRequest"]
  ])("from %s to %s is refused: %s, and nothing is recorded", async (from, to, tag) => {
    const before = (await onRecord()).length
    expect(await order(auditor!, from, to)).toMatchObject({ status: 409, json: { tag } })
    expect(await onRecord()).toHaveLength(before)
  })

  it("without a reason, or without anything, is refused", async () => {
    for (const body of [{ from: "2026-03-01", to: "2026-03-02", reason: "x" }, {}, [], undefined]) {
      expect(await auditor!.post(reportsPath, body)).toMatchObject({ status: 409, json: { tag: "badRequest" } })
    }
  })

  it("is its maker's alone, gone when dropped, and followed by the maker's next", async () => {
    const first = await made(auditor!, "2026-11-01", "2027-11-02")
    const path = `${reportsPath}/${first.id}`
    const files = ["", "/report.html", "/report.json"]
    for (const file of files) expect(await officer!.get(`${path}${file}`)).toMatchObject({ status: 404 })
    expect(await officer!.send("DELETE", path, {})).toMatchObject({ status: 404, json: { tag: "unknownReport" } })
    const second = await made(auditor!, "2026-11-01", "2027-11-02")
    expect(await auditor!.get(path)).toMatchObject({ status: 404 })
    expect(await auditor!.send("DELETE", `${reportsPath}/${second.id}`, {})).toMatchObject({ status: 204 })
    for (const file of files) {
      expect(await auditor!.get(`${reportsPath}/${second.id}${file}`)).toMatchObject({ status: 404 })
    }
  })
})

const proofOf = (of: string, version: number | string, more = "") =>
  auditor!.get(`/api/audit/proofs/${of}/${version}${more}`)

describe("the proof of an event", () => {
  it("of every version is a file that `audit check` believes with the downloaded key and nothing else", async () => {
    await vi.waitFor(async () => expect((await proofOf(conference, versionCount)).status).toBe(200), {
      timeout: 10_000
    })
    const key = readVerifierKey((await auditor!.get("/api/audit/log-key.pub")).text.trim())
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: versionCount }), async (version) => {
        const { text, headers } = await proofOf(conference, version)
        const { commit } = checkProofFile(text, key, [])
        expect(commit.stream).toBe(conferenceStreamOf(conference))
        expect(commit.firstVersion).toBeLessThanOrEqual(version)
        expect(commit.firstVersion + commit.eventCount).toBeGreaterThan(version)
        expect(headers["content-disposition"]).toContain(`${commit.stream}-${version}.tlog-proof`)
        expect(() => checkProofFile(text.replace(/^index \d+/m, "index 0"), key, [])).toThrow(
          "Cannot believe the proof"
        )
      }),
      { numRuns: 10 }
    )
    const picture = await proofOf(conference, 1, "?machine=illustration")
    expect(checkProofFile(picture.text, key, []).commit.stream).toContain("illustration")
  })

  it.each([
    ["nobody", 1, 404, "unknownEvent"],
    ["%2e%2e%5cx", 1, 400, "BadPath"],
    ["a%20b", 1, 404, "unknownEvent"],
    ["here", 1_000_000, 404, "unknownEvent"],
    ["here", 0, 409, "badVersion"],
    ["here", "last", 409, "badVersion"],
    ["here", "9".repeat(12), 409, "badVersion"]
  ])("%s, version %s is refused with %s %s", async (of, version, status, tag) => {
    expect(await proofOf(of === "here" ? conference : of, version)).toMatchObject({ status, json: { tag } })
  })

  it("that no checkpoint covers yet is refused with a word that says so", async () => {
    const noLeaf = Layer.effect(
      ProofLog,
      Effect.map(ProofLog, (log) => ({ ...log, leafNumberOf: () => Effect.succeed(null) }))
    ).pipe(Layer.provideMerge(provenReaders({ folder })))
    const proof = proveEvent(conferenceStreamOf(conference), 1, { log: keyOf(), hasher })
    expect(await Effect.runPromise(Effect.provide(Effect.flip(proof), noLeaf))).toMatchObject({ fault: "tooNew" })
  })
})

const keyOf = () => readVerifierKey(join(folder, "keys", "log-key.pub"))

describe("the log", () => {
  it("says its key, its newest checkpoint by that key, and that no witness signed it", async () => {
    await vi.waitFor(async () => {
      const status = (await auditor!.get("/api/audit/log")).json as LogStatus
      expect(status).toMatchObject({ isOnTime: true, cosigned: null, witnesses: [], waiting: { count: 0 } })
      expect(status.checkpoint).toMatchObject({ isSigned: true })
      expect(status.checkpoint!.lastCommitAt).toBeLessThanOrEqual(status.askedAt)
      expect(readVerifierKey(status.publicKey)).toEqual(keyOf())
    }, soon)
  })
})

const verificationPath = "/api/audit/verification"
const verification = async () => (await auditor!.get(verificationPath)).json as Verification

describe("a verification of everything", () => {
  it("runs once at a time, ends with a verdict, and is on record with who wished it", async () => {
    expect(await verification()).toEqual({ running: null, last: null })
    expect(await auditor!.post(verificationPath, {})).toMatchObject({ status: 204 })
    expect(await auditor!.post(verificationPath, {})).toMatchObject({ status: 409, json: { tag: "alreadyVerifying" } })
    expect((await verification()).running).toMatchObject({ startedAt: expect.any(Number) })
    await vi.waitFor(async () => expect((await verification()).running).toBe(null), soon)
    const { last } = await verification()
    expect(last).toMatchObject({
      outcome: "sound",
      actor: `account:${auditor!.account}`,
      findingCount: 0,
      findings: []
    })
    expect(last!.covered).toBeGreaterThan(6)
    expect(await onRecord()).toContainEqual(
      expect.objectContaining({ type: "JournalVerified", outcome: "sound", covered: last!.covered })
    )
  })

  it("can be cancelled, which is on record too, and then run again", async () => {
    await auditor!.post(verificationPath, {})
    expect(await auditor!.send("DELETE", verificationPath, {})).toMatchObject({ status: 204 })
    expect(await verification()).toMatchObject({ running: null, last: { outcome: "cancelled" } })
    expect(await auditor!.send("DELETE", verificationPath, {})).toMatchObject({ status: 204 })
  })

  it("ends with the server, and that is on record as well", async () => {
    await auditor!.post(verificationPath, {})
    const before = await onRecord()
    await stop()
    expect((await onRecord()).slice(before.length)).toMatchObject([{ type: "JournalVerified", outcome: "cancelled" }])
  })
})
