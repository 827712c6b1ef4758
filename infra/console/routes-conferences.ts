/**
 * The manager's conferences as routes of the console: list, plan, start, end, mark, illustrate, report, trends. Each checks what it is
 * sent and hands it to the desk, which asks whose conference it is. It decides nothing itself.
 */
import { Effect, Schema } from "effect"
import { Desk } from "../../actors/desk.ts"
import { DeskAccess, DeskRefused } from "../../actors/desk-access.ts"
import { setMarker, switchAnalysis } from "../../actors/desk-conduct.ts"
import { DeskIllustrations } from "../../actors/desk-illustrations.ts"
import { DeskReports } from "../../actors/desk-reports.ts"
import { DeskTrends } from "../../actors/desk-trends.ts"
import type { Edges } from "../../actors/ports.ts"
import { promptLengthMax } from "../../models/illustration/brief.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"
import type { Team } from "../../projections/console.ts"
import { reportCsv, reportJson } from "./report-csv.ts"
import { type Asked, attachment, languageOf, type Route, route } from "./route.ts"

const Words = Schema.String.check(Schema.isMaxLength(200))
const VariantIndex = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))
/** A prompt that is too long is refused by the model, in words; this only bounds what is handed to it. */
const Text = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(4 * promptLengthMax))

const NewConference = Schema.Struct({
  clientId: Words.check(Schema.isMinLength(1)),
  clientLabel: Schema.optionalKey(Words),
  title: Schema.optionalKey(Words),
  startsAt: Schema.optionalKey(Schema.Int)
})
const MarkerCommand = Schema.Struct({ topic: Schema.Literals([1, 2, 3, 4, 5]) })
const AnalysisCommand = Schema.Struct({ on: Schema.Boolean })
const IllustrationCommand = Schema.Union([
  Schema.Struct({ type: Schema.Literal("prompt"), prompt: Text }),
  Schema.Struct({ type: Schema.Literal("remark"), remark: Text }),
  Schema.Struct({ type: Schema.Literal("choose"), variantIndex: VariantIndex }),
  Schema.Struct({ type: Schema.Literal("share"), variantIndex: VariantIndex }),
  Schema.Struct({ type: Schema.Literals(["stopSharing", "cancel", "retry"]) })
])

const read = <S extends Schema.Top & { readonly DecodingServices: never }>(schema: S, body: unknown) =>
  Effect.mapError(Schema.decodeUnknownEffect(schema)(body), () => {
    const why = "Cannot take this: a field of the request is missing or is not as it should be. Load the page again"
    return new DeskRefused({ fault: "badRequest", why })
  })

export const conferenceRoutes = Effect.gen(function* () {
  const access = yield* DeskAccess
  const desk = yield* Desk
  const illustrations = yield* DeskIllustrations
  const reports = yield* DeskReports
  const trends = yield* DeskTrends
  const provided = Effect.provide(yield* Effect.context<Edges>())
  const idOf = ({ parameters }: Asked<unknown>) => parameters.conference ?? ""

  const routes: readonly Route[] = [
    route("GET /api/conferences", ({ person }) => desk.list(person)),
    route("POST /api/conferences", ({ person, body }) =>
      Effect.flatMap(read(NewConference, body), (wish) => desk.add(person, wish))
    ),
    route("POST /api/conferences/:conference/start", (asked) => desk.start(asked.person, idOf(asked))),
    route("POST /api/conferences/:conference/end", (asked) => Effect.as(desk.end(asked.person, idOf(asked)), null)),
    route("POST /api/conferences/:conference/marker", (asked) =>
      Effect.gen(function* () {
        const { topic } = yield* read(MarkerCommand, asked.body)
        yield* setMarker(yield* access.leads(asked.person, idOf(asked)), topic)
        return null
      })
    ),
    route("POST /api/conferences/:conference/analysis", (asked) =>
      Effect.gen(function* () {
        const { on } = yield* read(AnalysisCommand, asked.body)
        yield* switchAnalysis(yield* access.leads(asked.person, idOf(asked)), on)
        return null
      }).pipe(provided)
    ),
    route("POST /api/conferences/:conference/illustration", (asked) =>
      Effect.flatMap(read(IllustrationCommand, asked.body), (wish) =>
        illustrations.wish(asked.person, idOf(asked), wish)
      )
    ),
    route("GET /api/conferences/:conference/illustration", (asked) => illustrations.view(asked.person, idOf(asked))),
    route("GET /api/conferences/:conference/variants/:picture", (asked) =>
      Effect.gen(function* () {
        const index = /^(\d{1,7})\.svg$/.exec(asked.parameters.picture ?? "")?.[1]
        const svg = yield* illustrations.svg(asked.person, idOf(asked), index === undefined ? -1 : Number(index))
        // What is drawn never changes; what was erased must not stay in the browser.
        return new Response(svg, { headers: { "content-type": "image/svg+xml", "cache-control": "no-store" } })
      })
    ),
    route("GET /api/parse", ({ query }) =>
      Effect.sync(() => parsePrompt((query.get("prompt") ?? "").slice(0, 4 * promptLengthMax)))
    ),
    route("GET /api/conferences/:conference/report", (asked) =>
      reports.page(asked.person, idOf(asked), "report on screen")
    ),
    route("GET /api/conferences/:conference/report.csv", (asked) =>
      Effect.map(reports.page(asked.person, idOf(asked), "report as CSV"), (page) =>
        attachment(reportCsv(page, languageOf(asked.query)), "text/csv; charset=utf-8", `${page.conference}.csv`)
      )
    ),
    route("GET /api/conferences/:conference/report.json", (asked) =>
      Effect.map(reports.page(asked.person, idOf(asked), "report as JSON"), (page) =>
        attachment(reportJson(page), "application/json", `${page.conference}.json`)
      )
    ),
    route("GET /api/trends", ({ person, query }) => {
      const manager = query.get("manager")
      if (manager !== null) return trends.ofManager(person, manager)
      const subject = query.get("subject") ?? "me"
      return subject === "me" ? trends.ofSelf(person) : trends.ofSubject(person, subject)
    }),
    route("GET /api/team/:account/conferences", ({ person, parameters }) =>
      desk.endedOfTeam(person, parameters.account ?? "")
    ),
    route("GET /api/team", ({ person }) =>
      Effect.sync((): Team => ({ managers: trends.team(person).map(({ account, name }) => ({ account, name })) }))
    )
  ]
  return routes
})
