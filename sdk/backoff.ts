/** Waits between two attempts: doubling up to a bound, with chance in it, and cut short when nobody waits any more. */

/**
 * In milliseconds. Half of each wait is by chance, so that a thousand clients of one lost edge do not come back at once.
 */
const waitMs = { first: 100, max: 4_000 }

export class Backoff {
  #wake = () => {}

  /** How long to wait before the attempt after this one, counted from 0. */
  after(attempt: number): number {
    const most = Math.min(waitMs.first * 2 ** attempt, waitMs.max)
    const chance = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32
    return (most / 2) * (1 + chance)
  }

  wait(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, forMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Ends a wait now. */
  stop(): void {
    this.#wake()
  }
}
