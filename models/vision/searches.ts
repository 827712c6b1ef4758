/**
 * The four searches of the face detector and what each costs and finds: numbers measured by `bench/cascade.ts` and
 * `bench/vision.ts`, tabled in docs/vision.md. A search is data; `infra/vision/detector-wasm.ts` runs it.
 */
import { ladder, type Search, windowPx } from "../cascade/ladder.ts"
import { sideMaxPx } from "./scale.ts"

/** Between sizes of a whole search. OpenCV's 1.1 costs twice as much and finds no more faces that can be read. */
export const wholeRatio = 1.2

/**
 * Hits a face needs more than to be followed. Of faces in real pictures the weakest that could be read had six, mostly
 * they have 20 to 80; foliage and shelves have up to five.
 */
export const wholeHitsAbove = 5

/** Nobody is followed: every size the cascade knows. Faces too small to be read are found too, to say so. */
export const wholeSearch: Search = {
  factors: ladder(windowPx, sideMaxPx, wholeRatio),
  stepPx: 0,
  hitsAbove: wholeHitsAbove
}

/** A face is followed and the whole picture is looked over for others: those half as large or larger count. */
export function otherFacesSearch(followedSidePx: number): Search {
  const smallestPx = Math.max(windowPx, followedSidePx / 2)
  return { factors: ladder(smallestPx, sideMaxPx, wholeRatio), stepPx: 0, hitsAbove: wholeHitsAbove }
}

/**
 * Sizes searched for near the last one. They lie on one grid of powers of 1.1, OpenCV's usual ratio, so that the box
 * depends on the picture alone; sizes relative to the last box would drift with every frame.
 */
const regionRatio = 1.1

/** The usual search of a frame: three sizes, every second row and column. A head's distance hardly changes in a frame. */
export function regionSearch(followedSidePx: number): Search {
  return { factors: near(followedSidePx, 0.87, 1.16), stepPx: 2, hitsAbove: 1 }
}

/** When that fails: seven sizes and every pixel. A face was here a frame ago, so few hits convince. */
export function carefulSearch(followedSidePx: number): Search {
  return { factors: near(followedSidePx, 0.7, 1.42), stepPx: 1, hitsAbove: 1 }
}

function near(sidePx: number, from: number, to: number): number[] {
  return ladder(from * sidePx, Math.max(windowPx, to * sidePx), regionRatio)
}
