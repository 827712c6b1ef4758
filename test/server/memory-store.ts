/** An event store in memory whose failures a test decides: only for what the host does with them. The real ones have a contract suite. */
import { Effect, Layer, Result, Stream } from "effect"
import { type Commit, type CommitRecord, EventStore, StaleStream, StoreUnavailable } from "../../actors/event-store.ts"

export class MemoryStore {
  readonly commits: CommitRecord[] = []
  /** The next appends fail as a whole, before or after they took effect. */
  failures: ("before" | "after")[] = []
  appendCalls = 0

  versionOf(stream: string): number {
    return this.commits.filter((commit) => commit.stream === stream).at(-1)?.lastVersion ?? 0
  }

  eventsOf(stream: string) {
    return this.commits.filter((commit) => commit.stream === stream).flatMap(({ events }) => events)
  }

  #take(commit: Commit): Result.Result<number, StaleStream> {
    const { stream, commandId, expectedVersion, events } = commit
    const known = this.commits.find((record) => record.stream === stream && record.commandId === commandId)
    if (known !== undefined) return Result.succeed(known.lastVersion)
    const actualVersion = this.versionOf(stream)
    if (actualVersion !== expectedVersion)
      return Result.fail(new StaleStream({ stream, expectedVersion, actualVersion }))
    const lastVersion = actualVersion + events.length
    const place = { stream, firstVersion: actualVersion + 1, lastVersion, commandId, committedAt: 0 }
    this.commits.push({ ...place, events: [...events], erased: false, checkpoint: "" as CommitRecord["checkpoint"] })
    return Result.succeed(lastVersion)
  }

  readonly layer = Layer.succeed(EventStore)({
    appendEveryMs: 10,
    append: (commit) => Effect.suspend(() => Effect.fromResult(this.#take(commit))),
    appendAll: (commits) =>
      Effect.suspend(() => {
        this.appendCalls += 1
        const failure = this.failures.shift()
        const unavailable = new StoreUnavailable({ action: "append", why: "the test says so", advice: "Wait" })
        if (failure === "before") return Effect.fail(unavailable)
        const outcomes = commits.map((commit) => this.#take(commit))
        return failure === "after" ? Effect.fail(unavailable) : Effect.succeed(outcomes)
      }),
    read: (stream, fromVersion = 1) =>
      Stream.suspend(() =>
        Stream.fromIterable(this.commits.filter((c) => c.stream === stream && c.lastVersion >= fromVersion))
      ),
    follow: () => Stream.die("not used here"),
    readAll: () => Effect.die("not used here"),
    streams: () => Stream.die("not used here"),
    health: () => Effect.die("not used here")
  })
}
