/**
 * The story that golden journals tell, event by event, and what is read out of one: states, reports and how many events of
 * which type. The story may grow in a new golden journal; those that are there stay as they are.
 */
import { Effect, Stream } from "effect"
import { type AnyStateMachine, createActor } from "xstate"
import { EventStore } from "../../actors/event-store.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { conferenceMachine } from "../../machines/conference.ts"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import { illustrationMachine } from "../../machines/illustration.ts"
import type { BriefOfPrompt, IllustrationEvent, LookOfPicture } from "../../machines/illustration-events.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"

const begunAt = 1_790_000_000_000
const frameMs = 33
const model = {
  name: "golden",
  sha256: "0".repeat(64),
  confusion: [
    [80, 15, 5],
    [10, 80, 10],
    [5, 15, 80]
  ]
}

/** A call started from the console with every kind of frame, markers, a switch, an interruption, a withdrawal and an end. */
export function conferenceEvents(conference: string, subject: string, manager: string): readonly ConferenceEvent[] {
  const events: ConferenceEvent[] = []
  let at = begunAt
  let frameIndex = 0
  const say = (...said: readonly ConferenceEvent[]) => events.push(...said)
  const consent = (id: string): ConferenceEvent => ({
    type: "ConsentGiven",
    at,
    consent: id,
    textVersion: "1",
    textSha256: "f".repeat(64),
    purposes: ["expressionAnalysis", "trends"],
    givenAt: at - 1000
  })
  const frame = () => {
    at += frameMs
    frameIndex += 1
    const received: ConferenceEvent = { type: "FrameReceived", at, frameIndex, capturedAt: at - 20 }
    const grayed: ConferenceEvent = { type: "FrameGrayed", at, grayUs: 2400, widthPx: 1280, heightPx: 720 }
    if (frameIndex % 17 === 0) return say(received, { type: "FrameDamaged", at, reason: "truncated" })
    if (frameIndex % 11 === 0) {
      const missed: ConferenceEvent = { type: "FaceMissed", at, detectUs: 9000, faceCount: 0, reason: "noFace" }
      return say(received, grayed, missed, { type: "ReadingCounted", at, reading: "unreadable", reason: "noFace" })
    }
    const positive = frameIndex % 3 === 0
    const reading = positive ? "positive" : frameIndex % 5 === 0 ? "negative" : "neutral"
    const probabilitiesPermille = positive ? [0, 0, 0, 700, 100, 0, 200] : [50, 0, 50, 100, 700, 100, 0]
    const box = { xPx: 400 + (frameIndex % 7), yPx: 200, widthPx: 220, heightPx: 220 }
    return say(
      received,
      grayed,
      { type: "FaceDetected", at, detectUs: 3100, ...box, faceCount: 1 },
      { type: "ExpressionPredicted", at, predictUs: 1800, probabilitiesPermille },
      { type: "ReadingCounted", at, reading }
    )
  }
  say({ type: "OwnerTaken", at, owner: "golden" })
  say({ type: "ConferenceStarted", at, conference, call: "c0ffee", subject, manager, model })
  say({ type: "ClientAwaited", at }, { type: "MarkerSet", at, topic: 1 })
  say(consent("consent-1"), { type: "StreamAssigned", at, epoch: 1, edge: "edge-1" })
  for (let count = 0; count < 90; count++) frame()
  say({ type: "FramesDropped", at, reason: "busy", count: 3 })
  say({ type: "AnalysisSwitched", at, on: false }, { type: "MarkerSet", at, topic: "shared" })
  say({ type: "AnalysisSwitched", at, on: true })
  say({ type: "StreamInterrupted", at, epoch: 1, reason: "edgeLost" })
  say({ type: "StreamAssigned", at, epoch: 2, edge: "edge-2" }, { type: "FramesDropped", at, reason: "lost", count: 5 })
  for (let count = 0; count < 30; count++) frame()
  say({ type: "ConsentWithdrawn", at, consent: "consent-1" })
  say({ type: "FramesDropped", at, reason: "noConsent", count: 7 }, consent("consent-2"))
  for (let count = 0; count < 30; count++) frame()
  say({ type: "ConferenceEnded", at })
  const counted = (reading: string) =>
    events.filter((event) => event.type === "ReadingCounted" && event.reading === reading).length
  const counts = ["negative", "neutral", "positive"].map(counted)
  const damaged = events.filter(({ type }) => type === "FrameDamaged").length
  say({ type: "ReportIssued", at, counts, unreadable: counted("unreadable"), dropped: damaged + 3 + 5 + 7 })
  return events
}

