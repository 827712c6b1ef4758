/**
 * Puts sign-in together: accounts, sessions, passkeys, enrolment and the desk, for the console's routes and the command line. At
 * first start, when nobody can manage accounts, it makes the first administrator's enrolment link.
 */
import { Context, Effect, Layer } from "effect"
import { Access } from "../../actors/access.ts"
import { Operations } from "../../actors/operations.ts"
import { KeyStore } from "../keys/key-store.ts"
import { makeAccountDesk } from "./account-desk.ts"
import { openAccounts } from "./accounts.ts"
import { makeDirectorySignIn } from "./directory-sign-in.ts"
import { makeEnrolment } from "./enrolment.ts"
import { makePasskeys } from "./passkeys.ts"
import { openSessions } from "./sessions.ts"
import { makeSignIn } from "./sign-in.ts"
import { openStaffDirectory } from "./staff-directory.ts"
import type { StaffDirectorySettings } from "./staff-directory-settings.ts"

/** Secure, for this host and this path only, out of scripts' reach, sent by this site's own pages only. */
export const sessionCookie = "__Host-mimika"
export const firstLogin = "admin"

const make = (dataFolder: string, settings: StaffDirectorySettings | null) =>
  Effect.gen(function* () {
    const keys = yield* KeyStore
    const operations = yield* Operations
    yield* Effect.orDie(keys.refresh())
    const accounts = yield* Effect.acquireRelease(
      Effect.sync(() => openAccounts(dataFolder, keys)),
      (opened) => Effect.sync(() => opened.close())
    )
    const sessions = yield* Effect.acquireRelease(
      Effect.sync(() => openSessions(dataFolder)),
      (opened) => Effect.sync(() => opened.close())
    )
    const passkeys = makePasskeys()
    const signIn = makeSignIn({ accounts, sessions, passkeys, operations })
    const enrolment = makeEnrolment({ accounts, sessions, operations })
    const directory = settings === null ? null : openStaffDirectory(settings)
    /** Null: the bank's directory is not used for signing in. */
    const directorySignIn = directory === null ? null : makeDirectorySignIn({ accounts, signIn, directory })
    const issuer = directory?.issuer ?? null
    const desk = makeAccountDesk({ accounts, sessions, operations, enrolment, passkeys, issuer })
    /** While no administrator is enrolled: a link for the first one. Null when there is one. */
    const firstInvitation = Effect.gen(function* () {
      const administrators = accounts.list().filter(({ roles }) => roles.includes("administrator"))
      if (administrators.some(({ enrolled }) => enrolled)) return null
      const waiting = administrators[0]
      if (waiting !== undefined) return yield* enrolment.inviteAgain(waiting, "os:first-start")
      const first = { login: firstLogin, name: "Administrator", roles: ["administrator"] as const, team: null }
      return yield* enrolment.invite(first, "os:first-start")
    })
    return { accounts, sessions, passkeys, signIn, directorySignIn, enrolment, desk, firstInvitation }
  })

type SignInParts = Effect.Success<ReturnType<typeof make>>

/** Everything about signing in, for the routes that serve it. */
export class SigningIn extends Context.Service<SigningIn, SignInParts>()("infra/SigningIn") {
  static readonly layer = (dataFolder: string, directory: StaffDirectorySettings | null = null) =>
    Layer.effect(SigningIn, make(dataFolder, directory))
}

export const accessLayer = Layer.effect(
  Access,
  Effect.map(SigningIn, ({ signIn }) =>
    Access.of({ personOf: (request) => signIn.personOf(cookieOf(request, sessionCookie)) })
  )
)

/** The value of a cookie, or null. */
export function cookieOf(request: Request, name: string): string | null {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2)
    if (key === name && value !== undefined && value !== "") return value
  }
  return null
}

/** A cookie that lasts as long as given, or with null is taken back. */
export const setCookie = (name: string, value: string | null, seconds: number) =>
  `${name}=${value ?? ""}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${value === null ? 0 : seconds}`
