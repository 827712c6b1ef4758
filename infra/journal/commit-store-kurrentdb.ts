/**
 * Sealed commits in KurrentDB. One commit is one event; expected revisions are the fence; the global order is that of `$all`,
 * which has one writer and shows an event only when everything before it is there, so nothing is skipped. It deletes nothing:
 * what is erased is erased by its key.
 */
import { randomUUID } from "node:crypto"
import { Effect, Layer } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { StoreUnavailable, type StreamEntry } from "../../actors/event-store.ts"
import { makeAppendSignal } from "./append-signal.ts"
import { adviceOf, connectKurrent, type Kurrent, KurrentError, kurrentAddressOf } from "./kurrentdb.ts"
import { eachAtOnce, isAway, kurrentAppender, patiently } from "./kurrentdb-appends.ts"
import {
  commitOf,
  commitPrefix,
  eventIdOf,
  jsonEventOf,
  lastVersionOf,
  metadataOf,
  namesStream,
  placeOf,
  storeStream
} from "./kurrentdb-events.ts"

/** How soon a follower sees what other processes appended, in milliseconds. */
const pollMs = 100
/** The closest that groups of commits may be: what an append takes is mostly the server's. */
const appendEveryMs = 10
const layoutVersion = 1
/** Ends of pages held, so that the next page begins without a search: twice the streams of fifty conferences. */
const endsHeldMax = 1_000
const namesPageMax = 4_096
/** Last versions asked for at the same time. */
const readsAtOnceMax = 16

/** The store in the streams `mimika…` of the server, made when they are not there. */
export function kurrentCommitStore(options: { readonly url: string; readonly readOnly?: boolean }) {
  const address = kurrentAddressOf(options.url)
  const open = async () => {
    const kurrent = await connectKurrent(options.url)
    try {
      return { kurrent, storeId: await prepareStore(kurrent, options.readOnly ? undefined : randomUUID()) }
    } catch (error) {
      await kurrent.close()
      throw error
    }
  }
  const notOpened = (error: unknown) =>
    new StoreUnavailable({
      action: `open the journal in KurrentDB at "${address}"`,
      why: (error as Error).message,
      advice: adviceOf(error)
    })
  return Layer.effect(
    CommitStore,
    Effect.map(
      Effect.acquireRelease(Effect.tryPromise({ try: open, catch: notOpened }), ({ kurrent }) =>
        Effect.promise(() => kurrent.close())
      ),
      ({ kurrent, storeId }) => commitStoreOf(kurrent, storeId, address)
    )
  )
}

/** The id of the store that is there; it is made with this one when there is none. */
export async function prepareStore(kurrent: Kurrent, newStoreId: string | undefined): Promise<string> {
  const find = async () => {
    const [event] = await kurrent.read(storeStream, 0n, 1)
    if (event === undefined) return undefined
    const { id, layout } = event.data as { readonly id?: unknown; readonly layout?: unknown }
    if (typeof id !== "string") throw new KurrentError("other", `its stream "${storeStream}" is not of this product`)
    if (layout !== layoutVersion) {
      throw new KurrentError("other", `its layout is version ${layout}, this program knows ${layoutVersion}`)
    }
    return id
  }
  const found = await find()
  if (found !== undefined) return found
  if (newStoreId === undefined) throw new KurrentError("other", "there is no journal here")
  try {
    const event = jsonEventOf(eventIdOf(newStoreId, storeStream, "made"), "mimika-store", {
      id: newStoreId,
      layout: layoutVersion
    })
    await kurrent.append(storeStream, [event], "no_stream")
  } catch (error) {
    // Another process has made it meanwhile.
    if (!(error instanceof KurrentError && error.failure === "wrong revision")) throw error
  }
  return (await find()) ?? newStoreId
}

