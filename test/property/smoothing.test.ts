/** The shown state: never flickers, follows a true change in time, and stays a number whatever it is fed. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Reading } from "../../machines/reading.ts"
import { seededRandom } from "../../models/illustration/random.ts"
import {
  behindMax,
  confidenceOf,
  dwellMsMin,
  frameMsMax,
  leadMin,
  nothingSmoothed,
  type Observation,
  probabilityMin,
  type Smoothed,
  smooth,
  unreadableAfterMs
} from "../../projections/smoothing.ts"

type Triple = [number, number, number]
interface Change {
  readonly at: number
  readonly state: Reading
}

/** The changes of the state, without the first one, out of not knowing yet. */
function play(observations: readonly Observation[]): { readonly changes: readonly Change[]; readonly last: Smoothed } {
  const changes: Change[] = []
  let smoothed = nothingSmoothed
  for (const observation of observations) {
    const before = smoothed
    smoothed = smooth(before, observation)
    if (smoothed.state !== before.state && before.since !== Number.NEGATIVE_INFINITY) {
      changes.push({ at: smoothed.since, state: smoothed.state })
    }
  }
  return { changes, last: smoothed }
}

/** A class `times` as likely as the next one; the third gets half of that one's. */
const sureOf = (index: number, times: number): Triple => {
  const next = 1 / (times + 1.5)
  const triple: Triple = [next / 2, next / 2, next / 2]
  triple[(index + 1) % 3] = next
  triple[index] = times * next
  return triple
}
/** Multiplied by up to e to either side, class by class. */
const noisy = (triple: Triple, random: () => number, strength: number): Triple =>
  triple.map((probability) => probability * Math.exp(strength * (2 * random() - 1))) as Triple

const anyTriple = fc.oneof(
  fc.tuple(
    ...([0, 1, 2].map(() => fc.integer({ min: 0, max: 1000 })) as [
      fc.Arbitrary<number>,
      fc.Arbitrary<number>,
      fc.Arbitrary<number>
    ])
  ),
  fc.constantFrom<Triple>([1000, 0, 0], [0, 1000, 0], [0, 0, 1000], [0, 0, 0], [Number.NaN, 1, 1])
)
const anyObservations = fc
  .array(
    fc.record({
      gapMs: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 5_000 })),
      triple: fc.option(anyTriple)
    }),
    {
      maxLength: 150
    }
  )
  .map((steps) => {
    let at = 1_700_000_000_000
    return steps.map(({ gapMs, triple }) => {
      at += gapMs
      return { at, probabilities: triple }
    })
  })

/** Runs of frames in which the net is very sure, each of another class or of none: as restless as a face can look. */
const restless = fc
  .array(fc.record({ index: fc.integer({ min: 0, max: 3 }), frames: fc.integer({ min: 1, max: 25 }) }), {
    minLength: 2,
    maxLength: 40
  })
  .map((runs) => runs.flatMap(({ index, frames }) => Array.from({ length: frames }, () => index)))
  .map((indexes) =>
    indexes.map(
      (index, frame): Observation => ({ at: frame * 33, probabilities: index === 3 ? null : sureOf(index, 60) })
    )
  )

