/** The client's page as routes of the console: a link opened once, codes, consents, the shared picture, answers, own data. */
import { Effect, Schema, Stream } from "effect"
import { ClientDesk, ClientRefused, visitOf } from "../../actors/client-desk.ts"
import { ClientLinks, type Visit } from "../../actors/client-links.ts"
import { Desk } from "../../actors/desk.ts"
import type { OpenRoute } from "../../actors/doors.ts"
import { Operations } from "../../actors/operations.ts"
import { consentPurposes } from "../../machines/wire.ts"
import { interactivePage } from "../../models/illustration/interactive.ts"
import { cookieOf, setCookie } from "../access/access.ts"
import { makeOneTimeCodes } from "../access/one-time-codes.ts"
import { makeRateLimiter, sessionRate } from "../security/rate-limit.ts"
import { makeExportPage } from "../subjects/export-page.ts"
import type { Feed, FeedLink, FeedWish } from "./feeds.ts"
import { type Asked, attachment, languageOf, openRoute, type Refusal, type Route, route } from "./route.ts"

const visitCookie = "__Host-mimika-visit"
/** The browser forgets it when the visit is over in any case. */
const visitS = 4 * 24 * 60 * 60
/** How often the page is told what changed, in milliseconds: sharing shows within a blink. */
const feedEveryMs = 250

const Token = Schema.Struct({ token: Schema.String.check(Schema.isMaxLength(200)) })
const Code = Schema.Struct({ code: Schema.String.check(Schema.isMaxLength(20)) })
const Purpose = Schema.Literals(consentPurposes)
const Consents = Schema.Struct({ purposes: Schema.Array(Purpose), language: Schema.Literals(["ru", "en"]) })
const Withdrawal = Schema.Struct({ purpose: Purpose })
const Tap = Schema.Struct({ productIndex: Schema.Int })
const Score = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))
const Answers = Schema.Struct({
  rating: Score,
  clarity: Score,
  again: Schema.Boolean,
  check: Schema.NullOr(
    Schema.Struct({
      productIndex: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 11 })),
      tookMs: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_600_000 }))
    })
  )
})

const read = <S extends Schema.Top & { readonly DecodingServices: never }>(schema: S, body: unknown) =>
  Effect.mapError(
    Schema.decodeUnknownEffect(schema)(body),
    () => new ClientRefused({ reason: "badRequest", why: "Cannot read the request: a field is missing or wrong" })
  )

/** The picture's page brings its own policy: its one script by hash, and only our page may frame it. */
const picturePolicy = (page: string) =>
  `${/content="(default-src[^"]*)"/.exec(page)?.[1] ?? "default-src 'none'"}; frame-ancestors 'self'`

