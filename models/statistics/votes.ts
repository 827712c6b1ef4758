/**
 * The votes of FER+ (Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label
 * distribution", ICMI 2016) summed to the three classes. Where the annotators do not agree on one, it names none.
 */
import { type ReadingClass, readingClasses } from "../../machines/reading.ts"
import type { ByClass } from "./judgement.ts"

/** Which class each of its columns counts towards; contempt has no expression of ours and is negative. */
export const classOfVote: Readonly<Record<string, ReadingClass>> = {
  neutral: "neutral",
  happiness: "positive",
  surprise: "positive",
  sadness: "negative",
  anger: "negative",
  disgust: "negative",
  fear: "negative",
  contempt: "negative"
}

export interface Votes {
  readonly classes: ByClass<number>
  /** Votes for unknown or for not a face. */
  readonly unusable: number
}

/** Why votes name no class. */
export const leftOutReasons = ["tie", "unknownOrNotAFace", "noVotes"] as const
export type LeftOutReason = (typeof leftOutReasons)[number]

/** The class with the most votes, or why there is none: the order of the reasons is the order they are looked for in. */
export function majorityOf(votes: Votes | undefined): ReadingClass | LeftOutReason {
  if (votes === undefined) return "noVotes"
  const { classes, unusable } = votes
  const top = Math.max(...readingClasses.map((name) => classes[name]))
  if (top === 0 && unusable === 0) return "noVotes"
  if (unusable >= top) return "unknownOrNotAFace"
  const leaders = readingClasses.filter((name) => classes[name] === top)
  return leaders.length > 1 ? "tie" : leaders[0]!
}

/** The share of the votes for a class among those for any. */
export function voteShare({ classes }: Votes, name: ReadingClass): number {
  const total = readingClasses.reduce((sum, each) => sum + classes[each], 0)
  return total === 0 ? 0 : classes[name] / total
}
