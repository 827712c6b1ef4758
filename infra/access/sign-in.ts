/**
 * Signing in: a password or the bank's directory and then always a second factor, or a passkey, which is both. Between the two steps a
 * ticket of five minutes proves the first. Nobody is let in whose security briefing is not on record. Every success is recorded, and
 * every refusal counted into a record.
 */
import { randomBytes } from "node:crypto"
import type { AuthenticationResponseJSON } from "@simplewebauthn/server"
import { Clock, Effect } from "effect"
import type { Person } from "../../actors/access.ts"
import type { Operations } from "../../actors/operations.ts"
import { refuse } from "./access-refused.ts"
import type { Account, Accounts } from "./accounts.ts"
import { countAttempts } from "./attempts.ts"
import type { makePasskeys, Site } from "./passkeys.ts"
import { checkPassword } from "./passwords.ts"
import { type Factor, hashOf, type Sessions } from "./sessions.ts"
import { recoveryHashOf, totpStepOf } from "./totp.ts"

/** Somebody fetches a phone from another room. */
const stepMsMax = 5 * 60_000
/** Sign-ins half done at once. */
const stepsMax = 10_000
/** Wrong codes after one password: then the password is asked for again. */
const codesMax = 5

/** Where a request comes from. `device`: the secret of a browser that has signed in before; `session`: the token it has. */
export interface From {
  readonly address: string
  readonly session: string | null
  readonly device: string | null
  readonly browser: string
}

/** The first step, where it is not a password. */
type First = "directory"

interface Step {
  readonly account: string
  readonly endsAt: number
  readonly first: First | undefined
  codesLeft: number
}

export interface SignInPorts {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly passkeys: ReturnType<typeof makePasskeys>
  readonly operations: Operations["Service"]
}

