/**
 * Writes the sealed commits of another store into KurrentDB so that `$all` has their order. Appends go over one stream of the
 * connection in that order, many on their way at once, which the server takes one after the other; where it says they lie is checked, and
 * a server that took them otherwise ends the copy. A repeated append is known by its event ids, so after a lost answer the same one is made again.
 */
import type { EventData } from "@kurrent/kurrentdb-client"
import type { SealedCommit } from "../../actors/commit-store.ts"
import { prepareStore } from "./commit-store-kurrentdb.ts"
import type { JournalWriter } from "./journal-writer.ts"
import { connectKurrent, KurrentError, type Place } from "./kurrentdb.ts"
import { eachAtOnce, groupsOf, isAway, nameEvent, patiently } from "./kurrentdb-appends.ts"
import { commitPrefix, eventOf, namesStream } from "./kurrentdb-events.ts"

/** Revisions held; a miss costs a read. Twice the streams of fifty conferences. */
const streamsHeldMax = 10_000
/**
 * Appends on their way at once: a leader on a disk that takes 2 ms for each durable write then takes a commit of frames in a
 * fraction of that. At most 32 MiB of the largest groups.
 */
const appendsAtOnceMax = 64
/** Streams that are looked up at once. */
const readsAtOnceMax = 16

interface Group {
  readonly stream: string
  readonly events: EventData[]
  readonly expected: bigint | "no_stream"
  readonly isFirst: boolean
}

/** Throws when the server's journal is another store's. */
export async function kurrentJournalWriter(url: string, storeId: string): Promise<JournalWriter> {
  const kurrent = await connectKurrent(url)
  const again = <A>(steps: () => Promise<A>) => patiently(steps, (error) => !isAway(error))
  try {
    if ((await again(() => prepareStore(kurrent, storeId))) !== storeId) throw new Error("it holds another journal")
  } catch (error) {
    await kurrent.close()
    throw error
  }
  /** Of the last event of each stream, -1 of none. */
  const revisions = new Map<string, bigint>()
  /** Where the last append lies, of those that the server told. */
  let last: Place = { commit: -1n, prepare: -1n }

  const lookUp = async (streams: readonly string[]) => {
    if (revisions.size + streams.length > streamsHeldMax) revisions.clear()
    const unknown = streams.filter((stream) => !revisions.has(stream))
    await eachAtOnce(unknown, readsAtOnceMax, async (stream) => {
      const [event] = await again(() => kurrent.read(commitPrefix + stream, "end", 1))
      revisions.set(stream, event?.revision ?? -1n)
    })
  }

  /** The first calls on a new connection do not reach it in their order: the one that opens it comes last. */
  let isOpen = false

  const appended = async ({ stream, events, expected, isFirst }: Group) => {
    // The name is there before the first commit.
    const named = isFirst ? kurrent.append(namesStream, [nameEvent(storeId, stream)], "any") : undefined
    if (!isOpen) await named
    const [, place] = await Promise.all([named, kurrent.append(commitPrefix + stream, events, expected)])
    return place
  }

  const heed = (place: Place | undefined) => {
    // An append that was known already may have no place.
    if (place === undefined || place.commit < 0n) return
    if (place.commit <= last.commit) {
      throw new KurrentError("other", "the server has written commits in another order than they were sent; empty it")
    }
    last = place
  }

  type Answer = { readonly place: Place | undefined } | { readonly error: unknown }
  const attempt = (group: Group): Promise<Answer> =>
    appended(group).then(
      (place) => ({ place }),
      (error: unknown) => ({ error })
    )

  /** Sends all in their order. After a lost answer everything from there on is sent again, one after the other. */
  const send = async (groups: readonly Group[]) => {
    const onTheirWay: Promise<Answer>[] = []
    for (let [next, done] = [0, 0]; done < groups.length; done++) {
      while (next < groups.length && next - done < (isOpen ? appendsAtOnceMax : 1))
        onTheirWay.push(attempt(groups[next++]!))
      const answer = await onTheirWay.shift()!
      isOpen = "place" in answer
      if ("place" in answer) {
        heed(answer.place)
        continue
      }
      // None goes on behind the caller's back.
      await Promise.all(onTheirWay)
      if (!isAway(answer.error)) throw answer.error
      for (const group of groups.slice(done)) heed(await again(() => appended(group)))
      return
    }
  }

  return {
    async add(commits) {
      await lookUp([...new Set(commits.map(({ stream }) => stream))])
      const groups: Group[] = []
      for (const run of runsOf(commits)) {
        const { stream } = run[0]!
        for (const group of groupsOf(run)) {
          const revision = revisions.get(stream)!
          const events: EventData[] = []
          for (const commit of group) events.push(await again(() => eventOf(kurrent, storeId, commit)))
          const isFirst = revision < 0n
          groups.push({ stream, events, expected: isFirst ? "no_stream" : revision, isFirst })
          revisions.set(stream, revision + BigInt(group.length))
        }
      }
      try {
        await send(groups)
      } catch (error) {
        // What is there must be asked again.
        revisions.clear()
        throw error
      }
    },
    close: () => kurrent.close()
  }
}

/** Neighbours of one stream together. */
function* runsOf(commits: readonly SealedCommit[]): Generator<readonly SealedCommit[]> {
  let from = 0
  for (let at = 1; at <= commits.length; at++) {
    if (commits[at]?.stream === commits[from]!.stream) continue
    yield commits.slice(from, at)
    from = at
  }
}
