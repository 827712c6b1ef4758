/** Where a conference goes: never to a drained edge or one that it does not fit on, and to the least loaded of the others. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type EdgeState, edgeFor, leastLoaded, roomOf } from "../../actors/edge-assignment.ts"
import {
  conferencesMax,
  filledShare,
  jpegWeight,
  overfills,
  roomFor,
  weightOn,
  weightsUnmeasured
} from "../../actors/edge-room.ts"
import { overloadSteps } from "../../actors/overload.ts"

const weight = fc.constantFrom(...Object.values(weightsUnmeasured))
const capacity = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 8 }))
const many = { numRuns: 1_000 }
/** Edges of machines that bear differently much, filled as far as they are. */
const edgeOf = (bears: fc.Arbitrary<number>, weights: fc.Arbitrary<number>) =>
  fc
    .record({
      capacity: bears,
      asking: fc.array(weights, { maxLength: 12 }),
      // Quarters, so that some are equal.
      busyShare: fc.oneof(
        fc.integer({ min: 0, max: 4 }).map((quarters) => quarters / 4),
        fc.double({ min: 0, max: 1, noNaN: true })
      ),
      step: fc.constantFrom(...overloadSteps),
      draining: fc.boolean()
    })
    .map(({ asking, ...more }) => {
      const conferences = new Map<string, number>()
      for (const [index, each] of asking.entries()) {
        if (roomFor({ ...more, conferences }, each) > 0) conferences.set(`${index}`, each)
      }
      return { ...more, conferences }
    })
const fleetOf = (bears: fc.Arbitrary<number>, weights: fc.Arbitrary<number>) =>
  fc
    .array(edgeOf(bears, weights), { maxLength: 6 })
    .map((all) => all.map((each, index) => ({ ...each, edge: `edge-${index}` })))
const fleet = fleetOf(capacity, weight)

/** The rule for edges that are alike and conferences that all send JPEG: a count against one figure. */
function byCount<Edge extends EdgeState>(edges: readonly Edge[], figure: number): Edge | undefined {
  return edges
    .filter(({ draining, conferences }) => !draining && conferences.size < figure)
    .sort(
      (one, other) =>
        Number(one.step === "refuse") - Number(other.step === "refuse") ||
        Math.max(one.busyShare, one.conferences.size / figure) -
          Math.max(other.busyShare, other.conferences.size / figure) ||
        one.conferences.size - other.conferences.size
    )[0]
}

describe("the edge of a conference", () => {
  it("has room for its weight, is not drained, and is there whenever one such is", () => {
    fc.assert(
      fc.property(fleet, weight, (all, weighs) => {
        const fits = all.filter((edge) => !edge.draining && roomFor(edge, weighs) > 0)
        const chosen = leastLoaded(all, weighs)
        if (fits.length === 0) expect(chosen).toBeUndefined()
        else expect(fits).toContain(chosen)
      })
    )
  })

  it("is one that refuses new ones only when all others are full, and no busier one that is filled further", () => {
    fc.assert(
      fc.property(fleet, weight, (all, weighs) => {
        const chosen = leastLoaded(all, weighs)
        if (chosen === undefined) return
        expect(chosen.step === "refuse").toBe(roomOf(all, weighs) === 0)
        for (const other of all) {
          const same = (other.step === "refuse") === (chosen.step === "refuse")
          if (other.draining || roomFor(other, weighs) === 0 || !same) continue
          if (overfills(chosen, weighs)) expect(overfills(other, weighs)).toBe(true)
          else if (overfills(other, weighs)) continue
          const lighter = other.busyShare < chosen.busyShare && filledShare(other) < filledShare(chosen)
          expect(lighter).toBe(false)
        }
      }),
      many
    )
  })

  it("is the wanted one while that has room and takes new ones", () => {
    fc.assert(
      fc.property(fleet, weight, fc.nat({ max: 6 }), (all, weighs, index) => {
        const wanted = all[index]
        const chosen = edgeFor(all, weighs, wanted?.edge ?? null)
        const takes =
          wanted !== undefined && !wanted.draining && wanted.step !== "refuse" && roomFor(wanted, weighs) > 0
        expect(chosen).toBe(takes ? wanted : leastLoaded(all, weighs))
      })
    )
  })

  it("is the one that a count would choose, where all send JPEG and the edges are alike", () => {
    const alike = capacity.chain((figure) =>
      fc.tuple(fc.constant(figure), fleetOf(fc.constant(figure), fc.constant(jpegWeight)))
    )
    fc.assert(
      fc.property(alike, ([figure, all]) => {
        expect(leastLoaded(all, jpegWeight)).toBe(byCount(all, figure))
        const room = all
          .filter(({ draining, step }) => !draining && step !== "refuse")
          .reduce((sum, { conferences }) => sum + figure - conferences.size, 0)
        expect(roomOf(all, jpegWeight)).toBe(room)
      }),
      many
    )
  })

  it("leaves no edge with more than it bears, however they come, go on elsewhere and end, and refuses none that fits", () => {
    const act = fc.record({ conference: fc.nat({ max: 30 }), ends: fc.boolean(), weighs: weight })
    fc.assert(
      fc.property(
        fc.array(capacity, { minLength: 1, maxLength: 4 }),
        fc.array(act, { maxLength: 80 }),
        (bears, acts) => {
          const edges = bears.map((each, index) => ({
            edge: `edge-${index}`,
            capacity: each,
            conferences: new Map<string, number>(),
            busyShare: 0,
            step: "full" as const,
            draining: false
          }))
          for (const { conference, ends, weighs } of acts) {
            for (const { conferences } of edges) conferences.delete(`${conference}`)
            if (ends) continue
            const chosen = leastLoaded(edges, weighs)
            if (chosen === undefined) expect(roomOf(edges, weighs)).toBe(0)
            else chosen.conferences.set(`${conference}`, weighs)
            for (const edge of edges) {
              expect(edge.conferences.size).toBeLessThanOrEqual(conferencesMax)
              if (edge.conferences.size > 1) expect(weightOn(edge)).toBeLessThanOrEqual(jpegWeight * edge.capacity)
            }
          }
        }
      )
    )
  })
})
