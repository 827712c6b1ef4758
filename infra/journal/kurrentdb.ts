/**
 * A connection to KurrentDB: appends with an expected revision, reads of streams and of the global order, each with a
 * bound on how long it waits for an answer. It knows nothing of commits and tries nothing twice.
 */
import type { EventData, KurrentDBClient, RecordedEvent } from "@kurrent/kurrentdb-client"

/** Longest wait for one answer, in milliseconds; the client's own default, which it does not keep for every call. */
const answerMsMax = 10_000

/** What tells the failures apart that callers treat differently. */
export type KurrentFailure =
  | "away"
  | "refused"
  | "wrong revision"
  | "deleted"
  | "too large"
  | "not a checkpoint"
  | "other"

export class KurrentError extends Error {
  readonly failure: KurrentFailure
  constructor(failure: KurrentFailure, why: string) {
    super(why)
    this.failure = failure
  }
}

export interface Place {
  readonly commit: bigint
  readonly prepare: bigint
}

export interface Kurrent {
  /**
   * Answers when the events are durable, and where the server says they lie; for an append that it knew already it may say nothing.
   * `expected` is the revision of the stream's last event. Of appends that are not waited for, a later one may be written without an earlier one.
   */
  append(stream: string, events: EventData[], expected: bigint | "any" | "no_stream"): Promise<Place | undefined>
  /** Nothing of a stream that is not there. */
  read(stream: string, from: bigint | "end", eventsMax: number): Promise<readonly RecordedEvent[]>
  /** Events after the place, of streams whose name begins so, in the order of the log. */
  readAll(prefix: string, after: Place | undefined, eventsMax: number): Promise<readonly RecordedEvent[]>
  close(): Promise<void>
}

export const isKurrentAddress = (url: string) => /^kurrentdb(\+discover)?:\/\//.test(url)

/** Without credentials, certificates and settings. */
export const kurrentAddressOf = (url: string) =>
  url.replace(/^[^:]+:\/\/([^@/]*@)?/, "").replace(/[/?].*$/, "") || "no host"

/** The package brings a native reader, so only a server on this store loads it. */
export async function connectKurrent(url: string): Promise<Kurrent> {
  const { KurrentDBClient: Client, streamNameFilter } = await import("@kurrent/kurrentdb-client")
  let client: KurrentDBClient = Client.connectionString(url)

  /** Runs a call on the client of now; one that does not answer is given up, and the next call has a new one. */
  const asked = async <A>(call: (client: KurrentDBClient) => Promise<A>): Promise<A> => {
    const own = client
    try {
      return await call(own)
    } catch (error) {
      const failed = failureOf(error)
      if (failed.failure === "away" && own === client) {
        client = Client.connectionString(url)
        own.dispose().catch(() => {})
      }
      throw failed
    }
  }

  const collected = async (events: AsyncIterable<{ readonly event?: RecordedEvent }>) => {
    const found: RecordedEvent[] = []
    const iterator = events[Symbol.asyncIterator]()
    while (true) {
      const next = await inTime(iterator.next())
      if (next.done) return found
      if (next.value.event !== undefined) found.push(next.value.event)
    }
  }

  return {
    append: (stream, events, expected) =>
      asked(async (own) => {
        return (await inTime(own.appendToStream(stream, events, { streamState: expected }))).position
      }),
    read: (stream, from, eventsMax) =>
      asked(async (own) => {
        const options =
          from === "end"
            ? ({ direction: "backwards", fromRevision: "end" } as const)
            : ({ direction: "forwards", fromRevision: from } as const)
        try {
          return await collected(own.readStream(stream, { ...options, maxCount: eventsMax, requiresLeader: true }))
        } catch (error) {
          if (typeOf(error) === "stream-not-found") return []
          throw error
        }
      }),
    readAll: (prefix, after, eventsMax) =>
      asked(async (own) => {
        const filter = streamNameFilter({ prefixes: [prefix] })
        // A read begins with the event at the place itself.
        const events = own.readAll({
          filter,
          fromPosition: after ?? "start",
          maxCount: eventsMax + (after === undefined ? 0 : 1)
        })
        const found = await collected(events)
        const rest = found.filter(({ position }) => after === undefined || isBehind(position!, after))
        return rest.slice(0, eventsMax)
      }),
    close: () => client.dispose()
  }
}

const isBehind = (one: Place, other: Place) =>
  one.commit > other.commit || (one.commit === other.commit && one.prepare > other.prepare)

async function inTime<A>(answer: Promise<A>): Promise<A> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const why = `the server has not answered for ${answerMsMax / 1000} s`
    timer = setTimeout(() => reject(new KurrentError("away", why)), answerMsMax)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

const typeOf = (error: unknown) => (error as { readonly type?: string } | null)?.type

function failureOf(error: unknown): KurrentError {
  if (error instanceof KurrentError) return error
  const said = (error instanceof Error ? error.message : String(error)) || "it gave no reason"
  switch (typeOf(error)) {
    case "wrong-expected-version":
      return new KurrentError("wrong revision", "another writer has appended to the stream since it was read")
    case "access-denied":
      return new KurrentError("refused", "the server refuses these credentials")
    case "stream-deleted":
    case "stream-tombstoned":
      return new KurrentError("deleted", "somebody has deleted a stream of the journal on the server")
    case "maximum-append-size-exceeded":
      return new KurrentError("too large", "the server's bound on an append is smaller than the default of 1 MiB")
    case "unavailable":
    case "deadline-exceeded":
    case "cancelled":
    case "not-leader":
      // The reader says no more than the name of its error.
      return new KurrentError("away", `the server does not answer${/^\w*Error$/.test(said) ? "" : ` (${said})`}`)
  }
  // Names come here before a channel was ever made, when no member of the cluster could be found.
  const unreachable = /ECONN|ENOTFOUND|EAI_AGAIN|No connection|Failed to discover|Connect\b|transport error/i.test(said)
  const unauthenticated = /unauthenticated/i.test(said)
  if (unauthenticated) return new KurrentError("refused", "the server refuses these credentials")
  return new KurrentError(unreachable ? "away" : "other", unreachable ? `the server does not answer (${said})` : said)
}

/** What to do next, by what failed. */
export function adviceOf(error: unknown): string {
  switch (error instanceof KurrentError ? error.failure : "other") {
    case "refused":
      return "Check the name and password in the address; the account must read and write streams"
    case "deleted":
      return "Restore the journal from a copy, and find out who or what deleted it"
    case "too large":
      return "Set MaxAppendSize of the server back to its default of 1 MiB or more"
    case "not a checkpoint":
      return "Rebuild what followed another store with `mimika rebuild`"
    default:
      return "Check that the server runs and that the address is right, then try again with the same command ids: what became durable will be recognised"
  }
}
