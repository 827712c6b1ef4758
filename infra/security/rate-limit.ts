/**
 * Bounds how often somebody may ask: an address, or whoever a token stands for. A bucket of requests that fills up again; it holds so
 * many askers and no more, and the one that asked longest ago is forgotten first. It turns nobody away by itself: who asks it does.
 *
 * An address is counted before anything costly is done, and whoever a token stands for only after the token was found good: so a
 * stranger can use up a stranger's bucket, and never the owner's.
 */

import { isIPv6 } from "node:net"

export interface RateLimit {
  /** In a row, from somebody who has been quiet. */
  readonly burst: number
  readonly perSecond: number
  readonly askersMax: number
}

/** A page is some twenty files, and pages are opened one after the other; behind one address there may be an office of fifty. */
export const consoleRate: RateLimit = { burst: 600, perSecond: 60, askersMax: 20_000 }

/** One person's session, or one client's visit: twenty files of a page, ten pages in a row, and then a click a moment. */
export const sessionRate: RateLimit = { burst: 200, perSecond: 20, askersMax: 20_000 }

/**
 * Calls that are started, resumed or streamed. A platform starts all of a bank's from one address, and after a restart of ours
 * resumes them at once: fifty of each, twice over, and then as many a second as people can click.
 */
export const callRate: RateLimit = { burst: 200, perSecond: 20, askersMax: 20_000 }

/** Calls started with one access token, from however many addresses: those of a whole bank, whose platform has several. */
export const accessTokenRate: RateLimit = { burst: 400, perSecond: 40, askersMax: 1 }

/**
 * Resumes of one conference and openings of its stream. An SDK that never gets through tries a dozen times in its half minute; a
 * train through tunnels costs it some of that every minute.
 */
export const conferenceRate: RateLimit = { burst: 30, perSecond: 1, askersMax: 20_000 }

/** The operator's own commands and a collector of metrics, both on this machine. */
export const operatorRate: RateLimit = { burst: 60, perSecond: 10, askersMax: 1_000 }

/** Collectors of analytics that connect anew; each then stays for days. */
export const analyticsRate: RateLimit = { burst: 20, perSecond: 1, askersMax: 1_000 }

export interface RateLimiter {
  /** Milliseconds until the next request is let in; 0: this one is. */
  readonly waitMs: (asker: string, nowMs: number) => number
}

export function makeRateLimiter({ burst, perSecond, askersMax }: RateLimit): RateLimiter {
  const buckets = new Map<string, { left: number; atMs: number }>()
  return {
    waitMs(asker, nowMs) {
      const name = networkOf(asker)
      const known = buckets.get(name)
      const left = known === undefined ? burst : Math.min(burst, known.left + ((nowMs - known.atMs) * perSecond) / 1000)
      const isIn = left >= 1
      buckets.delete(name)
      buckets.set(name, { left: isIn ? left - 1 : left, atMs: nowMs })
      if (buckets.size > askersMax) buckets.delete(buckets.keys().next().value!)
      return isIn ? 0 : Math.ceil(((1 - left) * 1000) / perSecond)
    }
  }
}

/** Of an IPv6 address the network: whoever has one address there has 2⁶⁴ (RFC 6177). Anything else is its own. */
function networkOf(asker: string): string {
  if (!isIPv6(asker)) return asker
  const [head = "", tail] = asker.split("::")
  const groups = head === "" ? [] : head.split(":")
  const after = tail === undefined || tail === "" ? [] : tail.split(":")
  while (tail !== undefined && groups.length + after.length < 8) groups.push("0")
  const network = [...groups, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(":")}::/64`
}
