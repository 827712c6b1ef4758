/** What leaves for the CRM and the analytics: only with the client's consent to that, only numbers, and not any more after a withdrawal or an erasure. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Operations } from "../../actors/operations.ts"
import { analyticsTokenFile } from "../../infra/exchange/analytics-socket.ts"
import { outFolder } from "../../infra/exchange/crm-files.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { clipPictures, consentTo, startServer, type TestServer } from "../server/core.ts"
import { answerTo, frameOf, openRaw, RawSocket } from "../server/raw-client.ts"

describe("handing over", () => {
  let server: TestServer
  let picture: Uint8Array
  beforeAll(async () => {
    server = await startServer()
    ;[picture] = (await clipPictures(1)) as [Uint8Array]
  })
  afterAll(() => server.stop())

  const analytics = async (more: object = {}) => {
    const token = readFileSync(analyticsTokenFile(server.dataFolder), "utf8").trim()
    const socket = new RawSocket(server.core.url.replace("/conferences", "/analytics"), server.core.certificateFile)
    await new Promise((resolve) => socket.socket.once("open", resolve))
    socket.say({ type: "open", token, ...more })
    return socket
  }
  /** A conference of a client with one frame; answers its id. */
  const held = async (call: string, client: string, agrees: boolean) => {
    const { control, stream, started, end } = await openRaw(server, call, { client })
    if (agrees) {
      control.say({ type: "consent", consent: consentTo("crmTransfer", `crm-${call}`) })
      await control.hear(({ type }) => type === "consentRecorded")
    }
    stream.say(frameOf(1, picture))
    await stream.hear(answerTo(1))
    await end(1)
    return started.conference as string
  }
  const fileOf = (conference: string) => join(outFolder(server.dataFolder), `${conference}.json`)

  it("tells analytics the numbers of who agreed, as it happens and on asking again, and writes one file for the CRM", async () => {
    const socket = await analytics()
    await socket.hear(({ type }) => type === "opened")
    const without = await held("call-without", "client-1", false)
    const agreed = await held("call-agreed", "client-2", true)
    const said = await socket.hear(({ type }) => type === "report")
    expect(said).toMatchObject({ conference: agreed, counted: 1, coverage: 1, consents: [{ consent: "consent-1" }] })
    expect(Object.keys(said)).not.toContain("timeline")

    const again = await analytics({ since: 0 })
    await again.hear(({ type, conference }) => type === "report" && conference === agreed)
    for (const { heard } of [socket, again])
      expect(heard.filter(({ conference }) => conference === without)).toEqual([])
    await again.hear(({ type, running }) => type === "load" && running === 0)

    await writtenSoon(fileOf(agreed))
    expect(JSON.parse(readFileSync(fileOf(agreed), "utf8"))).toMatchObject({
      format: "mimika-crm-1",
      client: { id: "client-2", crmIds: [] },
      conference: agreed,
      satisfaction: said.satisfaction,
      consents: [{ consent: "consent-1", textVersion: "1" }]
    })
    expect(readdirSync(outFolder(server.dataFolder))).toEqual([`${agreed}.json`])

    const journal = journalAt({ folder: server.dataFolder, readOnly: true })
    const read = Effect.flatMap(Operations, (operations) => Stream.runCollect(operations.read()))
    const events = await Effect.runPromise(read.pipe(Effect.provide(Operations.layer), Effect.provide(journal)))
    for (const actor of ["service:crm", "service:analytics"]) {
      expect(events).toContainEqual(expect.objectContaining({ actor, what: `conference-${agreed}` }))
    }
  })

  it("shuts out whoever has no token, or says something else first", async () => {
    const wrong = await analytics({ token: "wrong" })
    expect(await wrong.close()).toMatchObject({ code: 4401 })
    const rude = await analytics({ type: "close" })
    expect(await rude.close()).toMatchObject({ code: 4400 })
  })
})

/** The file is there soon: its folder is looked at until it is. */
async function writtenSoon(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setImmediate(resolve))
}
