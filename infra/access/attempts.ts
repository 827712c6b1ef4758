/**
 * Slows guessing down without locking anybody out. Failures are counted for a login from an address, for an address, and for a
 * login from anywhere; each has its pause. A device that has signed in to the account before is counted by itself, so a
 * stranger's guesses cannot keep the owner away. Everything is in memory and bounded.
 */

/** Failures that cost nothing: people mistype. */
const freeFailures = 4
/** The pause after the fifth failure; it doubles with each. */
const pauseMs = 1_000
const pauseMsMax = 5 * 60_000
/** Failures are forgotten after this long without another one. */
const forgetMs = 30 * 60_000
/** An office's people share an address: ten times as many mistakes are nothing. */
const freePerAddress = 40
/** Guesses at one login from many addresses. */
const freePerLogin = 20
/** Names held; beyond it the one that failed longest ago is forgotten. */
const namesMax = 50_000

interface Failures {
  count: number
  lastAt: number
}

export type Attempts = ReturnType<typeof countAttempts>

export function countAttempts() {
  const failures = new Map<string, Failures>()

  const waitOf = (name: string, free: number, now: number): number => {
    const found = failures.get(name)
    if (found === undefined || now - found.lastAt > forgetMs || found.count <= free) return 0
    const pause = Math.min(pauseMsMax, pauseMs * 2 ** (found.count - free - 1))
    return Math.max(0, found.lastAt + pause - now)
  }
  const count = (name: string, now: number) => {
    const found = failures.get(name)
    const fresh = found === undefined || now - found.lastAt > forgetMs
    failures.delete(name)
    failures.set(name, { count: fresh ? 1 : found.count + 1, lastAt: now })
    if (failures.size > namesMax) failures.delete(failures.keys().next().value!)
  }
  const pair = (login: string, address: string) => `both ${address} ${login}`
  const ofDevice = (login: string, device: string) => `device ${device} ${login}`

  return {
    /**
     * Milliseconds until the next try is looked at; 0: now. `device`: known to the account, else null. `login`: null where none is
     * named, as with a passkey; then the address alone counts, so that nobody's failures elsewhere keep everybody waiting.
     */
    waitMs(login: string | null, address: string, device: string | null, now: number): number {
      const ofAddress = waitOf(`address ${address}`, freePerAddress, now)
      if (login === null) return ofAddress
      if (device !== null) return waitOf(ofDevice(login, device), freeFailures, now)
      const ofPair = waitOf(pair(login, address), freeFailures, now)
      return Math.max(ofPair, ofAddress, waitOf(`login ${login}`, freePerLogin, now))
    },
    failed(login: string | null, address: string, device: string | null, now: number) {
      if (login !== null && device !== null) return count(ofDevice(login, device), now)
      count(`address ${address}`, now)
      if (login === null) return
      count(pair(login, address), now)
      count(`login ${login}`, now)
    },
    succeeded(login: string, address: string, device: string | null) {
      failures.delete(pair(login, address))
      failures.delete(`login ${login}`)
      if (device !== null) failures.delete(ofDevice(login, device))
    }
  }
}
