/**
 * The log of the in-process KurrentDB: what its documentation promises of expected revisions, repeated event ids, positions
 * in `$all`, deletes and tombstones. It keeps everything in memory and knows nothing of gRPC.
 */

export interface Proposed {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly metadata: Uint8Array
  readonly data: Uint8Array
}

export interface Recorded extends Proposed {
  stream: string
  readonly revision: number
  /** Of the last event in its append: an event is visible when all of them are. */
  readonly commit: number
  /** Its own place. */
  readonly prepare: number
  data: Uint8Array
  metadata: Uint8Array
}

export type Expected = number | "any" | "no stream" | "stream exists"

export type Appended =
  | { readonly outcome: "written"; readonly revision: number; readonly commit: number; readonly prepare: number }
  | { readonly outcome: "wrong revision"; readonly current: number | undefined }
  | { readonly outcome: "deleted" }
  | { readonly outcome: "too large" }

/** Default of a server's MaxAppendSize. */
export const appendBytesMax = 1024 * 1024

interface Stream {
  events: Recorded[]
  /** Of the next event; deleting does not take it back. */
  next: number
  tombstoned: boolean
}

export function makeLog() {
  const all: Recorded[] = []
  const streams = new Map<string, Stream>()
  let end = 100

  const streamOf = (name: string): Stream => {
    const held = streams.get(name) ?? { events: [], next: 0, tombstoned: false }
    streams.set(name, held)
    return held
  }
  const currentOf = ({ next }: Stream) => (next === 0 ? undefined : next - 1)

  /** An append that was made already, in this order and at this place. */
  const repeatedIn = ({ events }: Stream, expected: Expected, proposed: readonly Proposed[]) => {
    if (proposed.length === 0) return undefined
    const at =
      typeof expected === "number"
        ? events.findIndex(({ revision }) => revision === expected + 1)
        : expected === "no stream"
          ? 0
          : events.findIndex(({ id }) => id === proposed[0]!.id)
    if (at < 0 || !proposed.every(({ id }, index) => events[at + index]?.id === id)) return undefined
    return events[at + proposed.length - 1]!
  }

  const isExpected = (stream: Stream, expected: Expected): boolean => {
    if (expected === "any") return true
    if (expected === "no stream") return stream.events.length === 0
    if (expected === "stream exists") return stream.events.length > 0
    return currentOf(stream) === expected
  }

  return {
    append(name: string, expected: Expected, proposed: readonly Proposed[]): Appended {
      const stream = streamOf(name)
      if (stream.tombstoned) return { outcome: "deleted" }
      const bytes = proposed.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0)
      if (bytes > appendBytesMax) return { outcome: "too large" }
      const unexpected = !isExpected(stream, expected)
      const repeated = unexpected || expected === "any" ? repeatedIn(stream, expected, proposed) : undefined
      if (repeated !== undefined) return { outcome: "written", ...repeated }
      if (unexpected) return { outcome: "wrong revision", current: currentOf(stream) }
      const prepares = proposed.map((event) => {
        const prepare = end
        end += 64 + event.data.length + event.metadata.length
        return prepare
      })
      const commit = prepares.at(-1)!
      proposed.forEach((event, index) => {
        const recorded = { ...event, stream: name, revision: stream.next++, commit, prepare: prepares[index]! }
        stream.events.push(recorded)
        all.push(recorded)
      })
      return { outcome: "written", revision: stream.next - 1, commit, prepare: commit }
    },

    /** Events of a stream from a revision on, or to it when backwards; `undefined` when there is no such stream. */
    read(name: string, from: number | "end", backwards: boolean, eventsMax: number) {
      const stream = streams.get(name)
      if (stream?.tombstoned) return "deleted" as const
      if (stream === undefined || stream.events.length === 0) return undefined
      const { events } = stream
      if (backwards) {
        const before = events.filter(({ revision }) => from === "end" || revision <= from)
        return before.reverse().slice(0, eventsMax)
      }
      if (from === "end") return []
      let at = Math.min(from, events.length)
      // Revisions have gaps only behind a removal, so the event is at its revision or before it.
      while (at > 0 && events[at - 1]!.revision >= from) at--
      return events.slice(at, at + eventsMax)
    },

    /** From a place on, that place included. */
    readAll(
      place: { readonly commit: bigint; readonly prepare: bigint } | undefined,
      eventsMax: number,
      isAsked: (name: string) => boolean
    ) {
      const found: Recorded[] = []
      for (
        let at = place === undefined ? 0 : firstFrom(all, place);
        at < all.length && found.length < eventsMax;
        at++
      ) {
        if (isAsked(all[at]!.stream)) found.push(all[at]!)
      }
      return found
    },

    /** A deleted stream begins anew behind its last revision; a tombstoned one never does. */
    delete(name: string, expected: Expected, forever: boolean): Appended {
      const stream = streamOf(name)
      if (stream.tombstoned) return { outcome: "deleted" }
      if (!isExpected(stream, expected)) return { outcome: "wrong revision", current: currentOf(stream) }
      stream.events = []
      stream.tombstoned = forever
      return { outcome: "written", revision: stream.next - 1, commit: end, prepare: end }
    },

    /** What a hand on the files of a real server would do. */
    behindItsBack: {
      all,
      remove(event: Recorded) {
        all.splice(all.indexOf(event), 1)
        const { events } = streamOf(event.stream)
        events.splice(events.indexOf(event), 1)
      },
      move(event: Recorded, name: string) {
        const { events } = streamOf(event.stream)
        events.splice(events.indexOf(event), 1)
        event.stream = name
        const target = streamOf(name).events
        target.push(event)
        target.sort((one, other) => one.revision - other.revision)
      }
    }
  }
}

export type KurrentLog = ReturnType<typeof makeLog>

function firstFrom(
  all: readonly Recorded[],
  { commit, prepare }: { readonly commit: bigint; readonly prepare: bigint }
) {
  let [low, high] = [0, all.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const event = all[middle]!
    const before = BigInt(event.commit) < commit || (BigInt(event.commit) === commit && BigInt(event.prepare) < prepare)
    if (before) low = middle + 1
    else high = middle
  }
  return low
}
