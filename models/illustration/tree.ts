/**
 * A tree of an exact height and an exact crown width: branches by space colonization, clumps of leaves where the branches reached, light from the upper left.
 * Local coordinates: the foot is at 0,0 and up is −y. It draws nothing higher than `height` or wider than `width`, and one clump touches each of those bounds.
 */
import { colonize, type Point } from "./colonization.ts"
import type { Season } from "./look.ts"
import type { Ramp } from "./palette.ts"
import { seededRandom } from "./random.ts"
import { path, round, stroke } from "./svg.ts"

export interface ObjectShape {
  readonly height: number
  readonly width: number
  readonly ramp: Ramp
  readonly seed: number
  readonly season: Season
  /** 0 few, 1 usual, 2 many. */
  readonly detail: number
  /** How many objects share the picture's budget of shapes. */
  readonly siblings: number
}

interface Clump extends Point {
  readonly radius: number
  /** Depth of the crown's near surface, 0 at the rim and 1 in the middle. */
  readonly depth: number
  readonly light: number
}

/** Clumps in a whole picture: three paths each, which is about 100 ms of drawing on one core. */
const clumpsMax = [480, 800, 1400] as const
/** Below this height, in pixels, there is no room for clumps: the object is a low hedge of plain shape. */
const clumpedHeightMin = 26

const widest = 0.44
/** Half the crown's width at a share of its height, as a part of the largest: an egg standing on its blunt end. */
const envelope = (share: number): number => {
  const low = share < widest
  const from = low ? (widest - share) / widest : (share - widest) / (1 - widest)
  return Math.max(0, 1 - Math.min(1, from) ** (low ? 2 : 2.3)) ** (low ? 0.56 : 0.47)
}

const bumps = 8
const flat = Math.cos(Math.PI / bumps)
/** A clump's outline: eight bumps that stay within the radius. Relative coordinates in tenths: half the text of absolute ones. */
const scallop = (x: number, y: number, radius: number, random: () => number): string => {
  const turn = random() * Math.PI
  const at = radius * 8.4
  const out = radius * 19.8 - at * flat
  let beforeX = Math.round(x * 10 + Math.cos(turn) * at)
  let beforeY = Math.round(y * 10 + Math.sin(turn) * at)
  let d = `M${beforeX / 10} ${beforeY / 10}q`
  for (let bump = 1; bump <= bumps; bump += 1) {
    const angle = turn + (bump / bumps) * Math.PI * 2
    const middle = angle - Math.PI / bumps
    const px = Math.round(x * 10 + Math.cos(angle) * at)
    const py = Math.round(y * 10 + Math.sin(angle) * at)
    const cx = Math.round(x * 10 + Math.cos(middle) * out)
    const cy = Math.round(y * 10 + Math.sin(middle) * out)
    d += `${(cx - beforeX) / 10} ${(cy - beforeY) / 10} ${(px - beforeX) / 10} ${(py - beforeY) / 10} `
    beforeX = px
    beforeY = py
  }
  return `${d}z`
}

const disc = (x: number, y: number, radius: number): string => {
  const r = round(radius)
  return `M${round(x - radius)} ${round(y)}a${r} ${r} 0 1 1 ${round(radius * 2)} 0a${r} ${r} 0 1 1 ${round(-radius * 2)} 0Z`
}

const leaf = (x: number, y: number, size: number, angle: number): string => {
  const dx = Math.cos(angle) * size
  const dy = Math.sin(angle) * size
  return `M${round(x - dx)} ${round(y - dy)}q${round(dx - dy * 0.7)} ${round(dy + dx * 0.7)} ${round(dx * 2)} ${round(dy * 2)}q${round(-dx + dy * 0.7)} ${round(-dy - dx * 0.7)} ${round(-dx * 2)} ${round(-dy * 2)}Z`
}

/** A hedge: flat top at the exact height. */
const hedge = (shape: ObjectShape): string => {
  const { width, height, ramp } = shape
  const corner = Math.min(height * 0.8, width * 0.2)
  const body = (inset: number, from: number) =>
    `M${round(-width / 2 + inset)} ${-from}V${round(-height + corner + inset)}Q${round(-width / 2 + inset)} ${round(-height + inset)} ${round(-width / 2 + corner)} ${round(-height + inset)}H${round(width / 2 - corner)}Q${round(width / 2 - inset)} ${round(-height + inset)} ${round(width / 2 - inset)} ${round(-height + corner + inset)}V${-from}Z`
  const inner = height > 8 ? path(body(Math.min(3, height * 0.2), 0), ramp[3]) : ""
  return path(body(0, 0), ramp[2]) + inner
}

