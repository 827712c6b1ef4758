/**
 * Many hits around one face become one box, as OpenCV's groupRectangles does it: hits that overlap closely are one
 * class (transitively), a class is averaged, and a small box inside a better supported one is dropped. All boxes are square.
 */

/** A square found by the cascade, in pixels of the searched plane. */
export interface Square {
  xPx: number
  yPx: number
  sidePx: number
}

/** An averaged square and how many hits stand behind it. */
export interface FoundSquare extends Square {
  hitCount: number
}

/** OpenCV's tolerance: corners may differ by this share of the smaller side. */
const tolerance = 0.2

/**
 * The boxes of more than `hitsAbove` hits, the best supported first. `hits` holds `hitCount` triples (x, y, side).
 * Quadratic in the hits, which the search bounds (`hitsMax` of cascade.as.ts).
 */
export function group(hits: Int32Array, hitCount: number, hitsAbove: number): FoundSquare[] {
  const parent = new Int32Array(hitCount)
  for (let i = 0; i < hitCount; i++) {
    parent[i] = i
    for (let j = 0; j < i; j++) {
      if (similar(hits, i, j)) parent[rootOf(parent, i)] = rootOf(parent, j)
    }
  }
  const sums = new Map<number, FoundSquare>()
  for (let i = 0; i < hitCount; i++) {
    const root = rootOf(parent, i)
    const sum = sums.get(root) ?? { xPx: 0, yPx: 0, sidePx: 0, hitCount: 0 }
    sum.xPx += hits[3 * i]!
    sum.yPx += hits[3 * i + 1]!
    sum.sidePx += hits[3 * i + 2]!
    sum.hitCount++
    sums.set(root, sum)
  }
  const boxes = [...sums.values()]
    .filter((sum) => sum.hitCount > hitsAbove)
    .map(({ xPx, yPx, sidePx, hitCount }) => ({
      xPx: Math.round(xPx / hitCount),
      yPx: Math.round(yPx / hitCount),
      sidePx: Math.round(sidePx / hitCount),
      hitCount
    }))
  return boxes
    .filter((box) => !boxes.some((other) => other !== box && swallows(other, box)))
    .sort((a, b) => b.hitCount - a.hitCount || b.sidePx - a.sidePx || a.yPx - b.yPx || a.xPx - b.xPx)
}

function similar(hits: Int32Array, i: number, j: number): boolean {
  const x = hits[3 * i]! - hits[3 * j]!
  const y = hits[3 * i + 1]! - hits[3 * j + 1]!
  const sideI = hits[3 * i + 2]!
  const sideJ = hits[3 * j + 2]!
  const distance = tolerance * Math.min(sideI, sideJ)
  return (
    Math.abs(x) <= distance &&
    Math.abs(y) <= distance &&
    Math.abs(x + sideI - sideJ) <= distance &&
    Math.abs(y + sideI - sideJ) <= distance
  )
}

/** The class a hit belongs to; the path to it is halved on the way. */
function rootOf(parent: Int32Array, start: number): number {
  let i = start
  while (parent[i] !== i) {
    parent[i] = parent[parent[i]!]!
    i = parent[i]!
  }
  return i
}

/** Whether `box` lies inside `other`, and `other` is better supported or `box` hardly is. */
function swallows(other: FoundSquare, box: FoundSquare): boolean {
  const margin = Math.round(other.sidePx * tolerance)
  return (
    box.xPx >= other.xPx - margin &&
    box.yPx >= other.yPx - margin &&
    box.xPx + box.sidePx <= other.xPx + other.sidePx + margin &&
    box.yPx + box.sidePx <= other.yPx + other.sidePx + margin &&
    (other.hitCount > Math.max(3, box.hitCount) || box.hitCount < 3)
  )
}
