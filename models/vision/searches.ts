/**
 * The four searches of the face detector and what each costs and finds: numbers measured by `bench/cascade.ts` and
 * `bench/vision.ts`, tabled in docs/vision.md. A search is data; `infra/detector-wasm.ts` runs it.
 */
import { ladder, rungsAround, type Search, windowPx } from "../cascade/ladder.ts"
import { type Scale, sideMaxPx } from "./scale.ts"

/** Between sizes of a whole search. OpenCV's 1.1 costs twice as much and finds no more faces that can be read. */
export const wholeRatio = 1.2

/**
 * Hits a face needs more than to be followed. Of faces in real pictures the weakest that could be read had six, mostly
 * they have 20 to 80; foliage and shelves have up to five.
 */
export const wholeHitsAbove = 5

/** The smallest face worth finding, in pixels of the picture as sent: the weights' manifests say the same. */
const faceSideMinPx = 40

/** Nobody is followed: every size from the smallest that can be read, or that the cascade knows. */
export function wholeSearch({ numerator, denominator }: Scale): Search {
  const smallestPx = Math.max(windowPx, (faceSideMinPx * numerator) / denominator)
  return { factors: ladder(smallestPx, sideMaxPx, wholeRatio), stepPx: 0, hitsAbove: wholeHitsAbove }
}

/** A face is followed and the whole picture is looked over for others: those half as large or larger count. */
export function otherFacesSearch(followedSidePx: number): Search {
  const smallestPx = Math.max(windowPx, followedSidePx / 2)
  return { factors: ladder(smallestPx, sideMaxPx, wholeRatio), stepPx: 0, hitsAbove: wholeHitsAbove }
}

/** Around the last size: a head moves by less than an eighth of its distance between two frames. */
const nearRatios = [0.88, 1, 1.14]

/** The usual search of a frame: near the last place and size, every second row and column. */
export function regionSearch(followedSidePx: number): Search {
  return { factors: rungsAround(followedSidePx, nearRatios), stepPx: 2, hitsAbove: 1 }
}

const carefulRatios = [0.7, 0.77, 0.85, 0.93, 1.02, 1.12, 1.24, 1.36]

/** When that fails: more sizes and every pixel. A face was here a frame ago, so few hits convince. */
export function carefulSearch(followedSidePx: number): Search {
  return { factors: rungsAround(followedSidePx, carefulRatios), stepPx: 1, hitsAbove: 1 }
}
