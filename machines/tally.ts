/** The counts of a conference's frames. Every frame that was offered is in exactly one of them. */
import { type Reading, readings } from "./reading.ts"
import { type DropReason, dropReasons } from "./wire.ts"

export interface Tally {
  readonly counts: Readonly<Record<Reading, number>>
  readonly drops: Readonly<Record<DropReason, number>>
}

const zero = <Key extends string>(keys: readonly Key[]) =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>

export const emptyTally: Tally = { counts: zero(readings), drops: zero(dropReasons) }

export const withReading = (tally: Tally, reading: Reading): Tally => ({
  counts: { ...tally.counts, [reading]: tally.counts[reading] + 1 },
  drops: tally.drops
})

export const withDrops = (tally: Tally, reason: DropReason, count: number): Tally => ({
  counts: tally.counts,
  drops: { ...tally.drops, [reason]: tally.drops[reason] + count }
})

/** Frames counted towards a class. */
export const countedOf = ({ counts }: Tally): number => counts.negative + counts.neutral + counts.positive

export const droppedOf = ({ drops }: Tally): number => dropReasons.reduce((sum, reason) => sum + drops[reason], 0)

/** Every frame the client offered: counted, unreadable or dropped. */
export const offeredOf = (tally: Tally): number => countedOf(tally) + tally.counts.unreadable + droppedOf(tally)