const clumpsOf = (
  shape: ObjectShape,
  crownFrom: number,
  random: () => number
): { clumps: Clump[]; radius: number; points: Point[] } => {
  const { width, height } = shape
  const crown = height - crownFrom
  const budget = clumpsMax[shape.detail as 0 | 1 | 2] / Math.max(2, shape.siblings)
  const widthwise = Math.max(width * 0.085, Math.sqrt((0.75 * width * crown) / (0.73 * budget)))
  // Tenths of a pixel, rounded down: coordinates are written in tenths, and no clump may stand out by rounding.
  const hugging = crownFrom === 0
  const radius = Math.floor(Math.min(crown / (hugging ? 2.6 : 2), width / 4, widthwise) * 10) / 10
  const middle = crownFrom + crown * widest
  const half = width / 2 - radius
  // Of the centres of clumps: one radius inside the crown, so that a single clump reaches the very top.
  const inside = (y: number) =>
    hugging && y < middle ? 1 : envelope((y - crownFrom - radius) / Math.max(1, crown - radius * 2))
  // The crown opens below in a flat arch, where the trunk forks into it.
  const arch = hugging ? 0 : Math.min(crown * 0.15, width * 0.2)
  const open = (x: number, y: number) =>
    Math.abs(x) < half * 0.62 * (1 - (y - crownFrom - radius * 0.4) / arch) && y < crownFrom + radius * 0.4 + arch
  const clump = (x: number, y: number): Clump => {
    const nx = x / (width / 2)
    const ny = y > middle ? (y - middle) / (crown * (1 - widest)) : (y - middle) / (crown * widest)
    const depth = Math.sqrt(Math.max(0, 1 - nx * nx - ny * ny))
    return { x, y, radius, depth, light: -0.42 * nx + 0.5 * ny + 0.42 * depth + (random() - 0.5) * 0.34 }
  }
  const clumps: Clump[] = []
  const points: Point[] = []
  // A shaken honeycomb: as irregular as chance, but without its holes.
  const pitch = radius * 0.92
  let row = 0
  for (let y = crownFrom + radius; y <= height - radius; y += pitch * 0.86) {
    row += 1
    for (let x = -half - (row % 2) * pitch * 0.5; x <= half; x += pitch) {
      const at = {
        x: x + (random() - 0.5) * pitch * 0.7,
        y: Math.min(height - radius, Math.max(crownFrom + radius, y + (random() - 0.5) * pitch * 0.7))
      }
      if (Math.abs(at.x) > half * inside(at.y)) continue
      points.push(at)
      if (!hugging && open(at.x, at.y)) continue
      clumps.push(clump(at.x, at.y))
    }
  }
  const rim = Math.max(10, Math.round((width + crown) / radius))
  for (let index = 0; index < rim; index += 1) {
    const angle = (index / rim) * Math.PI * 2 + random() * 0.2
    const rise = Math.sin(angle)
    const center = crownFrom + radius + (crown - radius * 2) * widest
    const y = center + rise * (crown - radius * 2) * (rise > 0 ? 1 - widest : widest)
    const x = Math.sign(Math.cos(angle)) * inside(y) * half
    if (hugging || !open(x, y)) clumps.push(clump(x, y))
  }
  const belt = crownFrom + radius + (crown - radius * 2) * widest
  clumps.push(clump(-half, belt), clump(half, belt), clump(0, height - radius))
  return { clumps, radius, points }
}

