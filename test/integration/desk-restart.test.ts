/** A conference that a manager started and whose client has not come yet: it outlives the server, and does not wait for ever. */
import { rmSync } from "node:fs"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, describe, expect, it } from "vitest"
import { Committer } from "../../actors/committer.ts"
import { clientAwaitedMsMax, openConference } from "../../actors/conference.ts"
import { freshFolder, replayed, startServer } from "../server/core.ts"
import { MemoryStore } from "../server/memory-store.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

describe("a conference that was started from the console", () => {
  it("goes on after a restart of the server, and ends when its manager says so", async () => {
    const dataFolder = freshFolder()
    folders.push(dataFolder)
    const first = await startServer({ dataFolder })
    const request = { call: "call-1", client: "client-1", manager: "ivanova" }
    const conference = await Effect.runPromise(first.core.conferences.open(request))
    await first.stop()
    const second = await startServer({ dataFolder })
    expect(second.core.recoveredCount).toBe(1)
    expect(second.core.conferences.all().map(({ id }) => id)).toEqual([conference])
    const running = await Effect.runPromise(second.core.conferences.find(conference))
    await Effect.runPromise(second.core.conferences.end(conference, 0))
    await Effect.runPromise(running.conference.hosted.finished)
    await second.stop()
    const { events, ignored, snapshot } = await replayed(conference, dataFolder)
    expect(ignored).toEqual([])
    expect(snapshot.value).toBe("report")
    expect(events.filter(({ type }) => type === "OwnerTaken")).toHaveLength(2)
  }, 60_000)

  it("waits for its client half a working day, however long that client was there and away, and no longer", async () => {
    const store = new MemoryStore()
    const model = { name: "n", sha256: "", confusion: [] }
    const program = Effect.gen(function* () {
      const begun = Effect.fnUntraced(function* (id: string) {
        const conference = yield* openConference({ id, subject: "s", startedAt: 0, owner: "test" })
        conference.tell({
          type: "ConferenceStarted",
          at: 0,
          conference: id,
          call: id,
          subject: "s",
          manager: "m",
          model
        })
        conference.tell({ type: "ClientAwaited", at: 0 })
        return conference
      })
      const never = yield* begun("never")
      const left = yield* begun("left")
      left.tell({ type: "StreamAssigned", at: 0, epoch: 1, edge: "e" })
      left.tell({ type: "StreamInterrupted", at: 0, epoch: 1, reason: "clientLost" })
      yield* TestClock.adjust(clientAwaitedMsMax - 1)
      expect([never, left].map(({ hosted }) => hosted.snapshot().value)).toEqual(["awaitConsent", "awaitConsent"])
      yield* TestClock.adjust(1)
      for (const { id, hosted } of [never, left]) {
        yield* hosted.durable
        expect(store.eventsOf(`conference-${id}`).at(-1)).toMatchObject({ type: "ReportIssued" })
      }
    })
    const layers = Committer.layer.pipe(
      Layer.provideMerge(store.layer),
      Layer.provideMerge(TestClock.layer()),
      Layer.provideMerge(Logger.layer([]))
    )
    await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(layers)))
  })
})
