/**
 * What the conference's machine is told of a frame: one event per stage, in the machine's order. Times are moments by
 * the server's clock; a stage's moment is the frame's arrival plus the work done since.
 */
import type { ConferenceEvent } from "../machines/conference-events.ts"
import type { Drops, FrameReport } from "./edge-link.ts"

/** The events of one frame; they belong together. */
export function eventsOfFrame({ sequence, capturedAt, receivedAt, outcome }: FrameReport): readonly ConferenceEvent[] {
  const received: ConferenceEvent = { type: "FrameReceived", at: receivedAt, frameIndex: sequence, capturedAt }
  if (outcome.kind === "damaged") return [received, { type: "FrameDamaged", at: receivedAt, reason: outcome.reason }]

  const { grayUs, detectUs, widthPx, heightPx, faceCount } = outcome
  const grayedAt = receivedAt + Math.round(grayUs / 1000)
  const detectedAt = receivedAt + Math.round((grayUs + detectUs) / 1000)
  const grayed: ConferenceEvent = { type: "FrameGrayed", at: grayedAt, grayUs, widthPx, heightPx }
  if (outcome.kind === "unreadable") {
    const { reason } = outcome
    return [
      received,
      grayed,
      { type: "FaceMissed", at: detectedAt, detectUs, faceCount, reason },
      { type: "ReadingCounted", at: detectedAt, reading: "unreadable", reason }
    ]
  }
  const { face, predictUs, probabilitiesPermille, reading, unreadableReason } = outcome
  const predictedAt = receivedAt + Math.round((grayUs + detectUs + predictUs) / 1000)
  return [
    received,
    grayed,
    { type: "FaceDetected", at: detectedAt, detectUs, ...face, faceCount },
    { type: "ExpressionPredicted", at: predictedAt, predictUs, probabilitiesPermille },
    unreadableReason === undefined
      ? { type: "ReadingCounted", at: predictedAt, reading }
      : { type: "ReadingCounted", at: predictedAt, reading, reason: unreadableReason }
  ]
}

export const eventOfDrops = ({ reason, count }: Drops, at: number): ConferenceEvent => ({
  type: "FramesDropped",
  at,
  reason,
  count
})
