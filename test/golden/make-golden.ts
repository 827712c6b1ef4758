/**
 * Makes a golden journal: a data folder as this version writes it, with keys of its own, and what must come out when a
 * later version reads it. Made once for every change of shape and never again; it refuses to write over one.
 *
 *     node test/golden/make-golden.ts NAME
 *
 * With `--without FIELD` the first event of each conference lacks the field, as versions before it wrote it.
 */
import { randomUUID } from "node:crypto"
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Effect, Layer, Logger } from "effect"
import { EventStore, keptScopeOf, type StoredEvent } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Subjects } from "../../actors/subjects.ts"
import { openForWriting, snapshotInto } from "../../infra/journal/sqlite.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { storesAt } from "../../infra/subjects/subject-desk.ts"
import { conferenceEvents, illustrationEvents, readGolden } from "./golden.ts"

const eventsPerCommit = 40

const { positionals, values } = parseArgs({ allowPositionals: true, options: { without: { type: "string" } } })
const [name] = positionals
if (name === undefined || !/^[a-z0-9-]+$/.test(name)) throw new Error("Cannot make a golden journal without a name")
const target = fileURLToPath(new URL(name, import.meta.url))
if (existsSync(target)) throw new Error(`Cannot make "${name}": it is there, and a golden journal is never made anew`)

const write = Effect.fnUntraced(function* (stream: string, subject: string, events: readonly StoredEvent[]) {
  const store = yield* EventStore
  const purpose = stream.startsWith("conference-") ? "expressionAnalysis" : "illustrationInteraction"
  const keyScope = keptScopeOf(subject, purpose, events[0]!.at)
  for (let version = 0; version < events.length; version += eventsPerCommit) {
    const part = events.slice(version, version + eventsPerCommit)
    yield* store.append({ stream, expectedVersion: version, commandId: randomUUID(), keyScope, events: part })
  }
})

const asWritten = (event: StoredEvent): StoredEvent =>
  event.type === "ConferenceStarted" && values.without !== undefined ? { ...event, [values.without]: undefined } : event

const program = Effect.gen(function* () {
  const directory = yield* Directory
  const operations = yield* Operations
  const subjects = yield* Subjects
  const manager = yield* directory.pseudonymOf("manager", "manager-1")
  for (const [client, id] of [
    ["client-kept", "11111111-1111-4111-8111-111111111111"],
    ["client-erased", "22222222-2222-4222-8222-222222222222"]
  ] as const) {
    const subject = yield* directory.pseudonymOf("client", client)
    yield* write(`conference-${id}`, subject, conferenceEvents(id, subject, manager).map(asWritten))
    yield* write(`illustration-${id}`, subject, illustrationEvents(id))
  }
  const erased = (yield* directory.find("client", "client-erased"))!
  const act = { actor: "os:auditor", purpose: "letter 17" }
  yield* operations.record({ type: "PersonalDataRead", ...act, what: "conference-1", subject: erased })
  yield* operations.record({ type: "ConfigurationChanged", ...act, setting: "edges", value: "2" })
  yield* subjects.erase({ subject: erased, ...act })
})

const folder = mkdtempSync(join(tmpdir(), "mimika-golden-"))
const stores = sqliteDirectory(folder).pipe(Layer.provideMerge(storesAt({ data: folder })))
await Effect.runPromise(program.pipe(Effect.provide(stores), Effect.provide(Logger.layer([]))))
// One plain file, with no log beside it.
snapshotInto(join(folder, "journal.sqlite"), join(folder, "journal.compact"))
openForWriting(join(folder, "journal.compact"), "DELETE").close()
for (const file of readdirSync(folder)) if (/^journal\.(sqlite|lock)/.test(file)) rmSync(join(folder, file))
renameSync(join(folder, "journal.compact"), join(folder, "journal.sqlite"))
const expected = await Effect.runPromise(readGolden(folder))
writeFileSync(join(folder, "expected.json"), `${JSON.stringify(expected, null, 2)}\n`)
const needless = /\.lock$|^directory|-(shm|wal)$|\.pem$/
cpSync(folder, target, { recursive: true, filter: (path) => !needless.test(basename(path)) })
rmSync(folder, { recursive: true })
