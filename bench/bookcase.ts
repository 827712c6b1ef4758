/**
 * A bookcase, as it stands behind many who call: edges and letters that a decoder and a search of the whole picture are busy with.
 * Drawn, the same for the same seed.
 */
import { Resvg } from "@resvg/resvg-js"

const shelfPx = 180
const spineMinPx = 14
const spineMaxPx = 46

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** PNG of `widthPx` x `heightPx`: shelves of books whose spines have bands and letters. */
export function bookcase(widthPx: number, heightPx: number, seed: number): Uint8Array {
  const chance = chanceOf(seed)
  const between = (least: number, most: number) => least + chance() * (most - least)
  const colour = (lightness: number) =>
    `hsl(${Math.round(between(0, 360))} ${Math.round(between(10, 55))}% ${Math.round(lightness)}%)`
  const parts = [`<rect width="${widthPx}" height="${heightPx}" fill="#3a2c20"/>`]
  for (let shelf = 0; shelf * shelfPx < heightPx; shelf++) {
    const board = (shelf + 1) * shelfPx - 12
    for (let x = 0; x < widthPx; ) {
      const width = between(spineMinPx, spineMaxPx)
      const height = between(0.6, 0.95) * (shelfPx - 12)
      const top = board - height
      parts.push(`<rect x="${x}" y="${top}" width="${width}" height="${height}" fill="${colour(between(18, 75))}"/>`)
      for (const at of [0.1, 0.86])
        parts.push(
          `<rect x="${x}" y="${top + at * height}" width="${width}" height="4" fill="${colour(between(40, 90))}"/>`
        )
      const letterPx = Math.min(0.6 * width, 24)
      const letterCount = Math.floor((0.6 * height) / (0.75 * letterPx))
      const letters = Array.from({ length: letterCount }, () => String.fromCharCode(Math.floor(between(65, 91)))).join(
        ""
      )
      const turned = `translate(${x + 0.3 * width} ${top + 0.18 * height}) rotate(90)`
      const font = `font-size="${letterPx}" font-family="DejaVu Sans"`
      parts.push(`<text transform="${turned}" ${font} fill="${colour(between(60, 95))}">${letters}</text>`)
      x += width + 1
    }
    parts.push(`<rect y="${board}" width="${widthPx}" height="12" fill="#6b4f36"/>`)
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${parts.join("")}</svg>`
  return new Resvg(svg, { font: { loadSystemFonts: true } }).render().asPng()
}
