/**
 * The agenda: the exchange folder's file, looked at whenever somebody asks, and `<data>/agenda.sqlite`, where what was made by hand or
 * was started is kept for a month, sealed under its client's key, so that it goes with the client. A file that cannot be read
 * leaves what was read of it before in force, and says so. No label or number stands in clear but in the bank's own file.
 */
import { mkdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { Clock, Effect, Layer } from "effect"
import { Agenda, type AgendaEntry, agendaKeptMs, type KeptEntry, type Planned } from "../../actors/desk-agenda.ts"
import { StoreUnavailable } from "../../actors/event-store.ts"
import { Directory } from "../../actors/ports.ts"
import type { BadEntry } from "../../projections/console.ts"
import { openForWriting } from "../journal/sqlite.ts"
import { KeyStore } from "../keys/key-store.ts"
import { makeSealedBox } from "../keys/sealed-box.ts"
import {
  type BadExchangeEntry,
  badFile,
  type ExchangeEntry,
  fileBytesMax,
  parseConferenceFile
} from "./conference-file.ts"

export const exchangeFolder = (dataFolder: string) => join(dataFolder, "exchange")
export const conferencesFile = (dataFolder: string) => join(exchangeFolder(dataFolder), "conferences.json")
export const agendaFile = (dataFolder: string) => join(dataFolder, "agenda.sqlite")

const schema = `
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS agenda (
    id TEXT PRIMARY KEY, manager TEXT NOT NULL, subject TEXT NOT NULL, starts_at INTEGER NOT NULL,
    conference TEXT, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS agenda_of ON agenda (manager);`

/** What a manager's list of a month may hold: more are refused, so that nobody fills the disk by hand. */
const entriesPerManagerMax = 2_000

interface Row {
  readonly id: string
  readonly subject: string
  readonly conference: string | null
  readonly sealed: Uint8Array
}

export const exchangeAgenda = (dataFolder: string) =>
  Layer.effect(
    Agenda,
    Effect.gen(function* () {
      const keys = yield* KeyStore
      const directory = yield* Directory
      yield* Effect.sync(() => mkdirSync(exchangeFolder(dataFolder), { recursive: true, mode: 0o700 }))
      const path = agendaFile(dataFolder)
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => openForWriting(path, "DELETE")),
        (opened) => Effect.sync(() => opened.close())
      )
      database.exec(schema)
      const box = makeSealedBox(keys, "agenda")
      const put = database.prepare("INSERT OR REPLACE INTO agenda VALUES (?, ?, ?, ?, ?, ?)")
      const ofManager = database.prepare("SELECT * FROM agenda WHERE manager = ? ORDER BY starts_at")
      const countOf = database.prepare("SELECT count(*) AS count FROM agenda WHERE manager = ? AND id <> ?")
      const byId = database.prepare("SELECT * FROM agenda WHERE id = ?")
      const removeBefore = database.prepare("DELETE FROM agenda WHERE starts_at < ?")
      const managerOf = (login: string) => directory.fingerprintOf("agenda manager", login)
      const idOf = (call: string) => directory.fingerprintOf("call", call)
      const exchange = exchangeFile(conferencesFile(dataFolder))

      const attempt = <A>(action: string, steps: () => A) =>
        Effect.andThen(
          keys.refresh(),
          Effect.try({
            try: steps,
            catch: (error) =>
              new StoreUnavailable({
                action,
                why: error instanceof Error ? error.message : String(error),
                advice: `Check the file "${path}"; nothing of this step was kept`
              })
          })
        )

      /** Null: the client was erased. */
      const opened = ({ id, subject, conference, sealed }: Row): KeptEntry | null => {
        const plain = box.open(id, sealed)
        return plain === null ? null : { entry: JSON.parse(Buffer.from(plain).toString("utf8")), subject, conference }
      }
      const keptOf = (login: string) =>
        (ofManager.all(managerOf(login)) as unknown as Row[]).flatMap((row) => opened(row) ?? [])

      const entryOf = ({ manager: _manager, ...entry }: ExchangeEntry): AgendaEntry => {
        return { ...entry, id: idOf(entry.call), source: "exchange" }
      }

      return Agenda.of({
        of: (login) =>
          Effect.gen(function* () {
            const { entries, bad, whole, isNews } = exchange.look()
            if (isNews && (whole !== null || bad.length > 0)) {
              const places = bad.slice(0, 20).map(({ entryIndex }) => entryIndex)
              yield* Effect.logWarning("The file of conferences cannot be taken in full", { why: whole?.why, places })
            }
            const kept = yield* attempt("read the agenda", () => keptOf(login))
            const byHand = kept.flatMap(({ entry }) => (entry.source === "hand" ? [entry] : []))
            const planned: Planned = {
              entries: [...entries.filter(({ manager }) => manager === login).map(entryOf), ...byHand],
              badEntries: [
                ...(whole === null ? [] : [whole]),
                ...bad.flatMap(({ manager, ...entry }) => (manager === login ? [entry] : []))
              ]
            }
            return planned
          }),
        keep: (login, { entry, subject, conference }) =>
          Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            yield* attempt("keep a conference of the agenda", () => {
              removeBefore.run(now - agendaKeptMs)
              const manager = managerOf(login)
              const { count } = countOf.get(manager, entry.id) as { readonly count: number }
              if (count >= entriesPerManagerMax) throw new Error(`there are ${count} of this manager's already`)
              const sealed = box.seal({ kind: "subject", subject }, entry.id, Buffer.from(JSON.stringify(entry)))
              if (sealed === null) throw new Error("its client was erased")
              put.run(entry.id, manager, subject, entry.startsAt, conference, sealed)
            })
          }),
        kept: (login) => attempt("read the agenda", () => keptOf(login)),
        find: (id) =>
          attempt("read the agenda", () => {
            const row = byId.get(id) as unknown as Row | undefined
            return row === undefined ? null : opened(row)
          })
      })
    })
  )

/** The file as it is at this moment; read again when its time, its size or its place on the disk has changed. */
function exchangeFile(path: string) {
  let seen = ""
  let entries: readonly ExchangeEntry[] = []
  let bad: readonly BadExchangeEntry[] = []
  let whole: BadEntry | null = null

  const read = (): void => {
    const file = parseConferenceFile(readFileSync(path, "utf8"))
    whole = file.ok ? null : file.bad
    if (file.ok) ({ entries, bad } = file)
  }

  return {
    look() {
      const found = statSync(path, { throwIfNoEntry: false, bigint: true })
      const now = found === undefined ? "" : [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ")
      const isNews = now !== seen
      if (!isNews) return { entries, bad, whole, isNews }
      seen = now
      if (found === undefined) {
        entries = []
        bad = []
        whole = null
      } else if (found.size > fileBytesMax) {
        whole = badFile("tooLarge", `it is larger than ${fileBytesMax} bytes. Leave out past ones`)
      } else {
        try {
          read()
        } catch (error) {
          const code = (error as NodeJS.ErrnoException).code ?? "unknown"
          whole = badFile("unreadable", `${code}. Give the server the right to read it`)
        }
      }
      return { entries, bad, whole, isNews }
    }
  }
}