const brief: BriefOfPrompt = {
  language: "ru",
  products: ["депозит", "золото"].map((product, index) => ({
    name: product,
    yieldPercent: 10 + index,
    yieldPercentTo: null,
    approximate: false,
    rate: "contract",
    insured: "yes",
    source: null,
    date: null
  })),
  amount: null,
  currency: null,
  termMonths: null
}
const look: LookOfPicture = {
  scene: "trees",
  season: "summer",
  palette: "meadow",
  colour: null,
  order: "asGiven",
  labelSteps: 0,
  detail: 0
}

/** A prompt, a remark, a refusal, a share, a look and a tap. */
export function illustrationEvents(conference: string): readonly IllustrationEvent[] {
  const at = begunAt
  const drawn = (workId: number, variantIndex: number): IllustrationEvent => ({
    type: "VariantDrawn",
    at,
    workId,
    variantIndex,
    brief,
    look,
    seed: 7,
    engineVersion: "golden-1",
    sha256: "a".repeat(64),
    svg: "<svg/>",
    heightsPx: [500, 550],
    lieFactor: 1,
    truthful: true
  })
  const prompt = "депозит 10 %, золото 11 %"
  return [
    { type: "OwnerTaken", at, owner: "golden" },
    { type: "IllustrationOpened", at, conference },
    { type: "PromptGiven", at, prompt, brief, look, seed: 7 },
    drawn(3, 0),
    {
      type: "RemarkRefused",
      at,
      remark: "вдвое выше",
      code: "distorts",
      reason: "Высота — это доходность.",
      offer: ""
    },
    { type: "RemarkGiven", at, remark: "осень", variantIndex: 0, brief, look: { ...look, season: "autumn" }, seed: 7 },
    drawn(6, 1),
    { type: "IllustrationShared", at, variantIndex: 1 },
    { type: "IllustrationLooked", at, variantIndex: 1 },
    { type: "IllustrationTapped", at, variantIndex: 1, productIndex: 0 },
    { type: "SharingStopped", at },
    { type: "ConferenceEnded", at }
  ]
}

const machineOf = (stream: string): AnyStateMachine | null =>
  stream.startsWith("conference-") ? conferenceMachine : stream.startsWith("illustration-") ? illustrationMachine : null

/** What a data folder's journal says, stream by stream. */
export const readGolden = (folder: string) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const found: Record<string, unknown> = {}
    for (const { stream, version } of yield* Stream.runCollect(store.streams())) {
      const read = Stream.runCollect(store.read(stream))
      const commits = yield* Effect.catchTag(read, "SubjectErased", () => Effect.succeed(null))
      if (commits === null) {
        found[stream] = { version, erased: true }
        continue
      }
      const events = commits.flatMap((commit) => commit.events)
      const types: Record<string, number> = {}
      for (const { type } of events) types[type] = (types[type] ?? 0) + 1
      const machine = machineOf(stream)
      found[stream] = { version, types, ...(machine === null ? {} : folded(machine, events as never)) }
    }
    return found
  }).pipe(Effect.provide(journalAt({ folder, readOnly: true })))

function folded(machine: AnyStateMachine, events: readonly (ConferenceEvent | IllustrationEvent)[]) {
  const actor = createActor(machine).start()
  let ignored = 0
  let report = emptyReport
  for (const event of events) {
    const before = actor.getSnapshot()
    actor.send(event)
    if (actor.getSnapshot() === before) ignored += 1
    report = evolveReport(report, event as ConferenceEvent)
  }
  const { value, context } = actor.getSnapshot()
  return { ignored, state: value, context, ...(machine === conferenceMachine ? { report: reportOf(report) } : {}) }
}
