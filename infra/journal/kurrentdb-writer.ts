/**
 * Writes the sealed commits of another store into KurrentDB, one append after the other, so that `$all` has their order. A
 * repeated append is known by its event ids, so after a lost answer the same one is made again.
 */
import type { SealedCommit } from "../../actors/commit-store.ts"
import { prepareStore } from "./commit-store-kurrentdb.ts"
import type { JournalWriter } from "./journal-writer.ts"
import { connectKurrent } from "./kurrentdb.ts"
import { groupsOf, isAway, nameEvent, patiently } from "./kurrentdb-appends.ts"
import { commitPrefix, eventOf, namesStream } from "./kurrentdb-events.ts"

/** Revisions held; a miss costs a read. Twice the streams of fifty conferences. */
const streamsHeldMax = 10_000

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

  const revisionOf = async (stream: string): Promise<bigint> => {
    const held = revisions.get(stream)
    if (held !== undefined) return held
    const [last] = await again(() => kurrent.read(commitPrefix + stream, "end", 1))
    if (last === undefined) await again(() => kurrent.append(namesStream, [nameEvent(storeId, stream)], "any"))
    return last?.revision ?? -1n
  }

  const append = async (stream: string, commits: readonly SealedCommit[]) => {
    const revision = await revisionOf(stream)
    const events: Parameters<typeof kurrent.append>[1] = []
    for (const commit of commits) events.push(await again(() => eventOf(kurrent, storeId, commit)))
    await again(() => kurrent.append(commitPrefix + stream, events, revision < 0n ? "no_stream" : revision))
    if (revisions.size >= streamsHeldMax) revisions.clear()
    revisions.set(stream, revision + BigInt(commits.length))
  }

  return {
    add: async (commits) => {
      for (const run of runsOf(commits)) {
        for (const group of groupsOf(run)) await append(run[0]!.stream, group)
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
