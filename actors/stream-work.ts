/** What each stream of an edge costs it from one look at its load to the next, and how many of its frames are left out. Numbers only; `pipeline.ts` counts them. */
import { type OverloadStep, oneFrameIn } from "./overload.ts"

export interface StreamWork {
  readonly conference: string
  /** Time spent on its frames alone: decoding and finding the face. The net takes the same time for each. */
  workedMs: number
  /** Frames that were let in, and those of them that were read. */
  passed: number
  read: number
  /** Of so many frames one is read. */
  oneIn: 1 | 2
}

export const noWork = (conference: string): StreamWork => ({ conference, workedMs: 0, passed: 0, read: 0, oneIn: 1 })

/** Of each conference, its part in the work, as it were with no frame left out: in all 1, or more. */
export function partsOf(streams: Iterable<StreamWork>): Readonly<Record<string, number>> {
  const each = [...streams]
  const allMs = each.reduce((sum, { workedMs }) => sum + workedMs, 0)
  const part = ({ workedMs, passed, read }: StreamWork) =>
    allMs === 0 || read === 0 ? 0 : ((workedMs / allMs) * passed) / read
  return Object.fromEntries(each.map((stream) => [stream.conference, part(stream)]))
}

/** Says how much is left out of each from now on, the busiest first, and begins to count anew. */
export function takeStep(streams: Iterable<StreamWork>, step: OverloadStep): void {
  const busiestFirst = [...streams].sort((one, other) => other.workedMs - one.workedMs)
  for (const [rank, stream] of busiestFirst.entries()) {
    Object.assign(stream, { oneIn: oneFrameIn(step, rank, busiestFirst.length), workedMs: 0, passed: 0, read: 0 })
  }
}
