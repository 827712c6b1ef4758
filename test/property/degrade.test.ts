/** What an overloaded edge does with frames: whatever the steps, each one is answered once and accounted for once. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { FrameBatch } from "../../actors/edge-link.ts"
import { overloadSteps } from "../../actors/overload.ts"
import { createPipeline } from "../../actors/pipeline.ts"
import { defaultBounds, encodeFrame, type FrameAnswer } from "../../machines/wire.ts"
import type { FrameOutcome } from "../../models/vision/outcome.ts"

const frameMs = 33
/** Some streams of so many frames a pipeline that is told a step before each round; each frame takes as long as its stream says. */
async function play(steps: readonly (typeof overloadSteps)[number][], costsMs: readonly number[]) {
  let nowMs = 0
  const due: (() => void)[] = []
  const batches: FrameBatch[] = []
  const pipeline = createPipeline<number>(
    {
      openTrack: () => 0,
      openVideo: () => null,
      async analyse(_track, picture): Promise<FrameOutcome> {
        nowMs += picture.bytes[0]!
        return { kind: "unreadable", grayUs: 1, detectUs: 1, widthPx: 9, heightPx: 9, faceCount: 0, reason: "noFace" }
      },
      monotonicMs: () => nowMs,
      epochMs: () => 1_790_000_000_000 + Math.round(nowMs),
      soon: (call) => due.push(call),
      tellCore: (message) => message.type === "frames" && batches.push(message)
    },
    defaultBounds
  )
  const streams = costsMs.map((_, index) => {
    const answers: FrameAnswer[] = []
    const stream = pipeline.openStream({
      conference: `c${index}`,
      epoch: 1,
      analysing: true,
      afterSequence: 0,
      codec: null
    })
    stream.attach({ send: (answer) => answers.push(answer) })
    return { stream, answers }
  })
  for (const [round, step] of steps.entries()) {
    pipeline.setStep(step)
    for (const [index, { stream }] of streams.entries()) {
      const header = { codec: "jpeg", capturedAt: 1_790_000_000_000, widthPx: 0, heightPx: 0 } as const
      stream.offer(encodeFrame({ ...header, sequence: round + 1 }, Uint8Array.of(costsMs[index]!)))
    }
    for (const call of due.splice(0)) call()
    for (let turn = 0; turn < 16 * streams.length; turn += 1) await Promise.resolve()
    nowMs += frameMs
  }
  pipeline.flush()
  return { streams, batches, busyShare: pipeline.takeBusyShare() }
}
const steps = fc.array(fc.constantFrom(...overloadSteps), { minLength: 1, maxLength: 40 })
const costs = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })

describe("an edge that leaves frames out", () => {
  it("answers every frame once and reports every frame once, whatever the steps", async () => {
    await fc.assert(
      fc.asyncProperty(steps, costs, async (steps, costs) => {
        const { streams, batches, busyShare } = await play(steps, costs)
        for (const [index, { answers }] of streams.entries()) {
          expect(answers.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(
            steps.map((_, round) => round + 1)
          )
          const own = batches.filter(({ conference }) => conference === `c${index}`)
          const reported = own.reduce((sum, { reports }) => sum + reports.length, 0)
          const dropped = own.flatMap(({ drops }) => drops).reduce((sum, { count }) => sum + count, 0)
          expect(reported + dropped).toBe(steps.length)
        }
        expect(busyShare).toBeGreaterThanOrEqual(0)
        expect(busyShare).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60 }
    )
  })

  it("says busy for what it left out, reads every second frame of the busiest, and all again at full work", async () => {
    const rounds = [...Array(2).fill("full"), ...Array(8).fill("thin"), ...Array(6).fill("full")]
    const { streams } = await play(rounds, [1, 5])
    const busyOf = (index: number) =>
      streams[index]!.answers.filter((answer) => answer.outcome === "dropped" && answer.reason === "busy")
    expect(busyOf(1).length).toBeGreaterThan(0)
    expect(busyOf(0).length + busyOf(1).length).toBeLessThanOrEqual(8)
    for (const { sequence } of [...busyOf(0), ...busyOf(1)]) {
      expect(sequence).toBeGreaterThan(2)
      expect(sequence).toBeLessThanOrEqual(10)
    }
  })
})
