/** What the live feed says, how often, and to a reader that is behind. */
import { Deferred, Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { createActor } from "xstate"
import type { Person } from "../../actors/access.ts"
import { Committer } from "../../actors/committer.ts"
import { DeskAccess } from "../../actors/desk-access.ts"
import { DeskReports } from "../../actors/desk-reports.ts"
import type { FeedLink } from "../../infra/console/feeds.ts"
import { liveFeed } from "../../infra/console/live-feed.ts"
import { conferenceMachine } from "../../machines/conference.ts"
import { illustrationMachine } from "../../machines/illustration.ts"
import { liveOf, nothingLive } from "../../projections/live.ts"
import { noCourse } from "../../projections/timeline.ts"

type Said = Record<string, unknown>

/** A conference, its readers and a clock, all of the test's. */
function world() {
  const conferenceActor = createActor(conferenceMachine).start()
  const illustrationActor = createActor(illustrationMachine).start()
  const finished = Deferred.makeUnsafe<void>()
  const stopped = Deferred.makeUnsafe<null>()
  const counted = { views: 0, reads: 0 }
  const running = {
    id: "c",
    subject: "s",
    streamOpen: false,
    conference: {
      hosted: {
        stream: "conference-c",
        snapshot: () => conferenceActor.getSnapshot(),
        finished: Deferred.await(finished),
        stopped: Deferred.await(stopped)
      },
      live: (at: number) => {
        counted.views += 1
        return liveOf(nothingLive, at)
      },
      course: () => noCourse
    },
    illustration: {
      hosted: { snapshot: () => illustrationActor.getSnapshot() },
      interaction: () => ({ looked: false, taps: [], refusal: null })
    }
  }
  const fakes = Layer.mergeAll(
    Layer.succeed(DeskAccess)({
      leads: () => Effect.succeed(running),
      recordRead: () =>
        Effect.sync(() => {
          counted.reads += 1
        })
    } as never),
    Layer.succeed(DeskReports)({ atEnd: () => Effect.succeed({ conference: "c" }) } as never),
    Layer.succeed(Committer)({ isRecording: () => true } as never),
    TestClock.layer(),
    Logger.layer([])
  )
  /** A reader of whom the test says how far behind it is. */
  const readerOf = (bufferedBytes = 0) => {
    const reader = { said: [] as Said[], closed: "", bufferedBytes }
    const link: FeedLink = {
      send: (message) => void reader.said.push(message as Said),
      bufferedBytes: () => reader.bufferedBytes,
      close: (reason) => {
        reader.closed = reason
      }
    }
    return { reader, link }
  }
  const run = (
    steps: (watch: (link: FeedLink) => Effect.Effect<() => void, unknown>) => Effect.Effect<void, unknown>
  ): Promise<void> =>
    Effect.runPromise(
      Effect.gen(function* () {
        const feed = yield* liveFeed
        // The timer's first turn, before anybody reads.
        yield* TestClock.adjust(0)
        const wish = { person: {} as Person, request: {} as Request, body: { conference: "c" } }
        yield* steps((link) => Effect.map(feed.prepare(wish), (open) => open(link)))
      }).pipe(Effect.scoped, Effect.provide(fakes)) as Effect.Effect<void>
    )
  return { conferenceActor, illustrationActor, finished, stopped, counted, readerOf, run }
}
const ofType = (said: readonly Said[], type: string) => said.filter((message) => message.type === type)

describe("the live feed", () => {
  it("says the state at once and then five times a second, folded once for all readers, and pictures only when they change", async () => {
    const { run, readerOf, counted, illustrationActor } = world()
    const [first, second] = [readerOf(), readerOf()]
    await run((watch) =>
      Effect.gen(function* () {
        yield* watch(first.link)
        yield* watch(second.link)
        expect([first, second].map(({ reader }) => reader.said.length)).toEqual([2, 2])
        const views = counted.views
        yield* TestClock.adjust(1_000)
        expect(counted.views - views).toBe(5)
        illustrationActor.send({ type: "IllustrationOpened", at: 0, conference: "c" })
        yield* TestClock.adjust(1_000)
        for (const { reader } of [first, second]) {
          expect(ofType(reader.said, "live")).toHaveLength(11)
          expect(ofType(reader.said, "illustration")).toMatchObject([
            { view: { state: "notOpened" } },
            { view: { state: "awaitPrompt" } }
          ])
        }
      })
    )
    expect(counted.reads).toBe(2)
  })

  it("leaves states out for a reader that is behind, and says the newest once it has read", async () => {
    const { run, readerOf, illustrationActor } = world()
    const { reader, link } = readerOf(1_000_000)
    await run((watch) =>
      Effect.gen(function* () {
        yield* watch(link)
        illustrationActor.send({ type: "IllustrationOpened", at: 0, conference: "c" })
        yield* TestClock.adjust(60_000)
        expect(reader.said).toEqual([])
        reader.bufferedBytes = 0
        yield* TestClock.adjust(200)
        expect(reader.said).toMatchObject([{ type: "live" }, { type: "illustration", view: { state: "awaitPrompt" } }])
      })
    )
  })

  it("says the report in the moment it stands, and nothing after", async () => {
    const { run, readerOf, conferenceActor, finished } = world()
    const { reader, link } = readerOf()
    await run((watch) =>
      Effect.gen(function* () {
        yield* watch(link)
        const model = { name: "n", sha256: "", confusion: [] }
        const at = 0
        const start = { type: "ConferenceStarted", at, conference: "c", call: "f", subject: "s", manager: "m" } as const
        conferenceActor.send({ ...start, model })
        conferenceActor.send({ type: "ConferenceEnded", at })
        conferenceActor.send({ type: "ReportIssued", at, counts: [0, 0, 0], unreadable: 0, dropped: 0 })
        Deferred.doneUnsafe(finished, Effect.void)
        yield* TestClock.adjust(0)
        expect(reader.said.slice(-2)).toEqual([
          { type: "report", page: { conference: "c" } },
          { type: "gone", reason: "ended" }
        ])
        expect(reader.closed).toBe("over")
        const count = reader.said.length
        yield* TestClock.adjust(1_000)
        expect(reader.said).toHaveLength(count)
      })
    )
  })

  it("says that it stopped when its conference's actor did, and stops itself when the reader leaves", async () => {
    const { run, readerOf, stopped } = world()
    const [stays, leaves] = [readerOf(), readerOf()]
    await run((watch) =>
      Effect.gen(function* () {
        yield* watch(stays.link)
        const leave = yield* watch(leaves.link)
        leave()
        yield* TestClock.adjust(1_000)
        expect(leaves.reader.said).toHaveLength(2)
        Deferred.doneUnsafe(stopped, Effect.succeed(null))
        yield* TestClock.adjust(0)
        expect(stays.reader.said.at(-1)).toEqual({ type: "gone", reason: "stopped" })
        expect(leaves.reader.closed).toBe("")
      })
    )
  })
})
