/**
 * How a picture looks, as far as a manager may choose it. Nothing here can change a height: heights come from the yields alone.
 */

export const scenes = ["trees", "coins", "skyline"] as const
export type Scene = (typeof scenes)[number]

export const seasons = ["spring", "summer", "autumn", "winter"] as const
export type Season = (typeof seasons)[number]

export const paletteNames = ["meadow", "ocean", "sunset", "lavender", "graphite"] as const
export type PaletteName = (typeof paletteNames)[number]

export const colourNames = ["green", "blue", "teal", "red", "orange", "gold", "pink", "violet", "grey"] as const
export type ColourName = (typeof colourNames)[number]

export const orders = ["asGiven", "ascending", "descending"] as const
export type Order = (typeof orders)[number]

export interface Look {
  readonly scene: Scene
  readonly season: Season
  readonly palette: PaletteName
  /** Colour of crowns, buildings or coins instead of the season's own; null for the season's. */
  readonly colour: ColourName | null
  readonly order: Order
  /** 0 is the usual size of the labels; each step is a tenth more or less. */
  readonly labelSteps: number
  /** 0 few, 1 usual, 2 many. */
  readonly detail: number
}

export const labelStepsMin = -2
/** Three tenths more is what still fits under twelve products. */
export const labelStepsMax = 3
export const detailMax = 2

export const defaultLook: Look = {
  scene: "trees",
  season: "summer",
  palette: "meadow",
  colour: null,
  order: "asGiven",
  labelSteps: 0,
  detail: 1
}
