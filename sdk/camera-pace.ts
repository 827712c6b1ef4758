/** Which rung of the camera's ladder to be on: a pure rule over what became of frames. It knows no camera and no clock. */

/**
 * Rungs from best to least. The server looks at about 480 pixels of width, so a larger picture would only cost; the best rung takes less
 * than a tenth of a core and 2 Mbit/s (docs/console.md). Live needs more than a frame a second.
 */
export const ladder = [
  { framesPerSecond: 8, widthPx: 480 },
  { framesPerSecond: 5, widthPx: 480 },
  { framesPerSecond: 3, widthPx: 480 },
  { framesPerSecond: 2, widthPx: 320 }
] as const
/**
 * The same rungs for encoded video: half as many frames again for two thirds of the bits. The bits are a quarter of a pixel each, at which
 * a face keeps its detail; a key frame takes several times a frame's, so a rung has a fifth of the uplink at most.
 */
export const videoLadder = [
  { framesPerSecond: 12, widthPx: 480, bitsPerSecond: 400_000 },
  { framesPerSecond: 8, widthPx: 480, bitsPerSecond: 260_000 },
  { framesPerSecond: 5, widthPx: 480, bitsPerSecond: 160_000 },
  { framesPerSecond: 3, widthPx: 320, bitsPerSecond: 60_000 }
] as const
/** Frames of ten that could not go: the uplink is too slow for this rung. */
const skippedOfTen = 4
/** A rung is tried again after so long without trouble, in milliseconds; twice as long after each time it failed. */
const upAgainMs = 8_000
const upAgainMsMax = 120_000

export interface Pace {
  readonly rung: number
  /** The last ten frames: whether each could go. */
  readonly went: readonly boolean[]
  /** Since when it has been calm, by a monotonic clock in milliseconds. */
  readonly calmSinceMs: number
  readonly upAfterMs: number
}

export const firstPace: Pace = { rung: 0, went: [], calmSinceMs: 0, upAfterMs: upAgainMs }

export function paceAfter(pace: Pace, went: boolean, nowMs: number): Pace {
  const last = [...pace.went, went].slice(-10)
  const skipped = last.filter((one) => !one).length
  if (skipped >= skippedOfTen && pace.rung < ladder.length - 1) {
    const upAfterMs = Math.min(upAgainMsMax, pace.upAfterMs * 2)
    return { rung: pace.rung + 1, went: [], calmSinceMs: nowMs, upAfterMs }
  }
  if (!went) return { ...pace, went: last, calmSinceMs: nowMs }
  if (pace.rung > 0 && nowMs - pace.calmSinceMs >= pace.upAfterMs) {
    return { ...pace, rung: pace.rung - 1, went: [], calmSinceMs: nowMs }
  }
  return { ...pace, went: last }
}
