/** A past state of one of a conference's two machines, as `actors/past.ts` finds it and pages show it. Types, and what is masked for developers. */
export const machineNames = ["conference", "illustration"] as const
export type MachineName = (typeof machineNames)[number]

export interface PastEvent {
  /** Its place in the stream, 1 for the first. */
  readonly version: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly type: string
}

export interface PastState {
  readonly conference: string
  readonly machine: MachineName
  /** The event that led here; 0: nothing had happened yet. */
  readonly version: number
  /** Events in the stream. */
  readonly versionCount: number
  readonly state: string
  readonly event: (PastEvent & Readonly<Record<string, unknown>>) | null
  /** The machine's memory then. */
  readonly context: Readonly<Record<string, unknown>>
  /** Some events before and after, oldest first. */
  readonly around: readonly PastEvent[]
  /** What the client saw then; null: nothing was shared. */
  readonly picture: { readonly variantIndex: number; readonly sha256: string; readonly svg: string } | null
  /** First and last moment of the stream. */
  readonly from: number
  readonly to: number
}

/** Whether the commit that holds the event is in the log that proves the journal. */
export type ProofStatus =
  | { readonly state: "proven"; readonly leafNumber: number; readonly treeSize: number; readonly cosigned: boolean }
  | { readonly state: "waiting" }
  | { readonly state: "notProven" }

/** Fields that say who somebody is, or what was said to them. */
const personal = new Set([
  "subject",
  "manager",
  "call",
  "prompt",
  "remark",
  "name",
  "source",
  "svg",
  "reason",
  "offer",
  "piece",
  "message"
])

/** The same with personal data taken out: pseudonyms cut short, words replaced by their length. */
export function masked(value: unknown, key = ""): unknown {
  if (typeof value === "string") {
    if (!personal.has(key)) return value
    return /^[0-9a-f-]{32,}$/.test(value) ? `${value.slice(0, 4)}…` : `•••(${value.length})`
  }
  if (Array.isArray(value)) return value.map((one) => masked(one, key))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one, name)]))
}
