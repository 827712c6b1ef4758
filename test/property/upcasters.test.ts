/** Events of earlier shapes become today's when they are read; those of later ones are neither changed nor folded. */
import { Effect, Layer, Logger, Schema, Stream } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Committer } from "../../actors/committer.ts"
import { openConference } from "../../actors/conference.ts"
import { EventStore, type StoredEvent } from "../../actors/event-store.ts"
import { journalledReport } from "../../actors/journalled-conference.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { ConferenceEvent } from "../../machines/conference-events.ts"
import { isFromLater, schemaOf, stampedAll, upcast } from "../../machines/upcasters.ts"
import { conferenceEvents } from "../golden/golden.ts"
import { freshFolder } from "../server/core.ts"

const types = fc.constantFrom("ConferenceStarted", "ConferenceEnded", "ReadingCounted", "SomethingElse")
const events = fc.array(
  fc.record(
    { type: types, at: fc.integer(), call: fc.option(fc.string(), { nil: undefined }) },
    { requiredKeys: ["type", "at"] }
  )
)

describe("upcast()", () => {
  it("undoes the stamp of what today's version writes", () => {
    fc.assert(
      fc.property(events, (written) => {
        const today = written.map(upcast)
        expect(stampedAll(today).map(upcast)).toEqual(today)
      })
    )
  })

  it("changes neither type nor time, and leaves no event of today's shape marked as another's", () => {
    fc.assert(
      fc.property(events, (written) => {
        for (const event of written) {
          const { type, at } = event
          expect(upcast(event)).toMatchObject({ type, at })
          expect(isFromLater(upcast(event))).toBe(false)
        }
      })
    )
  })

  it("gives a conference started before calls had fingerprints the empty one, which no call has", () => {
    const started = conferenceEvents("1", "2", "3").find(({ type }) => type === "ConferenceStarted")!
    const { call: _call, ...before } = started as StoredEvent
    const decoded = Schema.decodeUnknownSync(ConferenceEvent)(upcast(before as StoredEvent))
    expect(decoded).toMatchObject({ type: "ConferenceStarted", call: "", subject: "2" })
  })

  it("leaves an event of a later version as it is, and it says so", () => {
    fc.assert(
      fc.property(types, fc.integer({ min: 1, max: 9 }), (type, ahead) => {
        const later = { type, at: 1, schema: schemaOf(type) + ahead, renamed: true }
        expect(upcast(later)).toBe(later)
        expect(isFromLater(upcast(later))).toBe(true)
      })
    )
  })
})

describe("a conference with an event that this version does not know", () => {
  const unknown: readonly StoredEvent[] = [
    { type: "FrameDreamt", at: 3 },
    { type: "ConsentGiven", at: 3, schema: 9, purposes: ["expressionAnalysis"], consent: "c" }
  ]
  it.each(unknown)("is neither opened without it nor ends the process: $type", async (event) => {
    const folder = freshFolder()
    const steps = Effect.gen(function* () {
      const store = yield* EventStore
      const begun = conferenceEvents("x", "anna", "boris").slice(0, 2)
      const commit = { stream: "conference-x", keyScope: { kind: "subject", subject: "anna" } as const }
      yield* store.append({ ...commit, expectedVersion: 0, commandId: "1", events: begun })
      yield* store.append({ ...commit, expectedVersion: 2, commandId: "2", events: [event] })
      const opened = yield* Effect.flip(openConference({ id: "x", subject: "anna", startedAt: 0, owner: "test" }))
      expect(opened._tag).toBe("UnreadableCommit")
      expect(opened.message).toContain(`its machine does not take event 3 ("${event.type}")`)
      const report = yield* Effect.flip(journalledReport("x"))
      expect(report.message).toContain(`this version does not know its event "${event.type}"`)
      // Nothing was skipped and nothing appended behind it.
      const records = yield* Stream.runCollect(store.read("conference-x"))
      expect(records.at(-1)?.lastVersion).toBe(3)
    })
    const layers = Committer.layer.pipe(Layer.provideMerge(embeddedEventStore({ folder })))
    await Effect.runPromise(steps.pipe(Effect.scoped, Effect.provide(layers), Effect.provide(Logger.layer([]))))
  })
})
