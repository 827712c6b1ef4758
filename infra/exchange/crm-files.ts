/**
 * Hands the numbers of ended conferences to the bank's CRM: one JSON file each in `<data>/exchange/out/`, only where the client
 * agreed to that. Each is recorded before it is written, written under another name and renamed, and written again after a crash,
 * with the same name and content. What the CRM has not fetched goes after a week, and at once when its client withdrew or was erased.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { Cause, Clock, Effect, Schedule, Semaphore } from "effect"
import { EndedConferences } from "../../actors/ended-conferences.ts"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Withdrawals } from "../../actors/withdrawals.ts"
import type { EndedConferenceRow } from "../../projections/ended-conferences.ts"
import { handedNumbersOf } from "../../projections/handover.ts"
import type { OwnReason } from "../../projections/own-reasons.ts"
import { openForWriting } from "../journal/sqlite.ts"
import { exchangeFolder } from "./agenda-store.ts"

export const outFolder = (dataFolder: string) => join(exchangeFolder(dataFolder), "out")
export const handoverFile = (dataFolder: string) => join(dataFolder, "handover.sqlite")
export const crmFormat = "mimika-crm-1"

/** A CRM that has been away longer is not coming: the numbers stay in the journal. */
const unfetchedMsMax = 7 * 24 * 3_600_000
/** Conferences that ended while this did not run are handed over if they ended since. Longer than files are kept, so that none comes twice. */
const lookBackMs = unfetchedMsMax
/** What was handed over is remembered for so long. */
const rememberedMs = 2 * lookBackMs
/** How long a withdrawal or an erasure may be older than the end of its file. */
const sweepEvery = Schedule.spaced(10_000)

const schema = `CREATE TABLE IF NOT EXISTS handed (
  conference TEXT PRIMARY KEY, subject TEXT NOT NULL, ended_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

/** Runs until the scope closes. */
export const handOverToCrm = Effect.fnUntraced(function* (dataFolder: string) {
  const directory = yield* Directory
  const ended = yield* EndedConferences
  const operations = yield* Operations
  const withdrawals = yield* Withdrawals
  const folder = outFolder(dataFolder)
  yield* Effect.sync(() => mkdirSync(folder, { recursive: true, mode: 0o700 }))
  const database = yield* Effect.acquireRelease(
    Effect.sync(() => openForWriting(handoverFile(dataFolder), "DELETE")),
    (opened) => Effect.sync(() => opened.close())
  )
  database.exec(schema)
  const find = database.prepare("SELECT 1 FROM handed WHERE conference = ?")
  const add = database.prepare("INSERT OR REPLACE INTO handed VALUES (?, ?, ?)")
  const removeBefore = database.prepare("DELETE FROM handed WHERE ended_at < ?")
  const subjectOf = database.prepare("SELECT subject, ended_at FROM handed WHERE conference = ?")

  const write = (conference: string, document: object) => {
    const draft = join(folder, `.${conference}.part`)
    const file = openSync(draft, "w", 0o600)
    try {
      writeSync(file, `${JSON.stringify(document, null, 2)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, join(folder, `${conference}.json`))
  }

  const turn = yield* Semaphore.make(1)
  const handOne = Effect.fnUntraced(function* (row: EndedConferenceRow) {
    const { conference, subject, endedAt } = row
    if (find.get(conference) !== undefined) return
    if ((yield* withdrawals.standing([row], "crmTransfer")).length === 0) return
    const person = yield* directory.detailsOf("client", subject)
    if (person === null) return
    const what = `conference-${conference}`
    yield* operations.record({
      type: "PersonalDataRead",
      actor: "service:crm",
      purpose: "transfer to the CRM" satisfies OwnReason,
      what,
      subject
    })
    const client = { id: person.externalId, crmIds: person.crmIds }
    yield* Effect.sync(() => {
      write(conference, { format: crmFormat, client, ...handedNumbersOf(row) })
      add.run(conference, subject, endedAt)
    })
  })

  const hand = (row: EndedConferenceRow) => turn.withPermit(handOne(row))
  /** What ended while this did not run, or could not be handed over when it ended. */
  let owed = true
  const handAll = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    removeBefore.run(now - rememberedMs)
    for (const row of yield* ended.since(now - lookBackMs)) {
      if (row.purposes.includes("crmTransfer")) yield* hand(row)
    }
    owed = false
  })

  /** Takes back what was not fetched and must not be any more. */
  const takeBack = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    for (const name of readdirSync(folder)) {
      const conference = /^([\w-]+)\.json$/.exec(name)?.[1]
      if (conference === undefined) continue
      const kept = subjectOf.get(conference) as { readonly subject: string; readonly ended_at: number } | undefined
      const writtenAt = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? now
      const isOver =
        now - writtenAt > unfetchedMsMax ||
        kept === undefined ||
        (yield* withdrawals.withdrawnAt(kept.subject, "crmTransfer")) >= kept.ended_at ||
        (yield* directory.detailsOf("client", kept.subject)) === null
      if (isOver) rmSync(join(folder, name), { force: true })
    }
  })

  let told = ""
  /** Says once what is wrong, and goes on. */
  const mildly = <E>(step: Effect.Effect<void, E>) =>
    Effect.catchCause(step, (cause) => {
      const why = Cause.pretty(cause)
      owed = true
      if (why === told) return Effect.void
      told = why
      return Effect.logError("Numbers cannot be handed to the CRM; trying again", { why })
    })
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const stop = ended.listen((row) => {
    if (row.purposes.includes("crmTransfer")) fork(mildly(hand(row)))
  })
  yield* Effect.addFinalizer(() => Effect.sync(stop))
  yield* Effect.forkScoped(
    Effect.repeat(
      mildly(
        Effect.andThen(
          Effect.suspend(() => (owed ? handAll : Effect.void)),
          takeBack
        )
      ),
      sweepEvery
    )
  )
})
