/** Signing in through the bank's directory, and linking accounts with its people, as routes of the console. The rules are in `infra/access/`. */
import { Effect, Schema } from "effect"
import { cookieOf, SigningIn, setCookie } from "../access/access.ts"
import { refuse } from "../access/access-refused.ts"
import { Subject } from "../access/account-wishes.ts"
import { queryCharactersMax, wayMsMax } from "../access/directory-sign-in.ts"
import { openRoute, type Route, route } from "./route.ts"
import { askedFor, fromOf, read, signedIn } from "./routes-access.ts"

/** Proves that this browser began it. Strict, because our own page brings the directory's answer. */
const wayCookie = "__Host-mimika-directory"
/** The page to which the directory sends the browser back: registered there. */
export const returnPath = "/sign-in/directory"

/** What the directory gave the browser in the address. */
const Returned = Schema.Struct({ query: Schema.String.check(Schema.isMaxLength(queryCharactersMax)) })
const Link = Schema.Struct({ subject: Schema.NullOr(Subject) })

export const directoryRoutes = Effect.map(SigningIn, ({ directorySignIn, desk }): readonly Route[] => {
  const required = directorySignIn === null ? Effect.fail(refuse("directoryOff")) : Effect.succeed(directorySignIn)

  return [
    openRoute("GET /api/sign-in/ways", () => Effect.succeed({ directory: directorySignIn !== null })),
    openRoute("POST /api/sign-in/directory", (asked) =>
      Effect.gen(function* () {
        const { origin } = new URL(asked.request.url)
        const { url, secret } = yield* (yield* required).begin(`${origin}${returnPath}`, fromOf(asked))
        const response = Response.json({ url })
        response.headers.append("set-cookie", setCookie(wayCookie, secret, wayMsMax / 1000))
        return response
      })
    ),
    openRoute("POST /api/sign-in/directory/finish", (asked) =>
      Effect.gen(function* () {
        const { query } = yield* read(Returned, asked.body)
        const came = yield* (yield* required).finish(cookieOf(asked.request, wayCookie), query, fromOf(asked))
        const response = "in" in came ? signedIn(came.in) : askedFor(came.next)
        response.headers.append("set-cookie", setCookie(wayCookie, null, 0))
        return response
      })
    ),
    route("PUT /api/accounts/:account/directory", ({ person, parameters, body }) =>
      Effect.gen(function* () {
        const { subject } = yield* read(Link, body)
        const { account, session } = person
        yield* desk.link(parameters.account ?? "", subject, `account:${account}`, session)
        return null
      })
    )
  ]
})
