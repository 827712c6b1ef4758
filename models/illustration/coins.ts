/**
 * A stack of coins of an exact height, seen from the side, so that its top is one straight edge. Each coin is the same share of a percent; the last may be a slice.
 */
import { seededRandom } from "./random.ts"
import { path, rectangle, round } from "./svg.ts"
import type { ObjectShape } from "./tree.ts"

/** Pixels of one coin's rim at the usual detail; the stack looks like coins between 8 and 24. */
const rims = [24, 17, 12] as const

export const drawCoins = (shape: ObjectShape): string => {
  const { height, width, ramp } = shape
  if (height < 1) return ""
  const random = seededRandom(shape.seed)
  const rim = rims[shape.detail as 0 | 1 | 2]
  const left = -width / 2
  let drawn = rectangle(left, -height, width, height, ramp[2])
  for (let from = 0; from < height; from += rim) {
    const tall = Math.min(rim, height - from)
    const top = -from - tall
    const inset = from + tall >= height || from === 0 ? 0 : random() * width * 0.012
    drawn += rectangle(left + inset, top, width - inset * 2, tall, ramp[3])
    drawn += rectangle(left + inset, top, width - inset * 2, Math.max(1, tall * 0.22), ramp[4])
    drawn += rectangle(left + inset, top + tall * 0.82, width - inset * 2, tall * 0.18, ramp[1])
    let notches = ""
    const pitch = Math.max(5, width / 34)
    for (let x = left + inset + pitch * (0.5 + random() * 0.5); x < width / 2 - inset - 2; x += pitch) {
      notches += `M${round(x)} ${round(top + tall * 0.28)}h${round(pitch * 0.32)}v${round(tall * 0.5)}h${round(-pitch * 0.32)}Z`
    }
    if (tall > 6) drawn += path(notches, ramp[2], ' opacity="0.75"')
  }
  // A cylinder: light falls from the left, both rims turn away.
  drawn += rectangle(left, -height, width * 0.12, height, ramp[0], ' opacity="0.35"')
  drawn += rectangle(left + width * 0.18, -height, width * 0.16, height, ramp[5], ' opacity="0.45"')
  drawn += rectangle(left + width * 0.22, -height, width * 0.06, height, "#fffbe8", ' opacity="0.4"')
  drawn += rectangle(left + width * 0.72, -height, width * 0.28, height, ramp[0], ' opacity="0.28"')
  drawn += rectangle(left + width * 0.88, -height, width * 0.12, height, ramp[0], ' opacity="0.35"')
  return drawn
}
