/** Whole conferences as commits, from a seed: started, consented, so many frames, ended, reported. Every event is one that the machine takes. */
import type { StoredEvent } from "../actors/event-store.ts"
import { framesFrom } from "./journal-frames.ts"

const at = 1_763_884_700_000

/** Frames of a commit: what a camera sends in a quarter of a second. */
export const framesPerCommit = 7
export const transitionsPerFrame = 5

/** One commit after the other; the last holds the end and the report. */
export function* storyOf(
  conference: string,
  subject: string,
  seed: number,
  frameCount: number
): Generator<StoredEvent[]> {
  const model = { name: "bench", sha256: "0".repeat(64), confusion: [] }
  yield [
    { type: "OwnerTaken", at, owner: "bench" },
    { type: "ConferenceStarted", at, conference, call: "c", subject, manager: "m", model },
    {
      type: "ConsentGiven",
      at,
      consent: "1",
      textVersion: "1",
      textSha256: "0".repeat(64),
      purposes: ["expressionAnalysis", "trends"],
      givenAt: at
    },
    { type: "StreamAssigned", at, epoch: 1, edge: "edge-1" }
  ]
  const counts: Record<string, number> = { negative: 0, neutral: 0, positive: 0 }
  const frames = framesFrom(seed)
  for (let left = frameCount; left > 0; left -= framesPerCommit) {
    const events = frames(Math.min(left, framesPerCommit))
    for (const { type, reading } of events) if (type === "ReadingCounted") counts[reading as string]! += 1
    yield events
  }
  const issued = [counts.negative!, counts.neutral!, counts.positive!]
  yield [
    { type: "ConferenceEnded", at },
    { type: "ReportIssued", at, counts: issued, unreadable: 0, dropped: 0 }
  ]
}
