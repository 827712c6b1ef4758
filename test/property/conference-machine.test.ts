/** What the conference's machine promises on any events at all, in any order. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createActor, createMachine } from "xstate"
import { conferenceMachine } from "../../machines/conference.ts"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import { offeredOf } from "../../machines/tally.ts"
import { dropReasons } from "../../machines/wire.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"

const at = fc.nat(1_000)
const epoch = fc.integer({ min: 1, max: 3 })
const consent = fc.constantFrom("first", "second")
const model = { name: "expression", sha256: "", confusion: [] }
const text = { textVersion: "1", textSha256: "", givenAt: 0 }
const event: fc.Arbitrary<ConferenceEvent> = fc.oneof(
  {
    weight: 2,
    arbitrary: at.map(
      (at): ConferenceEvent => ({
        type: "ConferenceStarted",
        at,
        conference: "c",
        call: "f",
        subject: "s",
        manager: "m",
        model
      })
    )
  },
  {
    weight: 3,
    arbitrary: fc.tuple(at, consent, fc.boolean()).map(
      ([at, consent, analysis]): ConferenceEvent => ({
        type: "ConsentGiven",
        at,
        consent,
        ...text,
        purposes: analysis ? ["expressionAnalysis"] : ["trends"]
      })
    )
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(at, consent)
      .map(([at, consent]): ConferenceEvent => ({ type: "ConsentWithdrawn", at, consent }))
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(at, epoch)
      .map(([at, epoch]): ConferenceEvent => ({ type: "StreamAssigned", at, epoch, edge: "edge-1" }))
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(at, epoch)
      .map(([at, epoch]): ConferenceEvent => ({ type: "StreamInterrupted", at, epoch, reason: "edgeLost" }))
  },
  {
    weight: 1,
    arbitrary: fc.tuple(at, epoch).map(([at, epoch]): ConferenceEvent => ({ type: "ResumeWindowClosed", at, epoch }))
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(at, fc.integer({ min: 1, max: 20 }))
      .map(([at, frameIndex]): ConferenceEvent => ({ type: "FrameReceived", at, frameIndex, capturedAt: 0 }))
  },
  {
    weight: 8,
    arbitrary: at.map((at): ConferenceEvent => ({ type: "FrameGrayed", at, grayUs: 1, widthPx: 1, heightPx: 1 }))
  },
  { weight: 2, arbitrary: at.map((at): ConferenceEvent => ({ type: "FrameDamaged", at, reason: "truncated" })) },
  {
    weight: 8,
    arbitrary: at.map(
      (at): ConferenceEvent => ({
        type: "FaceDetected",
        at,
        detectUs: 1,
        xPx: 0,
        yPx: 0,
        widthPx: 9,
        heightPx: 9,
        faceCount: 1
      })
    )
  },
  {
    weight: 2,
    arbitrary: at.map(
      (at): ConferenceEvent => ({ type: "FaceMissed", at, detectUs: 1, faceCount: 0, reason: "noFace" })
    )
  },
  {
    weight: 8,
    arbitrary: at.map(
      (at): ConferenceEvent => ({
        type: "ExpressionPredicted",
        at,
        predictUs: 1,
        probabilitiesPermille: [0, 0, 0, 1000, 0, 0, 0]
      })
    )
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(at, fc.constantFrom("negative" as const, "positive" as const, "unreadable" as const))
      .map(([at, reading]): ConferenceEvent => ({ type: "ReadingCounted", at, reading }))
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(at, fc.constantFrom(...dropReasons), fc.integer({ min: 1, max: 5 }))
      .map(([at, reason, count]): ConferenceEvent => ({ type: "FramesDropped", at, reason, count }))
  },
  { weight: 1, arbitrary: at.map((at): ConferenceEvent => ({ type: "ClientAwaited", at })) },
  {
    weight: 2,
    arbitrary: fc.tuple(at, fc.boolean()).map(([at, on]): ConferenceEvent => ({ type: "AnalysisSwitched", at, on }))
  },
  { weight: 1, arbitrary: at.map((at): ConferenceEvent => ({ type: "MarkerSet", at, topic: 3 })) },
  { weight: 1, arbitrary: at.map((at): ConferenceEvent => ({ type: "ConferenceEnded", at })) },
  {
    weight: 1,
    arbitrary: fc.tuple(at, fc.nat(3)).map(
      ([at, count]): ConferenceEvent => ({
        type: "ReportIssued",
        at,
        counts: [0, 0, count],
        unreadable: 0,
        dropped: 0
      })
    )
  },
  { weight: 1, arbitrary: at.map((at): ConferenceEvent => ({ type: "OwnerTaken", at, owner: "p" })) }
)
/** Begins well, so that most histories get somewhere. */
const history = fc
  .array(event, { maxLength: 120 })
  .map((events): readonly ConferenceEvent[] => [
    { type: "ConferenceStarted", at: 0, conference: "c", call: "f", subject: "s", manager: "m", model },
    { type: "ConsentGiven", at: 0, consent: "first", ...text, purposes: ["expressionAnalysis"] },
    { type: "StreamAssigned", at: 0, epoch: 1, edge: "edge-1" },
    ...events
  ])

