/** An edge is ended when it is silent or too large, and for nothing else. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { residentBytesMax, silentMsMax, verdictOn } from "../../infra/edge/edge-watchdog.ts"

describe("verdictOn()", () => {
  it("spares an edge exactly as long as it speaks within the bound and holds no more than it may", () => {
    const edge = fc.record({
      edge: fc.constant("edge-1"),
      heardAtMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
      residentBytes: fc.integer({ min: 0, max: 2 * residentBytesMax })
    })
    fc.assert(
      fc.property(edge, fc.double({ min: 0, max: 1e6, noNaN: true }), (watched, laterMs) => {
        const nowMs = (watched.heardAtMs ?? 0) + laterMs
        const isFine =
          watched.residentBytes <= residentBytesMax &&
          (watched.heardAtMs === null || nowMs - watched.heardAtMs <= silentMsMax)
        expect(verdictOn(watched, nowMs) === null).toBe(isFine)
      })
    )
  })
})
