/**
 * The journal put together: events are encoded, sealed and handed to a commit store; what is read is opened, decoded
 * and checked to continue its stream. It decides nothing about durability or order, which are the commit store's.
 */
import { join } from "node:path"
import { Clock, Effect, Layer, Option, Result, Stream } from "effect"
import { CommitStore, pageCommitsMax, type SealedCommit, type StoredCommit } from "../../actors/commit-store.ts"
import {
  type Checkpoint,
  type Commit,
  type CommitRecord,
  type CommitRefused,
  EventStore,
  KeyDamaged,
  StaleStream,
  StoreUnavailable,
  SubjectErased,
  UnencodableCommit,
  UnreadableCommit
} from "../../actors/event-store.ts"
import { stampedAll, upcast } from "../../machines/upcasters.ts"
import { DamagedKey, KeyStore } from "../keys/key-store.ts"
import { sqliteKeyStore } from "../keys/key-store-sqlite.ts"
import type { MasterKey } from "../keys/master-key.ts"
import { fileMasterKey } from "../keys/master-key-file.ts"
import { decodeEvents, encodeEvents } from "./commit-codec.ts"
import { kurrentCommitStore } from "./commit-store-kurrentdb.ts"
import { postgresCommitStore } from "./commit-store-postgres.ts"
import { sqliteCommitStore } from "./commit-store-sqlite.ts"
import { NotEncodable } from "./exact-json.ts"
import { keyIdOf, makeSealer } from "./sealing.ts"

/** Characters of a stream name or a command id; both are ids, and both are in an index. */
const idCharactersMax = 200
/** Events in one stream: what a 32-bit column holds, and 154 days of one conference at 30 fps. */
const versionMax = 2_000_000_000

export interface KeysOptions {
  /** Where keys lie; by default `<folder>/keys`. Keep it out of the journal's backups. */
  readonly keysFolder?: string
  /** By default the file `<keysFolder>/master.key`, made at first start. */
  readonly masterKey?: MasterKey
  /** Reads beside the process that writes; appending then fails. */
  readonly readOnly?: boolean
}

/** The embedded journal: everything in one folder, one writing process. */
export function embeddedEventStore(options: KeysOptions & { readonly folder: string }) {
  return sealedEventStore().pipe(
    Layer.provideMerge(keysIn(options.folder, options)),
    Layer.provideMerge(sqliteCommitStore(options))
  )
}

/** The journal in PostgreSQL, shared by any number of processes; `folder` holds the keys. */
export function postgresEventStore(options: KeysOptions & { readonly url: string; readonly folder: string }) {
  return sealedEventStore().pipe(
    Layer.provideMerge(keysIn(options.folder, options)),
    Layer.provideMerge(postgresCommitStore(options))
  )
}

/** The journal in KurrentDB; `folder` holds the keys. */
export function kurrentEventStore(options: KeysOptions & { readonly url: string; readonly folder: string }) {
  return sealedEventStore().pipe(
    Layer.provideMerge(keysIn(options.folder, options)),
    Layer.provideMerge(kurrentCommitStore(options))
  )
}

export function keysIn(folder: string, options: KeysOptions) {
  const keysFolder = options.keysFolder ?? join(folder, "keys")
  return sqliteKeyStore({
    path: join(keysFolder, "keys.sqlite"),
    masterKey: options.masterKey ?? fileMasterKey(join(keysFolder, "master.key")),
    readOnly: options.readOnly ?? false
  })
}

/** The event store over any commit store and key store. A new layer at each call: Effect shares a layer it has built already. */
export const sealedEventStore = () => Layer.effect(EventStore, makeEventStore)

