/**
 * The auditor's page as routes of the console: the report of a stretch of time, how the log stands, its public key, the proof of one
 * event, and a verification of everything. The same code as behind the `audit` commands does the work; nothing here changes the journal
 * but by what it puts on record.
 */
import { Effect, Schema } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { streamOfMachine } from "../../actors/past.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { formatVerifierKey, parseNote } from "../../models/proof/signed-note.ts"
import type { Verification } from "../../projections/audit-page.ts"
import { SigningIn } from "../access/access.ts"
import { EventNotProven, proveEvent } from "../audit/audit-proof.ts"
import { refuse } from "../audit/audit-refused.ts"
import { auditReportJson } from "../audit/audit-report.ts"
import { auditReportPage } from "../audit/audit-report-page.ts"
import { sha256 } from "../audit/log-key.ts"
import { logStatusOf } from "../audit/log-status.ts"
import type { ProvenPlace } from "../audit/proof-log.ts"
import type { ProvenLog } from "../audit/proving.ts"
import { makeReportDesk } from "../audit/report-desk.ts"
import { makeVerifier } from "../audit/verifier.ts"
import { attachment, languageOf, type Route, route } from "./route.ts"

const Moment = Schema.String.check(Schema.isMaxLength(40))
const ReportWish = Schema.Struct({
  from: Moment,
  to: Moment,
  reason: Schema.String.check(Schema.isMinLength(3), Schema.isMaxLength(300))
})
/** Ids are the server's own; what is none names no event. */
const conferenceForm = /^[\w-]{1,100}$/
const versionForm = /^[1-9]\d{0,8}$/

/** `proven`: null where the journal is not proven. */
export const auditRoutes = Effect.fnUntraced(function* (place: ProvenPlace, proven: ProvenLog | null) {
  const { accounts } = yield* SigningIn
  const commits = yield* CommitStore
  const commitCount =
    proven === null
      ? Effect.succeed(null)
      : proven.log.checkpoints().pipe(
          Effect.map(({ signed }) => (signed === null ? null : parseCheckpoint(parseNote(signed).text).size)),
          Effect.orElseSucceed(() => null)
        )
  const nameOf = (actor: string) => accounts.find(actor.replace(/^account:/, ""))?.name
  const reports = yield* makeReportDesk(commitCount, nameOf)
  const verifier = proven === null ? null : yield* makeVerifier(place, proven.key)
  const verifierThere = verifier === null ? refuse("logNotWritten") : Effect.succeed(verifier)
  const logThere = proven === null ? refuse("logNotWritten") : Effect.succeed(proven)
  const reportOf = (parameters: Readonly<Record<string, string>>) => parameters.report ?? ""

  const proof = Effect.fnUntraced(function* (conference: string, version: string, machine: string | null) {
    const { log, key } = yield* logThere
    if (!versionForm.test(version)) return yield* refuse("badVersion")
    const stream = streamOfMachine(machine === "illustration" ? "illustration" : "conference", conference)
    if (!conferenceForm.test(conference)) {
      const why = "this is no conference's id. Take it from the replay page"
      return yield* new EventNotProven({ stream, version: Number(version), fault: "unknownEvent", why })
    }
    const text = yield* proveEvent(stream, Number(version), { log: key, hasher: treeHasher(sha256) }).pipe(
      Effect.provideService(CommitStore, commits),
      Effect.provideService(ProofLog, log)
    )
    return attachment(text, "text/plain; charset=utf-8", `${stream}-${version}.tlog-proof`)
  })

  const routes: readonly Route[] = [
    route("POST /api/audit/reports", ({ person, body }) =>
      Schema.decodeUnknownEffect(ReportWish)(body).pipe(
        Effect.mapError(() => refuse("badRequest")),
        Effect.flatMap((wish) => reports.order(person, wish))
      )
    ),
    route("GET /api/audit/reports/:report", ({ person, parameters }) => reports.run(person, reportOf(parameters))),
    route("GET /api/audit/reports/:report/report.html", ({ person, parameters, query }) =>
      Effect.map(reports.made(person, reportOf(parameters)), (report) =>
        attachment(auditReportPage(report, languageOf(query)), "text/html; charset=utf-8", `${fileNameOf(report)}.html`)
      )
    ),
    route("GET /api/audit/reports/:report/report.json", ({ person, parameters }) =>
      Effect.map(reports.made(person, reportOf(parameters)), (report) =>
        attachment(auditReportJson(report), "application/json", `${fileNameOf(report)}.json`)
      )
    ),
    route("DELETE /api/audit/reports/:report", ({ person, parameters }) =>
      Effect.as(reports.drop(person, reportOf(parameters)), null)
    ),
    route("GET /api/audit/log", () =>
      Effect.flatMap(logThere, (log) => Effect.provideService(logStatusOf(log), CommitStore, commits))
    ),
    route("GET /api/audit/log-key.pub", () =>
      Effect.map(logThere, ({ key }) =>
        attachment(`${formatVerifierKey(key)}\n`, "text/plain; charset=utf-8", "log-key.pub")
      )
    ),
    route("GET /api/audit/proofs/:conference/:version", ({ parameters, query }) =>
      proof(parameters.conference ?? "", parameters.version ?? "", query.get("machine"))
    ),
    route("GET /api/audit/verification", () =>
      Effect.gen(function* () {
        const { running, last } = yield* (yield* verifierThere).look
        const shown: Verification = { running, last: last && { ...last, name: nameOf(last.actor) ?? null } }
        return shown
      })
    ),
    route("POST /api/audit/verification", ({ person }) =>
      Effect.flatMap(verifierThere, ({ start }) => Effect.as(start(`account:${person.account}`), null))
    ),
    route("DELETE /api/audit/verification", () =>
      Effect.flatMap(verifierThere, ({ cancel }) => Effect.as(cancel, null))
    )
  ]
  return routes
})

/** Of a report's file: the days it begins and ends on. */
const fileNameOf = ({ from, to }: { readonly from: number; readonly to: number }) =>
  `audit-${[from, to - 1].map((at) => new Date(at).toISOString().slice(0, 10)).join("-to-")}`
