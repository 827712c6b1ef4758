/**
 * What an engine of illustrations takes and gives. The procedural engine is the default; a learned one would stand behind the same words.
 * An engine never hands out a picture whose measured heights lie: it fails instead.
 */
import type { Brief } from "./brief.ts"
import type { Look } from "./look.ts"

/** A drawn and measured picture. */
export interface Drawing {
  readonly engineVersion: string
  readonly seed: number
  /** 1920×1080, self-contained: letters are outlines. */
  readonly svg: string
  /** SHA-256 of the SVG's UTF-8 bytes, lower-case hex. */
  readonly sha256: string
  readonly pngWide: Uint8Array
  readonly pngSquare: Uint8Array
  /** Signed heights in pixels of the 1920×1080 raster, by product of the brief. */
  readonly heightsPx: readonly number[]
  readonly upperHeightsPx: readonly (number | null)[]
  /** The row that they stand on, and the columns that each has to itself, in the same raster: where to measure. */
  readonly baselinePx: number | null
  readonly columnsPx: readonly (readonly [number, number])[]
  /** The worse of the two rasters. */
  readonly lieFactor: number
  /** From the call to the measured 1920×1080 PNG, in milliseconds. */
  readonly elapsedMs: number
}

export interface DrawOptions {
  /** Aborting it ends the work at once; the answer is then a rejection with `DrawingCancelled`. */
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

export interface Illustrator {
  draw(brief: Brief, look: Look, seed: number, options?: DrawOptions): Promise<Drawing>
}

/** A newer prompt took its place, or the caller gave it up. */
export class DrawingCancelled extends Error {
  override readonly name = "DrawingCancelled"
  constructor() {
    super("Cannot finish the picture: it was cancelled. Ask for a new one")
  }
}
export class DrawingTimedOut extends Error {
  override readonly name = "DrawingTimedOut"
  constructor(timeoutMs: number) {
    super(`Cannot finish the picture: it took longer than ${timeoutMs} ms. Ask again, with fewer details or products`)
  }
}
/** The measurement on the pixels failed; nobody gets to see such a picture. */
export class PictureLies extends Error {
  override readonly name = "PictureLies"
  readonly lieFactor: number
  constructor(lieFactor: number, faults: readonly string[]) {
    super(
      `Cannot show the picture: its heights lie (lie factor ${lieFactor}): ${faults.join("; ")}. Report this brief and seed`
    )
    this.lieFactor = lieFactor
  }
}
