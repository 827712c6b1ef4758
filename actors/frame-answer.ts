/** What a client is told of a frame that was read. It decides nothing: the outcome is the vision's. */
import { classPermilleOf } from "../machines/reading.ts"
import type { FrameAnswer } from "../machines/wire.ts"
import type { FrameOutcome } from "../models/vision/outcome.ts"

export function answerOf(sequence: number, outcome: FrameOutcome): FrameAnswer {
  if (outcome.kind === "damaged") {
    return { type: "answer", sequence, outcome: "dropped", reason: "damaged", detail: outcome.reason }
  }
  if (outcome.kind === "unreadable") return { type: "answer", sequence, outcome: "unreadable", reason: outcome.reason }
  const { face, reading, unreadableReason, probabilitiesPermille } = outcome
  if (reading === "unreadable") {
    return { type: "answer", sequence, outcome: "unreadable", reason: unreadableReason ?? "notConfident" }
  }
  return {
    type: "answer",
    sequence,
    outcome: "read",
    reading,
    permille: classPermilleOf(probabilitiesPermille),
    face: [face.xPx, face.yPx, face.widthPx, face.heightPx]
  }
}
