/**
 * Colours of a picture by palette, season and chosen colour. Skies are plain vertical gradients, so that a top against the sky can be found in the pixels.
 */
import type { ColourName, Look, PaletteName, Season } from "./look.ts"

export interface Palette {
  readonly skyTop: string
  readonly skyBottom: string
  readonly ink: string
  readonly inkSoft: string
  readonly grid: string
  readonly grassTop: string
  readonly grassBottom: string
  readonly panel: string
  readonly panelDeep: string
  readonly panelInk: string
  readonly panelInkSoft: string
  readonly accent: string
  readonly danger: string
  readonly earthTop: string
  readonly earthBottom: string
}

const light = {
  ink: "#12303f",
  inkSoft: "#3f5d6b",
  danger: "#ff9d8a",
  panelInk: "#ffffff",
  panelInkSoft: "#c9d8dc",
  accent: "#ffd45e"
}

const palettes: Record<PaletteName, Palette> = {
  meadow: {
    ...light,
    skyTop: "#bfe3ef",
    skyBottom: "#f2faf6",
    grid: "#9fc3cc",
    grassTop: "#a8cf6c",
    grassBottom: "#5d9a4d",
    panel: "#17423c",
    panelDeep: "#0f302c",
    earthTop: "#d8bd97",
    earthBottom: "#b8966c"
  },
  ocean: {
    ...light,
    skyTop: "#b5d6f2",
    skyBottom: "#f3f9ff",
    grid: "#98b9d6",
    grassTop: "#8fcdb9",
    grassBottom: "#3f8f8b",
    panel: "#103a5c",
    panelDeep: "#0a2944",
    earthTop: "#d5c6a8",
    earthBottom: "#a89a82"
  },
  sunset: {
    ...light,
    ink: "#4a2233",
    inkSoft: "#7a4d57",
    skyTop: "#f6c9a6",
    skyBottom: "#fff4e4",
    grid: "#dba98f",
    grassTop: "#c9b866",
    grassBottom: "#8c8a45",
    panel: "#4c2438",
    panelDeep: "#361627",
    earthTop: "#d9b08c",
    earthBottom: "#a97e5f"
  },
  lavender: {
    ...light,
    ink: "#2f2750",
    inkSoft: "#5a5280",
    skyTop: "#d6cdf0",
    skyBottom: "#faf7ff",
    grid: "#b3a8d6",
    grassTop: "#a9c98a",
    grassBottom: "#6a9a6c",
    panel: "#352b5c",
    panelDeep: "#241c45",
    earthTop: "#cfb9ad",
    earthBottom: "#a38d86"
  },
  graphite: {
    ...light,
    ink: "#f1f6f8",
    inkSoft: "#b9c7ce",
    skyTop: "#1d2b36",
    skyBottom: "#3b5563",
    grid: "#587180",
    grassTop: "#6b8f5a",
    grassBottom: "#3d6047",
    panel: "#111b22",
    panelDeep: "#0a1116",
    earthTop: "#7d6c5c",
    earthBottom: "#564a40"
  }
}

const seasonGround: Record<Season, Partial<Palette>> = {
  spring: {},
  summer: {},
  autumn: { grassTop: "#cdbb68", grassBottom: "#93874a" },
  winter: { grassTop: "#c6dae4", grassBottom: "#9fbccb" }
}

export const paletteOf = (look: Look): Palette => ({ ...palettes[look.palette], ...seasonGround[look.season] })

/** Shades of one foliage, façade or metal from deepest shadow to highest light. */
export type Ramp = readonly [string, string, string, string, string, string]

const ramps: Record<ColourName, Ramp> = {
  green: ["#14452a", "#1f6136", "#2f7f40", "#4b9c46", "#79bb4f", "#aed76b"],
  teal: ["#0d4145", "#14595b", "#1f7876", "#379a8f", "#67bda8", "#a2dcc5"],
  blue: ["#153463", "#1f4b86", "#2d66ab", "#4b86c9", "#7daae0", "#b4d2f3"],
  red: ["#5c1620", "#83222a", "#ab3635", "#cc5346", "#e27f66", "#f4b196"],
  orange: ["#6b2e0b", "#934510", "#bb6219", "#dc852c", "#f0a850", "#fccf88"],
  gold: ["#6d4a08", "#93680d", "#b98a17", "#dbac2d", "#f0cb58", "#fbe599"],
  pink: ["#6b2547", "#943a63", "#ba5682", "#d97ba3", "#eea3c1", "#fbd0df"],
  violet: ["#35235f", "#4c3684", "#6850a8", "#8a73c6", "#ae9cdf", "#d5caf3"],
  grey: ["#2c363b", "#435056", "#5f6d74", "#808e95", "#a6b2b8", "#d0d8dc"]
}
const winterPine: Ramp = ["#123a3c", "#1c5050", "#2c6a68", "#4b8a86", "#8fbdbb", "#e3f2f3"]
const springGreen: Ramp = ["#235a2a", "#34762f", "#4d953a", "#74b34a", "#a2d064", "#d0e88f"]
/** What lost value: withered, in no season's colour. */
export const witheredRamp: Ramp = ["#4a1d1a", "#672a22", "#86392c", "#a34f3a", "#bd6c50", "#d59472"]

/** The ramps an object may take its shades from, in turn by product. */
export const rampsOf = (look: Look): readonly Ramp[] => {
  if (look.colour !== null) return [ramps[look.colour]]
  if (look.scene === "coins") return [ramps.gold]
  if (look.scene === "skyline") return [ramps.blue, ramps.teal, ramps.violet, ramps.grey, ramps.orange]
  if (look.season === "autumn") return [ramps.orange, ramps.red, ramps.gold]
  if (look.season === "winter") return [winterPine]
  return [look.season === "spring" ? springGreen : ramps.green]
}
