/** What fits on an edge by weight: never more than it bears, no less for a lighter one, in any order, and by count where all send JPEG. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { conferencesMax, jpegWeight, overfills, roomFor, weightOn, weightsUnmeasured } from "../../actors/edge-room.ts"
import { conferencesPerEdgeOf, weightsOf } from "../../infra/capacity/capacity.ts"
import { codecs } from "../../machines/wire.ts"

const capacity = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: conferencesMax }))
const weight = fc.oneof(fc.constantFrom(...Object.values(weightsUnmeasured)), fc.integer({ min: 1, max: 20_000 }))
const weights = fc.array(weight, { maxLength: 200 })
const held = (capacity: number, all: readonly number[]) => ({
  capacity,
  conferences: new Map(all.map((each, index) => [`${index}`, each]))
})
/** Takes each that fits, in turn. */
const filled = (capacity: number, asking: readonly number[]) =>
  asking.reduce(
    (edge, each) => (roomFor(edge, each) > 0 ? held(capacity, [...edge.conferences.values(), each]) : edge),
    held(capacity, [])
  )

describe("an edge's room", () => {
  it("is never filled beyond what it bears, but by one that is alone, and refuses only what does not fit", () => {
    fc.assert(
      fc.property(capacity, weights, weight, (bears, asking, next) => {
        const edge = filled(bears, asking)
        const { size } = edge.conferences
        expect(size).toBeLessThanOrEqual(conferencesMax)
        if (size !== 1) expect(weightOn(edge)).toBeLessThanOrEqual(jpegWeight * bears)
        const fits = size === 0 || (size < conferencesMax && weightOn(edge) + next <= jpegWeight * bears)
        expect(roomFor(edge, next) > 0).toBe(fits)
      })
    )
  })

  it("ends at the sockets that an edge has, however light its conferences are", () => {
    const light = fc.integer({ min: 1, max: jpegWeight })
    fc.assert(
      fc.property(capacity, light, (bears, weighs) => {
        const asking = Array.from({ length: conferencesMax + 1 }, () => weighs)
        const expected = Math.min(conferencesMax, Math.floor((jpegWeight * bears) / weighs))
        expect(filled(bears, asking).conferences.size).toBe(expected)
      })
    )
  })

  it("is so many of a weight that exactly as many are taken", () => {
    fc.assert(
      fc.property(capacity, weights, weight, (bears, asking, next) => {
        const edge = filled(bears, asking)
        const room = roomFor(edge, next)
        const more = held(bears, [...edge.conferences.values(), ...Array.from({ length: room }, () => next)])
        expect(more.conferences.size === 0 ? 0 : roomFor(more, next)).toBe(0)
        if (room > 0) expect(filled(bears, [...more.conferences.values()]).conferences.size).toBe(more.conferences.size)
      })
    )
  })

  it("is no less for a lighter conference, on an edge that bears more, or after one has gone", () => {
    fc.assert(
      fc.property(capacity, weights, weight, weight, fc.nat(), (bears, asking, one, other, gone) => {
        const edge = filled(bears, asking)
        const { size } = edge.conferences
        const all = [...edge.conferences.values()]
        const [lighter, heavier] = [Math.min(one, other), Math.max(one, other)]
        expect(roomFor(edge, lighter)).toBeGreaterThanOrEqual(roomFor(edge, heavier))
        if (overfills(edge, lighter)) expect(overfills(edge, heavier)).toBe(true)
        expect(roomFor(held(bears + 1, all), one)).toBeGreaterThanOrEqual(roomFor(edge, one))
        if (size === 0) return
        const without = held(bears, all.toSpliced(gone % size, 1))
        expect(roomFor(without, one)).toBeGreaterThanOrEqual(roomFor(edge, one))
      })
    )
  })

  it("is the same in whatever order its conferences came", () => {
    const shuffled = weights.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))
    )
    fc.assert(
      fc.property(capacity, shuffled, weight, (bears, [one, other], next) => {
        const edges = [one, other].map((all) => held(bears, all))
        expect(weightOn(edges[0]!)).toBe(weightOn(edges[1]!))
        expect(roomFor(edges[0]!, next)).toBe(roomFor(edges[1]!, next))
      })
    )
  })

  it("is a count where all send JPEG", () => {
    fc.assert(
      fc.property(capacity, fc.nat({ max: 200 }), (bears, asking) => {
        const edge = filled(
          bears,
          Array.from({ length: asking }, () => jpegWeight)
        )
        expect(edge.conferences.size).toBe(Math.min(asking, bears))
        expect(roomFor(edge, jpegWeight)).toBe(Math.max(0, bears - asking))
      })
    )
  })
})

it("weights are what each codec was measured to cost beside JPEG, and what is usual where it was not", () => {
  const ms = fc.double({ min: 0.05, max: 200, noNaN: true })
  const frameMs = fc.record({ jpeg: ms, gray8: ms, h264: ms, vp8: ms }, { requiredKeys: ["jpeg", "gray8"] })
  fc.assert(
    fc.property(frameMs, (measured) => {
      const found = weightsOf({ frameMs: measured, of: "" })
      expect(found.jpeg).toBe(jpegWeight)
      for (const codec of codecs) {
        const cost = measured[codec]
        expect(Number.isInteger(found[codec]) && found[codec] > 0).toBe(true)
        if (cost === undefined) expect(found[codec]).toBe(weightsUnmeasured[codec])
        else expect(Math.abs(found[codec] - (jpegWeight * cost) / measured.jpeg)).toBeLessThanOrEqual(1)
      }
      const bears = conferencesPerEdgeOf({ frameMs: measured, of: "" })
      expect(bears >= 1 && bears <= conferencesMax && Number.isInteger(bears)).toBe(true)
    })
  )
})
