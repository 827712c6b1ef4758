/**
 * What an edge leaves out when more comes than it can read, in stated steps: it holds the face box, then reads every
 * second frame of the busiest conferences, then of all and takes no new one. Effect-free: it measures nothing and drops
 * nothing itself, and knows no clock but the windows it is handed.
 */

/** From the whole work to the least, in this order and no other. */
export const overloadSteps = ["full", "hold", "thin", "refuse"] as const
export type OverloadStep = (typeof overloadSteps)[number]

/** One window of an edge's measurements. */
export interface EdgeLoad {
  /** Share of the time in which the edge was at work, 0 to 1. */
  readonly busyShare: number
  /** The longest that its event loop came late, in milliseconds. */
  readonly loopDelayMs: number
}

export interface Overload {
  readonly step: OverloadStep
  /** Windows in a row above the one threshold, or below the other. */
  readonly pressedWindows: number
  readonly calmWindows: number
}

/** A window of measurements, in milliseconds: some thirty frames of each conference. */
export const loadWindowMs = 1_000
/** An edge as busy as this answers late as soon as conferences come together; capacity is reckoned at 0.7. */
export const pressedShare = 0.85
/** Below this a step less is taken; far from the other, since taking a step lowers the load by about a quarter. */
export const calmShare = 0.55
/** Of the 100 ms that the contract allows, half spent before anything was read. */
export const pressedDelayMs = 50
/** A single slow window is a collection of garbage or a neighbour; two are load. */
export const pressedWindowsMin = 2
/** A lull must last before more is done again, so that a step does not come and go with every call. */
export const calmWindowsMin = 5

export const atFullWork: Overload = { step: "full", pressedWindows: 0, calmWindows: 0 }

const stepBeside = (step: OverloadStep, by: 1 | -1): OverloadStep => {
  const index = overloadSteps.indexOf(step) + by
  return overloadSteps[Math.max(0, Math.min(overloadSteps.length - 1, index))]!
}

/** The state after one more window: at most one step up or down. */
export function afterWindow(overload: Overload, { busyShare, loopDelayMs }: EdgeLoad): Overload {
  const { step } = overload
  // A loop that comes late without being busy waits for the machine's other work, which leaving out frames would not help.
  if (busyShare >= pressedShare || (busyShare > calmShare && loopDelayMs >= pressedDelayMs)) {
    const pressedWindows = overload.pressedWindows + 1
    if (pressedWindows < pressedWindowsMin) return { step, pressedWindows, calmWindows: 0 }
    return { ...atFullWork, step: stepBeside(step, 1) }
  }
  if (busyShare > calmShare) return { ...atFullWork, step }
  const calmWindows = overload.calmWindows + 1
  if (calmWindows < calmWindowsMin) return { step, pressedWindows: 0, calmWindows }
  return { ...atFullWork, step: stepBeside(step, -1) }
}

/** Whether the last face box may stand in for a search. */
export const holdsFace = (step: OverloadStep): boolean => step !== "full"

export const refusesNew = (step: OverloadStep): boolean => step === "refuse"

/** Of so many frames of a conference one is read; its rank among all of the edge is 0 for the busiest. */
export function oneFrameIn(step: OverloadStep, rank: number, conferences: number): 1 | 2 {
  if (step === "refuse") return 2
  return step === "thin" && rank < Math.ceil(conferences / 2) ? 2 : 1
}
