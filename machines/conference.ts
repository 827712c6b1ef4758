/**
 * What may happen in a conference: awaitConsent → frameIntake → grayscale → detect → predict → increment →
 * frameIntake … → end → report, the customer's stages by name. Effect-free: it folds events and does nothing else.
 * Without a consent no frame is taken, nor while the manager has switched the analysis off; a withdrawal and a switch count
 * the frame in work as dropped.
 */
import { assign, setup } from "xstate"
import type { ConferenceEvent } from "./conference-events.ts"
import { flat } from "./flat-machine.ts"
import { emptyTally, type Tally, withDrops, withReading } from "./tally.ts"

/** One every seven seconds of an hour: more of them mark nothing any more. */
export const markersMax = 500

export interface ConferenceContext {
  readonly conference: string
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The consent that analysis rests on, while there is one. */
  readonly consent: string | null
  /** Consents to other purposes that stand: purpose by id. */
  readonly otherConsents: Readonly<Record<string, string>>
  /** Which assignment of the stream to an edge counts; outcomes of earlier ones are refused. */
  readonly epoch: number
  readonly streaming: boolean
  /** When the stream was last interrupted, milliseconds since 1970. */
  readonly interruptedAt: number
  /** It was started from the console, so it waits for its client as long as its manager does. */
  readonly clientAwaited: boolean
  readonly markerCount: number
  /** The newest frame taken in. */
  readonly frameIndex: number
  readonly tally: Tally
}

const nothingYet: ConferenceContext = {
  conference: "",
  subject: "",
  startedAt: 0,
  consent: null,
  otherConsents: {},
  epoch: 0,
  streaming: false,
  interruptedAt: 0,
  clientAwaited: false,
  markerCount: 0,
  frameIndex: 0,
  tally: emptyTally
}

/** Consents to other purposes and markers change nothing about the frames, whatever becomes of them. */
const besideFrames = {
  ConsentGiven: { guard: "isForOtherPurpose", actions: "rememberOther" },
  MarkerSet: { guard: "hasRoomForMarker", actions: "countMarker" }
} as const

/** Events that end or interrupt whatever is going on, from every state in which frames are analysed. */
const leaving = {
  ...besideFrames,
  ConsentWithdrawn: [
    { target: "awaitConsent", guard: "isActiveConsent", actions: "forgetConsent" },
    { guard: "isOtherConsent", actions: "forgetOther" }
  ],
  AnalysisSwitched: { target: "switchedOff", guard: "isSwitchOff" },
  StreamInterrupted: { target: "frameIntake", guard: "isCurrentEpoch", actions: "closeStream" },
  ResumeWindowClosed: { target: "end", guard: "isStillInterrupted" },
  ConferenceEnded: { target: "end", actions: "closeStream" }
} as const

/** The same with a frame in work, which is then accounted for as dropped. */
const leavingWork = {
  ...besideFrames,
  ConsentWithdrawn: [
    { target: "awaitConsent", guard: "isActiveConsent", actions: ["dropFrameWithoutConsent", "forgetConsent"] },
    { guard: "isOtherConsent", actions: "forgetOther" }
  ],
  AnalysisSwitched: { target: "switchedOff", guard: "isSwitchOff", actions: "dropFrameWithoutConsent" },
  StreamInterrupted: { target: "frameIntake", guard: "isCurrentEpoch", actions: ["dropFrameAsLost", "closeStream"] },
  ConferenceEnded: { target: "end", actions: ["dropFrameAsLost", "closeStream"] }
} as const

/** What happens to stream and call in states in which no frame is analysed. */
const unanalysed = {
  StreamAssigned: { guard: "isNextEpoch", actions: "openStream" },
  FramesDropped: { actions: "countDrops" },
  StreamInterrupted: { guard: "isCurrentEpoch", actions: "closeStream" },
  ResumeWindowClosed: { target: "end", guard: "isStillInterrupted" },
  ConferenceEnded: { target: "end", actions: "closeStream" },
  MarkerSet: { guard: "hasRoomForMarker", actions: "countMarker" }
} as const

