/**
 * The console's server: one list of routes and the built pages. It finds out who asks, whether that person may, and whether the
 * request comes from our own page; it bounds and parses bodies and sets the headers that keep a browser safe. What a route
 * does is the route's.
 */
import { Cause, Effect, Exit } from "effect"
import { Access, may, type Person } from "../../actors/access.ts"
import { Operations } from "../../actors/operations.ts"
import { networksOf } from "../security/networks.ts"
import { consoleRate, makeRateLimiter, sessionRate } from "../security/rate-limit.ts"
import { matched, type Refusal, type Route } from "./route.ts"
import type { StaticPages } from "./static-pages.ts"

/** What the pages may load and talk to: ourselves only. Frames go to edges on other ports of the same host. */
const policyFor = (host: string, streamHost: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' wss://${host}:* wss://${streamHost}:*`,
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "frame-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'"
  ].join("; ")

/** A year, as browsers' preload lists ask. */
const strictTransport = "max-age=31536000; includeSubDomains"

/** A request that our own page sent: browsers send neither from elsewhere without asking us first. */
export const ownPageHeader = "x-mimika"

export interface DoorOptions {
  readonly routes: readonly Route[]
  readonly pages: StaticPages
  /** Networks that may come in, as `10.0.0.0/8`; empty: all. */
  readonly networks: readonly string[]
  /** Whether this server is called so: pages, links and passkeys are made for the name that a browser asked for. */
  readonly names: (name: string) => boolean
  /** Where edges listen for a client's frames. */
  readonly streamHost: string
}

export const consoleDoor = Effect.fnUntraced(function* (options: DoorOptions) {
  const { routes, pages, networks, names, streamHost } = options
  const access = yield* Access
  const operations = yield* Operations
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  const addresses = makeRateLimiter(consoleRate)
  const sessions = makeRateLimiter(sessionRate)
  const { admits } = networksOf(networks)

  const answerRoute = Effect.fnUntraced(function* (route: Route, asked: AskedBy) {
    const { request, person } = asked
    if (request.method !== "GET" && !isFromOwnPage(request)) {
      yield* operations.refused("console", "a request from another site", asked.address)
      return failure(403, "NotOwnPage", "Cannot do this: the request does not come from a page of this server")
    }
    if ("permission" in route) {
      if (person === null) return failure(401, "NotSignedIn", "Cannot do this: nobody is signed in. Sign in first")
      if (!may(person, route.permission)) {
        yield* operations.refused("console", `without the permission ${route.permission}`, asked.address)
        const why = `Cannot do this: it takes the permission "${route.permission}", which none of your roles has`
        return failure(403, "NotPermitted", why)
      }
    }
    if (!isPlainJson(request)) {
      return failure(415, "NotJson", "Cannot read the request: send its body as application/json, not compressed")
    }
    const body = yield* Effect.promise(() => bodyOf(request))
    if (body === notJson) return failure(400, "BadRequest", "Cannot read the request: its body is not JSON")
    const answered = yield* route.handle({ ...asked, body } as never)
    if (answered instanceof Response) return answered
    return answered === null ? new Response(null, { status: 204 }) : Response.json(answered)
  })

  const answerAll = Effect.fnUntraced(function* (request: Request, address: string) {
    const url = new URL(request.url)
    if (!names(url.hostname)) {
      yield* operations.refused("console", "another server's name", address)
      return failure(421, "WrongHost", "Cannot answer: this server has no such name. Use one of its certificate")
    }
    if (trickyPath.test(url.pathname)) {
      yield* operations.refused("console", "a path that leads elsewhere", address)
      return failure(400, "BadPath", "Cannot answer: no path of this server is written like this")
    }
    const person = yield* access.personOf(request)
    const waitMs = person === null ? 0 : sessions.waitMs(person.session, performance.now())
    if (waitMs > 0) return yield* slowDown("too many requests of one session", address, waitMs)
    const method = request.method === "HEAD" ? "GET" : request.method
    let isKnownPath = false
    for (const route of routes) {
      const parameters = matched(route.path, url.pathname)
      if (parameters === null) continue
      isKnownPath = true
      if (route.method !== method) continue
      return yield* answerRoute(route, { request, parameters, query: url.searchParams, address, person })
    }
    if (isKnownPath) return failure(405, "WrongMethod", `Cannot ${request.method} "${url.pathname}"`)
    if (url.pathname.startsWith("/api/") || url.pathname.startsWith("/client/api/")) {
      return failure(404, "NotFound", `Cannot find "${url.pathname}": nothing is here`)
    }
    if (method !== "GET") return failure(405, "WrongMethod", `Cannot ${request.method} a page`)
    if (pages.isForStaff(url.pathname) && person === null) {
      const to = url.pathname === "/" ? "" : `?to=${encodeURIComponent(url.pathname)}`
      return new Response(null, { status: 303, headers: { location: `/sign-in${to}` } })
    }
    return pages.answer(request, url.pathname)
  })

  const slowDown = (why: string, address: string, retryAfterMs: number) =>
    Effect.as(
      operations.refused("console", why, address),
      failure(429, "slowDown", "Cannot answer so many requests. Wait as long as retryAfterMs says", { retryAfterMs })
    )

  const answerAddress = (request: Request, address: string) => {
    if (!admits(address)) {
      const why = "Cannot answer: this address is in none of the networks that may come in"
      return Effect.as(
        operations.refused("console", "an address of no allowed network", address),
        failure(403, "NotPermitted", why)
      )
    }
    const waitMs = addresses.waitMs(address, performance.now())
    return waitMs > 0 ? slowDown("too many requests from one address", address, waitMs) : answerAll(request, address)
  }

  return async (request: Request, address: string): Promise<Response> => {
    const exit = await run(Effect.exit(answerAddress(request, address)))
    const response = Exit.isSuccess(exit) ? exit.value : await run(failed(exit.cause))
    secure(response.headers, new URL(request.url).hostname, streamHost)
    return response
  }
})

