/**
 * Which connections one listening address bears, whatever the gateway and before anybody has said a word: of allowed networks, so
 * many in all, and only so many a second from one address, so that it can never hold them all. It looks into none and knows no message.
 */

import type { ListenOptions } from "../../actors/gateway.ts"
import { makeRateLimiter, type RateLimit } from "../security/rate-limit.ts"

/** A connection that finishes no TLS, no request or no answer's reading is cut after this long by every gateway, in milliseconds. */
export const silentMsMax = 10_000
/** uWebSockets.js cuts after 30 s of its own and cannot be told otherwise; its clock ticks every four seconds. */
export const transportSilentMsMax = 34_000

/**
 * Fifty people's browsers open six each, twice over. One address that says nothing holds at most burst + 60 × 34 s = 2,640
 * connections, which leaves more than a third for everybody else.
 */
export const connectionRate: RateLimit = { burst: 600, perSecond: 60, askersMax: 20_000 }
/** TLS takes some 50 kB for each: 200 MB, which a core and an edge both bear; Linux gives a service half a million files. */
export const connectionsMax = 4_096

export class Connections {
  #count = 0
  readonly #rate = makeRateLimiter(connectionRate)
  readonly #turnedAway: (why: string, address: string) => void
  readonly #admits: (address: string) => boolean

  constructor({ turnedAway = () => {}, admits = () => true }: Pick<ListenOptions, "turnedAway" | "admits">) {
    this.#turnedAway = turnedAway
    this.#admits = admits
  }

  /** False: it must be cut now. It is counted in either case, until `left`. */
  entered(address: string): boolean {
    this.#count += 1
    const why = !this.#admits(address)
      ? "an address of no allowed network"
      : this.#count > connectionsMax
        ? "too many connections"
        : this.#rate.waitMs(address, performance.now()) > 0
          ? "too many connections from one address"
          : null
    if (why !== null) this.#turnedAway(why, address)
    return why === null
  }

  left(): void {
    this.#count -= 1
  }
}

/** An address as people write it: an IPv4 one may come as the IPv6 one that maps it, short or written out in full. */
export function readableAddress(text: string): string {
  const mapped = /^(?:0{4}:){5}ffff:([0-9a-f]{2})([0-9a-f]{2}):([0-9a-f]{2})([0-9a-f]{2})$/.exec(text)
  if (mapped === null) return text.replace(/^::ffff:(?=\d+\.)/, "")
  return mapped
    .slice(1)
    .map((byte) => Number.parseInt(byte, 16))
    .join(".")
}
