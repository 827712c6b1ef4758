/** Trends and a supervisor's view, over HTTPS against the real server and journal: from whom, from how many, and for whom. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type {
  ClientLink,
  ConferenceList,
  ReportPage,
  Scheduled,
  TooFew,
  TrendAnswer
} from "../../projections/console.ts"
import { clipPictures, consentTo, startServer, type TestServer } from "../server/core.ts"
import { answerTo, frameOf, openRaw } from "../server/raw-client.ts"
import { browserOf, type StaffBrowser, staffOf } from "../server/staff.ts"

const clientName = "Анна Петровна Кузнецова"

describe("trends and teams", () => {
  let server: TestServer
  let pictures: readonly Uint8Array[]
  let ivanova: StaffBrowser
  let other: StaffBrowser
  let supervisor: StaffBrowser
  let stranger: StaffBrowser
  let ivanovaAccount = ""
  beforeAll(async () => {
    server = await startServer({ console: true })
    pictures = await clipPictures(1)
    const staff = await staffOf(server)
    const person = await staff.person("ivanova", ["manager"], "north")
    ivanova = person
    ivanovaAccount = person.account
    other = await staff.person("petrov", ["manager"], "north")
    supervisor = await staff.person("sidorova", ["supervisor"], "north")
    stranger = await staff.person("chuzhoy", ["supervisor"], "south")
  }, 60_000)
  afterAll(() => server.stop())

  const listOf = async (browser: StaffBrowser) => (await browser.get("/api/conferences")).json as ConferenceList
  const planned = async (clientId: string) =>
    (await ivanova.post("/api/conferences", { clientId, clientLabel: clientName })).json as Scheduled

  /** The trend once it says this of its count: the list of ended conferences follows the journal by a moment. */
  const trendOf = async (
    fits: (trend: { readonly tooFew?: number; readonly points?: readonly unknown[] }) => boolean
  ) => {
    while (true) {
      const { json } = await ivanova.get("/api/trends?subject=me")
      if (fits(json as TrendAnswer)) return json as TrendAnswer
    }
  }

  it("lets a supervisor read reports and trends of the own team, without the client's name, and of no other", async () => {
    const { id } = await planned("client-team")
    const started = await ivanova.post(`/api/conferences/${id}/start`)
    const { conference } = started.json as { readonly conference: string }
    const feed = await ivanova.hear("/api/feeds/live", { conference })
    await ivanova.post(`/api/conferences/${conference}/end`)
    await feed.hear(({ type }) => type === "gone")
    while ((await listOf(ivanova)).ended.length === 0);
    const page = (await supervisor.get(`/api/conferences/${conference}/report`)).json as ReportPage
    expect(page).toMatchObject({ conference, title: "", clientLabel: "" })
    expect((await stranger.get(`/api/conferences/${conference}/report`)).status).toBe(404)
    expect((await supervisor.get("/api/conferences")).status).toBe(403)
    const team = (await supervisor.get("/api/team")).json
    expect(team).toMatchObject({ managers: [{ name: "Имя ivanova" }, { name: "Имя petrov" }] })
    expect((await stranger.get("/api/team")).json).toEqual({ managers: [] })
    const ended = await supervisor.get(`/api/team/${ivanovaAccount}/conferences`)
    expect(ended.json).toMatchObject({ ended: expect.arrayContaining([expect.objectContaining({ conference })]) })
    expect(ended.text).not.toContain(clientName)
    expect((await stranger.get(`/api/team/${ivanovaAccount}/conferences`)).status).toBe(404)
    const trend = await supervisor.get(`/api/trends?manager=${ivanovaAccount}`)
    expect(trend.json as TooFew).toEqual({ tooFew: 0, conferencesMin: 5, clientsMin: 5 })
    expect((await stranger.get(`/api/trends?manager=${ivanovaAccount}`)).status).toBe(404)
  })

  it("draws a trend from five conferences whose client agreed to it, and not from others", async () => {
    const agreeing = async (call: string, agrees: boolean) => {
      const raw = await openRaw(server, call, { client: "client-trend", manager: "ivanova" })
      if (agrees) {
        raw.control.say({ type: "consent", consent: consentTo("trends", `trends-${call}`) })
        await raw.control.hear(({ type }) => type === "consentRecorded")
      }
      raw.stream.say(frameOf(1, pictures[0]!))
      await raw.stream.hear(answerTo(1))
      await raw.end(1)
    }
    for (let count = 0; count < 4; count++) await agreeing(`trend-${count}`, true)
    await agreeing("trend-without", false)
    await trendOf(({ tooFew }) => tooFew === 4)
    await agreeing("trend-4", true)
    await trendOf(({ points }) => points?.length === 5)
    const subjects = new Set((await listOf(ivanova)).ended.map(({ trendSubject }) => trendSubject))
    const [subject] = [...subjects].filter((each) => each !== null)
    for (const asked of ["me", subject]) {
      const { json } = await ivanova.get(`/api/trends?subject=${asked}`)
      expect(json).toMatchObject({ points: { length: 5 }, conferencesMin: 5 })
    }
    expect((await other.get(`/api/trends?subject=${subject}`)).status).toBe(404)
    expect((await supervisor.get(`/api/trends?manager=${ivanovaAccount}`)).json).toMatchObject({ tooFew: 5 })
  })

  it("takes conferences out of a trend when their client withdraws that afterwards", async () => {
    const { id } = await planned("client-trend")
    const { json } = await ivanova.post(`/api/conferences/${id}/link`)
    const client = browserOf(server.core.console!.url, server.core.certificateFile)
    const opened = await client.post("/client/api/open", { token: new URL((json as ClientLink).url).hash.slice(1) })
    expect(opened.status).toBeLessThan(300)
    expect((await ivanova.get("/api/trends?subject=me")).json).toMatchObject({ points: { length: 5 } })
    expect((await client.post("/client/api/withdraw", { purpose: "trends" })).status).toBeLessThan(300)
    expect((await ivanova.get("/api/trends?subject=me")).json).toMatchObject({ tooFew: 0 })
  })
})
