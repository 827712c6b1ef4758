/**
 * What fits on an edge: it bears as many conferences of 1080p JPEG as its machine was measured to, and each weighs what the codec that
 * it named costs beside JPEG. Effect-free: it assigns nothing. What a conference truly takes is not known here; the edge's load tells.
 */
import type { Codec } from "../machines/wire.ts"

/** In thousandths of a conference of 1080p JPEG: whole, so that sums are exact in any order. */
export type CodecWeights = Readonly<Record<Codec, number>>

export const jpegWeight = 1_000
/** Where nobody measured the machine: the proportions of the table in `docs/sizing.md`. */
export const weightsUnmeasured: CodecWeights = { jpeg: jpegWeight, gray8: 360, h264: 1_880, vp8: 2_490 }
/** However light they are: ten cores' worth of JPEG, for each of which an edge has a socket (`infra/edge/edge.ts`). */
export const conferencesMax = 160

export interface EdgeRoom {
  /** Conferences of 1080p JPEG that it bears, 1 to `conferencesMax`. */
  readonly capacity: number
  /** Weight of each conference that it has, by id. */
  readonly conferences: ReadonlyMap<string, number>
}

/** What its conferences weigh together. */
export const weightOn = ({ conferences }: EdgeRoom): number =>
  [...conferences.values()].reduce((sum, weight) => sum + weight, 0)

/** The part of its capacity that is taken, 0 to 1; more where a single conference is too heavy for it. */
export const filledShare = (edge: EdgeRoom): number => weightOn(edge) / (jpegWeight * edge.capacity)

const fitting = (edge: EdgeRoom, weight: number) => Math.floor((jpegWeight * edge.capacity - weightOn(edge)) / weight)

/**
 * How many more conferences of this weight it takes. One that is heavier than any edge's capacity would be refused for ever,
 * so an edge that has none takes any.
 */
export function roomFor(edge: EdgeRoom, weight: number): number {
  const { size } = edge.conferences
  const fit = Math.max(fitting(edge, weight), size === 0 ? 1 : 0)
  return Math.max(0, Math.min(fit, conferencesMax - size))
}

/** It would be too heavy, and is taken only because it is alone there. */
export const overfills = (edge: EdgeRoom, weight: number): boolean => fitting(edge, weight) < 1
