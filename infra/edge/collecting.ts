/**
 * Has the engine take back an edge's old memory once a minute. Frames leave so little that survives (tens of bytes, and
 * tensors whose native memory waits for its wrapper) that the engine would let it grow for hours, and nobody could tell
 * that from a leak.
 */

/** One pause of some ten milliseconds in 1,800 frames of a stream: below its 99.9th percentile. */
const collectEveryMs = 60_000

/** What the runtime must be started with for that. */
export const collectingFlag = "--expose-gc"

/** Does nothing where the runtime was not started with the flag. */
export function collectOften(): void {
  const { gc } = globalThis as { readonly gc?: () => void }
  if (gc !== undefined) setInterval(() => gc(), collectEveryMs).unref()
}