const inWork = new Set(["grayscale", "detect", "predict", "increment"])

/** Feeds events, and keeps those that the machine took. */
function play(
  events: readonly ConferenceEvent[],
  look: (value: string, actor: ReturnType<typeof newActor>) => void = () => {}
) {
  const actor = newActor()
  const taken: ConferenceEvent[] = []
  for (const event of events) {
    const before = actor.getSnapshot()
    // What is sent to an actor that has ended is ignored with a warning; the host does not send it either.
    if (before.status === "active") actor.send(event)
    if (actor.getSnapshot() !== before) taken.push(event)
    look(String(actor.getSnapshot().value), actor)
  }
  return { taken, snapshot: actor.getSnapshot() }
}
const newActor = () => createActor(conferenceMachine).start()
/** The same machine as XState steps it. */
const ownMachine = createMachine(conferenceMachine.config as never, conferenceMachine.implementations as never)

describe("the conference's machine", () => {
  it("has no frame in work without a consent and an open stream", () => {
    fc.assert(
      fc.property(history, (events) => {
        play(events, (value, actor) => {
          const { consent, streaming } = actor.getSnapshot().context
          if (inWork.has(value)) expect([consent !== null, streaming]).toEqual([true, true])
        })
      })
    )
  })

  it("comes to the same state when only the events that it took are replayed", () => {
    fc.assert(
      fc.property(history, (events) => {
        const { taken, snapshot } = play(events)
        const again = play(taken)
        expect(again.taken).toEqual(taken)
        expect(again.snapshot.value).toEqual(snapshot.value)
        expect(again.snapshot.context).toEqual(snapshot.context)
      })
    )
  })

  it("comes to the state that XState's own step comes to, over the same events", () => {
    fc.assert(
      fc.property(history, (events) => {
        const { taken, snapshot } = play(events)
        const own = createActor(ownMachine).start()
        for (const event of taken) {
          const before = own.getSnapshot()
          own.send(event)
          expect(own.getSnapshot()).not.toBe(before)
        }
        expect(own.getPersistedSnapshot()).toEqual(conferenceMachine.getPersistedSnapshot(snapshot))
      })
    )
  })

  it("agrees with the report on every count, and every frame taken is in one of them or in work", () => {
    fc.assert(
      fc.property(history, (events) => {
        const { taken, snapshot } = play(events)
        const report = taken.reduce(evolveReport, emptyReport)
        expect(reportOf(report).received).toBe(offeredOf(snapshot.context.tally))
        const received = taken.filter(({ type }) => type === "FrameReceived").length
        const dropped = taken.reduce((sum, event) => sum + (event.type === "FramesDropped" ? event.count : 0), 0)
        const working = inWork.has(String(snapshot.value)) ? 1 : 0
        expect(offeredOf(snapshot.context.tally) + working).toBe(received + dropped)
      })
    )
  })

  it("leaves the frame in work alone when a consent to something else is withdrawn", () => {
    const text = { textVersion: "1", textSha256: "", givenAt: 0 }
    const model = { name: "expression", sha256: "", confusion: [] }
    const events: ConferenceEvent[] = [
      { type: "ConferenceStarted", at: 0, conference: "c", call: "f", subject: "s", manager: "m", model },
      { type: "ConsentGiven", at: 0, consent: "first", ...text, purposes: ["expressionAnalysis"] },
      { type: "StreamAssigned", at: 0, epoch: 1, edge: "edge-1" },
      { type: "FrameReceived", at: 0, frameIndex: 1, capturedAt: 0 },
      { type: "ConsentGiven", at: 0, consent: "second", ...text, purposes: ["trends"] },
      { type: "ConsentWithdrawn", at: 0, consent: "second" }
    ]
    const { taken, snapshot } = play(events)
    expect(snapshot.value).toBe("grayscale")
    expect(reportOf(taken.reduce(evolveReport, emptyReport)).dropped).toBe(0)
  })

  it("takes nothing once its report is issued", () => {
    fc.assert(
      fc.property(history, history, (events, more) => {
        const done: ConferenceEvent[] = [...play(events).taken, { type: "ConferenceEnded", at: 0 }]
        const { snapshot } = play(done)
        const { negative, neutral, positive } = snapshot.context.tally.counts
        const issued: ConferenceEvent = {
          type: "ReportIssued",
          at: 0,
          counts: [negative, neutral, positive],
          unreadable: 0,
          dropped: 0
        }
        const { taken, snapshot: last } = play([...done, issued, ...more])
        expect(last.value).toBe("report")
        expect(taken.filter(({ type }) => type === "ReportIssued")).toHaveLength(1)
        expect(taken.at(-1)!.type).toBe("ReportIssued")
      })
    )
  })
})