const makeEventStore = Effect.gen(function* () {
  const commits = yield* CommitStore
  const keys = yield* KeyStore
  const sealer = makeSealer(commits.storeId, keys)

  const heedKeys = Effect.map(keys.refresh(), (generation) => sealer.heed(generation))

  const seal = (commit: Commit, committedAt: number): SealedCommit => {
    const { stream, expectedVersion, commandId, keyScope, events } = commit
    requireId("stream name", stream)
    requireId("command id", commandId)
    if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0 || expectedVersion > versionMax) {
      throw new NotEncodable(`the expected version ${expectedVersion} is not a count up to ${versionMax}`)
    }
    const encoded = encodeEvents(stampedAll(events))
    const key = keys.keyOf(keyScope)
    if (key === "destroyed") {
      const id = keys.idOf(keyScope)
      throw new SubjectErased({ stream, action: "append to", by: id === null ? "erasure" : keys.destroyedBy(id) })
    }
    const place = { stream, firstVersion: expectedVersion + 1, eventCount: events.length, commandId, committedAt }
    return { ...place, sealed: sealer.seal(place, key, encoded) }
  }

  const trySeal = (commit: Commit, committedAt: number) =>
    Effect.suspend((): Effect.Effect<Result.Result<SealedCommit, CommitRefused>, StoreUnavailable> => {
      try {
        return Effect.succeed(Result.succeed(seal(commit, committedAt)))
      } catch (error) {
        if (error instanceof SubjectErased) return Effect.succeed(Result.fail(error))
        if (error instanceof DamagedKey) {
          return Effect.succeed(Result.fail(new KeyDamaged({ stream: commit.stream, keyId: error.keyId })))
        }
        if (error instanceof NotEncodable) {
          return Effect.succeed(Result.fail(new UnencodableCommit({ stream: commit.stream, why: error.message })))
        }
        return Effect.fail(keysUnavailable(error))
      }
    })

  const appendAll = Effect.fnUntraced(function* (asked: readonly Commit[]) {
    if (asked.length === 0) return []
    yield* heedKeys
    const now = yield* Clock.currentTimeMillis
    const attempts = yield* Effect.forEach(asked, (commit) => trySeal(commit, now))
    const sealed = attempts.filter(Result.isSuccess).map((attempt) => attempt.success)
    const outcomes = sealed.length === 0 ? [] : yield* commits.append(sealed)
    let index = 0
    return attempts.map((attempt, asking): Result.Result<number, CommitRefused> => {
      if (Result.isFailure(attempt)) return Result.fail(attempt.failure)
      const { outcome, version } = outcomes[index++]!
      if (outcome !== "stale") return Result.succeed(version)
      const { stream, expectedVersion } = asked[asking]!
      return Result.fail(new StaleStream({ stream, expectedVersion, actualVersion: version }))
    })
  })

  /** Opens one stored commit; an erased one has no events left. */
  const open = (stored: StoredCommit): CommitRecord => {
    const { stream, firstVersion, eventCount, commandId, committedAt } = stored
    const record = {
      stream,
      firstVersion,
      lastVersion: firstVersion + eventCount - 1,
      commandId,
      committedAt,
      checkpoint: stored.cursor as Checkpoint
    }
    const plain = sealer.open(stored)
    if (plain === "destroyed") return { ...record, events: [], erased: keys.destroyedBy(keyIdOf(stored.sealed)) }
    if (!(plain instanceof Uint8Array)) throw new UnreadableCommit({ stream, firstVersion, ...plain })
    try {
      return { ...record, events: decodeEvents(plain).map(upcast), erased: false }
    } catch (error) {
      throw new UnreadableCommit({
        stream,
        firstVersion,
        why: `it opens, but its events cannot be decoded (${(error as Error).message})`,
        advice: "Read it with the version that wrote it"
      })
    }
  }

  const openAll = (page: readonly StoredCommit[]) =>
    Effect.andThen(
      heedKeys,
      Effect.try({
        try: () => page.map(open),
        catch: (error) => (error instanceof UnreadableCommit ? error : keysUnavailable(error))
      })
    )

  const readAll = Effect.fnUntraced(function* (after: Checkpoint, commitsMax: number) {
    const records = yield* openAll(yield* commits.readAll(after, commitsMax))
    return { records, checkpoint: records.at(-1)?.checkpoint ?? after }
  })

  const read = (stream: string, fromVersion = 1, erased: "refused" | "passed" = "refused") =>
    Stream.paginate({ next: fromVersion, started: false }, (state) =>
      Effect.gen(function* () {
        const page = yield* commits.readStream(stream, state.next, pageCommitsMax)
        const records = yield* openAll(page)
        let { next, started } = state
        for (const record of records) {
          if (record.erased && erased === "refused") {
            return yield* new SubjectErased({ stream, action: "read", by: record.erased })
          }
          const continues =
            record.firstVersion === next || (!started && record.firstVersion < next && next <= record.lastVersion)
          if (!continues) {
            return yield* new UnreadableCommit({
              stream,
              firstVersion: next,
              why: `it is missing, the next one begins at version ${record.firstVersion}`,
              advice: "Restore the journal from a backup, and find out who or what wrote to its files"
            })
          }
          next = record.lastVersion + 1
          started = true
        }
        const ended = page.length < pageCommitsMax
        return [records, ended ? Option.none() : Option.some({ next, started })] as const
      })
    )

  const follow = (after: Checkpoint) =>
    Stream.paginate({ checkpoint: after, end: null as Effect.Effect<void> | null }, ({ checkpoint, end }) =>
      Effect.gen(function* () {
        // The page before was the last one: there is more once its signal, asked for before it was read, is raised.
        if (end !== null) yield* Effect.raceFirst(end, Effect.sleep(commits.pollMs))
        const next = commits.nextAppend()
        const { records, checkpoint: read } = yield* readAll(checkpoint, pageCommitsMax)
        return [records, Option.some({ checkpoint: read, end: records.length < pageCommitsMax ? next : null })] as const
      })
    )

  return EventStore.of({
    appendEveryMs: commits.appendEveryMs,
    append: (commit) => Effect.flatMap(appendAll([commit]), ([outcome]) => Effect.fromResult(outcome!)),
    appendAll,
    read,
    follow,
    readAll,
    streams: () =>
      Stream.paginate("", (afterStream) =>
        Effect.map(commits.listStreams(afterStream, pageCommitsMax), (page) => {
          const more = page.length === pageCommitsMax ? Option.some(page.at(-1)!.stream) : Option.none()
          return [page, more] as const
        })
      ),
    health: () => commits.health()
  })
})

function requireId(what: string, id: string): void {
  const fits =
    typeof id === "string" && id.length > 0 && id.length <= idCharactersMax && id.isWellFormed() && !id.includes("\0")
  if (!fits) throw new NotEncodable(`its ${what} is not a text of 1 to ${idCharactersMax} characters without NUL`)
}

function keysUnavailable(error: unknown): StoreUnavailable {
  return new StoreUnavailable({
    action: "use the key store",
    why: error instanceof Error ? error.message : String(error),
    advice: "Try again; if it repeats, check the key store's file and disk"
  })
}
