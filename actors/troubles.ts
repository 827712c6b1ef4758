/**
 * Counts troubles that go on, so that whoever makes them cannot fill a disk by being written down: the first of a kind is said at once,
 * what follows is counted and said after a minute, then after two, up to an hour. Pure: it knows no clock and writes nothing.
 */

const firstEveryMs = 60_000
const everyMsMax = 3_600_000
/** After so long without one of its kind the next is a first again, in milliseconds. */
const forgottenMs = 2 * everyMsMax
/**
 * Kinds held: doors times reasons, which are fixed lists, or accounts that somebody guesses at. One that never stops is said thirty times
 * a day; one that pauses to be taken for new, sixty times. So 4,000 records a day at most, of half a kilobyte.
 */
export const troubleKindsMax = 64

interface Trouble<Said> {
  count: number
  saidAt: number
  everyMs: number
  say: (count: number) => Said
}

export function countTroubles<Said>() {
  const troubles = new Map<string, Trouble<Said>>()

  const said = (trouble: Trouble<Said>, now: number): Said => {
    const { count, say, saidAt, everyMs } = trouble
    const isFirst = now - saidAt > forgottenMs
    Object.assign(trouble, {
      count: 0,
      saidAt: now,
      everyMs: isFirst ? firstEveryMs : Math.min(everyMs * 2, everyMsMax)
    })
    return say(count)
  }
  const dueAt = ({ saidAt, everyMs }: Trouble<Said>) => saidAt + everyMs
  const isDue = (trouble: Trouble<Said>, now: number) => trouble.count > 0 && now >= dueAt(trouble)

  return {
    /** Whether there is room for it, or it is counted already. What is forgotten makes room. */
    knows(kind: string, now: number): boolean {
      if (troubles.has(kind) || troubles.size < troubleKindsMax) return true
      for (const [other, { count, saidAt }] of troubles) {
        if (count === 0 && now - saidAt > forgottenMs) troubles.delete(other)
      }
      return troubles.size < troubleKindsMax
    },
    /** What to say now, or null: it is counted, and `due` says it later. `say` is given how often it happened since it was last said. */
    add(kind: string, more: number, now: number, say: (count: number) => Said): Said | null {
      const trouble = troubles.get(kind) ?? { count: 0, saidAt: Number.NEGATIVE_INFINITY, everyMs: firstEveryMs, say }
      troubles.set(kind, trouble)
      trouble.count += more
      trouble.say = say
      return isDue(trouble, now) ? said(trouble, now) : null
    },
    /** When something that was counted is to be said, in milliseconds since 1970; null: nothing waits. */
    nextAt(): number | null {
      const waiting = [...troubles.values()].filter(({ count }) => count > 0)
      return waiting.length === 0 ? null : Math.min(...waiting.map(dueAt))
    },
    /** What has waited long enough. */
    due: (now: number): readonly Said[] =>
      [...troubles.values()].filter((trouble) => isDue(trouble, now)).map((trouble) => said(trouble, now))
  }
}
