/** Where a conference goes: never to a full or a drained edge, and to the least loaded of the others. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { leastLoaded, roomOf } from "../../actors/edge-assignment.ts"
import { overloadSteps } from "../../actors/overload.ts"

const capacity = 8
const edge = fc.record({
  conferences: fc.record({ size: fc.integer({ min: 0, max: capacity }) }),
  busyShare: fc.double({ min: 0, max: 1, noNaN: true }),
  step: fc.constantFrom(...overloadSteps),
  draining: fc.boolean()
})
const edges = fc.array(edge, { maxLength: 6 })

describe("the edge of a conference", () => {
  it("has room, is not drained, and is there whenever one such is", () => {
    fc.assert(
      fc.property(edges, (all) => {
        const fits = all.filter(({ draining, conferences }) => !draining && conferences.size < capacity)
        const chosen = leastLoaded(all, capacity)
        if (fits.length === 0) expect(chosen).toBeUndefined()
        else expect(fits).toContain(chosen)
      })
    )
  })

  it("is one that refuses new ones only when all others are full, and no busier one with more conferences", () => {
    fc.assert(
      fc.property(edges, (all) => {
        const chosen = leastLoaded(all, capacity)
        if (chosen === undefined) return
        const room = roomOf(all, capacity)
        expect(chosen.step === "refuse").toBe(room === 0)
        for (const other of all) {
          const same = (other.step === "refuse") === (chosen.step === "refuse")
          if (other.draining || other.conferences.size === capacity || !same) continue
          const lighter = other.busyShare < chosen.busyShare && other.conferences.size < chosen.conferences.size
          expect(lighter).toBe(false)
        }
      })
    )
  })
})
