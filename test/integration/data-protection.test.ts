/** The data-protection officer's routes, over HTTPS against a real server: looks, copies, erasures and their proofs, consent texts, retention. */
import { appendFileSync, truncateSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { barListFile } from "../../infra/subjects/bar-list.ts"
import { isSignedBy } from "../../infra/subjects/notary.ts"
import type { TextCount } from "../../projections/consent-counts.ts"
import type { ErasureView } from "../../projections/erasures.ts"
import type { Holdings as Held } from "../../projections/holdings.ts"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, consentTo, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { recordedOf } from "../server/recorded.ts"
import { password, type StaffBrowser, staffOf } from "../server/staff.ts"

let server: TestServer
let officer: StaffBrowser & { readonly account: string }
let auditor: StaffBrowser
let admin: StaffBrowser
let endedId: string
let running: Conference
const reason = "обращение № 17"

async function begin(client: string, call: string) {
  const observed = new Observed()
  const conference = await startConference(sdkOptions(server.core, call, { ...observed.handlers, client }))
  await sendPaced(conference, observed, await clipPictures(3))
  await observed.until(() => observed.durableThrough === 3)
  return conference
}

beforeAll(async () => {
  server = await startServer({ console: true })
  const staff = await staffOf(server)
  admin = staff.admin
  officer = await staff.person("officer", ["dataProtectionOfficer"])
  auditor = await staff.person("auditor", ["auditor"])
  const first = await begin("client-1", "call-1")
  await first.giveConsent(consentTo("trends", "consent-trends"))
  await first.withdraw("trends")
  await first.end()
  endedId = first.id
  running = await begin("client-1", "call-2")
  await (await begin("client-2", "call-3")).end()
}, 60_000)
afterAll(() => server?.stop())

const recorded = () => recordedOf(server)
const search = (who: StaffBrowser, by: string, value: string, why = reason) =>
  who.post("/api/subjects", { by, value, reason: why })
const found = async (by: string, value: string) =>
  ((await search(officer, by, value)).json as { readonly holdings: Held }).holdings
const erasures = async () =>
  ((await officer.get("/api/erasures")).json as { erasures: readonly ErasureView[] }).erasures
const erase = (subject: string, given = password, why = reason) =>
  officer.post(`/api/subjects/${subject}/erasure`, { reason: why, password: given })
const tagOf = ({ json }: { readonly json: unknown }) => (json as { readonly tag: string }).tag

describe("a look at what is kept of a client", () => {
  it("finds the same person by the bank's id, by pseudonym and by a conference, each time on record with its reason", async () => {
    const held = await found("client", "client-1")
    expect(await found("pseudonym", held.subject)).toEqual(held)
    expect((await found("conference", endedId)).subject).toBe(held.subject)
    const reads = (await recorded()).filter((event) => event.type === "PersonalDataRead")
    expect(reads).toHaveLength(3)
    for (const event of reads) {
      const actor = `account:${officer.account}`
      const what = `everything kept of ${held.subject}`
      expect(event).toMatchObject({ actor, purpose: reason, what, subject: held.subject })
    }
  })

  it("shows conferences, months and when each is due, consents with their texts, and nothing of what was seen", async () => {
    const held = await found("client", "client-1")
    expect(held.person).toMatchObject({ externalId: "client-1" })
    expect(held.conferences.map(({ conference, running: runs }) => [conference, runs])).toEqual([
      [running.id, true],
      [endedId, false]
    ])
    const month = new Date().toISOString().slice(0, 7)
    expect(held.months.map(({ purpose, month: of }) => [purpose, of])).toEqual(
      ["consentEvidence", "expressionAnalysis", "illustrationInteraction"].map((purpose) => [purpose, month])
    )
    const [evidence, analysis] = held.months
    expect(evidence!.dueAt - analysis!.dueAt).toBe((1096 - 365) * 86_400_000)
    expect(held.personDueAt).toBeGreaterThanOrEqual(evidence!.dueAt)
    expect(held.eventCount).toBe(held.months.reduce((sum, { eventCount }) => sum + eventCount, 0))
    const trends = held.consents.find(({ consent }) => consent === "consent-trends")!
    const { textVersion, textSha256 } = consentTo("trends", "")
    expect(trends).toMatchObject({ conference: endedId, purposes: ["trends"], textVersion, textSha256 })
    expect(trends.withdrawnAt).toBeGreaterThan(0)
    expect(held.consents.filter(({ withdrawnAt }) => withdrawnAt === null)).toHaveLength(2)
    expect(JSON.stringify(held)).not.toMatch(/positive|negative|label/)
  })

  it("is refused without a reason, and for nobody's id; whom somebody looked for is on record without the id", async () => {
    expect((await search(officer, "client", "client-1", "  ")).status).toBe(409)
    const before = (await recorded()).length
    const answers = [
      await search(officer, "client", "client-99"),
      await search(officer, "pseudonym", "client-99"),
      await search(officer, "conference", "client-99")
    ]
    expect(answers.map((answer) => [answer.status, tagOf(answer)])).toEqual(answers.map(() => [404, "unknownClient"]))
    const after = (await recorded()).slice(before)
    expect(after).toMatchObject(answers.map(() => ({ type: "PersonalDataRead", purpose: reason })))
    expect(JSON.stringify(after)).not.toContain("client-99")
  })

  it("keeps no reason that names the person, and says so", async () => {
    const refused = await search(officer, "client", "client-1", "просьба CLIENT-1")
    expect([refused.status, tagOf(refused)]).toEqual([409, "namesPerson"])
    expect(JSON.stringify(await recorded())).not.toMatch(/client-1/i)
    expect((await recorded()).at(-1)).toMatchObject({ type: "PersonalDataRead" })
  })
})

describe("a copy", () => {
  it("takes a look with a reason first, is whole, and is on record before it leaves", async () => {
    const { subject, streamCount, eventCount } = await found("client", "client-2")
    const stranger = await auditor.get(`/api/subjects/${subject}/export.json`)
    expect([stranger.status, tagOf(stranger)]).toEqual([409, "noLook"])
    const document = await officer.get(`/api/subjects/${subject}/export.json`)
    expect(document.headers["content-disposition"]).toBe(`attachment; filename="${subject}.json"`)
    const { person, streams } = document.json as {
      person: object
      streams: readonly { readonly commits: readonly { readonly events: readonly object[] }[] }[]
    }
    expect(person).toMatchObject({ externalId: "client-2" })
    expect(streams).toHaveLength(streamCount)
    expect(streams.flatMap(({ commits }) => commits.flatMap(({ events }) => events))).toHaveLength(eventCount)
    const [page, pageEn] = [
      await officer.get(`/api/subjects/${subject}/export.html`),
      await officer.get(`/api/subjects/${subject}/export.html?lang=en`)
    ]
    expect(page.text).toContain("<h1>Что о вас хранится</h1>")
    expect(pageEn.text).toContain("<h1>What is kept about you</h1>")
    const handedOut = (await recorded()).filter((event) => event.type === "SubjectExported")
    expect(handedOut).toHaveLength(3)
    expect(handedOut[0]).toMatchObject({ actor: `account:${officer.account}`, purpose: reason, subject })
  })

  it("is an auditor's to hand out, and an erasure is not", async () => {
    const looked = await search(auditor, "client", "client-2", "проверка № 3")
    const { subject } = (looked.json as { readonly holdings: Held }).holdings
    expect((await auditor.get(`/api/subjects/${subject}/export.json`)).status).toBe(200)
    expect((await auditor.post(`/api/subjects/${subject}/erasure`, { reason, password })).status).toBe(403)
    expect((await recorded()).findLast((event) => event.type === "SubjectExported")).toMatchObject({
      purpose: "проверка № 3"
    })
  })
})

describe("consent texts", () => {
  const texts = async () => ((await officer.get("/api/consent-texts")).json as { texts: readonly TextCount[] }).texts
  it("are shown with version and hash, and with how much rests on each", async () => {
    const all = await texts()
    const of = (purpose: "trends" | "expressionAnalysis") =>
      all.find(({ sha256 }) => sha256 === consentTo(purpose, "").textSha256)
    expect(of("expressionAnalysis")).toMatchObject({ givenCount: 3, standingCount: 3, clientCount: 2 })
    expect(of("trends")).toMatchObject({ givenCount: 1, standingCount: 0, clientCount: 0 })
    expect(all.every(({ text, version }) => text !== null && version !== "")).toBe(true)
  })
})

describe("an erasure", () => {
  const filesOf = (erasure: string, file: string) => officer.get(`/api/erasures/${erasure}/${file}`)

  it("takes the officer's password and a reason, and does nothing without", async () => {
    const { subject } = await found("client", "client-1")
    const answers = [
      await erase(subject, "wrong"),
      await erase(subject, password, ""),
      await officer.post(`/api/subjects/${subject}/erasure`, { password })
    ]
    expect(answers.map((answer) => [answer.status, tagOf(answer)])).toEqual([
      [401, "wrongPassword"],
      [409, "badRequest"],
      [409, "badRequest"]
    ])
    expect(await erasures()).toEqual([])
    expect((await recorded()).some(({ type }) => type === "SubjectErasureRequested")).toBe(false)
    const nobody = await erase("nobody")
    expect([nobody.status, tagOf(nobody)]).toEqual([404, "unknownClient"])
  })

  it("that fails half way says so, stays owed, and is finished by the same wish", async () => {
    const { subject } = await found("client", "client-2")
    appendFileSync(barListFile(server.dataFolder), "somebody wrote here\n")
    const failed = await erase(subject)
    expect([failed.status, tagOf(failed)]).toEqual([409, "ErasureIncomplete"])
    const [owed] = await erasures()
    expect(owed).toMatchObject({ subject, state: "failed", failure: { step: "bar" } })
    expect((await filesOf(owed!.erasure, "act.html")).status).toBe(404)
    truncateSync(barListFile(server.dataFolder))
    const done = await officer.post(`/api/subjects/${subject}/erasure`, { password })
    expect([done.status, done.json]).toMatchObject([200, { erasure: owed!.erasure, state: "done", failure: null }])
  })

  it("ends the client's running conference, proves itself, and is done once however often it is asked for", async () => {
    const { subject } = await found("client", "client-1")
    const done = (await erase(subject)).json as ErasureView
    expect(done).toMatchObject({ subject, state: "done", reason, endedConferenceCount: 1 })
    expect(done.steps.map(({ type }) => type)).toEqual([
      "SubjectErasureRequested",
      "SubjectFenced",
      "SubjectKeyDestroyed",
      "SubjectForgotten",
      "SubjectErased"
    ])
    expect((await erase(subject)).json).toEqual(done)
    expect((await erasures()).map(({ erasure }) => erasure)[0]).toBe(done.erasure)
    const [certificate, key, act] = [
      await filesOf(done.erasure, "certificate.json"),
      await filesOf(done.erasure, "certificate-key.pem"),
      await filesOf(done.erasure, "act.html")
    ]
    const event = (await recorded()).findLast((one) => one.type === "SubjectErased")!
    expect(isSignedBy(key.text, certificate.text, event.signature)).toBe(true)
    expect(act.text).toContain("Акт об уничтожении персональных данных")
    expect(act.text).not.toContain("client-1")
    expect(tagOf(await filesOf(done.erasure, "passwd"))).toBe("unknownErasure")

    const again = await search(officer, "pseudonym", subject)
    expect([again.status, tagOf(again)]).toEqual([409, "erasedBefore"])
    expect((await officer.get(`/api/subjects/${subject}/export.json`)).status).toBe(409)
    const texts = (await officer.get("/api/consent-texts")).json as { readonly texts: readonly TextCount[] }
    expect(texts.texts.every(({ givenCount }) => givenCount === 0)).toBe(true)
  })
})

describe("retention", () => {
  const set = (who: StaffBrowser, periods: object, why = "приказ № 7") =>
    who.put("/api/retention", { periods, reason: why })

  it("is read by the officer and set by an administrator, with a reason and by the rules of the command", async () => {
    expect((await officer.get("/api/retention")).json).toMatchObject({ periods: { expressionAnalysis: 365 }, due: [] })
    const refusals = [
      await set(officer, { expressionAnalysis: 180 }),
      await set(admin, { expressionAnalysis: 180 }, ""),
      await set(admin, { person: 30 }),
      await set(admin, { expressionAnalysis: 1 }),
      await set(admin, { gossip: 30 })
    ]
    expect(refusals.map(({ status, json }) => [status, (json as { tag: string }).tag])).toEqual([
      [403, "NotPermitted"],
      [409, "badRequest"],
      [409, "PeriodsRefused"],
      [409, "PeriodsRefused"],
      [409, "PeriodsRefused"]
    ])
    const before = await recorded()
    expect((await set(admin, { expressionAnalysis: 180 })).json).toMatchObject({
      periods: { expressionAnalysis: 180, person: 1096 }
    })
    expect((await recorded()).slice(before.length)).toMatchObject([
      {
        type: "ConfigurationChanged",
        purpose: "приказ № 7",
        setting: "retention.expressionAnalysis",
        value: "180 days"
      }
    ])
    expect((await officer.get("/api/retention")).json).toMatchObject({ periods: { expressionAnalysis: 180 } })
  })
})
