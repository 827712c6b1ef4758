/**
 * Appends commits to their streams in KurrentDB. The expected revision is the fence: what is known of a stream is tried, and
 * read again when the server disagrees or its answer was lost, before anything is written again.
 */
import type { AppendOutcome, SealedCommit } from "../../actors/commit-store.ts"
import { type Kurrent, KurrentError } from "./kurrentdb.ts"
import {
  appendBytesMax,
  bytesOf,
  commitPrefix,
  eventIdOf,
  eventOf,
  jsonEventOf,
  lastVersionOf,
  metadataOf,
  namesStream
} from "./kurrentdb-events.ts"

/** Tries to learn or settle the outcome of an append after a lost answer: 0.1 + 0.2 + ... + 1.6 s, a restart of the server. */
const triesMax = 6
const firstPauseMs = 100
/** Streams that are appended to at the same time. */
const streamsAtOnceMax = 16
/** Events read at once when a stream is caught up with: about 3 MB of frames. */
const pageEventsMax = 512
/** Command ids held, about 150 bytes each: fifty conferences of an hour at four commits a second are 720,000. */
const commandsHeldMax = 1_000_000

/** What is known of a stream. It only grows, so what is known stays right. */
interface Head {
  /** Of the last event, -1 of none. */
  revision: bigint
  version: number
  /** The version after each command. */
  readonly commands: Map<string, number>
}

interface Entry {
  readonly commit: SealedCommit
  /** Its place in the answer. */
  readonly index: number
}

/** Asks again what changes nothing, when the server was away. */
export async function patiently<A>(steps: () => Promise<A>, isHopeless: (error: unknown) => boolean): Promise<A> {
  for (let tryCount = 1; ; tryCount++) {
    try {
      return await steps()
    } catch (error) {
      if (isHopeless(error) || tryCount === triesMax) throw error
      if (isAway(error)) await pause(tryCount)
    }
  }
}

export const isAway = (error: unknown) => error instanceof KurrentError && error.failure === "away"
const isBehind = (error: unknown) => error instanceof KurrentError && error.failure === "wrong revision"

export function kurrentAppender(kurrent: Kurrent, storeId: string) {
  const heads = new Map<string, Head>()
  let commandsHeld = 0

  const headOf = (stream: string): Head => {
    const held = heads.get(stream)
    heads.delete(stream)
    const head = held ?? { revision: -1n, version: 0, commands: new Map() }
    heads.set(stream, head)
    // The first is the one used longest ago.
    for (const [name, { commands }] of heads) {
      if (commandsHeld <= commandsHeldMax || name === stream) break
      commandsHeld -= commands.size
      heads.delete(name)
    }
    return head
  }

  const learn = (head: Head, commandId: string, version: number) => {
    if (!head.commands.has(commandId)) commandsHeld++
    head.commands.set(commandId, version)
  }

  const catchUp = async (stream: string, head: Head) => {
    while (true) {
      const events = await kurrent.read(commitPrefix + stream, head.revision + 1n, pageEventsMax)
      for (const event of events) {
        if (event.revision <= head.revision) continue
        learn(head, metadataOf(event).commandId, lastVersionOf(event))
        head.revision = event.revision
        head.version = lastVersionOf(event)
      }
      if (events.length < pageEventsMax) return
    }
  }

  /** Settles what is known or stale in `outcomes`; answers what continues the stream. */
  const planned = (entries: readonly Entry[], head: Head, outcomes: AppendOutcome[]) => {
    const ahead = new Map<string, number>()
    const pending: SealedCommit[] = []
    let version = head.version
    let stale = false
    for (const { commit, index } of entries) {
      const known = head.commands.get(commit.commandId) ?? ahead.get(commit.commandId)
      if (known !== undefined) outcomes[index] = { outcome: "repeated", version: known }
      else if (commit.firstVersion !== version + 1) {
        outcomes[index] = { outcome: "stale", version }
        stale = true
      } else {
        version += commit.eventCount
        ahead.set(commit.commandId, version)
        pending.push(commit)
        outcomes[index] = { outcome: "appended", version }
      }
    }
    return { pending, stale }
  }

  const appendTo = async (stream: string, entries: readonly Entry[], outcomes: AppendOutcome[]) => {
    let isCurrent = false
    const attempt = async () => {
      const head = headOf(stream)
      const isNew = head.revision < 0n
      if (isNew || !isCurrent) {
        const plan = planned(entries, head, outcomes)
        // What is known is right, but it may not be all: nothing is stale or new before a look.
        if (isNew || plan.stale) {
          await catchUp(stream, head)
          isCurrent = true
        }
      }
      const { pending } = planned(entries, head, outcomes)
      if (pending.length > 0 && head.revision < 0n) {
        await kurrent.append(namesStream, [nameEvent(storeId, stream)], "any")
      }
      for (const group of groupsOf(pending)) {
        const { revision } = head
        const events = []
        for (const commit of group) events.push(await eventOf(kurrent, storeId, commit))
        await kurrent.append(commitPrefix + stream, events, revision < 0n ? "no_stream" : revision)
        for (const commit of group) learn(head, commit.commandId, commit.firstVersion + commit.eventCount - 1)
        const reached = revision + BigInt(group.length)
        if (head.revision < reached) {
          head.revision = reached
          head.version = group.at(-1)!.firstVersion + group.at(-1)!.eventCount - 1
        }
      }
    }
    await patiently(
      async () => {
        try {
          await attempt()
        } catch (error) {
          if (isAway(error) || isBehind(error)) {
            // The next try reads before it writes.
            await catchUp(stream, headOf(stream)).catch(() => {})
            isCurrent = false
          }
          throw error
        }
      },
      (error) => !isAway(error) && !isBehind(error)
    )
  }

  return async (commits: readonly SealedCommit[]): Promise<readonly AppendOutcome[]> => {
    const outcomes = new Array<AppendOutcome>(commits.length)
    const byStream = new Map<string, Entry[]>()
    commits.forEach((commit, index) => {
      const entries = byStream.get(commit.stream)
      if (entries === undefined) byStream.set(commit.stream, [{ commit, index }])
      else entries.push({ commit, index })
    })
    await eachAtOnce([...byStream], streamsAtOnceMax, ([stream, entries]) => appendTo(stream, entries, outcomes))
    return outcomes
  }
}

export const nameEvent = (storeId: string, stream: string) =>
  jsonEventOf(eventIdOf(storeId, namesStream, stream), "mimika-stream", { name: stream })

/** Commits whose events fit into one append together. */
export function* groupsOf(commits: readonly SealedCommit[]): Generator<readonly SealedCommit[]> {
  let group: SealedCommit[] = []
  let bytes = 0
  for (const commit of commits) {
    if (group.length > 0 && bytes + bytesOf(commit) > appendBytesMax) {
      yield group
      group = []
      bytes = 0
    }
    group.push(commit)
    bytes += bytesOf(commit)
  }
  if (group.length > 0) yield group
}

/** Ends with the first failure once all that had begun are done, so that none goes on behind the caller's back. */
export async function eachAtOnce<A>(items: readonly A[], atOnceMax: number, steps: (item: A) => Promise<unknown>) {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await steps(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnceMax, items.length) }, worker))
  for (const end of ends) if (end.status === "rejected") throw end.reason
}

/** Longer after each try. */
const pause = (tryCount: number) => new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (tryCount - 1)))
