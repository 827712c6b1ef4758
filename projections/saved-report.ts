/** A report's state in a form that can be kept and taken up again: its seconds as a flat list, because a chain of an hour is too deep to write. */
import type { ReportState } from "./report.ts"
import { type FlatSecond, flatSecondsOf, secondsFrom } from "./seconds.ts"

export type SavedReport = Omit<ReportState, "seconds"> & { readonly seconds: readonly FlatSecond[] }

export const savedReport = (state: ReportState): SavedReport => ({ ...state, seconds: flatSecondsOf(state.seconds) })

export const restoredReport = (saved: SavedReport): ReportState => ({ ...saved, seconds: secondsFrom(saved.seconds) })
