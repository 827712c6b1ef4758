/** A conference from start to report, over real sockets, on both journals. */
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { consentEvidenceStreamOf } from "../../actors/consent-evidence.ts"
import { EventStore } from "../../actors/event-store.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { startConference } from "../../sdk/mimika.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { clipPictures, consentTo, replayed, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"

describe.each(["embedded", "postgres"] as const)("a conference on the %s journal", (kind) => {
  let postgres: TestPostgres | undefined
  let journalUrl: string | undefined
  let server: TestServer
  beforeAll(async () => {
    if (kind === "postgres") {
      postgres = await startPostgres()
      journalUrl = await postgres.freshDatabase()
    }
    server = await startServer(journalUrl === undefined ? {} : { journalUrl })
  })
  afterAll(async () => {
    await server.stop()
    await postgres?.stop()
  })
  const run = async (call: string, frames: number) => {
    const observed = new Observed()
    const conference = await startConference(sdkOptions(server.core, call, observed.handlers))
    await sendPaced(conference, observed, await clipPictures(frames))
    return { observed, conference }
  }

  const evidenceOf = (conference: string) =>
    Effect.runPromise(
      Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read(consentEvidenceStreamOf(conference)))).pipe(
        Effect.map((commits) => commits.flatMap(({ events }) => events)),
        Effect.provide(journalAt({ folder: server.dataFolder, url: journalUrl, readOnly: true }))
      )
    )

  it("answers every frame, acknowledges what is durable and hands over the report", async () => {
    const { observed, conference } = await run("call-1", 30)
    expect([...observed.answers.values()].every(({ outcome }) => outcome === "read")).toBe(true)
    await observed.until(() => observed.durableThrough === 30)
    const report = await conference.end()
    expect(report).toMatchObject({ counted: 30, received: 30, unreadable: 0, dropped: 0, coverage: 1, negative: 0 })
    expect(report.neutral! + report.positive!).toBeCloseTo(100)
    const positives = [...observed.answers.values()].filter((a) => a.outcome === "read" && a.reading === "positive")
    expect(report.positive).toBeCloseTo((positives.length / 30) * 100)
  })

  it("is rebuilt from the journal alone: same states, same report, and no event is ignored", async () => {
    const { conference } = await run("call-2", 30)
    const report = await conference.end()
    const again = await replayed(conference.id, server.dataFolder, journalUrl)
    expect(again.ignored).toEqual([])
    expect(again.snapshot.value).toBe("report")
    expect({ ...again.report }).toEqual({ ...report })
    expect(again.events.at(-1)).toMatchObject({ type: "ReportIssued" })
    expect(again.events.filter(({ type }) => type === "FrameReceived")).toHaveLength(30)
  })

  it("keeps neither names nor the platform's ids in its events", async () => {
    const { conference } = await run("call-3", 3)
    await conference.end()
    const { events } = await replayed(conference.id, server.dataFolder, journalUrl)
    const text = JSON.stringify(events)
    for (const id of ["client-1", "manager-1", "call-3"]) expect(text).not.toContain(id)
  })

  it("reports no number when no frame was sent", async () => {
    const { conference } = await run("call-4", 0)
    expect(await conference.end()).toMatchObject({ satisfaction: null, negative: null, counted: 0, coverage: null })
  })

  it("stops at once when the consent is withdrawn, and goes on when it is given again", async () => {
    const { observed, conference } = await run("call-5", 5)
    await conference.withdraw()
    const bytes = (await clipPictures(1))[0]!
    const frame = { codec: "jpeg", bytes, capturedAt: 0, widthPx: 0, heightPx: 0 } as const
    expect(conference.sendFrame(frame)).toBe("skipped")
    await conference.giveConsent({ ...sdkOptions(server.core, "").consent!, id: "consent-2" })
    await sendPaced(conference, observed, [bytes, bytes])
    expect(await conference.end()).toMatchObject({ counted: 7, received: 7 })
    const { events } = await replayed(conference.id, server.dataFolder, journalUrl)
    const consents = events.filter(({ type }) => type.startsWith("Consent")).map(({ type }) => type)
    expect(consents).toEqual(["ConsentGiven", "ConsentWithdrawn", "ConsentGiven"])
  })

  it("takes each purpose by itself, and names every consent to the analysis with its text in the report", async () => {
    const { observed, conference } = await run("call-purposes", 3)
    await conference.giveConsent(consentTo("trends", "consent-trends"))
    await conference.giveConsent(consentTo("crmTransfer", "consent-crm"))
    await conference.withdraw("trends")
    await sendPaced(conference, observed, await clipPictures(2))
    await conference.withdraw()
    await conference.giveConsent(consentTo("expressionAnalysis", "consent-again"))
    const { textSha256 } = consentTo("expressionAnalysis", "")
    expect(await conference.end()).toMatchObject({
      counted: 5,
      consents: [
        { consent: "consent-1", textVersion: "1", textSha256 },
        { consent: "consent-again", textVersion: "1", textSha256 }
      ]
    })
    const { ignored, events } = await replayed(conference.id, server.dataFolder, journalUrl)
    expect(ignored).toEqual([])
    const withdrawn = events.flatMap((event) => (event.type === "ConsentWithdrawn" ? [event.consent] : []))
    expect(withdrawn).toEqual(["consent-trends", "consent-1"])
    // The proof is kept apart, and says the same of the same moments.
    const proofs = await evidenceOf(conference.id)
    const { subject } = events.find(({ type }) => type === "ConferenceStarted") as { subject: string }
    const said = events.flatMap((event) => {
      const type = { ConsentGiven: "ConsentEvidenced", ConsentWithdrawn: "WithdrawalEvidenced" }[event.type as string]
      return type === undefined ? [] : [{ ...event, type, conference: conference.id, subject }]
    })
    expect(said).toHaveLength(6)
    expect(proofs).toEqual(said)
  })

  it("runs two conferences at once without mixing their numbers", async () => {
    const [one, other] = await Promise.all([run("call-6", 20), run("call-7", 10)])
    expect(await one.conference.end()).toMatchObject({ received: 20 })
    expect(await other.conference.end()).toMatchObject({ received: 10 })
  })
})
