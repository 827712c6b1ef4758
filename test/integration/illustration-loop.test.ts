/** The illustrations of a running conference: drawn, reviewed, shared and turned off with it, all from the journal. */
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createActor } from "xstate"
import { EventStore } from "../../actors/event-store.ts"
import { illustrationStreamOf } from "../../actors/illustration.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { illustrationMachine } from "../../machines/illustration.ts"
import type { IllustrationEvent } from "../../machines/illustration-events.ts"
import { startConference } from "../../sdk/mimika.ts"
import { sdkOptions, startServer, type TestServer } from "../server/core.ts"

describe("the illustrations of a conference", () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  const journalOf = async (conference: string) => {
    const read = Effect.gen(function* () {
      const store = yield* EventStore
      return yield* Stream.runCollect(store.read(illustrationStreamOf(conference)))
    })
    const store = journalAt({ folder: server.dataFolder, readOnly: true })
    const commits = await Effect.runPromise(read.pipe(Effect.provide(store)))
    return commits.flatMap((commit) => commit.events) as unknown as IllustrationEvent[]
  }

  it("are drawn from a prompt, corrected by a remark, shared, and off when the call ends", async () => {
    const conference = await startConference(sdkOptions(server.core, "call-pictures"))
    const illustration = await Effect.runPromise(server.core.conferences.illustrationOf(conference.id))
    const { hosted, command } = illustration
    const settled = async (state: string) => {
      const drawing = () => hosted.snapshot().value === "generate"
      while (drawing()) await new Promise((resolve) => setImmediate(resolve))
      expect(hosted.snapshot().value).toBe(state)
    }
    await Effect.runPromise(command({ type: "GivePrompt", prompt: "депозит 10 %, золото в ОМС 11 %, слитки 12 %" }))
    await settled("review")
    expect(hosted.snapshot().context.variants[0]).toMatchObject({ variantIndex: 0, lieFactor: expect.closeTo(1, 2) })
    expect(hosted.snapshot().context.shared).toBeNull()

    await Effect.runPromise(command({ type: "GiveRemark", remark: "сделай золото вдвое выше" }))
    expect(hosted.snapshot().context.trouble).toBeTruthy()
    expect(hosted.snapshot().context.drawnCount).toBe(1)
    await Effect.runPromise(command({ type: "GiveRemark", remark: "осень" }))
    await settled("review")
    await Effect.runPromise(command({ type: "ShareIllustration", variantIndex: 1 }))
    expect(hosted.snapshot().context.shared).toBe(1)

    await conference.end()
    const events = await journalOf(conference.id)
    expect(events.at(-1)).toMatchObject({ type: "ConferenceEnded" })
    const actor = createActor(illustrationMachine).start()
    for (const event of events) {
      const before = actor.getSnapshot()
      actor.send(event)
      expect(actor.getSnapshot(), event.type).not.toBe(before)
    }
    expect(actor.getSnapshot().value).toBe("off")
    expect(actor.getSnapshot().context.drawnCount).toBe(2)
  })
})
