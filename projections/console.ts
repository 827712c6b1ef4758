/**
 * What the console's server and its pages say to each other about conferences: types only, so that a page that imports them
 * downloads nothing. Times are milliseconds since 1970 unless a name says otherwise, shares percent as in `report.ts`, ids opaque. It knows
 * neither routes nor sockets: `infra/console/routes-conferences.ts` and `live-feed.ts` do.
 */
import type { BriefOfPrompt, LookOfPicture } from "../machines/illustration-events.ts"
import type { Reading, ReadingClass } from "../machines/reading.ts"
import type { PercentInterval } from "./interval.ts"
import type { Live } from "./live.ts"
import type { GroundOfNumbers, Report } from "./report.ts"

export type ConsentState = "none" | "given" | "withdrawn"

// The list of conferences: GET /api/conferences

export interface Scheduled {
  readonly id: string
  readonly title: string
  /** What the bank calls the client for this manager. Shown, never kept by a page. */
  readonly clientLabel: string
  readonly startsAt: number
  /** Of the client's consent to the analysis, for this conference. `missing`: nobody has agreed yet. */
  readonly consent: "given" | "missing" | "withdrawn"
  readonly source: "exchange" | "hand"
}

export interface Running {
  readonly conference: string
  readonly title: string
  readonly clientLabel: string
  readonly startedAt: number
}

export interface Ended {
  readonly conference: string
  readonly title: string
  readonly clientLabel: string
  readonly startedAt: number
  readonly endedAt: number
  /** Percent; null when nothing was counted. */
  readonly satisfaction: number | null
  /** 0 to 1; null when no frame came. */
  readonly coverage: number | null
  /** Whose trend it belongs to (`/api/trends?subject=`): the client's pseudonym; null without the consent to trends. */
  readonly trendSubject: string | null
}

/** An entry of the exchange file that could not be taken; the others were. */
export interface BadEntry {
  /** 0-based place in the file; null when the file itself could not be read. */
  readonly entryIndex: number | null
  readonly fault: /** A field is missing or is not as it should be. */
    | "field"
    /** The call's number stands in an earlier entry too. */
    | "repeatedCall"
    | "notJson"
    | "wrongFormat"
    | "noList"
    | "tooMany"
    | "tooLarge"
    /** The server may not read the file. */
    | "unreadable"
  /** Such as `client.id`; null where the fault is not of a field. */
  readonly field: string | null
  /** The same in words, for those who keep the file. */
  readonly why: string
}

/** Own conferences: scheduled and running ones, and those that ended in the last 30 days, newest first. */
export interface ConferenceList {
  readonly scheduled: readonly Scheduled[]
  readonly running: readonly Running[]
  readonly ended: readonly Ended[]
  /** What of the exchange file could not be taken for this manager, in words. */
  readonly badEntries: readonly BadEntry[]
}

/** POST /api/conferences: one made by hand. Answers `Scheduled`. */
export interface NewConference {
  /** The bank's own number of the client. */
  readonly clientId: string
  readonly clientLabel?: string
  readonly title?: string
  /** Now, when it is missing. */
  readonly startsAt?: number
}

/** POST /api/conferences/:id/start */
export interface StartedConference {
  readonly conference: string
}

/** POST /api/conferences/:id/link, by the id of a scheduled or a running conference. */
export interface ClientLink {
  /** Opens once. */
  readonly url: string
  readonly expiresAt: number
}

/** What the manager and the client talk about, as keys 1 to 5 mark it: POST /api/conferences/:conference/marker { topic }. */
export type MarkerTopic = 1 | 2 | 3 | 4 | 5

// Illustration

/** POST /api/conferences/:conference/illustration. Answers `IllustrationView`, or 409 in words. */
export type IllustrationCommand =
  | { readonly type: "prompt"; readonly prompt: string }
  /** On the variant chosen last. */
  | { readonly type: "remark"; readonly remark: string }
  | { readonly type: "choose"; readonly variantIndex: number }
  | { readonly type: "share"; readonly variantIndex: number }
  | { readonly type: "stopSharing" }
  | { readonly type: "cancel" }
  | { readonly type: "retry" }

export type IllustrationStateName =
  | "notOpened"
  | "awaitPrompt"
  | "generate"
  | "review"
  | "share"
  | "failed"
  | "timedOut"
  | "off"

export interface VariantView {
  /** Its picture: GET /api/conferences/:conference/variants/:index.svg */
  readonly index: number
  /** The variant it was made from by a remark; null when made from a prompt. */
  readonly basis: number | null
  readonly brief: BriefOfPrompt
  readonly look: LookOfPicture
  /** Signed pixels in the 1920×1080 raster, by product. */
  readonly heightsPx: readonly number[]
  readonly lieFactor: number
  readonly sharedNow: boolean
}