type AskedBy = {
  readonly request: Request
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly address: string
  readonly person: Person | null
}

/** Refusals are answered as they are; anything else is a defect, logged and not told. */
const failed = (cause: Cause.Cause<Refusal>): Effect.Effect<Response> => {
  const error = Cause.squash(cause) as Partial<Refusal> & { fault?: string; reason?: string }
  if (Cause.hasFails(cause) && typeof error._tag === "string") {
    const { _tag, message = "", fault, reason, retryAfterMs, detail } = error
    const status = retryAfterMs === undefined ? statusOf(fault ?? _tag) : 429
    const more = {
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(detail === undefined ? {} : { detail })
    }
    return Effect.succeed(failure(status, fault ?? reason ?? _tag, message, more))
  }
  return Effect.as(
    Effect.logError("A request to the console failed", { why: Cause.pretty(cause) }),
    failure(500, "Failed", "Cannot answer: the server failed. The log says why")
  )
}

const statusOf = (tag: string) =>
  /^(wrong|stepExpired)/.test(tag) ? 401 : /^unknown/i.test(tag) || /NotFound$/.test(tag) ? 404 : 409

function failure(status: number, tag: string, error: string, more: object = {}): Response {
  const retryAfterMs = (more as { retryAfterMs?: number }).retryAfterMs
  const headers: Record<string, string> =
    retryAfterMs === undefined ? {} : { "retry-after": `${Math.ceil(retryAfterMs / 1000)}` }
  return Response.json({ error, tag, ...more }, { status, headers })
}

function secure(headers: Headers, host: string, streamHost: string): void {
  headers.set("strict-transport-security", strictTransport)
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", policyFor(host, streamHost))
  headers.set("x-content-type-options", "nosniff")
  headers.set("referrer-policy", "no-referrer")
  headers.set("cross-origin-opener-policy", "same-origin")
  headers.set("cross-origin-resource-policy", "same-origin")
  headers.set("permissions-policy", "camera=(self), microphone=(), geolocation=(), publickey-credentials-get=(self)")
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store")
}

function isFromOwnPage(request: Request): boolean {
  const origin = request.headers.get("origin")
  return origin === new URL(request.url).origin && request.headers.get(ownPageHeader) === "1"
}

/** Slashes, dots, backslashes and zeroes that are hidden in escapes, once or twice, and bytes that are no UTF-8: no page has them. */
const trickyPath = /%(25)*(2f|5c|2e|00|c0|c1|f[5-f])|\/\.(?!well-known\/)/i

/** Nothing, or JSON as it is. */
function isPlainJson({ headers }: Request): boolean {
  if (headers.has("content-encoding")) return false
  const type = headers.get("content-type")
  return type === null || /^application\/json(;|$)/i.test(type)
}

const notJson = Symbol("not JSON")

async function bodyOf(request: Request): Promise<unknown> {
  if (request.method === "GET" || request.method === "HEAD") return undefined
  const text = await request.text()
  if (text === "") return undefined
  try {
    return JSON.parse(text)
  } catch {
    return notJson
  }
}
