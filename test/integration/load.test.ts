/** The load generator counts what really happened: against a server of its own, and in its arithmetic. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { measureLoad } from "../../infra/commands/load.ts"
import { roundOf } from "../../infra/load/clip-round.ts"
import { latencyAt, noFigures, slopeMbPerHour, summed } from "../../infra/load/load-shape.ts"

const wish = { fps: 20, seconds: 4, edges: 1, json: true, lang: "en" } as const

describe.each(["jpeg", "gray8", "h264"] as const)("a load of %s", (codec) => {
  it("gets an answer for every frame that was sent, and says what the server took", async () => {
    const figures = await measureLoad({ ...wish, conferences: 2, codec }, () => {})
    const dropped = Object.values(figures.dropped).reduce((sum, count) => sum + count, 0)
    expect(figures.started).toBe(2)
    expect(figures.sent + figures.skipped).toBe(2 * 20 * 4)
    expect(figures.read + figures.unreadable + dropped).toBe(figures.sent)
    expect(figures.read).toBeGreaterThan(figures.sent / 2)
    expect(figures.p50Ms).toBeLessThanOrEqual(figures.p99Ms!)
    expect(figures.cpuMsPerFrame).toBeGreaterThan(0)
  })
})

it("plays a clip round and round, and goes on with a key frame where one is wanted", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 30 }),
      fc.nat(60),
      fc.array(fc.boolean(), { maxLength: 80 }),
      (keys, from, wanted) => {
        const frames = [true, ...keys].map((isKey, index) => {
          return { codec: "h264" as const, bytes: Uint8Array.of(index), isKey, widthPx: 0, heightPx: 0 }
        })
        const next = roundOf(frames, from)
        let due = from % frames.length
        for (const keyFrameWanted of wanted) {
          const frame = next(keyFrameWanted)
          if (keyFrameWanted) expect(frame.isKey).toBe(true)
          else expect(frame.bytes[0]).toBe(due)
          due = (frame.bytes[0]! + 1) % frames.length
        }
      }
    )
  )
})

it("finds the share of frames that stayed within a time, as sorting all of them would", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 200 }), (tenths) => {
      const counted = new Map<number, number>()
      for (const one of tenths) counted.set(one, (counted.get(one) ?? 0) + 1)
      const latencies = [...counted].sort(([a], [b]) => a - b)
      const sorted = [...tenths].sort((a, b) => a - b)
      for (const share of [0.5, 0.95, 0.99, 1]) {
        expect(latencyAt(latencies, share)).toBe(sorted[Math.ceil(share * sorted.length) - 1]! / 10)
      }
    })
  )
  expect(latencyAt([], 0.5)).toBeNull()
})

it("adds up what the processes saw", () => {
  const one = { ...noFigures, sendingFrom: 9, sent: 5, dropped: { busy: 2 }, latencies: [[10, 5]] as const }
  const other = {
    ...noFigures,
    sendingFrom: 8,
    sent: 7,
    dropped: { busy: 1, late: 1 },
    latencies: [
      [10, 2],
      [30, 5]
    ] as const
  }
  expect(summed([one, other])).toMatchObject({
    sendingFrom: 9,
    sent: 12,
    dropped: { busy: 3, late: 1 },
    latencies: [
      [10, 7],
      [30, 5]
    ]
  })
})

it("says how fast memory grows, and nothing of less than a minute", () => {
  const growing = Array.from({ length: 121 }, (_, second) => ({ atMs: second * 1000, bytes: 5e8 + second * 1000 }))
  expect(slopeMbPerHour(growing)).toBeCloseTo(3.6, 6)
  expect(slopeMbPerHour(growing.slice(0, 50))).toBeNull()
})
