/**
 * Ends edges that do not end by themselves: one that has said nothing for too long is stuck, as in a decoder on hostile bytes, and
 * one that holds too much memory leaks. Both are then replaced like any edge that died. It looks at no frame.
 */

/** Edges say their load once a second; ten missed in a row are no garbage collection. */
export const silentMsMax = 10_000
/** An edge at work holds about 200 MB; thirty-two streams of encoded video may add 25 MB each. */
export const residentBytesMax = 1_536 * 1024 ** 2
const lookEveryMs = 1_000

export interface Watched {
  readonly edge: string
  /** By the monotonic clock; null until it is ready. */
  readonly heardAtMs: number | null
  readonly residentBytes: number
}

/** Why the edge must end, or null. */
export function verdictOn({ heardAtMs, residentBytes }: Watched, nowMs: number): string | null {
  if (heardAtMs !== null && nowMs - heardAtMs > silentMsMax) return `it has said nothing for ${silentMsMax / 1000} s`
  return residentBytes > residentBytesMax ? `it holds more than ${residentBytesMax / 1024 ** 2} MiB` : null
}

/** Looks until it is told to stop. After a pause of the whole machine everybody is heard anew before anybody is judged. */
export function watchEdges<Edge extends Watched>(
  edges: () => Iterable<Edge>,
  anew: (edge: Edge, nowMs: number) => void,
  end: (edge: Edge, why: string) => void
): () => void {
  let lookedAtMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    const wasPaused = nowMs - lookedAtMs > silentMsMax / 2
    lookedAtMs = nowMs
    for (const edge of edges()) {
      if (wasPaused) anew(edge, nowMs)
      const why = verdictOn(edge, nowMs)
      if (why !== null) end(edge, why)
    }
  }, lookEveryMs)
  return () => clearInterval(timer)
}