const machine = setup({
  types: { context: {} as ConferenceContext, events: {} as ConferenceEvent },
  guards: {
    isCurrentEpoch: ({ context, event }) =>
      event.type === "StreamInterrupted" && event.epoch === context.epoch && context.streaming,
    isStillInterrupted: ({ context, event }) =>
      event.type === "ResumeWindowClosed" && event.epoch === context.epoch && !context.streaming,
    isNextEpoch: ({ context, event }) => event.type === "StreamAssigned" && event.epoch === context.epoch + 1,
    isNewFrame: ({ context, event }) =>
      event.type === "FrameReceived" && context.streaming && event.frameIndex > context.frameIndex,
    allowsAnalysis: ({ event }) => event.type === "ConsentGiven" && event.purposes.includes("expressionAnalysis"),
    isActiveConsent: ({ context, event }) => event.type === "ConsentWithdrawn" && event.consent === context.consent,
    isForOtherPurpose: ({ event }) => event.type === "ConsentGiven" && !event.purposes.includes("expressionAnalysis"),
    isOtherConsent: ({ context, event }) => event.type === "ConsentWithdrawn" && event.consent in context.otherConsents,
    isSwitchOff: ({ event }) => event.type === "AnalysisSwitched" && !event.on,
    isSwitchOn: ({ event }) => event.type === "AnalysisSwitched" && event.on,
    isSwitchOnWithConsent: ({ context, event }) =>
      event.type === "AnalysisSwitched" && event.on && context.consent !== null,
    hasRoomForMarker: ({ context }) => context.markerCount < markersMax,
    countsAgree: ({ context, event }) =>
      event.type === "ReportIssued" &&
      event.counts[0] === context.tally.counts.negative &&
      event.counts[1] === context.tally.counts.neutral &&
      event.counts[2] === context.tally.counts.positive
  },
  actions: {
    start: assign(({ context, event }) =>
      event.type === "ConferenceStarted"
        ? { ...context, conference: event.conference, subject: event.subject, startedAt: event.at }
        : context
    ),
    awaitClient: assign({ clientAwaited: true }),
    countMarker: assign(({ context }) => ({ markerCount: context.markerCount + 1 })),
    rememberConsent: assign(({ event }) => (event.type === "ConsentGiven" ? { consent: event.consent } : {})),
    forgetConsent: assign({ consent: null }),
    rememberOther: assign(({ context, event }) =>
      event.type === "ConsentGiven"
        ? { otherConsents: { ...context.otherConsents, [event.consent]: event.purposes[0] ?? "" } }
        : {}
    ),
    forgetOther: assign(({ context, event }) => {
      if (event.type !== "ConsentWithdrawn") return {}
      const { [event.consent]: _withdrawn, ...otherConsents } = context.otherConsents
      return { otherConsents }
    }),
    openStream: assign(({ event }) => (event.type === "StreamAssigned" ? { epoch: event.epoch, streaming: true } : {})),
    closeStream: assign(({ event }) => ({ streaming: false, interruptedAt: event.at })),
    takeFrame: assign(({ event }) => (event.type === "FrameReceived" ? { frameIndex: event.frameIndex } : {})),
    countReading: assign(({ context, event }) =>
      event.type === "ReadingCounted" ? { tally: withReading(context.tally, event.reading) } : {}
    ),
    countDrops: assign(({ context, event }) =>
      event.type === "FramesDropped" ? { tally: withDrops(context.tally, event.reason, event.count) } : {}
    ),
    dropFrameAsDamaged: assign(({ context }) => ({ tally: withDrops(context.tally, "damaged", 1) })),
    dropFrameAsLost: assign(({ context }) => ({ tally: withDrops(context.tally, "lost", 1) })),
    dropFrameWithoutConsent: assign(({ context }) => ({ tally: withDrops(context.tally, "noConsent", 1) }))
  }
}).createMachine({
  id: "conference",
  initial: "notStarted",
  context: nothingYet,
  on: { OwnerTaken: { actions: assign({}) } },
  states: {
    notStarted: { on: { ConferenceStarted: { target: "awaitConsent", actions: "start" } } },
    awaitConsent: {
      on: {
        ConsentGiven: [
          { target: "frameIntake", guard: "allowsAnalysis", actions: "rememberConsent" },
          { guard: "isForOtherPurpose", actions: "rememberOther" }
        ],
        ...unanalysed,
        ClientAwaited: { actions: "awaitClient" },
        AnalysisSwitched: { target: "switchedOff", guard: "isSwitchOff" },
        ConsentWithdrawn: { guard: "isOtherConsent", actions: "forgetOther" }
      }
    },
    /** By the manager. The client may agree and withdraw meanwhile; the stream goes on and nothing of it is read. */
    switchedOff: {
      on: {
        ...unanalysed,
        ConsentGiven: [
          { guard: "allowsAnalysis", actions: "rememberConsent" },
          { guard: "isForOtherPurpose", actions: "rememberOther" }
        ],
        ConsentWithdrawn: [
          { guard: "isActiveConsent", actions: "forgetConsent" },
          { guard: "isOtherConsent", actions: "forgetOther" }
        ],
        AnalysisSwitched: [
          { target: "frameIntake", guard: "isSwitchOnWithConsent" },
          { target: "awaitConsent", guard: "isSwitchOn" }
        ]
      }
    },
    frameIntake: {
      on: {
        ...leaving,
        StreamAssigned: { guard: "isNextEpoch", actions: "openStream" },
        FrameReceived: { target: "grayscale", guard: "isNewFrame", actions: "takeFrame" },
        FramesDropped: { actions: "countDrops" }
      }
    },
    grayscale: {
      tags: "work:readFrame",
      on: {
        ...leavingWork,
        FrameGrayed: "detect",
        FrameDamaged: { target: "frameIntake", actions: "dropFrameAsDamaged" }
      }
    },
    detect: { on: { ...leavingWork, FaceDetected: "predict", FaceMissed: "increment" } },
    predict: { on: { ...leavingWork, ExpressionPredicted: "increment" } },
    increment: {
      on: { ...leavingWork, ReadingCounted: { target: "frameIntake", actions: "countReading" } }
    },
    end: {
      tags: "work:issueReport",
      on: {
        FramesDropped: { actions: "countDrops" },
        ReportIssued: { target: "report", guard: "countsAgree" }
      }
    },
    report: { type: "final" }
  }
})

export const conferenceMachine = flat(machine)
