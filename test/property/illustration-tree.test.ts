/** A tree's wood stays within the tree: what a pixel's threshold would find only now and then, found in the drawing itself. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { seasons } from "../../models/illustration/look.ts"
import { witheredRamp } from "../../models/illustration/palette.ts"
import { drawTree, type ObjectShape } from "../../models/illustration/tree.ts"

const shape: fc.Arbitrary<ObjectShape> = fc.record({
  height: fc.oneof(fc.integer({ min: 26, max: 60 }), fc.integer({ min: 26, max: 300 })),
  width: fc.integer({ min: 40, max: 110 }),
  ramp: fc.constant(witheredRamp),
  seed: fc.nat(),
  season: fc.constantFrom(...seasons),
  detail: fc.integer({ min: 0, max: 2 }),
  siblings: fc.integer({ min: 1, max: 12 })
})
/** One in some thousands that grows past its leaves. */
const overgrown: ObjectShape = {
  height: 37,
  width: 66,
  ramp: witheredRamp,
  seed: 367_253_295,
  season: "autumn",
  detail: 1,
  siblings: 11
}
/** Coordinates are written to a tenth of a pixel. */
const writtenPx = 0.05
/** Branches, each of one thickness, with round ends. */
const strokes = /<path d="([^"]+)" fill="none" stroke="[^"]+" stroke-width="([\d.]+)"/g

it("no branch of a tree is taller than the tree", () => {
  let branches = 0
  fc.assert(
    fc.property(shape, (given) => {
      for (const [, d = "", width] of drawTree(given).matchAll(strokes)) {
        for (const [, y] of d.matchAll(/[ML]-?[\d.]+ (-?[\d.]+)/g)) {
          branches += 1
          expect(-Number(y) + Number(width) / 2).toBeLessThanOrEqual(given.height + writtenPx)
        }
      }
    }),
    { numRuns: 300, examples: [[overgrown]] }
  )
  expect(branches).toBeGreaterThan(0)
})