function commitStoreOf(kurrent: Kurrent, storeId: string, address: string) {
  const signal = makeAppendSignal()
  const append = kurrentAppender(kurrent, storeId)
  const names = streamNames(kurrent)
  /** The version and the revision that follow the last page of a stream. */
  const ends = new Map<string, { readonly version: number; readonly revision: bigint }>()

  const attempt = <A>(action: string, steps: () => Promise<A>) =>
    Effect.tryPromise({
      try: steps,
      catch: (error) =>
        new StoreUnavailable({
          action: `${action} the journal in KurrentDB at "${address}"`,
          why: (error as Error).message,
          advice: adviceOf(error)
        })
    })
  const attemptRead = <A>(action: string, steps: () => Promise<A>) =>
    attempt(action, () => patiently(steps, (error) => !isAway(error)))

  const lastOf = async (stream: string) => (await kurrent.read(commitPrefix + stream, "end", 1))[0]

  /** The revision of the commit that holds the version, in about as many reads as the stream's length has bits. */
  const revisionOf = async (stream: string, version: number): Promise<bigint | undefined> => {
    if (version <= 1) return 0n
    const end = ends.get(stream)
    if (end?.version === version) return end.revision
    const last = await lastOf(stream)
    if (last === undefined || lastVersionOf(last) < version) return undefined
    let [low, high] = [0n, last.revision]
    // Every commit has an event or more, so a revision is below its version.
    if (high > BigInt(version - 1)) high = BigInt(version - 1)
    while (low < high) {
      const middle = (low + high + 1n) / 2n
      const [event] = await kurrent.read(commitPrefix + stream, middle, 1)
      if (event !== undefined && metadataOf(event).firstVersion <= version) low = event.revision
      else high = middle - 1n
    }
    return low
  }

  const readStream = async (stream: string, fromVersion: number, commitsMax: number) => {
    const revision = await revisionOf(stream, fromVersion)
    if (revision === undefined) return []
    const events = await kurrent.read(commitPrefix + stream, revision, commitsMax)
    const last = events.at(-1)
    if (last !== undefined) {
      ends.delete(stream)
      ends.set(stream, { version: lastVersionOf(last) + 1, revision: last.revision + 1n })
      if (ends.size > endsHeldMax) ends.delete(ends.keys().next().value!)
    }
    const commits = []
    for (const event of events) {
      if (lastVersionOf(event) >= fromVersion) commits.push(await commitOf(kurrent, event))
    }
    return commits
  }

  const listStreams = async (afterStream: string, streamsMax: number) => {
    const entries: StreamEntry[] = []
    const rest = (await names()).filter((name) => name > afterStream)
    for (let from = 0; from < rest.length && entries.length < streamsMax; from += streamsMax) {
      const versions = new Map<string, number>()
      const page = rest.slice(from, from + streamsMax)
      await eachAtOnce(page, readsAtOnceMax, async (stream) => {
        const last = await lastOf(stream)
        if (last !== undefined) versions.set(stream, lastVersionOf(last))
      })
      // A name is written before its first commit, which may not have come.
      for (const stream of page) if (versions.has(stream)) entries.push({ stream, version: versions.get(stream)! })
    }
    return entries.slice(0, streamsMax)
  }

  return CommitStore.of({
    storeId,
    pollMs,
    appendEveryMs,
    append: (commits) =>
      Effect.tap(
        attempt("append to", () => append(commits)),
        () => Effect.sync(() => signal.raise())
      ),
    readStream: (stream, fromVersion, commitsMax) =>
      attemptRead("read", () => readStream(stream, fromVersion, commitsMax)),
    readAll: (afterCursor, commitsMax) =>
      attemptRead("read", async () => {
        const commits = []
        for (const event of await kurrent.readAll(commitPrefix, placeOf(afterCursor), commitsMax)) {
          commits.push(await commitOf(kurrent, event))
        }
        return commits
      }),
    listStreams: (afterStream, streamsMax) => attemptRead("read", () => listStreams(afterStream, streamsMax)),
    nextAppend: () => signal.next(),
    health: () =>
      attemptRead("ask the health of", async () => {
        await kurrent.read(storeStream, 0n, 1)
        return { store: "kurrentdb", heldBackMs: 0, alarm: false } as const
      })
  })
}

/** All stream names in order, those that were seen held and the rest read: about 100 bytes a stream. */
function streamNames(kurrent: Kurrent): () => Promise<readonly string[]> {
  const held = new Set<string>()
  let revision = -1n
  return async () => {
    while (true) {
      const events = await kurrent.read(namesStream, revision + 1n, namesPageMax)
      for (const event of events) {
        held.add((event.data as { readonly name: string }).name)
        if (event.revision > revision) revision = event.revision
      }
      if (events.length < namesPageMax) return [...held].sort()
    }
  }
}
