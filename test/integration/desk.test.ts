/** A manager's day at the desk, over HTTPS and feeds as a browser would come, against the real server, journal and models. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { Operations } from "../../actors/operations.ts"
import { Tokens } from "../../actors/ports.ts"
import { conferencesFile } from "../../infra/exchange/agenda-store.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { fileTokens } from "../../infra/keys/tokens.ts"
import type { OperationsEvent } from "../../machines/operations-events.ts"
import type {
  ConferenceList,
  IllustrationView,
  ReportPage,
  Scheduled,
  StartedConference
} from "../../projections/console.ts"
import { clipPictures, consentTo, replayed, startServer, type TestServer } from "../server/core.ts"
import { answerTo, frameOf, openControl, openRaw, openStream } from "../server/raw-client.ts"
import { type StaffBrowser, staffOf } from "../server/staff.ts"

const clientName = "Анна Петровна Кузнецова"
const clientNumber = "client-4711"
const title = "Вклад и золото"
const soon = () => new Date(Date.now() + 60_000).toISOString()

describe("the manager's desk", () => {
  let server: TestServer
  let pictures: readonly Uint8Array[]
  let ivanova: StaffBrowser
  let other: StaffBrowser
  beforeAll(async () => {
    server = await startServer({ console: true })
    pictures = await clipPictures(12)
    const staff = await staffOf(server)
    ivanova = await staff.person("ivanova", ["manager"])
    other = await staff.person("petrov", ["manager"])
    writeExchange([
      entry("call-1", { id: clientNumber, name: clientName, contacts: ["+7 900 000-00-01"], crmId: "crm-9" }),
      entry("call-2", { id: "" }),
      { ...entry("call-3", { id: "client-3" }), manager: "petrov" }
    ])
  }, 60_000)
  afterAll(() => server.stop())

  const entry = (call: string, client: object) => ({ call, manager: "ivanova", client, title, startsAt: soon() })
  const writeExchange = (conferences: readonly object[]) =>
    writeFileSync(conferencesFile(server.dataFolder), JSON.stringify({ format: "mimika-conferences-1", conferences }))
  const listOf = async (browser: StaffBrowser) => (await browser.get("/api/conferences")).json as ConferenceList
  const startedBy = async (browser: StaffBrowser, id: string) =>
    ((await browser.post(`/api/conferences/${id}/start`)).json as StartedConference).conference
  const planned = async (clientId: string) =>
    (await ivanova.post("/api/conferences", { clientId, title, clientLabel: clientName })).json as Scheduled

  /** The client comes with a resume token, as the client's page does, agrees, and sends frames. */
  async function comes(conference: string, frames: readonly Uint8Array[]) {
    const claim = Effect.flatMap(Tokens, (tokens) => Effect.sync(() => tokens.signResume({ conference })))
    const keys = fileTokens(`${server.dataFolder}/keys`)
    const resumeToken = await Effect.runPromise(Effect.provide(claim, keys))
    const control = await openControl(server)
    control.say({ type: "resume", resumeToken, sentThrough: 0 })
    const resumed = await control.hear(({ type }) => type === "resumed")
    const stream = await openStream(server, resumed)
    await stream.hear(({ type }) => type === "opened")
    control.say({ type: "consent", consent: consentTo("expressionAnalysis", `consent-${conference}`) })
    await control.hear(({ type }) => type === "consentRecorded")
    const send = async (from: number, bytes: readonly Uint8Array[]) => {
      const outcomes: string[] = []
      for (const [index, picture] of bytes.entries()) {
        stream.say(frameOf(from + index, picture))
        outcomes.push((await stream.hear(answerTo(from + index))).outcome)
      }
      return outcomes
    }
    expect(new Set(await send(1, frames))).toEqual(new Set(["read"]))
    return { control, stream, send }
  }

  const operations = async (): Promise<readonly OperationsEvent[]> => {
    const journal = journalAt({ folder: server.dataFolder, readOnly: true })
    const read = Effect.flatMap(Operations, (operations) => Stream.runCollect(operations.read()))
    return Effect.runPromise(read.pipe(Effect.provide(Operations.layer), Effect.provide(journal)))
  }

  it("lists own conferences of the exchange folder, and names an entry that cannot be taken", async () => {
    const { scheduled, badEntries } = await listOf(ivanova)
    expect(scheduled).toMatchObject([{ title, clientLabel: clientName, source: "exchange", consent: "missing" }])
    expect(badEntries).toMatchObject([{ entryIndex: 1, fault: "field", field: "client.id" }])
    expect((await listOf(other)).scheduled).toHaveLength(1)
    expect((await listOf(other)).badEntries).toEqual([])
  })

  it("starts with one wish, without its client and without a consent, and a second click means the same", async () => {
    const [{ id } = { id: "" }] = (await listOf(ivanova)).scheduled
    const conference = await startedBy(ivanova, id)
    expect(await startedBy(ivanova, id)).toBe(conference)
    const { scheduled, running } = await listOf(ivanova)
    expect(scheduled).toEqual([])
    expect(running).toMatchObject([{ conference, title, clientLabel: clientName }])
    const view = (await ivanova.get(`/api/conferences/${conference}/illustration`)).json as IllustrationView
    expect(view).toMatchObject({ state: "awaitPrompt", variants: [], shared: null })
    expect(await ivanova.post(`/api/conferences/${conference}/end`)).toMatchObject({ status: 204 })
  })

  it("shows the live view to its manager, the illustrations as they change, and the report at the end", async () => {
    const { id } = await planned("client-live")
    const conference = await startedBy(ivanova, id)
    const feed = await ivanova.hear("/api/feeds/live", { conference })
    await feed.hear(({ type, consent, live }) => type === "live" && consent === "none" && live.state === null)
    const client = await comes(conference, pictures)
    await feed.hear(({ type, consent, live }) => type === "live" && consent === "given" && live.state !== null)

    expect((await ivanova.post(`/api/conferences/${conference}/marker`, { topic: 2 })).status).toBe(204)
    const path = `/api/conferences/${conference}/illustration`
    await ivanova.post(path, { type: "prompt", prompt: "депозит 10 %, золото в ОМС 11 %, слитки 12 %" })
    await feed.hear(({ type, view }) => type === "illustration" && view.state === "review")
    expect((await ivanova.post(path, { type: "remark", remark: "сделай золото вдвое выше" })).json).toMatchObject({
      refused: { reason: expect.any(String), offer: expect.any(String) }
    })
    expect((await ivanova.post(path, { type: "share", variantIndex: 0 })).json).toMatchObject({
      shared: 0,
      tapped: null
    })
    const picture = await ivanova.get(`/api/conferences/${conference}/variants/0.svg`)
    expect([picture.status, picture.headers["content-type"]]).toEqual([200, "image/svg+xml"])
    expect(picture.text).toMatch(/^<svg/)
    expect((await ivanova.get(`/api/conferences/${conference}/variants/7.svg`)).status).toBe(404)

    expect(await ivanova.post(`/api/conferences/${conference}/end`)).toMatchObject({ status: 204 })
    const { page } = (await feed.hear(({ type }) => type === "report")) as { readonly page: ReportPage }
    await feed.hear(({ type, reason }) => type === "gone" && reason === "ended")
    expect(page).toMatchObject({ conference, title, clientLabel: clientName, notes: ["short"] })
    expect(page.report).toMatchObject({ counted: 12, received: 12 })
    expect(page.consent).toMatchObject({ consent: `consent-${conference}`, textVersion: "1" })
    expect(page.markers.map(({ topic }) => topic)).toEqual([2, "shared"])
    expect((await ivanova.get(`/api/conferences/${conference}/report`)).json).toEqual(page)
    await client.control.close()

    const { events, ignored } = await replayed(conference, server.dataFolder)
    expect(ignored).toEqual([])
    expect(events.map(({ type }) => type)).toContain("ClientAwaited")
    const live = feed.heard.filter(({ type }) => type === "live")
    expect(live.every(({ at }, index) => index < 2 || at - live[index - 2]!.at >= 200)).toBe(true)
  })

  it("gives the report as files that name nobody, the customer's four rows first", async () => {
    const [{ conference } = { conference: "" }] = (await listOf(ivanova)).ended
    const russian = await ivanova.get(`/api/conferences/${conference}/report.csv`)
    expect(russian.headers["content-disposition"]).toBe(`attachment; filename="${conference}.csv"`)
    const rows = russian.text.replace("\uFEFF", "").split("\r\n")
    expect(rows[0]).toBe("Показатель;Значение;Единица")
    const names = rows.slice(1, 5).map((row) => row.split(";")[0])
    expect(names).toEqual([
      "Общая удовлетворенность",
      "Негативные эмоции",
      "Нейтральные эмоции",
      "Положительные эмоции"
    ])
    const english = await ivanova.get(`/api/conferences/${conference}/report.csv?lang=en`)
    expect(english.text).toMatch(/^\uFEFFMeasure,Value,Unit\r\nOverall satisfaction,/)
    const json = await ivanova.get(`/api/conferences/${conference}/report.json`)
    expect(json.json).toMatchObject({ format: "mimika-report-1", conference })
    for (const { text } of [russian, english, json]) {
      for (const name of [clientName, clientNumber, title, "ivanova"]) expect(text).not.toContain(name)
    }
  })

  it("analyses nothing while the manager has switched it off, and goes on when it is on again", async () => {
    const { id } = await planned("client-switch")
    const conference = await startedBy(ivanova, id)
    const path = `/api/conferences/${conference}/analysis`
    const client = await comes(conference, pictures.slice(0, 3))
    expect((await ivanova.post(path, { on: false })).status).toBe(204)
    expect(await client.send(4, pictures.slice(0, 2))).toEqual(["dropped", "dropped"])
    const feed = await ivanova.hear("/api/feeds/live", { conference })
    await feed.hear(({ type, switchedOff, consent }) => type === "live" && switchedOff && consent === "given")
    expect((await ivanova.post(path, { on: true })).status).toBe(204)
    expect(await client.send(6, pictures.slice(0, 2))).toEqual(["read", "read"])
    client.control.say({ type: "withdraw" })
    await client.control.hear(({ type }) => type === "withdrawn")
    expect((await ivanova.post(path, { on: false })).status).toBe(204)
    expect(await ivanova.post(path, { on: true })).toMatchObject({ status: 409, json: { tag: "consentRefused" } })
    await ivanova.post(`/api/conferences/${conference}/end`)
    const { page } = (await feed.hear(({ type }) => type === "report")) as { readonly page: ReportPage }
    expect(page.report).toMatchObject({ counted: 5, dropped: 2, received: 7 })
    expect(page.notes).toEqual(["consentWithdrawn", "switchedOff", "short"])
  })

  it("shows and does nothing of another manager's conference, and says no more than that it is not there", async () => {
    const { id } = await planned("client-mine")
    const conference = await startedBy(ivanova, id)
    const path = `/api/conferences/${conference}`
    const tried = [
      await other.post(`/api/conferences/${id}/start`),
      await other.post(`${path}/end`),
      await other.post(`${path}/marker`, { topic: 1 }),
      await other.post(`${path}/analysis`, { on: false }),
      await other.post(`${path}/illustration`, { type: "stopSharing" }),
      await other.get(`${path}/illustration`),
      await other.get(`${path}/variants/0.svg`),
      await other.get(`${path}/report`),
      await other.get(`${path}/report.csv`),
      await other.post("/api/feeds/live", { conference })
    ]
    for (const { status, json } of tried) expect([status, json]).toMatchObject([404, { tag: "unknownConference" }])
    expect((await listOf(other)).running).toEqual([])
    expect((await ivanova.get(`${path}/report`)).json).toMatchObject({ tag: "stillRunning" })
    await ivanova.post(`${path}/end`)
    await vi.waitFor(async () => expect((await listOf(ivanova)).running).toEqual([]), 10_000)
  })

  it("shows one that the platform started under a planned number by its title, and not as planned any more", async () => {
    writeExchange([entry("call-platform", { id: "client-platform", name: clientName })])
    expect((await listOf(ivanova)).scheduled).toMatchObject([{ source: "exchange", title }])
    const raw = await openRaw(server, "call-platform", { client: "client-platform", manager: "ivanova" })
    const { scheduled, running } = await listOf(ivanova)
    expect([scheduled, running]).toMatchObject([[], [{ title, clientLabel: clientName }]])
    const feed = await ivanova.hear("/api/feeds/live", { conference: raw.started.conference })
    await raw.end(0)
    expect(await feed.hear(({ type }) => type === "report")).toMatchObject({ page: { title, clientLabel: clientName } })
    const ofIt = ({ conference }: { readonly conference: string }) => conference === raw.started.conference
    let list = await listOf(ivanova)
    // The list of ended ones follows the journal by a moment.
    while (!list.ended.some(ofIt)) list = await listOf(ivanova)
    expect(list.scheduled).toEqual([])
    expect(list.ended.find(ofIt)).toMatchObject({ title, clientLabel: clientName })
  })

  it("refuses what it was not asked properly", async () => {
    expect(await ivanova.post("/api/conferences", { title })).toMatchObject({
      status: 409,
      json: { tag: "badRequest" }
    })
    const late = { clientId: "c", startsAt: Date.now() + 60 * 24 * 3_600_000 }
    expect(await ivanova.post("/api/conferences", late)).toMatchObject({ json: { tag: "badRequest" } })
    const parsed = await ivanova.get(`/api/parse?prompt=${encodeURIComponent("вклад 10 %, золото")}`)
    expect(parsed.json).toMatchObject({ ok: false, error: { piece: expect.any(String) } })
  })

  it("records reads before it shows, keeps names out of journal and files, and leaves the exchange file to the bank", async () => {
    const events = await operations()
    const reads = events.filter(({ type }) => type === "PersonalDataRead")
    const purposes = new Set(reads.map((read) => (read as { purpose: string }).purpose))
    for (const purpose of ["own conferences", "live view", "report on screen", "report as CSV"]) {
      expect(purposes).toContain(purpose)
    }
    expect(reads.every((read) => (read as { actor: string }).actor.startsWith("account:"))).toBe(true)
    const files = readdirSync(server.dataFolder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile()
    )
    for (const file of files) {
      const path = join(file.parentPath, file.name)
      if (path === conferencesFile(server.dataFolder)) continue
      const bytes = readFileSync(path)
      for (const name of [clientName, clientNumber, title, "+7 900"]) expect(bytes.includes(name), path).toBe(false)
    }
  })
})
