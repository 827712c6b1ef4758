/**
 * Bounds how often one address may ask: a bucket of requests that fills up again. It holds so many addresses and no more; the one that
 * asked longest ago is forgotten first. It turns nobody away by itself: who asks it does.
 */

export interface RateLimit {
  /** In a row, from somebody who has been quiet. */
  readonly burst: number
  readonly perSecond: number
  readonly addressesMax: number
}

/** A page is some twenty files, and pages are opened one after the other; behind one address there may be an office of fifty. */
export const consoleRate: RateLimit = { burst: 600, perSecond: 60, addressesMax: 20_000 }

/**
 * Calls that are started, resumed or streamed. A platform starts all of a bank's from one address, and after a restart of ours
 * resumes them at once: fifty of each, twice over, and then as many a second as people can click.
 */
export const callRate: RateLimit = { burst: 200, perSecond: 20, addressesMax: 20_000 }

export interface RateLimiter {
  /** Milliseconds until the next request is let in; 0: this one is. */
  readonly waitMs: (address: string, nowMs: number) => number
}

export function makeRateLimiter({ burst, perSecond, addressesMax }: RateLimit): RateLimiter {
  const buckets = new Map<string, { left: number; atMs: number }>()
  return {
    waitMs(address, nowMs) {
      const known = buckets.get(address)
      const left = known === undefined ? burst : Math.min(burst, known.left + ((nowMs - known.atMs) * perSecond) / 1000)
      const isIn = left >= 1
      buckets.delete(address)
      buckets.set(address, { left: isIn ? left - 1 : left, atMs: nowMs })
      if (buckets.size > addressesMax) buckets.delete(buckets.keys().next().value!)
      return isIn ? 0 : Math.ceil(((1 - left) * 1000) / perSecond)
    }
  }
}