export const clientRoutes = Effect.gen(function* () {
  const links = yield* ClientLinks
  const desk = yield* ClientDesk
  const managers = yield* Desk
  const codes = yield* makeOneTimeCodes
  const operations = yield* Operations
  const visits = makeRateLimiter(sessionRate)

  type Handle = (
    visit: Visit,
    asked: Asked<unknown>,
    secret: string
  ) => Effect.Effect<Response | object | null, Refusal>
  const visited = (door: Extract<OpenRoute, `${string} /client/${string}`>, handle: Handle): Route =>
    openRoute(door, (asked) => {
      const secret = cookieOf(asked.request, visitCookie)
      return Effect.flatMap(visitOf(links, secret), (visit): ReturnType<Handle> => {
        const retryAfterMs = visits.waitMs(visit.meeting, performance.now())
        if (retryAfterMs === 0) return handle(visit, asked, secret ?? "")
        const refused = operations.refused("client", "too many requests of one visit", asked.address)
        const message = "Cannot answer so many requests. Wait as long as retryAfterMs says"
        return Effect.andThen(refused, Effect.fail({ _tag: "SlowDown", reason: "slowDown", message, retryAfterMs }))
      })
    })

  const routes: readonly Route[] = [
    route("POST /api/conferences/:id/link", ({ person, parameters, request }) =>
      Effect.flatMap(managers.invite(person, parameters.id ?? ""), (meeting) =>
        links.invite(meeting, new URL(request.url).origin)
      )
    ),
    openRoute("POST /client/api/open", ({ body }) =>
      Effect.gen(function* () {
        const { token } = yield* read(Token, body)
        const response = Response.json({})
        response.headers.append("set-cookie", setCookie(visitCookie, yield* links.open(token), visitS))
        return response
      })
    ),
    visited("GET /client/api/state", (visit) => desk.stateOf(visit)),
    visited("POST /client/api/code", (visit) =>
      Effect.flatMap(desk.addressOf(visit), (to) => codes.send(visit.meeting, to))
    ),
    visited("POST /client/api/code/check", (visit, { body }, secret) =>
      Effect.gen(function* () {
        yield* codes.check(visit.meeting, (yield* read(Code, body)).code)
        yield* links.prove(secret)
        return null
      })
    ),
    visited("POST /client/api/consents", (visit, { body }) =>
      Effect.gen(function* () {
        const { purposes, language } = yield* read(Consents, body)
        yield* desk.agree(visit, purposes, language)
        return yield* desk.stateOf(visit)
      })
    ),
    visited("POST /client/api/withdraw", (visit, { body }) =>
      Effect.gen(function* () {
        yield* desk.withdraw(visit, (yield* read(Withdrawal, body)).purpose)
        return yield* desk.stateOf(visit)
      })
    ),
    visited("POST /client/api/join", (visit) => desk.join(visit)),
    visited("GET /client/picture", (visit) =>
      Effect.map(desk.picture(visit), (variant) => {
        if (variant === null) return new Response("", { status: 404 })
        const { brief, look, seed, lieFactor } = variant
        const page = interactivePage(brief, look, seed, lieFactor)
        const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": picturePolicy(page) }
        return new Response(page, { headers })
      })
    ),
    visited("POST /client/api/looked", (visit) => Effect.as(desk.interact(visit, null), null)),
    visited("POST /client/api/tapped", (visit, { body }) =>
      Effect.flatMap(read(Tap, body), ({ productIndex }) => Effect.as(desk.interact(visit, productIndex), null))
    ),
    visited("POST /client/api/answers", (visit, { body }) =>
      Effect.flatMap(read(Answers, body), (answers) => Effect.as(desk.answer(visit, answers), null))
    ),
    visited("GET /client/api/my-data.json", (visit) =>
      Effect.map(desk.copyOf(visit), (records) => {
        const lines = Stream.map(records, (record) => new TextEncoder().encode(`${JSON.stringify(record)}\n`))
        return attachment(Stream.toReadableStream(lines), "application/x-ndjson", "mimika-my-data.jsonl")
      })
    ),
    visited("GET /client/api/my-data.html", (visit, { query }) =>
      Effect.gen(function* () {
        const page = makeExportPage(languageOf(query))
        yield* Stream.runForEach(yield* desk.copyOf(visit), (record) => Effect.sync(() => page.take(record)))
        return attachment(page.finish(), "text/html; charset=utf-8", "mimika-my-data.html")
      })
    ),
    visited("POST /client/api/erase", (visit) =>
      Effect.map(desk.erase(visit), () => {
        const response = Response.json({})
        response.headers.append("set-cookie", setCookie(visitCookie, null, 0))
        return response
      })
    )
  ]

  const feed: Feed = {
    door: "POST /client/api/feeds/page",
    audience: "client",
    prepare: ({ request }: FeedWish<unknown>) =>
      Effect.gen(function* () {
        const visit = yield* visitOf(links, cookieOf(request, visitCookie))
        const run = Effect.runPromiseWith(yield* Effect.context<never>())
        return (link: FeedLink) => {
          let saidState = ""
          let saidPicture: number | null | undefined
          let busy = false
          const look = Effect.gen(function* () {
            const { state } = yield* desk.meetingOf(visit)
            if (state !== saidState) link.send({ type: "conference", state })
            saidState = state
            const picture = state === "running" ? yield* desk.shared(visit) : null
            const shown = picture?.variantIndex ?? null
            if (shown !== saidPicture) link.send({ type: "picture", picture })
            saidPicture = shown
          })
          const timer = setInterval(() => {
            if (busy) return
            busy = true
            run(Effect.exit(look)).finally(() => {
              busy = false
            })
          }, feedEveryMs)
          return () => clearInterval(timer)
        }
      })
  }
  return { routes, feed }
})