/** Trunk and branches, thicker where they carry more tips. */
const wood = (shape: ObjectShape, crownFrom: number, points: readonly Point[], step: number): string => {
  const thick = Math.max(6, shape.width * 0.085)
  const stem: Point[] = []
  const reach = crownFrom * 0.92
  for (let y = 0; y <= reach; y += step) stem.push({ x: 0, y })
  const nodes = colonize(
    stem,
    points.filter((point) => point.y > crownFrom + (shape.height - crownFrom) * 0.28),
    step
  )
  const classes = new Map<number, string>()
  const all = Math.max(1, nodes[0]?.tips ?? 1)
  for (const node of nodes) {
    const parent = nodes[node.parent]!
    if (parent === node || node.y < crownFrom * 0.7) continue
    const width = Math.max(2, Math.round(thick * 0.85 * Math.sqrt(node.tips / all)))
    // A branch may grow past the leaves that it sought; its round end must not be taller than the tree.
    const up = (y: number) => round(-Math.min(y, shape.height - width / 2))
    classes.set(width, `${classes.get(width) ?? ""}M${round(parent.x)} ${up(parent.y)}L${round(node.x)} ${up(node.y)}`)
  }
  const branches = [...classes].map(([width, d]) => stroke(d, "#5b4030", width, ' stroke-linecap="round"')).join("")
  const top = Math.min(shape.height * 0.8, reach)
  const foot = thick * 1.05
  const neck = thick * 0.42
  const trunk = (left: number, right: number) =>
    `M${round(-foot * left)} 0Q${round(-neck * left)} ${round(-thick * 0.9)} ${round(-neck * left)} ${round(-thick * 2)}L${round(-neck * 0.6 * left)} ${round(-top)}H${round(neck * 0.6 * right)}L${round(neck * right)} ${round(-thick * 2)}Q${round(neck * right)} ${round(-thick * 0.9)} ${round(foot * right)} 0Z`
  return (
    branches +
    path(trunk(1, 1), "#5b4030") +
    path(trunk(1, -0.15), "#8a6547") +
    path(trunk(-0.55, 1), "#43301f", ' opacity="0.55"')
  )
}

const flowers: Partial<Record<Season, readonly string[]>> = { spring: ["#fff4f7", "#f9c6d6"], winter: ["#f7fcfd"] }

export const drawTree = (shape: ObjectShape): string => {
  const { height, width, ramp, season } = shape
  if (height < clumpedHeightMin) return height < 1 ? "" : hedge(shape)
  const random = seededRandom(shape.seed)
  const crownFrom = height > width * 0.55 ? Math.round(Math.min(height * 0.26, width * 0.5)) : 0
  const { clumps, radius, points } = clumpsOf(shape, crownFrom, random)
  clumps.sort((a, b) => a.depth - b.depth)
  let shadow = ""
  for (const { x, y } of clumps) shadow += disc(x, -y, radius)
  let leaves = ""
  const blossom = flowers[season]
  for (const clump of clumps) {
    const shade = Math.max(0, Math.min(3, Math.floor((clump.light + 0.42) * 3.1)))
    const { x } = clump
    const y = -clump.y
    leaves += path(scallop(x, y, radius * 0.97, random), ramp[shade] ?? ramp[0])
    leaves += path(scallop(x - radius * 0.14, y - radius * 0.16, radius * 0.66, random), ramp[shade + 1] ?? ramp[5])
    let flecks = ""
    for (let fleck = 0; fleck < 2 + shape.detail * 2; fleck += 1) {
      const angle = random() * Math.PI * 2
      const far = Math.sqrt(random()) * radius * 0.6
      flecks += leaf(
        x - radius * 0.18 + Math.cos(angle) * far,
        y - radius * 0.2 + Math.sin(angle) * far * 0.8,
        radius * 0.13,
        random() * Math.PI
      )
    }
    leaves += path(flecks, ramp[Math.min(5, shade + 2)] ?? ramp[5])
    if (blossom !== undefined && random() < 0.55) {
      const angle = random() * Math.PI * 2
      const bloom = disc(
        x + Math.cos(angle) * radius * 0.4,
        y + Math.sin(angle) * radius * 0.4,
        Math.max(1.6, radius * 0.13)
      )
      leaves += path(bloom, blossom[Math.floor(random() * blossom.length)]!)
    }
  }
  const trunk =
    crownFrom > 0
      ? wood(shape, crownFrom, points, Math.max(6, radius * 0.8))
      : path(
          `M${round(-width / 2 + radius)} 0H${round(width / 2 - radius)}V${round(-radius)}H${round(-width / 2 + radius)}Z`,
          ramp[0]
        )
  return trunk + path(shadow, ramp[0]) + leaves
}
