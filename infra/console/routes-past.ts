/**
 * Past states as routes of the console: auditors see everything, developers see machines with personal data masked. Each look is on
 * record before it is shown, with the reason that was given.
 */
import { Effect, Schema } from "effect"
import type { Person } from "../../actors/access.ts"
import { CommitStore } from "../../actors/commit-store.ts"
import { conferenceStreamOf } from "../../actors/conference.ts"
import { Conferences } from "../../actors/conferences.ts"
import { EndedConferences } from "../../actors/ended-conferences.ts"
import { EventStore } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { NoSuchPast, type PastPoint, pastState, streamOfMachine } from "../../actors/past.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { erasedText } from "../../projections/audit-words.ts"
import { type MachineName, machineNames, masked, type ProofStatus } from "../../projections/past.ts"
import { proofStatusOf } from "../audit/proof-status.ts"
import { makeLooks, Reason } from "./looks.ts"
import { type Asked, type Route, route } from "./route.ts"

const Said = Schema.Struct({ reason: Reason })
/** Conferences listed: the newest. */
const listMax = 500

/** `proofLog`: of the journal, or null where it is not proven. */
export const pastRoutes = Effect.fnUntraced(function* (proofLog: ProofLog["Service"] | null) {
  const store = yield* EventStore
  const looks = makeLooks(yield* Operations)
  const ended = yield* EndedConferences
  const conferences = yield* Conferences
  const commits = yield* CommitStore

  const requireLook = Effect.fnUntraced(function* (person: Person, conference: string) {
    if ((yield* looks.reasonFor(person, conferenceStreamOf(conference))) !== null) return
    return yield* new NoSuchPast({ conference, why: "say first why you look; the reason is recorded" })
  })

  const pointOf = (query: URLSearchParams): PastPoint => {
    const version = Number(query.get("version") ?? Number.NaN)
    const at = Number(query.get("at") ?? Number.NaN)
    if (Number.isInteger(version)) return { version }
    return Number.isFinite(at) ? { at } : { end: true }
  }
  const machineOf = (query: URLSearchParams): MachineName =>
    machineNames.find((name) => name === query.get("machine")) ?? "conference"

  const proofOf = (machine: MachineName, conference: string, version: number): Effect.Effect<ProofStatus> =>
    proofLog === null
      ? Effect.succeed<ProofStatus>({ state: "notProven" })
      : proofStatusOf(streamOfMachine(machine, conference), version).pipe(
          Effect.provideService(CommitStore, commits),
          Effect.provideService(ProofLog, proofLog),
          Effect.orElseSucceed((): ProofStatus => ({ state: "notProven" }))
        )

  const look = Effect.fnUntraced(function* ({ person, query, parameters }: Asked<Person>, isMasked: boolean) {
    const conference = parameters.conference ?? ""
    const machine = machineOf(query)
    yield* requireLook(person, conference)
    const past = yield* Effect.catchTag(
      pastState(store, conference, machine, pointOf(query)),
      "SubjectErased",
      ({ by }) =>
        new NoSuchPast({
          conference,
          why: `it is ${erasedText(by, "en")}`,
          fault: by === "retention" ? "erasedByRetention" : "erasedByErasure"
        })
    )
    const proof = yield* proofOf(machine, conference, Math.max(1, past.version))
    const shown = isMasked ? { ...past, picture: null, event: masked(past.event), context: masked(past.context) } : past
    return { past: shown, proof }
  })

  const opened = Effect.fnUntraced(function* ({ person, parameters, body }: Asked<Person>) {
    const conference = parameters.conference ?? ""
    const { reason } = yield* Effect.mapError(
      Schema.decodeUnknownEffect(Said)(body),
      () => new NoSuchPast({ conference, why: "say why in 3 to 300 characters" })
    )
    yield* looks.open(person, { what: conferenceStreamOf(conference), reason })
    return null
  })

  const list = Effect.gen(function* () {
    const rows = yield* ended.list
    const over = rows.map(({ conference, startedAt, endedAt }) => ({ conference, startedAt, endedAt }))
    const running = conferences.all().map(({ id, startedAt }) => ({ conference: id, startedAt, endedAt: null }))
    return { conferences: [...running, ...over.reverse()].slice(0, listMax) }
  })

  const routes: readonly Route[] = [
    route("GET /api/replay", () => list),
    route("POST /api/replay/:conference", opened),
    route("GET /api/replay/:conference", (asked) => look(asked, false)),
    route("GET /api/inspector", () => list),
    route("POST /api/inspector/:conference", opened),
    route("GET /api/inspector/:conference", (asked) => look(asked, true))
  ]
  return routes
})
