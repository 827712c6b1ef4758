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
  let drawn = ""
  for (let from = 0; from < height; from += rim) {
    const tall = Math.min(rim, height - from)
    const top = -from - tall
    // The lowest and the highest coin span the whole width, the others lie a little askew within it.
    const edge = from === 0 || from + tall >= height
    const insetLeft = edge ? 0 : random() * width * 0.022
    const insetRight = edge ? 0 : random() * width * 0.022
    const x = left + insetLeft
    const wide = width - insetLeft - insetRight
    drawn += rectangle(x, top, wide, tall, ramp[3])
    drawn += rectangle(x, top, wide, Math.max(1, tall * 0.2), ramp[4])
    drawn += rectangle(x, top + tall * 0.84, wide, tall * 0.16, ramp[1])
    let notches = ""
    const pitch = Math.max(5, width / 38)
    for (let at = x + pitch * (0.4 + random() * 0.6); at < x + wide - pitch * 0.4; at += pitch) {
      notches += `M${round(at)} ${round(top + tall * 0.3)}h${round(pitch * 0.3)}v${round(tall * 0.46)}h${round(-pitch * 0.3)}Z`
    }
    if (tall > 6) drawn += path(notches, ramp[2], ' opacity="0.7"')
  }
  // A cylinder: light falls from the left, both rims turn away.
  const shade = `round${shape.seed}`
  drawn +=
    `<linearGradient id="${shade}" x1="0" y1="0" x2="1" y2="0">` +
    `<stop offset="0" stop-color="${ramp[0]}" stop-opacity="0.62"/><stop offset="0.14" stop-color="${ramp[0]}" stop-opacity="0.12"/>` +
    `<stop offset="0.28" stop-color="#fffbe8" stop-opacity="0.62"/><stop offset="0.42" stop-color="#fffbe8" stop-opacity="0.08"/>` +
    `<stop offset="0.7" stop-color="${ramp[0]}" stop-opacity="0.14"/><stop offset="1" stop-color="${ramp[0]}" stop-opacity="0.72"/></linearGradient>`
  return drawn + rectangle(left, -height, width, height, `url(#${shade})`)
}
