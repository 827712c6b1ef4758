/**
 * The conferences that ended, each with the numbers of its report and the purposes that its client agreed to: what lists and
 * trends are made of, so that nobody folds an hour of frames for one line. A fold over a conference's stream; its row
 * is there when the report was issued, and not before. Pseudonyms only.
 */
import type { ConferenceEvent } from "../machines/conference-events.ts"
import type { ConsentPurpose } from "../machines/wire.ts"
import { emptyReport, evolveReport, type Report, type ReportState, reportOf } from "./report.ts"

/** Raise it when a row would come out otherwise from the same events: the list is then built anew beside the old one. */
export const endedConferencesVersion = 5

export interface EndedConferenceRow {
  readonly conference: string
  /** Keyed fingerprint of the platform's number of the call. */
  readonly call: string
  /** Pseudonyms. */
  readonly subject: string
  readonly manager: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** What the client had agreed to and not withdrawn when it ended. */
  readonly purposes: readonly ConsentPurpose[]
  /** The consents behind `purposes`; those behind the report's numbers are in the report. */
  readonly consents: readonly string[]
  readonly report: Report
}

export interface EndingConference {
  readonly started: {
    readonly conference: string
    readonly call: string
    readonly subject: string
    readonly manager: string
    readonly at: number
  } | null
  readonly endedAt: number | null
  readonly reportIssued: boolean
  readonly consents: Readonly<Record<string, readonly ConsentPurpose[]>>
  readonly report: ReportState
}

export const notStarted: EndingConference = {
  started: null,
  endedAt: null,
  reportIssued: false,
  consents: {},
  report: emptyReport
}

export function evolveEnding(state: EndingConference, event: ConferenceEvent): EndingConference {
  const report = evolveReport(state.report, event)
  switch (event.type) {
    case "ConferenceStarted": {
      const { conference, call, subject, manager, at } = event
      return { ...state, report, started: { conference, call, subject, manager, at } }
    }
    case "ConsentGiven":
      return { ...state, report, consents: { ...state.consents, [event.consent]: event.purposes } }
    case "ConsentWithdrawn": {
      const { [event.consent]: _withdrawn, ...consents } = state.consents
      return { ...state, report, consents }
    }
    case "ConferenceEnded":
    case "ResumeWindowClosed":
      return { ...state, report, endedAt: event.at }
    case "ReportIssued":
      return { ...state, report, endedAt: state.endedAt ?? event.at, reportIssued: true }
    default:
      // Most events are of frames: without a change no new state, an hour of them comes through here.
      return report === state.report ? state : { ...state, report }
  }
}

/** Null until the report was issued. */
export function endedRowOf({ started, endedAt, reportIssued, consents, report }: EndingConference) {
  if (started === null || endedAt === null || !reportIssued) return null
  const { conference, call, subject, manager, at: startedAt } = started
  const purposes = [...new Set(Object.values(consents).flat())].sort()
  const row: EndedConferenceRow = {
    conference,
    call,
    subject,
    manager,
    startedAt,
    endedAt,
    purposes,
    consents: Object.keys(consents).sort(),
    report: reportOf(report)
  }
  return row
}
