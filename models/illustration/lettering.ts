/**
 * Lettering: text as outlines of the font in `fonts/`, so a picture looks the same everywhere and its widths are known before it is drawn.
 * It lays out left to right only, and draws nothing for a character that the font lacks: ask `canLetter` first.
 */
import outlines from "./fonts/outlines.json" with { type: "json" }

export type Weight = "semiBold" | "extraBold"

interface Glyph {
  /** In thousandths of an em. */
  readonly advance: number
  readonly outline: string
}
interface Face {
  readonly glyphs: ReadonlyMap<string, Glyph>
  readonly kerning: Readonly<Record<string, number>>
}

const faceOf = (weight: Weight): Face => {
  const glyphs = new Map<string, Glyph>()
  for (const [character, entry] of Object.entries(outlines[weight].glyphs)) {
    const space = entry.indexOf(" ")
    glyphs.set(character, {
      advance: Number(space < 0 ? entry : entry.slice(0, space)),
      outline: space < 0 ? "" : entry.slice(space + 1)
    })
  }
  return { glyphs, kerning: outlines[weight].kerning }
}
const faces: Record<Weight, Face> = { semiBold: faceOf("semiBold"), extraBold: faceOf("extraBold") }

const substitutes: Readonly<Record<string, string>> = {
  "\u202f": "\u00a0",
  "\u2009": "\u00a0",
  "\u2010": "-",
  "\u2011": "-",
  "₸": "T"
}
const glyphOf = (face: Face, character: string) =>
  face.glyphs.get(character) ?? face.glyphs.get(substitutes[character] ?? "")

/** True when the font has every character of the text. */
export const canLetter = (text: string): boolean =>
  [...text].every((character) => glyphOf(faces.semiBold, character) !== undefined)

/** Width of a line in pixels at a size in pixels per em, kerning included. */
export const widthOf = (text: string, weight: Weight, size: number): number => {
  const face = faces[weight]
  let width = 0
  let before = ""
  for (const character of text) {
    width += (glyphOf(face, character)?.advance ?? 0) + (face.kerning[before + character] ?? 0)
    before = character
  }
  return (width * size) / 1000
}

export interface Line {
  readonly text: string
  readonly x: number
  /** Baseline of the letters. */
  readonly y: number
  readonly size: number
  readonly weight: Weight
  readonly anchor?: "start" | "middle" | "end"
}

/** The line as one path. Outlines stay in thousandths of an em and are scaled by a transform, which costs nothing to write. */
export const letters = (line: Line, fill: string): string => {
  const face = faces[line.weight]
  const width = line.anchor === undefined || line.anchor === "start" ? 0 : widthOf(line.text, line.weight, line.size)
  const x = line.x - (line.anchor === "middle" ? width / 2 : line.anchor === "end" ? width : 0)
  let pen = 0
  let before = ""
  let d = ""
  for (const character of line.text) {
    const glyph = glyphOf(face, character)
    if (glyph === undefined) continue
    pen += face.kerning[before + character] ?? 0
    // Every outline begins with a relative move, so a move to the pen's place makes it absolute.
    if (glyph.outline !== "") d += `M${pen} 0${glyph.outline}`
    pen += glyph.advance
    before = character
  }
  return d === ""
    ? ""
    : `<path fill="${fill}" transform="translate(${x.toFixed(1)} ${line.y.toFixed(1)}) scale(${(line.size / 1000).toFixed(5)})" d="${d}"/>`
}

const vowels = /[аеёиоуыэюяaeiouy]/iu

const isLetter = (character: string | undefined) => /\p{L}/u.test(character ?? "")
/** A part of a word may begin with one consonant and a vowel: «корпоратив-ные», "allo-cated". */
const isSyllable = (first: string | undefined, second: string | undefined) =>
  isLetter(first) && !vowels.test(first!) && !/[ьъй]/i.test(first!) && vowels.test(second ?? "")

/** Cuts a word that is wider than the line, before a syllable where it can, with a hyphen. */
const hyphenate = (word: string, weight: Weight, size: number, width: number): string[] => {
  const parts: string[] = []
  let rest = word
  while (widthOf(rest, weight, size) > width && rest.length > 3) {
    let fit = rest.length - 2
    while (fit > 2 && widthOf(`${rest.slice(0, fit)}-`, weight, size) > width) fit -= 1
    let cut = fit
    while (cut > 2 && !(isLetter(rest[cut - 1]) && isSyllable(rest[cut], rest[cut + 1]))) cut -= 1
    if (cut <= 2) cut = fit
    const head = rest.slice(0, cut)
    parts.push(/[-–/]$/.test(head) ? head : `${head}-`)
    rest = rest.slice(cut)
  }
  return [...parts, rest]
}

/** Wraps words into lines no wider than `width`; a single word that is wider is hyphenated. No-break spaces hold. */
export const wrap = (text: string, weight: Weight, size: number, width: number): string[] => {
  const words = text
    .split(/[ \n]+/)
    .flatMap((word) => (widthOf(word, weight, size) > width ? hyphenate(word, weight, size, width) : [word]))
  const lines: string[] = []
  let line = ""
  for (const word of words) {
    const longer =
      line === ""
        ? word
        : line.endsWith("-") && !text.includes(`${line.split(" ").at(-1)} `)
          ? `${line} ${word}`
          : `${line} ${word}`
    if (line !== "" && widthOf(longer, weight, size) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return line === "" ? lines : [...lines, line]
}

/** The largest size at which the text wraps into at most `linesMax` lines, and those lines; at the smallest size the rest is kept, however many. */
export const fitted = (
  text: string,
  weight: Weight,
  width: number,
  linesMax: number,
  sizeMax: number,
  sizeMin: number
): { readonly size: number; readonly lines: readonly string[] } => {
  for (let size = sizeMax; size > sizeMin; size -= 1) {
    const widest = Math.max(...text.split(" ").map((word) => widthOf(word, weight, size)))
    const lines = wrap(text, weight, size, width)
    if (lines.length <= linesMax && widest <= width) return { size, lines }
  }
  return { size: sizeMin, lines: wrap(text, weight, sizeMin, width) }
}
