/**
 * What became of events whose shape has changed since they were written. A journal is never rewritten: an event is brought
 * to today's shape when it is read, one step for each version that passed. A step answers exactly one event, so versions
 * of a stream stay what they are. An event of a later version than this program knows is left as it is, and says so.
 *
 * To change a shape: add a step to the type's row, change its schema, and keep a golden journal of the shape before
 * (`test/golden/`). To add a type of event nothing is needed here.
 */

/** An event as it lies in the journal. `schema` is its version where that is not the first. */
export interface WrittenEvent {
  readonly type: string
  readonly schema?: unknown
  readonly [field: string]: unknown
}

type Step = (event: WrittenEvent) => WrittenEvent

/** Conferences were once started without the fingerprint of the platform's number of the call; no call has the empty one. */
const withCall: Step = (event) => ({ ...event, call: event.call ?? "" })

/** By type: the step from version 1 to 2, from 2 to 3, and so on. A step also takes what was written before versions were counted. */
const steps: ReadonlyMap<string, readonly Step[]> = new Map([["ConferenceStarted", [withCall]]])

/** The version of a type that this program writes. */
export const schemaOf = (type: string): number => 1 + (steps.get(type)?.length ?? 0)

/** The events as they are to be written: those of a later version than the first carry it. */
export function stampedAll<Event extends { readonly type: string }>(events: readonly Event[]): readonly Event[] {
  if (!events.some((event) => steps.has(event?.type))) return events
  return events.map((event) => (steps.has(event?.type) ? { ...event, schema: schemaOf(event.type) } : event))
}

/** The event in the shape of today, without its version; a later one than today's unchanged. */
export function upcast<Event extends WrittenEvent>(event: Event): Event {
  const { schema } = event
  const ahead = steps.get(event.type)
  if (ahead === undefined && schema === undefined) return event
  const written = schema === undefined ? 1 : Number(schema)
  const today = schemaOf(event.type)
  if (!Number.isInteger(written) || written < 1 || written > today) return event
  const { schema: _version, ...first } = event
  return (ahead ?? [])
    .slice(written - 1)
    .reduce<WrittenEvent>((shape, step) => step(shape), first as unknown as WrittenEvent) as Event
}

/** Whether the event is of a version that only a later program reads. It must not be folded, and not be skipped. */
export const isFromLater = (event: object): boolean => "schema" in event && event.schema !== undefined
