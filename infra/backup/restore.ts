/**
 * Brings a backup back into an empty folder, and its journal into an empty database where one is named. It refuses without the current bar list, leaves nothing
 * behind when it fails, and is done only when the stores have been opened, read through, and rid of everybody who was
 * erased since the backup was made.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { beginning, EventStore } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { Subjects } from "../../actors/subjects.ts"
import { masterKeyFile } from "../journal/journal.ts"
import { barListFile } from "../subjects/bar-list.ts"
import { storesAt } from "../subjects/subject-desk.ts"
import { attempt, barCountIn, wrapperOf } from "./backup.ts"
import { type BackupHeader, openBackup } from "./backup-file.ts"
import { sha256Of, unbundle } from "./file-bundle.ts"
import { copyIntoPostgres, removeFromPostgres } from "./postgres-copy.ts"

const pageCommitsMax = 512

export interface RestoreOptions {
  readonly file: string
  /** An empty folder, or one that is not there. */
  readonly data: string
  /** An empty PostgreSQL database for the journal; without it the embedded store. */
  readonly journal?: string | undefined
  /** A backup of the keys, or a keys folder that survived. */
  readonly keys: string
  /** The current list. */
  readonly bars: string
  /** The master key's file, where the provider is the file and `keys` is a backup. */
  readonly masterKey?: string | undefined
  readonly actor: string
  readonly purpose: string
}

export interface Restored {
  readonly madeAt: number
  readonly commitCount: number
  /** Commits that cannot be read because their person was erased. */
  readonly erasedCount: number
}

export const restore = Effect.fnUntraced(function* (options: RestoreOptions) {
  const { data, bars } = options
  if ((namesIn(data) ?? []).length > 0) {
    return yield* refuse(`Cannot restore into "${data}": it is not empty. Name an empty folder with --data`)
  }
  if (!existsSync(bars)) {
    return yield* refuse(
      `Cannot restore without the current bar list: "${bars}" is not there, and without it erased people would come back. ` +
        "Bring bars/bars.jsonl of the server that ran last"
    )
  }
  return yield* Effect.onError(restoreInto(options), () =>
    Effect.sync(() => {
      for (const name of namesIn(data) ?? []) rmSync(join(data, name), { recursive: true, force: true })
    })
  )
})

const restoreInto = Effect.fnUntraced(function* (options: RestoreOptions) {
  const { file, data, journal, keys, bars, masterKey, actor, purpose } = options
  const keysFolder = join(data, "keys")
  const survived = namesIn(keys)
  yield* attempt(`restore into "${data}"`, () => {
    mkdirSync(keysFolder, { recursive: true, mode: 0o700 })
    mkdirSync(dirname(barListFile(data)), { recursive: true, mode: 0o700 })
    copyFileSync(bars, barListFile(data))
    for (const name of survived ?? []) {
      if (!name.endsWith(".lock")) copyFileSync(join(keys, name), join(keysFolder, name))
    }
    if (masterKey !== undefined) copyFileSync(masterKey, masterKeyFile(data))
  })
  if (survived === null) yield* unpack(keys, "keys", data, keysFolder)
  const header = yield* unpack(file, "journal", data, data)
  const barCount = barCountIn(barListFile(data))
  if (barCount < header.barCount) {
    return yield* refuse(
      `Cannot restore: the bar list has ${barCount} lines, the backup was made when it had ${header.barCount}. Bring the current one`
    )
  }
  const { madeAt } = header
  if (journal !== undefined) yield* intoPostgres(join(data, "journal.sqlite"), journal)
  const counts = yield* Effect.provide(
    Effect.gen(function* () {
      yield* (yield* Subjects).settle
      const operation = { type: "JournalRestored", actor, purpose, sha256: sha256Of(file), madeAt } as const
      yield* (yield* Operations).record(operation)
      return yield* readThrough
    }),
    storesAt({ data, journal })
  ).pipe(
    Effect.onError(() => (journal === undefined ? Effect.void : Effect.promise(() => removeFromPostgres(journal))))
  )
  return { madeAt, ...counts } as Restored
})

/** The journal's file goes into the database, and then it goes. The proof log belongs to the embedded store alone. */
const intoPostgres = Effect.fnUntraced(function* (file: string, journal: string) {
  yield* Effect.tryPromise({
    try: () => copyIntoPostgres(file, journal),
    catch: (error) => new Error(`Cannot restore into PostgreSQL: ${(error as Error).message}. Name an empty database`)
  })
  yield* Effect.sync(() => {
    for (const name of [file, join(dirname(file), "proof.sqlite")]) rmSync(name, { force: true })
  })
})

/** Opens every commit: one that does not open fails the restore. */
const readThrough = Effect.gen(function* () {
  const store = yield* EventStore
  let [commitCount, erasedCount, after] = [0, 0, beginning]
  while (true) {
    const { records, checkpoint } = yield* store.readAll(after, pageCommitsMax)
    commitCount += records.length
    erasedCount += records.filter(({ erased }) => erased).length
    if (records.length < pageCommitsMax) return { commitCount, erasedCount }
    after = checkpoint
  }
})

const unpack = Effect.fnUntraced(function* (file: string, holds: BackupHeader["holds"], data: string, into: string) {
  const opened = yield* Effect.acquireRelease(
    attempt(`open the backup "${file}"`, () => openBackup(file)),
    ({ close }) => Effect.sync(close)
  )
  const { header } = opened
  if (header.holds !== holds) {
    return yield* refuse(
      `Cannot restore the ${holds} from "${file}": it holds the ${header.holds}. Name the other file`
    )
  }
  const wrapper = yield* wrapperOf(data, holds)
  const key = yield* wrapper.unwrap(Buffer.from(header.wrappedKey, "base64"))
  yield* attempt(`restore "${file}"`, () => unbundle(opened.plain(key), into))
  return header
}, Effect.scoped)

const refuse = (why: string) => Effect.fail(new Error(why))

/** Null when it is no folder. */
function namesIn(path: string): readonly string[] | null {
  try {
    return readdirSync(path)
  } catch {
    return null
  }
}
