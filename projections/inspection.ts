/**
 * What the inspector's feed tells: events in the shapes of `@statelyai/inspect` (version 0.7), so that tools which know those can listen
 * too. Types and the one function that makes them; nothing here reads a clock or an actor.
 */
import { type MachineName, masked } from "./past.ts"

interface Common {
  readonly rootId: string
  readonly sessionId: string
  /** Milliseconds since 1970, as text, as the package has it. */
  readonly createdAt: string
  readonly id: string
  readonly _version: string
}

export interface Inspected {
  readonly status: string
  readonly value: unknown
  readonly context: unknown
}

export type InspectionMessage =
  | (Common & {
      readonly type: "@xstate.actor"
      readonly name: string
      readonly snapshot: Inspected
      readonly parentId: string | undefined
      /** Never told: the viewer has the machine itself. */
      readonly definition: string | undefined
    })
  | (Common & {
      readonly type: "@xstate.event"
      readonly event: { readonly type: string } & Readonly<Record<string, unknown>>
      readonly sourceId: string | undefined
    })
  | (Common & {
      readonly type: "@xstate.snapshot"
      readonly snapshot: Inspected
      readonly event: { readonly type: string }
    })

/** Of the package whose shapes these are. */
export const shapesVersion = "0.7.2"

/** A batch for one machine, at most ten times a second; `missed`: events left out because too many came. */
export interface InspectionBatch {
  readonly type: "inspection"
  readonly machine: MachineName
  readonly version: number
  readonly durableVersion: number
  readonly missed: number
  readonly messages: readonly InspectionMessage[]
}

export interface Seen {
  readonly machine: MachineName
  readonly conference: string
  readonly snapshot: Inspected
  readonly events: readonly ({ readonly type: string; readonly at: number } & Readonly<Record<string, unknown>>)[]
  /** The first batch introduces the actor. */
  readonly isFirst: boolean
  /** Counts the messages of this reader. */
  readonly firstNumber: number
  readonly at: number
}

/** Events, then the snapshot they led to; everything masked. */
export function messagesOf({ machine, conference, snapshot, events, isFirst, firstNumber, at }: Seen) {
  const sessionId = `${machine}:${conference.slice(0, 8)}`
  let number = firstNumber
  const common = (createdAt: number) => ({
    rootId: sessionId,
    sessionId,
    createdAt: String(createdAt),
    id: String(number++),
    _version: shapesVersion
  })
  const shown: Inspected = { status: snapshot.status, value: snapshot.value, context: masked(snapshot.context) }
  const messages: InspectionMessage[] = []
  if (isFirst) {
    messages.push({
      type: "@xstate.actor",
      name: machine,
      snapshot: shown,
      parentId: undefined,
      definition: undefined,
      ...common(at)
    })
  }
  for (const event of events) {
    const told = masked(event) as { type: string }
    messages.push({ type: "@xstate.event", event: told, sourceId: undefined, ...common(event.at) })
  }
  messages.push({
    type: "@xstate.snapshot",
    snapshot: shown,
    event: { type: events.at(-1)?.type ?? "" },
    ...common(at)
  })
  return messages
}
