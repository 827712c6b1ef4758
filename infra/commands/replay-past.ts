/**
 * `mimika replay --at | --version`: one past state of either machine, the event that led there, and the proof's state. On record before
 * it is shown; read-only by construction.
 */
import { writeFileSync } from "node:fs"
import process from "node:process"
import { Effect } from "effect"
import { EventStore } from "../../actors/event-store.ts"
import { type PastPoint, pastState, streamOfMachine } from "../../actors/past.ts"
import type { MachineName, PastState, ProofStatus } from "../../projections/past.ts"
import { momentOf } from "../audit/period.ts"
import { provenReaders } from "../audit/proof-log.ts"
import { proofStatusOf } from "../audit/proof-status.ts"
import { logging } from "../core.ts"
import { journalAt } from "../journal/journal.ts"
import type { Language } from "../report-table.ts"
import { osActor } from "../subjects/os-actor.ts"
import { openDesk } from "../subjects/subject-desk.ts"
import { erasedAnswer } from "./replay.ts"

export interface PastOptions {
  readonly data: string
  readonly journal?: string
  readonly json: boolean
  readonly lang: Language
  readonly reason: string
  readonly at?: string
  readonly version?: number
  readonly machine: MachineName
  readonly picture?: string
}

const words = {
  ru: {
    event: "Событие",
    of: "из",
    state: "Состояние",
    memory: "Память машины",
    picture: "Клиент видел вариант",
    noPicture: "Клиенту ничего не показывали",
    proven: "В журнале доказательств: лист {leaf} дерева из {size}",
    waiting: "Ещё не в подписанной контрольной точке",
    notProven: "Этот журнал не доказывается"
  },
  en: {
    event: "Event",
    of: "of",
    state: "State",
    memory: "The machine's memory",
    picture: "The client saw variant",
    noPicture: "Nothing was shown to the client",
    proven: "In the proving log: leaf {leaf} of a tree of {size}",
    waiting: "Not yet in a signed checkpoint",
    notProven: "This journal is not proven"
  }
} as const

export async function replayPast(conference: string, options: PastOptions): Promise<void> {
  const { data, journal, json, lang, reason, machine, version, at, picture } = options
  if (version !== undefined && at !== undefined) throw new Error("Cannot take both --at and --version. Leave one out")
  const point: PastPoint = version === undefined ? { at: momentOf(at, Number.NaN, "--at") } : { version }
  const act = { actor: osActor(), purpose: reason, what: streamOfMachine(machine, conference) }
  const recorded = Effect.flatMap(openDesk({ data, journal }), ({ recordRead }) => recordRead(act))
  await Effect.runPromise(recorded.pipe(Effect.scoped, Effect.provide(logging)))
  const looked = Effect.flatMap(EventStore, (store) => pastState(store, conference, machine, point)).pipe(
    Effect.catchTag("SubjectErased", ({ by }) => Effect.succeed({ erased: by }))
  )
  const store = journalAt({ folder: data, url: journal, readOnly: true })
  const past = await Effect.runPromise(looked.pipe(Effect.provide(store), Effect.provide(logging)))
  if ("erased" in past) {
    process.stdout.write(erasedAnswer(conference, past.erased, json, lang))
    return
  }
  const proof = await proofAt(data, journal, past)
  if (picture !== undefined && past.picture !== null) writeFileSync(picture, past.picture.svg)
  const { svg: _, ...shown } = past.picture ?? { svg: "" }
  const told = past.picture === null ? null : shown
  process.stdout.write(json ? `${JSON.stringify({ ...past, picture: told, proof })}\n` : textOf(past, proof, lang))
}

const proofAt = (folder: string, url: string | undefined, past: PastState): Promise<ProofStatus> =>
  Effect.runPromise(
    proofStatusOf(streamOfMachine(past.machine, past.conference), Math.max(1, past.version)).pipe(
      Effect.provide(provenReaders({ folder, url })),
      Effect.orElseSucceed((): ProofStatus => ({ state: "notProven" }))
    )
  )

function textOf(past: PastState, proof: ProofStatus, lang: Language): string {
  const say = words[lang]
  const { event, picture } = past
  const proven =
    proof.state === "proven"
      ? say.proven.replace("{leaf}", `${proof.leafNumber}`).replace("{size}", `${proof.treeSize}`)
      : say[proof.state]
  return [
    `${say.state}: ${past.state}`,
    `${say.event} ${past.version} ${say.of} ${past.versionCount}: ${event === null ? "—" : `${event.type}, ${new Date(event.at).toISOString()}`}`,
    event === null ? "" : JSON.stringify(event),
    picture === null ? say.noPicture : `${say.picture} ${picture.variantIndex + 1} (SHA-256 ${picture.sha256})`,
    proven,
    `${say.memory}: ${JSON.stringify(past.context, null, 2)}`,
    ""
  ].join("\n")
}