export interface IllustrationView {
  readonly state: IllustrationStateName
  readonly variants: readonly VariantView[]
  /** Under review. */
  readonly chosen: number | null
  /** What the client sees. */
  readonly shared: number | null
  /** Of the last prompt or remark, until something worked: why not, and what could be done instead. */
  readonly refused: { readonly reason: string; readonly offer: string | null } | null
  /** Whether the client has looked at the shared picture; null without that consent. */
  readonly clientLooked: boolean | null
  /** Taps on each product of the shared picture, in the brief's order; null without that consent or when nothing is shared. */
  readonly tapped: readonly number[] | null
}

/** GET /api/parse?prompt=… */
export type ParsedPrompt =
  | { readonly ok: true; readonly brief: BriefOfPrompt }
  | { readonly ok: false; readonly error: { readonly code: string; readonly piece: string; readonly message: string } }

// The report page

/** A second of the conference: the reading most frames of it had, and its own satisfaction. */
export interface TimelineSecond {
  /** Seconds since the conference started, 0 for the first. Seconds without a frame are left out. */
  readonly second: number
  readonly state: Reading
  /** Percent, of this second's counted frames; null when none was counted. */
  readonly satisfaction: number | null
}

/** A stretch of the conference by its counted frames. */
export interface Stretch {
  /** Seconds since the conference started; `to` is the second after the last. */
  readonly from: number
  readonly to: number
  readonly counts: Readonly<Record<ReadingClass, number>>
  /** Percent. */
  readonly satisfaction: number | null
  /** (positive − negative) of the counted, −1 to 1. */
  readonly valence: number
}

export interface MarkerView {
  readonly at: number
  /** Seconds since the conference started. */
  readonly second: number
  /** `shared`: a picture was shared, marked by itself. */
  readonly topic: MarkerTopic | "shared"
  /** The minute before and the minute after, cut at the conference's ends; null when nothing was counted there. */
  readonly before: Stretch | null
  readonly after: Stretch | null
}

/** What a reader must know of the numbers before reading them; the page has words for each. */
export type ReportNote =
  /** There was no consent to the analysis at any time. */
  | "neverConsented"
  /** The consent was withdrawn during the conference. */
  | "consentWithdrawn"
  /** The manager switched the analysis off for a time. */
  | "switchedOff"
  /** The stream was interrupted at least once. */
  | "interrupted"
  /** Fewer than half of the frames received could be read. */
  | "lowCoverage"
  /** Less than a minute of counted frames. */
  | "short"

/** GET /api/conferences/:conference/report, and what the socket says at the end. */
export interface ReportPage {
  readonly conference: string
  readonly title: string
  readonly clientLabel: string
  readonly report: Report
  readonly startedAt: number
  readonly endedAt: number
  readonly timeline: readonly TimelineSecond[]
  /** The ten seconds in which expressions were strongest, in either direction; null when nothing was counted. */
  readonly peak: Stretch | null
  /** The last half minute of counted frames. */
  readonly end: Stretch | null
  readonly markers: readonly MarkerView[]
  /** The newest consent that the numbers rest on. */
  readonly consent: GroundOfNumbers | null
  readonly notes: readonly ReportNote[]
}

// Trends: GET /api/trends?subject=me (own conferences), ?subject=PSEUDONYM (a client's), ?manager=ACCOUNT (a supervisor's team)

/** GET /api/team: whose trends a supervisor may read, in the order of their names; no numbers. */
export interface Team {
  readonly managers: readonly { readonly account: string; readonly name: string }[]
}

/** GET /api/team/:account/conferences: of the last 30 days, newest first. */
export interface TeamConferences {
  readonly ended: readonly Omit<Ended, "title" | "clientLabel" | "trendSubject">[]
}

export interface TrendPoint {
  readonly conference: string
  /** When the conference ended. */
  readonly at: number
  readonly satisfaction: number
  readonly interval: PercentInterval
  /** 0 to 1. */
  readonly coverage: number
}

/** Fewer conferences, or conferences of fewer clients, than numbers may be shown of. */
export interface TooFew {
  /** How many there are. */
  readonly tooFew: number
  readonly conferencesMin: number
  /** 1 for the trend of a client. */
  readonly clientsMin: number
}

export interface Trend {
  readonly points: readonly TrendPoint[]
  /** Of the points, each conference counting once; percent. */
  readonly mean: number
  /** 95 % interval of the mean. */
  readonly interval: PercentInterval
  readonly conferencesMin: number
}

export type TrendAnswer = Trend | TooFew

// The feed: POST /api/feeds/live { conference } answers a ticket for one socket on /feed. Server to page only

export type LiveMessage =
  | {
      readonly type: "live"
      readonly live: Live
      readonly at: number
      /** False while the journal takes no commits: nothing is analysed then. */
      readonly recording: boolean
      /** The client's frames are coming. */
      readonly streaming: boolean
      readonly consent: ConsentState
      /** The manager switched the analysis off. */
      readonly switchedOff: boolean
    }
  /** On change. */
  | { readonly type: "illustration"; readonly view: IllustrationView }
  /** At the end, within a second. */
  | { readonly type: "report"; readonly page: ReportPage }
  /** Nothing more comes of it here: the report was said, or its actor stopped and the page asks for another feed after a while. */
  | { readonly type: "gone"; readonly reason: "ended" | "stopped" }
