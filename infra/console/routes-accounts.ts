/** The administrator's accounts as routes of the console: invite, brief, change roles, switch off, end sessions. */
import { Clock, Effect, Schema } from "effect"
import { type Person, roles } from "../../actors/access.ts"
import { SigningIn } from "../access/access.ts"
import { type Asked, type Route, route } from "./route.ts"
import { read } from "./routes-access.ts"

const Words = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200))
const Roles = Schema.Array(Schema.Literals(roles)).check(Schema.isMinLength(1))
const Invitation = Schema.Struct({ login: Words, name: Words, roles: Roles, team: Schema.NullOr(Words) })
const NewRoles = Schema.Struct({ roles: Roles, team: Schema.NullOr(Words) })
/** When it was held, milliseconds since 1970. */
const Briefing = Schema.Struct({ heldAt: Schema.Int, by: Words })
const Switch = Schema.Struct({ enabled: Schema.Boolean })

export const accountRoutes = Effect.map(SigningIn, ({ accounts, sessions, enrolment, desk }): readonly Route[] => {
  const actorOf = ({ account }: Person) => `account:${account}`
  /** The secret stands behind the #, which browsers send nowhere. */
  const linkOf = (asked: Asked<Person>, { secret, endsAt }: { readonly secret: string; readonly endsAt: number }) => ({
    url: `${new URL(asked.request.url).origin}/enrol#${secret}`,
    endsAt
  })

  return [
    route("GET /api/accounts", () =>
      Effect.map(Clock.currentTimeMillis, (now) => ({
        directory: desk.usesDirectory,
        accounts: accounts.list().map((account) => {
          const sessionCount = sessions.ofAccount(account.id, now).length
          return { ...account, subject: desk.subjectOf(account.id), sessionCount }
        })
      }))
    ),
    route("POST /api/accounts", (asked) =>
      Effect.gen(function* () {
        const invited = yield* enrolment.invite(yield* read(Invitation, asked.body), actorOf(asked.person))
        return { account: invited.account, ...linkOf(asked, invited) }
      })
    ),
    route("POST /api/accounts/:account/enrolment", (asked) =>
      Effect.gen(function* () {
        const account = yield* desk.find(asked.parameters.account ?? "")
        return linkOf(asked, yield* enrolment.inviteAgain(account, actorOf(asked.person)))
      })
    ),
    route("PUT /api/accounts/:account/roles", ({ person, parameters, body }) =>
      Effect.gen(function* () {
        const wanted = yield* read(NewRoles, body)
        yield* desk.setRoles(parameters.account ?? "", wanted.roles, wanted.team, actorOf(person))
        return null
      })
    ),
    route("PUT /api/accounts/:account/briefing", ({ person, parameters, body }) =>
      Effect.gen(function* () {
        const { heldAt, by } = yield* read(Briefing, body)
        yield* desk.brief(parameters.account ?? "", heldAt, by, actorOf(person))
        return null
      })
    ),
    route("PUT /api/accounts/:account/enabled", ({ person, parameters, body }) =>
      Effect.gen(function* () {
        const { enabled } = yield* read(Switch, body)
        yield* desk.setEnabled(parameters.account ?? "", enabled, actorOf(person))
        return null
      })
    ),
    route("DELETE /api/accounts/:account/sessions", ({ person, parameters }) =>
      Effect.map(desk.revoke(parameters.account ?? "", "all", actorOf(person)), (count) => ({ count }))
    )
  ]
})
