/** Signing in, enrolling and one's own account, as routes of the console. The rules are in `infra/access/`. */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server"
import { Clock, Effect, Schema } from "effect"
import { may, type Permission, type Person, permissions } from "../../actors/access.ts"
import { cookieOf, SigningIn, sessionCookie, setCookie } from "../access/access.ts"
import { refuse } from "../access/access-refused.ts"
import type { Site } from "../access/passkeys.ts"
import { absoluteMsMax, deviceMsMax } from "../access/sessions.ts"
import type { From } from "../access/sign-in.ts"
import { type Asked, openRoute, type Route, route } from "./route.ts"

/** Proves the first step between the two. */
const stepCookie = "__Host-mimika-step"
/** Says that this browser has signed in before; it lets nobody in. */
const deviceCookie = "__Host-mimika-device"
const stepS = 5 * 60
const deviceS = deviceMsMax / 1000

/** Longest text a form sends: logins, passwords, codes. */
const Text = Schema.String.check(Schema.isMaxLength(512))
const Password = Schema.Struct({ login: Text, password: Text })
const Code = Schema.Struct({ code: Text })
const Enrolment = Schema.Struct({ secret: Text })
const Briefing = Schema.Struct({ heldAt: Schema.Int, by: Text.check(Schema.isMinLength(1)) })
const Enrolling = Schema.Struct({ secret: Text, password: Text, code: Text, briefing: Schema.NullOr(Briefing) })
const NewPassword = Schema.Struct({ password: Text, newPassword: Text })
const Confirmed = Schema.Struct({ password: Text })
const ConfirmedCode = Schema.Struct({ password: Text, code: Text })
const PasskeyAnswer = Schema.Struct({ response: Schema.Record(Schema.String, Schema.Unknown) })
const NewPasskey = Schema.Struct({ response: Schema.Record(Schema.String, Schema.Unknown), label: Text })

/** The body as it should be, or a refusal that a page has words for. */
export const read = <S extends Schema.Top & { readonly DecodingServices: never }>(schema: S, body: unknown) =>
  Effect.mapError(Schema.decodeUnknownEffect(schema)(body), () => refuse("badRequest"))

export const fromOf = ({ request, address }: Asked<unknown>): From => ({
  address,
  session: cookieOf(request, sessionCookie),
  device: cookieOf(request, deviceCookie),
  browser: deviceName(request.headers.get("user-agent") ?? "")
})

const siteOf = ({ request }: Asked<unknown>): Site => {
  const { hostname, origin } = new URL(request.url)
  return { host: hostname, origin }
}

export const described = (person: Person) => ({
  account: person.account,
  login: person.login,
  name: person.name,
  roles: person.roles,
  team: person.team,
  permissions: (Object.keys(permissions) as Permission[]).filter((permission) => may(person, permission))
})

/** Both steps are done. */
export function signedIn({ session, device }: { readonly session: string; readonly device: string }): Response {
  const response = Response.json({ step: "in" })
  response.headers.append("set-cookie", setCookie(sessionCookie, session, absoluteMsMax / 1000))
  response.headers.append("set-cookie", setCookie(deviceCookie, device, deviceS))
  response.headers.append("set-cookie", setCookie(stepCookie, null, 0))
  return response
}

/** The first step is done: the page asks for one of the factors. */
export function askedFor({ step, ...factors }: { readonly step: string }): Response {
  const response = Response.json({ step: "secondFactor", ...factors })
  response.headers.append("set-cookie", setCookie(stepCookie, step, stepS))
  return response
}

