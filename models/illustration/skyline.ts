/**
 * A building of an exact height with a flat roof. Windows are decoration: their number says nothing, and the picture claims nothing of them.
 */
import { seededRandom } from "./random.ts"
import { path, rectangle, round } from "./svg.ts"
import type { ObjectShape } from "./tree.ts"

const pitches = [44, 32, 24] as const

export const drawBuilding = (shape: ObjectShape): string => {
  const { height, width, ramp } = shape
  if (height < 1) return ""
  const random = seededRandom(shape.seed)
  const left = -width / 2
  const split = width * 0.68
  let drawn =
    rectangle(left, -height, split, height, ramp[2]) + rectangle(left + split, -height, width - split, height, ramp[1])
  const cornice = Math.min(10, height * 0.5)
  drawn +=
    rectangle(left, -height, split, cornice, ramp[4]) +
    rectangle(left + split, -height, width - split, cornice, ramp[3])
  if (height < 40) return drawn
  const pitch = pitches[shape.detail as 0 | 1 | 2] * Math.min(1, Math.max(0.6, width / 220))
  const style = Math.floor(random() * 3)
  let lit = ""
  let dark = ""
  let side = ""
  const plinth = Math.min(34, height * 0.2)
  const rows = Math.max(1, Math.floor((height - cornice - plinth - 14) / pitch))
  const rowPitch = (height - cornice - plinth - 14) / rows
  const windows = (from: number, wide: number, put: (d: string) => void) => {
    const columns = Math.max(1, Math.floor(wide / (pitch * (style === 2 ? 1.5 : 1))))
    const columnPitch = wide / columns
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const w = columnPitch * (style === 1 ? 0.8 : 0.56)
        const h = rowPitch * (style === 2 ? 0.45 : 0.58)
        put(
          `M${round(from + column * columnPitch + (columnPitch - w) / 2)} ${round(-height + cornice + 10 + row * rowPitch)}h${round(w)}v${round(h)}h${round(-w)}Z`
        )
      }
    }
  }
  windows(left + width * 0.05, split - width * 0.1, (d) => {
    if (random() < 0.3) lit += d
    else dark += d
  })
  windows(left + split + width * 0.03, width - split - width * 0.06, (d) => {
    side += d
  })
  drawn += path(dark, ramp[5], ' opacity="0.75"') + path(lit, "#ffe9a3") + path(side, ramp[3], ' opacity="0.8"')
  const door = Math.min(width * 0.12, 30)
  drawn +=
    rectangle(left + split / 2 - door, -plinth, door * 2, plinth, ramp[0]) +
    rectangle(left + split / 2 - door * 0.8, -plinth * 0.86, door * 0.7, plinth * 0.86, "#ffe9a3", ' opacity="0.8"')
  drawn += rectangle(
    left + split / 2 + door * 0.1,
    -plinth * 0.86,
    door * 0.7,
    plinth * 0.86,
    "#ffe9a3",
    ' opacity="0.8"'
  )
  return drawn
}
