/** The promise of the intake, in any interleaving: each frame is answered once and accounted for once. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createActor } from "xstate"
import type { FrameBatch } from "../../actors/edge-link.ts"
import { eventOfDrops, eventsOfFrame } from "../../actors/frame-events.ts"
import { createPipeline, waitingMsMax } from "../../actors/pipeline.ts"
import { cropsPerRunMax } from "../../infra/vision/inference-onnx.ts"
import { conferenceMachine } from "../../machines/conference.ts"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import { offeredOf } from "../../machines/tally.ts"
import { defaultBounds, encodeFrame, type FrameAnswer } from "../../machines/wire.ts"
import type { FrameOutcome } from "../../models/vision/outcome.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"

const stages = { grayUs: 1200, detectUs: 400, widthPx: 1280, heightPx: 720 }
const face = { xPx: 500, yPx: 200, widthPx: 240, heightPx: 240 }
const outcome: fc.Arbitrary<FrameOutcome> = fc.oneof(
  fc.constant<FrameOutcome>({ kind: "damaged", reason: "truncated" }),
  fc.constant<FrameOutcome>({ kind: "unreadable", ...stages, faceCount: 0, reason: "noFace" }),
  fc.constantFrom("negative" as const, "neutral" as const, "positive" as const, "unreadable" as const).map(
    (reading): FrameOutcome => ({
      kind: "read",
      ...stages,
      predictUs: 200,
      face,
      faceCount: 1,
      probabilitiesPermille: [100, 100, 100, 300, 200, 100, 100],
      reading
    })
  )
)
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("offer" as const), skipped: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("repeat" as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("finish" as const), outcome }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2 * waitingMsMax) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("consent" as const), given: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("journal" as const), recording: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const) }) }
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

/** Plays the commands to a pipeline whose clock, scheduler and vision are ours, then lets everything finish. */
async function play(commands: readonly Command[]) {
  let nowMs = 0
  const due: (() => void)[] = []
  const working: ((outcome: FrameOutcome) => void)[] = []
  const answers: FrameAnswer[] = []
  const batches: FrameBatch[] = []
  const pipeline = createPipeline(
    {
      openTrack: () => null,
      openVideo: () => null,
      analyse: () => new Promise<FrameOutcome>((resolve) => working.push(resolve)),
      monotonicMs: () => nowMs,
      epochMs: () => 1_790_000_000_000 + nowMs,
      soon: (call) => due.push(call),
      tellCore: (message) => message.type === "frames" && batches.push(message)
    },
    defaultBounds
  )
  const stream = pipeline.openStream({ conference: "c", epoch: 1, analysing: true, afterSequence: 0, codec: null })
  stream.attach({ send: (answer) => answers.push(answer) })
  const settle = async () => {
    for (const call of due.splice(0)) call()
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
  }
  let sequence = 0
  let repeats = 0
  const offered = new Set<number>()
  const offer = (number: number) => {
    const header = { codec: "jpeg", sequence: number, capturedAt: 1_790_000_000_000, widthPx: 0, heightPx: 0 } as const
    stream.offer(encodeFrame(header, Uint8Array.of(1, 2, 3)))
  }
  for (const step of commands) {
    if (step.do === "offer") {
      sequence += 1 + step.skipped
      offered.add(sequence)
      offer(sequence)
    } else if (step.do === "repeat" && sequence > 0) {
      repeats += 1
      offer(sequence)
    } else if (step.do === "finish") working.shift()?.(step.outcome)
    else if (step.do === "wait") nowMs += step.ms
    else if (step.do === "consent") stream.setAnalysing(step.given)
    else if (step.do === "journal") pipeline.setRecording(step.recording)
    else if (step.do === "flush") pipeline.flush()
    await settle()
  }
  let drained = false
  stream.drain(sequence, () => {
    drained = true
  })
  for (let turn = 0; turn < 4 && !drained; turn += 1) {
    working.shift()?.({ kind: "damaged", reason: "truncated" })
    await settle()
  }
  return { sequence, repeats, offered, answers, batches, drained }
}