export const accessRoutes = Effect.map(SigningIn, ({ signIn, enrolment, desk, sessions, accounts, passkeys }) => {
  const { own } = desk
  const stepOf = ({ request }: Asked<unknown>) => cookieOf(request, stepCookie) ?? ""
  const actorOf = ({ account }: Person) => `account:${account}`

  const anybody: readonly Route[] = [
    openRoute("POST /api/sign-in", (asked) =>
      Effect.gen(function* () {
        const { login, password } = yield* read(Password, asked.body)
        return askedFor(yield* signIn.password(login, password, fromOf(asked)))
      })
    ),
    openRoute("POST /api/sign-in/totp", (asked) =>
      Effect.flatMap(read(Code, asked.body), ({ code }) =>
        Effect.map(signIn.totp(stepOf(asked), code, fromOf(asked)), signedIn)
      )
    ),
    openRoute("POST /api/sign-in/recovery", (asked) =>
      Effect.flatMap(read(Code, asked.body), ({ code }) =>
        Effect.map(signIn.recovery(stepOf(asked), code, fromOf(asked)), signedIn)
      )
    ),
    openRoute("POST /api/sign-in/passkey/options", (asked) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.promise(() => passkeys.signInOptions(siteOf(asked), now)))
    ),
    openRoute("POST /api/sign-in/passkey", (asked) =>
      Effect.flatMap(read(PasskeyAnswer, asked.body), ({ response }) => {
        const answer = response as unknown as AuthenticationResponseJSON
        return Effect.map(signIn.passkey(siteOf(asked), answer, fromOf(asked)), signedIn)
      })
    ),
    openRoute("POST /api/enrolment", (asked) =>
      Effect.gen(function* () {
        const { secret } = yield* read(Enrolment, asked.body)
        const { account, totp, isFirst } = yield* enrolment.look(secret)
        return { login: account.login, name: account.name, totp, asksBriefing: isFirst }
      })
    ),
    openRoute("POST /api/enrolment/finish", (asked) =>
      Effect.gen(function* () {
        const { secret, password, code, briefing } = yield* read(Enrolling, asked.body)
        return yield* enrolment.enrol(secret, password, code, briefing)
      })
    )
  ]

  const mine: readonly Route[] = [
    route("GET /api/me", ({ person }) => Effect.succeed(described(person))),
    route("POST /api/sign-out", ({ person }) =>
      Effect.gen(function* () {
        yield* enrolment.recorded({ type: "SignedOut", actor: actorOf(person), account: person.account })
        sessions.end(person.account, person.session)
        const response = Response.json({})
        response.headers.append("set-cookie", setCookie(sessionCookie, null, 0))
        return response
      })
    ),
    route("GET /api/account", ({ person }) =>
      Effect.gen(function* () {
        const account = yield* desk.find(person.account)
        const now = yield* Clock.currentTimeMillis
        const keys = accounts.passkeysOf(person.account)
        return {
          ...account,
          passkeys: keys.map(({ id, label, addedAt }) => ({ id, label, addedAt })),
          sessions: sessions.ofAccount(person.account, now).map(({ account: _, ...session }) => {
            return { ...session, current: session.id === person.session }
          })
        }
      })
    ),
    route("DELETE /api/account/sessions/:session", ({ person, parameters }) =>
      Effect.as(desk.revoke(person.account, parameters.session ?? "", actorOf(person), person.session), null)
    ),
    route("POST /api/account/password", ({ person, body }) =>
      Effect.gen(function* () {
        const { password, newPassword } = yield* read(NewPassword, body)
        yield* own.requirePassword(person, password)
        yield* own.setPassword(person, newPassword)
        return null
      })
    ),
    route("POST /api/account/totp/options", ({ person, body }) =>
      Effect.gen(function* () {
        yield* own.requirePassword(person, (yield* read(Confirmed, body)).password)
        return yield* own.showTotp(person)
      })
    ),
    route("POST /api/account/totp", ({ person, body }) =>
      Effect.gen(function* () {
        const { password, code } = yield* read(ConfirmedCode, body)
        yield* own.requirePassword(person, password)
        yield* own.setTotp(person, code)
        return null
      })
    ),
    route("POST /api/account/recovery-codes", ({ person, body }) =>
      Effect.gen(function* () {
        yield* own.requirePassword(person, (yield* read(Confirmed, body)).password)
        return { recoveryCodes: yield* own.newCodes(person) }
      })
    ),
    route("POST /api/account/passkeys/options", (asked) =>
      Effect.gen(function* () {
        yield* own.requirePassword(asked.person, (yield* read(Confirmed, asked.body)).password)
        return yield* own.passkeyOptions(asked.person, siteOf(asked))
      })
    ),
    route("POST /api/account/passkeys", (asked) =>
      Effect.gen(function* () {
        const { response, label } = yield* read(NewPasskey, asked.body)
        const answer = response as unknown as RegistrationResponseJSON
        yield* own.addPasskey(asked.person, siteOf(asked), answer, label)
        return null
      })
    ),
    route("DELETE /api/account/passkeys/:passkey", ({ person, parameters }) =>
      Effect.as(own.removePasskey(person, parameters.passkey ?? ""), null)
    )
  ]
  return [...anybody, ...mine]
})

/** Browser and system, in the words people know them by. */
function deviceName(agent: string): string {
  const browser = /(YaBrowser|Edg|OPR|Firefox|Chrome|Safari)\/(\d+)/.exec(agent)
  const names: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera", YaBrowser: "Yandex Browser" }
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1] ?? ""
  const name = browser === null ? "" : `${names[browser[1]!] ?? browser[1]} ${browser[2]}`
  return [name, system.replace("Mac OS X", "macOS")].filter((word) => word !== "").join(", ") || "?"
}
