/** How a camera's page goes down and up its ladder, whatever the uplink does. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { uplinkBytesPerSecondMax } from "../../sdk/camera.ts"
import { firstPace, ladder, type Pace, paceAfter, videoLadder } from "../../sdk/camera-pace.ts"

const run = (frames: readonly boolean[], stepMs: number) => {
  const paces: Pace[] = [firstPace]
  for (const [index, went] of frames.entries()) paces.push(paceAfter(paces.at(-1)!, went, index * stepMs))
  return paces
}

it("never leaves the ladder, and moves by one rung at a time", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), fc.integer({ min: 10, max: 2_000 }), (frames, stepMs) => {
      const rungs = run(frames, stepMs).map(({ rung }) => rung)
      for (const [index, rung] of rungs.entries()) {
        expect(rung).toBeGreaterThanOrEqual(0)
        expect(rung).toBeLessThan(ladder.length)
        if (index > 0) expect(Math.abs(rung - rungs[index - 1]!)).toBeLessThanOrEqual(1)
      }
    })
  )
})

it("has a rung of video for each of pictures, each with less than the one above, and a fifth of the uplink at most", () => {
  expect(videoLadder.length).toBe(ladder.length)
  for (const [index, { bitsPerSecond, framesPerSecond, widthPx }] of videoLadder.entries()) {
    expect(bitsPerSecond).toBeLessThanOrEqual((8 * uplinkBytesPerSecondMax) / 5)
    const above = videoLadder[index - 1]
    if (above === undefined) continue
    expect(bitsPerSecond).toBeLessThan(above.bitsPerSecond)
    expect(framesPerSecond).toBeLessThan(above.framesPerSecond)
    expect(widthPx).toBeLessThanOrEqual(above.widthPx)
  }
})

it("stays on the best rung while every frame goes, and reaches the last when none does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
      expect(run(Array<boolean>(count).fill(true), 66).at(-1)?.rung).toBe(0)
    })
  )
  expect(run(Array<boolean>(100).fill(false), 66).at(-1)?.rung).toBe(ladder.length - 1)
})

it("comes back up after a calm, and waits longer each time the higher rung failed", () => {
  const fall = run(Array<boolean>(4).fill(false), 66).at(-1)!
  expect(fall.rung).toBe(1)
  let pace = fall
  let at = fall.calmSinceMs
  while (pace.rung === 1) {
    at += 100
    pace = paceAfter(pace, true, at)
  }
  expect(pace.rung).toBe(0)
  expect(at - fall.calmSinceMs).toBeGreaterThanOrEqual(fall.upAfterMs)
  let again = pace
  for (let index = 0; index < 10 && again.rung === 0; index++) again = paceAfter(again, false, at + index)
  expect(again.upAfterMs).toBeGreaterThan(fall.upAfterMs)
})