const eventsOf = (batches: readonly FrameBatch[]): ConferenceEvent[] => [
  {
    type: "ConferenceStarted",
    at: 0,
    conference: "c",
    call: "f",
    subject: "s",
    manager: "m",
    model: { name: "expression", sha256: "", confusion: [] }
  },
  {
    type: "ConsentGiven",
    at: 0,
    consent: "k",
    textVersion: "1",
    textSha256: "",
    purposes: ["expressionAnalysis"],
    givenAt: 0
  },
  { type: "StreamAssigned", at: 0, epoch: 1, edge: "edge-1" },
  ...batches.flatMap((batch) => [
    ...batch.drops.map((drops) => eventOfDrops(drops, 0)),
    ...batch.reports.flatMap(eventsOfFrame)
  ])
]

describe("the pipeline and the conference's machine", () => {
  it("answer every frame exactly once and account for every sequence number exactly once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const { sequence, repeats, offered, answers, batches, drained } = await play(commands)
        expect(drained).toBe(true)
        const first = answers.filter((answer) => answer.outcome !== "duplicate")
        expect(first.map((answer) => answer.sequence).sort((a, b) => a - b)).toEqual([...offered])
        expect(answers.length - first.length).toBe(repeats)

        const actor = createActor(conferenceMachine).start()
        let report = emptyReport
        for (const event of eventsOf(batches)) {
          const before = actor.getSnapshot()
          actor.send(event)
          expect(actor.getSnapshot(), `${event.type} is taken`).not.toBe(before)
          report = evolveReport(report, event)
        }
        const { tally } = actor.getSnapshot().context
        expect(offeredOf(tally)).toBe(sequence)
        expect(report.tally).toEqual(tally)
        const { counted, unreadable, dropped, received } = reportOf(report)
        expect(counted + unreadable + dropped).toBe(received)
        expect(received).toBe(sequence)
      }),
      { numRuns: 300 }
    )
  })

  it("never settle past a frame that is still waiting or in work", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const { batches } = await play(commands)
        let accounted = 0
        for (const { reports, drops, settledThrough } of batches) {
          accounted += reports.length + drops.reduce((sum, { count }) => sum + count, 0)
          expect(settledThrough).toBeLessThanOrEqual(accounted)
        }
      }),
      { numRuns: 200 }
    )
  })

  it("begin together what waits, in its turn and no more than the net reads in one run, and never wait for more", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), async (streams) => {
        const due: (() => void)[] = []
        const begun: string[] = []
        const working: ((outcome: FrameOutcome) => void)[] = []
        const answered: string[] = []
        const pipeline = createPipeline(
          {
            openTrack: (seed) => String.fromCharCode(seed - 1),
            openVideo: () => {
              throw new Error("no video here")
            },
            analyse: (track) => {
              begun.push(track)
              return new Promise<FrameOutcome>((resolve) => working.push(resolve))
            },
            monotonicMs: () => 0,
            epochMs: () => 0,
            soon: (call) => due.push(call),
            tellCore: () => {}
          },
          defaultBounds
        )
        const names = Array.from({ length: streams }, (_, index) => String.fromCharCode(97 + index))
        for (const conference of names) {
          const stream = pipeline.openStream({ conference, epoch: 1, analysing: true, afterSequence: 0, codec: null })
          stream.attach({ send: () => answered.push(conference) })
          const header = { codec: "jpeg", sequence: 1, capturedAt: 0, widthPx: 0, heightPx: 0 } as const
          stream.offer(encodeFrame(header, Uint8Array.of(1)))
        }
        for (const call of due.splice(0)) call()
        for (let done = 0; done < streams; done += cropsPerRunMax) {
          expect(begun).toEqual(names.slice(0, done + cropsPerRunMax))
          for (const finish of working.splice(0)) finish({ kind: "damaged", reason: "truncated" })
          for (let turn = 0; turn < 12; turn += 1) await Promise.resolve()
        }
        expect(answered).toEqual(names)
      })
    )
  })
})