describe("smooth()", () => {
  it("never changes the state twice within the dwell, whatever it is fed", () => {
    fc.assert(
      fc.property(fc.oneof(anyObservations, restless), (observations) => {
        const { changes } = play(observations)
        for (let i = 1; i < changes.length; i++) {
          expect(changes[i]!.at - changes[i - 1]!.at).toBeGreaterThanOrEqual(dwellMsMin)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("stays a number, and within its bounds, whatever it is fed", () => {
    fc.assert(
      fc.property(anyObservations, (observations) => {
        const { last } = play(observations)
        for (const value of last.behind) {
          expect(value).toBeLessThanOrEqual(0)
          expect(value).toBeGreaterThanOrEqual(-behindMax)
        }
        for (const value of [...last.average, confidenceOf(last)]) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("shows a true change within 0.6 s, through noise, from 15 to 60 frames a second", () => {
    const step = fc.record({
      from: fc.integer({ min: 0, max: 2 }),
      turn: fc.integer({ min: 1, max: 2 }),
      times: fc.double({ min: 6, max: 40, noNaN: true }),
      steadySeconds: fc.integer({ min: 2, max: 30 }),
      framesPerSecond: fc.integer({ min: 15, max: 60 }),
      seed: fc.integer()
    })
    fc.assert(
      fc.property(step, ({ from, turn, times, steadySeconds, framesPerSecond, seed }) => {
        const random = seededRandom(seed)
        const to = (from + turn) % 3
        const observations = Array.from({ length: (steadySeconds + 2) * framesPerSecond }, (_, index) => {
          const at = Math.round((index * 1000) / framesPerSecond)
          const triple = sureOf(at < steadySeconds * 1000 ? from : to, times)
          return { at, probabilities: noisy(triple, random, 0.7) }
        })
        const { changes } = play(observations)
        expect(changes).toHaveLength(1)
        expect(changes[0]!.state).toBe((["negative", "neutral", "positive"] as const)[to])
        expect(changes[0]!.at - steadySeconds * 1000).toBeGreaterThanOrEqual(0)
        expect(changes[0]!.at - steadySeconds * 1000).toBeLessThanOrEqual(600)
      }),
      { numRuns: 300 }
    )
  })

  it("changes at most three times a minute on a steady face of which a fifth of the frames is misread in bursts of up to a quarter of a second", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 2 }), (seed, index) => {
        const random = seededRandom(seed)
        let burstFrames = 0
        const observations = Array.from({ length: 60 * 30 }, (_, frame) => {
          if (burstFrames === 0 && random() < 0.05) burstFrames = 1 + Math.floor(random() * 8)
          const isMisread = burstFrames > 0
          if (isMisread) burstFrames -= 1
          const triple = isMisread ? sureOf((index + 2) % 3, 3) : sureOf(index, 5)
          return { at: frame * 33, probabilities: noisy(triple, random, 0.7) }
        })
        expect(play(observations).changes.length).toBeLessThanOrEqual(3)
      }),
      { numRuns: 100 }
    )
  })

  it("is changed by no single frame, however sure it is and however long the gap before it", () => {
    expect((frameMsMax / 1000) * Math.log(1 / probabilityMin)).toBeLessThan(behindMax + leadMin)
    const calm = Array.from({ length: 90 }, (_, i) => ({ at: i * 33, probabilities: sureOf(1, 10) }))
    const outlier: Observation = { at: 90 * 33 + 900, probabilities: [1000, 0, 0] }
    expect(play([...calm, outlier]).last.state).toBe("neutral")
  })

  it("holds the state while a face turns away for a moment, then calls it unreadable, and comes back", () => {
    const neutral = (from: number, to: number): Observation[] =>
      Array.from({ length: (to - from) / 40 }, (_, i) => ({ at: from + i * 40, probabilities: sureOf(1, 10) }))
    const away = (from: number, to: number) => neutral(from, to).map(({ at }) => ({ at, probabilities: null }))
    const glance = play([...neutral(0, 3_000), ...away(3_000, 3_800), ...neutral(3_800, 5_000)])
    expect(glance.changes).toEqual([])
    const { changes } = play([...neutral(0, 3_000), ...away(3_000, 6_000), ...neutral(6_000, 8_000)])
    expect(changes.map(({ state }) => state)).toEqual(["unreadable", "neutral"])
    expect(changes[0]!.at).toBe(2_960 + unreadableAfterMs)
    expect(changes[1]!.at - 6_000).toBeLessThanOrEqual(600)
  })

  it("begins anew when the clock is set back, instead of standing still for as long", () => {
    const negative = (from: number) =>
      Array.from({ length: 60 }, (_, i) => ({ at: from + i * 33, probabilities: sureOf(0, 10) }))
    const neutral = negative(10_000_000).map(({ at }) => ({ at, probabilities: sureOf(1, 10) }))
    expect(play([...neutral, ...negative(0)]).last.state).toBe("negative")
  })
})
