/** Whatever is answered in whatever order, a chunk that the server cannot decode is never sent on in vain for longer than its answer takes. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { dropReasons, type FrameAnswer } from "../../machines/wire.ts"
import { SentFrames } from "../../sdk/sent-frames.ts"

/** A server that decodes as `docs/protocol.md` says, with what else may become of a frame; an answer comes when it comes. */
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("send" as const), fate: fc.constantFrom(...dropReasons, "read") })
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("answer" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("skip" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("break" as const) }) }
)

const notDecoded = new Set<string>(["rate", "noConsent", "damaged", "lost", "stopping"])

it("a sender that encodes a key frame whenever one is wanted sends no chunk in vain once it has heard why", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
      let told = 0
      let wantedBefore = true
      const answered: number[] = []
      const frames = new SentFrames({
        onAnswer: ({ sequence }) => answered.push(sequence),
        onKeyFrameWanted: () => (told += 1)
      })
      const waiting: FrameAnswer[] = []
      let whole = false
      let toldExpected = 0
      /** Answers heard since the last chunk that nobody could decode. */
      let heardOf = 0
      const note = () => {
        if (frames.keyFrames.wanted && !wantedBefore) toldExpected += 1
        wantedBefore = frames.keyFrames.wanted
      }
      for (const step of commands) {
        if (step.do === "send") {
          const isKey = frames.keyFrames.wanted
          const sequence = frames.next("h264", isKey)
          if (sequence === "skipped") throw new Error("A key frame was skipped")
          expect(frames.keyFrames.wanted).toBe(false)
          wantedBefore = false
          if (isKey) whole = true
          const builds = whole
          const { fate } = step
          if (fate !== "read" && notDecoded.has(fate)) whole = false
          if (!builds) {
            // In vain: only while the answer that says so is under way.
            expect(heardOf).toBeLessThan(sequence)
            expect(waiting.some((one) => one.outcome === "dropped" && notDecoded.has(one.reason))).toBe(true)
            waiting.push({ type: "answer", sequence, outcome: "dropped", reason: "damaged", detail: "noKeyFrame" })
          } else if (fate === "read") {
            waiting.push({ type: "answer", sequence, outcome: "unreadable", reason: "noFace" })
          } else waiting.push({ type: "answer", sequence, outcome: "dropped", reason: fate })
        } else if (step.do === "answer") {
          const answer = waiting.shift()
          if (answer === undefined) continue
          heardOf = answer.sequence
          frames.answered(answer)
          note()
        } else if (step.do === "skip") {
          frames.skip("busy", "h264")
          whole = false
          note()
        } else {
          frames.lose()
          frames.begin(frames.through)
          waiting.length = 0
          whole = false
          note()
          expect(frames.keyFrames.wanted).toBe(true)
        }
      }
      for (const answer of waiting) frames.answered(answer)
      note()
      expect(answered.length).toBe(new Set(answered).size)
      expect(answered.length).toBe(frames.through)
      expect(told).toBe(toldExpected)
    })
  )
})