export function makeSignIn({ accounts, sessions, passkeys, operations }: SignInPorts) {
  const attempts = countAttempts()
  const steps = new Map<string, Step>()

  /** By what a device is counted apart from strangers at the account's login: a device that has signed in to it before. */
  const knownDevice = Effect.fnUntraced(function* (account: Account | null, { device }: From) {
    if (account === null || device === null) return null
    const now = yield* Clock.currentTimeMillis
    return sessions.knows(account.id, device, now) ? Buffer.from(hashOf(device)).toString("hex") : null
  })

  const recordRefusal = (account: Account | null, why: string, { address }: From) =>
    operations.signInRefused(account?.id ?? null, why, address)

  const failed = Effect.fnUntraced(function* (
    login: string | null,
    account: Account | null,
    fault: "wrongPassword" | "wrongCode" | "wrongRecoveryCode" | "wrongPasskey",
    from: From
  ) {
    const device = yield* knownDevice(account, from)
    attempts.failed(login, from.address, device, yield* Clock.currentTimeMillis)
    yield* recordRefusal(account, fault, from)
    return yield* refuse(fault)
  })

  const admitted = Effect.fnUntraced(function* (account: Account, from: From) {
    const fault = account.disabledAt !== null ? "disabled" : account.briefing === null ? "noBriefing" : null
    if (fault === null) return
    yield* recordRefusal(account, fault, from)
    return yield* refuse(fault)
  })

  /** Recorded first: a session that is on no record never begins. Answers the tokens for the cookies. */
  const begin = Effect.fnUntraced(function* (account: Account, factor: Factor, from: From, first?: First) {
    yield* admitted(account, from)
    const { address, browser } = from
    const after = first === undefined ? {} : { after: first }
    yield* operations
      .record({ type: "SignedIn", actor: `account:${account.id}`, account: account.id, factor, address, ...after })
      .pipe(Effect.mapError(() => refuse("notRecorded")))
    attempts.succeeded(account.login, address, yield* knownDevice(account, from))
    const device = from.device ?? randomBytes(32).toString("base64url")
    const now = yield* Clock.currentTimeMillis
    sessions.know(account.id, device, now)
    // The browser forgets the token it had: nobody could use or end that session any more but by its list.
    if (from.session !== null) sessions.endToken(from.session)
    return { session: sessions.start({ account: account.id, factor, device: browser, address }, now), device }
  })

  const mayTry = Effect.fnUntraced(function* (login: string | null, account: Account | null, from: From) {
    const device = yield* knownDevice(account, from)
    const retryAfterMs = attempts.waitMs(login, from.address, device, yield* Clock.currentTimeMillis)
    if (retryAfterMs > 0) return yield* refuse("slowDown", { retryAfterMs })
  })

  /** The first step is done: answers its ticket, and what the second can be. */
  const secondStep = Effect.fnUntraced(function* (account: Account, from: From, first?: First) {
    yield* admitted(account, from)
    const factors = {
      totp: account.hasTotp,
      recovery: account.recoveryCodesLeft > 0,
      passkey: account.passkeyCount > 0
    }
    if (!Object.values(factors).includes(true)) {
      yield* recordRefusal(account, "noSecondFactor", from)
      return yield* refuse("noSecondFactor")
    }
    const step = randomBytes(32).toString("base64url")
    if (steps.size >= stepsMax) steps.delete(steps.keys().next().value!)
    const endsAt = (yield* Clock.currentTimeMillis) + stepMsMax
    steps.set(step, { account: account.id, endsAt, first, codesLeft: codesMax })
    return { step, ...factors }
  })

  const password = Effect.fnUntraced(function* (given: string, secret: string, from: From) {
    const login = given.trim().toLowerCase()
    const account = accounts.findByLogin(login)
    yield* mayTry(login, account, from)
    const hash = account === null ? null : accounts.passwordHashOf(account.id)
    const holds = yield* Effect.promise(() => checkPassword(secret, hash))
    if (!holds || account === null) return yield* failed(login, account, "wrongPassword", from)
    return yield* secondStep(account, from)
  })

  const stepped = Effect.fnUntraced(function* (step: string, from: From) {
    const found = steps.get(step)
    const account = found === undefined ? null : accounts.find(found.account)
    if (
      found === undefined ||
      account === null ||
      found.endsAt <= (yield* Clock.currentTimeMillis) ||
      found.codesLeft === 0
    ) {
      steps.delete(step)
      return yield* refuse("stepExpired")
    }
    yield* mayTry(account.login, account, from)
    found.codesLeft -= 1
    return { account, first: found.first }
  })

  const totp = Effect.fnUntraced(function* (step: string, code: string, from: From) {
    const { account, first } = yield* stepped(step, from)
    const secret = accounts.totpSecretOf(account.id)
    const used = secret === null ? null : totpStepOf(secret, code, yield* Clock.currentTimeMillis)
    if (used === null || !accounts.useTotpStep(account.id, used)) {
      return yield* failed(account.login, account, "wrongCode", from)
    }
    steps.delete(step)
    return yield* begin(account, "totp", from, first)
  })

  const recovery = Effect.fnUntraced(function* (step: string, code: string, from: From) {
    const { account, first } = yield* stepped(step, from)
    if (!accounts.useRecoveryCode(account.id, recoveryHashOf(code))) {
      return yield* failed(account.login, account, "wrongRecoveryCode", from)
    }
    steps.delete(step)
    return yield* begin(account, "recovery", from, first)
  })

  const passkey = Effect.fnUntraced(function* (site: Site, response: AuthenticationResponseJSON, from: From) {
    yield* mayTry(null, null, from)
    const owner = accounts.ownerOfPasskey(response.id)
    const account = owner === null ? null : accounts.find(owner)
    const key = account === null ? undefined : accounts.passkeysOf(account.id).find(({ id }) => id === response.id)
    const now = yield* Clock.currentTimeMillis
    const counter = key === undefined ? null : yield* Effect.promise(() => passkeys.signedIn(site, response, key, now))
    if (account === null || key === undefined || counter === null)
      return yield* failed(null, account, "wrongPasskey", from)
    accounts.countPasskey(key.id, counter)
    return yield* begin(account, "passkey", from)
  })

  /** Whom a session's token stands for, while the account may be used. */
  const personOf = Effect.fnUntraced(function* (token: string | null) {
    if (token === null) return null
    const session = sessions.use(token, yield* Clock.currentTimeMillis)
    const account = session === null ? null : accounts.find(session.account)
    if (session === null || account === null || account.disabledAt !== null || account.briefing === null) return null
    const { id, login, name, roles, team } = account
    return { account: id, login, name, roles, team, session: session.id } satisfies Person
  })

  return { password, totp, recovery, passkey, secondStep, begin, personOf, recordRefusal }
}
