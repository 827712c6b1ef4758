// Runs under Deno too.
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type FaceTrack,
  framesBetweenSearches,
  lostSearchEveryMs,
  maySearchWhole,
  missedFace,
  nextStep,
  openFaceTrack,
  rememberedMs,
  type SearchStep,
  sawFace,
  searchedWhole
} from "../../models/vision/face-track.ts"
import type { FaceBox } from "../../models/vision/outcome.ts"

const box = (xPx: number, yPx = 100, side = 100): FaceBox => ({ xPx, yPx, widthPx: side, heightPx: side })

/** One frame the way vision.ts does it: `faces` are what a whole search would find, `isNear` whether the region search succeeds. */
function play(
  track: FaceTrack,
  faces: readonly FaceBox[],
  isNear: boolean,
  nowMs: number,
  hitCount = 10
): { step: SearchStep; searches: number } {
  const step = nextStep(track, 640, 360, nowMs)
  let searches = 0
  let seen: FaceBox | undefined
  const whole = () => {
    searches++
    return searchedWhole(track, faces, nowMs)
  }
  if (step === "whole") seen = whole() ?? (isNear ? track.face : undefined)
  if (step === "region") seen = isNear ? track.face : maySearchWhole(track, nowMs) ? whole() : undefined
  if (seen !== undefined) sawFace(track, seen, hitCount, nowMs)
  else if (step !== "nothing") missedFace(track, false)
  return { step, searches }
}

const frames = fc.array(
  fc.record({
    faces: fc.array(
      fc.integer({ min: 0, max: 500 }).map((x) => box(x)),
      { maxLength: 3 }
    ),
    isNear: fc.boolean()
  }),
  { maxLength: 200 }
)

describe("a face track", () => {
  it("searches the whole picture at most every 250 ms, whatever is found", () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 100 }), (given, seed, stepMs) => {
        const track = openFaceTrack(seed)
        let lastMs = Number.NEGATIVE_INFINITY
        given.forEach(({ faces, isNear }, i) => {
          const { searches } = play(track, faces, isNear, i * stepMs)
          expect(searches).toBeLessThanOrEqual(1)
          if (searches === 1) {
            expect(i * stepMs - lastMs).toBeGreaterThanOrEqual(lostSearchEveryMs)
            lastMs = i * stepMs
          }
        })
      })
    )
  })

  it("searches it at the first frame, and while a face is followed at every 90th, which one by the seed", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const track = openFaceTrack(seed)
        const searched = (i: number) => play(track, [box(100)], true, i * 33).searches === 1
        const searchedAt = Array.from({ length: 200 }, (_, i) => i).filter(searched)
        expect(searchedAt[0]).toBe(0)
        // Those of the first 250 ms fall to the rate limit.
        const due = Array.from({ length: 200 }, (_, i) => i).filter(
          (i) => i % framesBetweenSearches === seed % framesBetweenSearches && i * 33 >= lostSearchEveryMs
        )
        expect(searchedAt.slice(1)).toEqual(due)
      })
    )
  })

  it("takes the largest face first and stays with it when a larger one comes", () => {
    const track = openFaceTrack(0)
    play(track, [box(10, 10, 80), box(300, 100, 120)], false, 0)
    expect(track.face).toEqual(box(300, 100, 120))
    expect(track.faceCount).toBe(2)
    for (let i = 1; i <= 40; i++) play(track, [box(10, 10, 300), box(310, 100, 120)], true, i * 33)
    expect(track.face?.xPx).toBeGreaterThanOrEqual(300)
    expect(track.faceCount).toBe(2)
  })

  it("turns to another face once its own has been missing for a second", () => {
    const track = openFaceTrack(0)
    play(track, [box(300)], false, 0)
    for (let ms = 33; ms <= rememberedMs + 300; ms += 33) play(track, [box(10)], false, ms)
    expect(track.face).toEqual(box(10))
  })

  it("says turned away of a face that is missed in mid-picture, and no face of one that was at the edge or long gone", () => {
    const missed = (at: FaceBox, afterMs: number) => {
      const track = openFaceTrack(0)
      play(track, [at], false, 0)
      for (let ms = 33; ms <= afterMs; ms += 33) play(track, [], false, ms)
      return track.missedAs
    }
    expect(missed(box(270), 500)).toBe("turnedAway")
    expect(missed(box(5), 500)).toBe("noFace")
    expect(missed(box(270), rememberedMs + 2 * lostSearchEveryMs)).toBe("noFace")
  })

  it("gives a face up when hardly a hit has been behind it for a second, and never one with four", () => {
    const framesFollowed = (hitCount: number) => {
      const track = openFaceTrack(0)
      play(track, [box(270)], false, 0)
      for (let i = 1; i < 300; i++)
        if (play(track, [], true, i * 33, hitCount).step !== "region" && !track.face) return i
      return Number.POSITIVE_INFINITY
    }
    expect(framesFollowed(2)).toBeLessThan(45)
    expect(framesFollowed(0)).toBeLessThan(framesFollowed(2))
    expect(framesFollowed(4)).toBe(Number.POSITIVE_INFINITY)
  })

  it("starts over when the picture's size changes", () => {
    const track = openFaceTrack(0)
    play(track, [box(270)], false, 0)
    expect(nextStep(track, 1280, 720, 1)).toBe("whole")
    expect(track.face).toBeUndefined()
  })
})
