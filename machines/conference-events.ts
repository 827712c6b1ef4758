/**
 * What can happen in a conference, as facts in the past tense. Plain JSON with whole numbers, times in milliseconds
 * since 1970 by the server's clock. No event carries pixels or a name: people are pseudonyms.
 */
import { Schema } from "effect"
import { Reading, UnreadableReason } from "./reading.ts"
import { consentPurposes, dropReasons } from "./wire.ts"

const EpochMs = Schema.Int
const Count = Schema.Int
const Microseconds = Schema.Int
const Pixels = Schema.Int
/** 1-based, as the client counts its frames. */
const Sequence = Schema.Int

/** The net that reads this conference's frames, so that a later reader can judge its numbers. */
export const ModelIdentity = Schema.Struct({
  name: Schema.String,
  /** SHA-256 of the weights. */
  sha256: Schema.String,
  /** Rows are the truth, columns the reading, in the order of `readingClasses`; counts on the validation split. */
  confusion: Schema.Array(Schema.Array(Count))
})
export type ModelIdentity = typeof ModelIdentity.Type

export const ConferenceStarted = Schema.Struct({
  type: Schema.tag("ConferenceStarted"),
  at: EpochMs,
  conference: Schema.String,
  /** Keyed fingerprint of the platform's number of the call. */
  call: Schema.String,
  /** The client's pseudonym. */
  subject: Schema.String,
  /** The manager's pseudonym. */
  manager: Schema.String,
  model: ModelIdentity
})

/** A manager started it from the console: its client may come later, or never. */
export const ClientAwaited = Schema.Struct({ type: Schema.tag("ClientAwaited"), at: EpochMs })

/** The manager took the analysis away, or gave it back; what the client agreed to stands beside that. */
export const AnalysisSwitched = Schema.Struct({
  type: Schema.tag("AnalysisSwitched"),
  at: EpochMs,
  on: Schema.Boolean
})

/** What the talk came to at this moment: one of the manager's topics, or a picture that the client was shown. */
export const MarkerSet = Schema.Struct({
  type: Schema.tag("MarkerSet"),
  at: EpochMs,
  topic: Schema.Literals([1, 2, 3, 4, 5, "shared"])
})

export const ConsentGiven = Schema.Struct({
  type: Schema.tag("ConsentGiven"),
  at: EpochMs,
  consent: Schema.String,
  textVersion: Schema.String,
  textSha256: Schema.String,
  purposes: Schema.Array(Schema.Literals(consentPurposes)),
  givenAt: EpochMs
})

export const ConsentWithdrawn = Schema.Struct({
  type: Schema.tag("ConsentWithdrawn"),
  at: EpochMs,
  consent: Schema.String
})

/** An edge was told to expect the client's stream; `epoch` fences what earlier edges still say. */
export const StreamAssigned = Schema.Struct({
  type: Schema.tag("StreamAssigned"),
  at: EpochMs,
  epoch: Count,
  edge: Schema.String
})

/** Nothing more will come from the current epoch: its edge died, its socket closed, or the server restarted. */
export const StreamInterrupted = Schema.Struct({
  type: Schema.tag("StreamInterrupted"),
  at: EpochMs,
  epoch: Count,
  reason: Schema.Literals(["edgeLost", "clientLost", "serverRestarted"])
})

/** The client did not come back in time. */
export const ResumeWindowClosed = Schema.Struct({
  type: Schema.tag("ResumeWindowClosed"),
  at: EpochMs,
  epoch: Count
})

export const FrameReceived = Schema.Struct({
  type: Schema.tag("FrameReceived"),
  at: EpochMs,
  frameIndex: Sequence,
  /** By the client's clock. */
  capturedAt: EpochMs
})

export const FrameGrayed = Schema.Struct({
  type: Schema.tag("FrameGrayed"),
  at: EpochMs,
  grayUs: Microseconds,
  widthPx: Pixels,
  heightPx: Pixels
})

/** The bytes were no picture that can be read; the frame counts as dropped. */
export const FrameDamaged = Schema.Struct({
  type: Schema.tag("FrameDamaged"),
  at: EpochMs,
  reason: Schema.String
})

/** The face that is read, in pixels of the picture sent. */
export const FaceDetected = Schema.Struct({
  type: Schema.tag("FaceDetected"),
  at: EpochMs,
  detectUs: Microseconds,
  xPx: Pixels,
  yPx: Pixels,
  widthPx: Pixels,
  heightPx: Pixels,
  faceCount: Count
})

/** No face that could be read: none at all, too small, turned away, too dark, blurred. */
export const FaceMissed = Schema.Struct({
  type: Schema.tag("FaceMissed"),
  at: EpochMs,
  detectUs: Microseconds,
  faceCount: Count,
  reason: UnreadableReason
})

export const ExpressionPredicted = Schema.Struct({
  type: Schema.tag("ExpressionPredicted"),
  at: EpochMs,
  predictUs: Microseconds,
  /** Of the seven expressions in the order of `expressions`, in thousandths. */
  probabilitiesPermille: Schema.Array(Schema.Int)
})

export const ReadingCounted = Schema.Struct({
  type: Schema.tag("ReadingCounted"),
  at: EpochMs,
  reading: Reading,
  reason: Schema.optionalKey(UnreadableReason)
})

/** Frames that will never be read, coalesced by reason. `lost` ones never reached us, or died with an edge. */
export const FramesDropped = Schema.Struct({
  type: Schema.tag("FramesDropped"),
  at: EpochMs,
  reason: Schema.Literals(dropReasons),
  count: Count
})

export const ConferenceEnded = Schema.Struct({
  type: Schema.tag("ConferenceEnded"),
  at: EpochMs
})

export const ReportIssued = Schema.Struct({
  type: Schema.tag("ReportIssued"),
  at: EpochMs,
  /** Counts of readings, in the order of `readingClasses`. */
  counts: Schema.Array(Count),
  unreadable: Count,
  dropped: Count
})

/** A process took the stream over; its expected version fences whoever owned it before. */
export const OwnerTaken = Schema.Struct({ type: Schema.tag("OwnerTaken"), at: EpochMs, owner: Schema.String })

export const ConferenceEvent = Schema.Union([
  ConferenceStarted,
  ClientAwaited,
  AnalysisSwitched,
  MarkerSet,
  ConsentGiven,
  ConsentWithdrawn,
  StreamAssigned,
  StreamInterrupted,
  ResumeWindowClosed,
  FrameReceived,
  FrameGrayed,
  FrameDamaged,
  FaceDetected,
  FaceMissed,
  ExpressionPredicted,
  ReadingCounted,
  FramesDropped,
  ConferenceEnded,
  ReportIssued,
  OwnerTaken
])
export type ConferenceEvent = typeof ConferenceEvent.Type
