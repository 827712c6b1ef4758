/** What a running server has put on record, read from its journal of operations. */
import { Effect, Stream } from "effect"
import { EventStore } from "../../actors/event-store.ts"
import { operationsStream } from "../../actors/operations.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import type { OperationsEvent } from "../../machines/operations-events.ts"
import type { TestServer } from "./core.ts"

export async function recordedOf({ dataFolder }: TestServer): Promise<readonly OperationsEvent[]> {
  const read = Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read(operationsStream)))
  const commits = await Effect.runPromise(Effect.provide(read, journalAt({ folder: dataFolder, readOnly: true })))
  return commits.flatMap(({ events }) => events) as unknown as readonly OperationsEvent[]
}
