/**
 * How an account comes to be and how its owner gets in for the first time: an administrator invites, a link opens once, the
 * person sets a password with a second factor and gets recovery codes. The first administrator is invited at first start.
 */
import { Clock, Effect } from "effect"
import type { Role } from "../../actors/access.ts"
import type { Operation, Operations } from "../../actors/operations.ts"
import { refuse } from "./access-refused.ts"
import type { Account, Accounts } from "./accounts.ts"
import { hashPassword, passwordFault } from "./passwords.ts"
import { hashOf, type Sessions } from "./sessions.ts"
import { newRecoveryCodes, newTotpSecret, recoveryHashOf, totpEnrolment, totpStepOf } from "./totp.ts"

/** An invitation may wait over a long weekend. */
export const enrolmentMsMax = 4 * 24 * 60 * 60_000
/** A briefing is said by its day, and that day may have begun elsewhere. */
const heldAheadMsMax = 24 * 60 * 60_000
/** TOTP secrets shown and not yet confirmed. */
const secretsMax = 1_000

export interface EnrolmentPorts {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly operations: Operations["Service"]
}

export function makeEnrolment({ accounts, sessions, operations }: EnrolmentPorts) {
  /** Secrets on somebody's screen, by account, until a code proves that they were read. */
  const shown = new Map<string, Uint8Array>()

  const recorded = (...given: readonly Operation[]) =>
    Effect.mapError(operations.record(...given), () => refuse("notRecorded"))

  const linkFor = Effect.fnUntraced(function* (account: Account) {
    const endsAt = (yield* Clock.currentTimeMillis) + enrolmentMsMax
    return { secret: accounts.openEnrolment(account.id, endsAt, hashOf), endsAt }
  })

  /** A new account and the secret of its enrolment link, which is shown once and kept nowhere. */
  const invite = Effect.fnUntraced(function* (
    given: {
      readonly login: string
      readonly name: string
      readonly roles: readonly Role[]
      readonly team: string | null
    },
    actor: string
  ) {
    if (accounts.findByLogin(given.login) !== null) return yield* refuse("loginTaken")
    const account = accounts.add({ ...given, at: yield* Clock.currentTimeMillis })
    yield* recorded({ type: "AccountInvited", actor, account: account.id, roles: given.roles })
    return { account, ...(yield* linkFor(account)) }
  })

  /** Another link for somebody who lost every factor. What they had before works until the link is used. */
  const inviteAgain = Effect.fnUntraced(function* (account: Account, actor: string) {
    yield* recorded({ type: "AccountInvited", actor, account: account.id, roles: account.roles })
    return yield* linkFor(account)
  })

  const invited = Effect.fnUntraced(function* (secret: string) {
    const account = accounts.enrolmentOf(hashOf(secret), yield* Clock.currentTimeMillis)
    return account ?? (yield* refuse("enrolmentOver"))
  })

  const showTotp = (account: Account) => {
    const secret = shown.get(account.id) ?? newTotpSecret()
    if (shown.size >= secretsMax) shown.delete(shown.keys().next().value!)
    shown.set(account.id, secret)
    return totpEnrolment(secret, account.login)
  }

  const confirmTotp = Effect.fnUntraced(function* (account: Account, code: string) {
    const secret = shown.get(account.id)
    const step = secret === undefined ? null : totpStepOf(secret, code, yield* Clock.currentTimeMillis)
    if (secret === undefined || step === null) return yield* refuse("wrongCode")
    return { secret, step }
  })

  const keepTotp = (account: string, { secret, step }: { readonly secret: Uint8Array; readonly step: number }) => {
    shown.delete(account)
    accounts.setTotp(account, secret)
    accounts.useTotpStep(account, step)
  }

  const newCodes = (account: string) => {
    const codes = newRecoveryCodes()
    accounts.setRecoveryCodes(account, codes.map(recoveryHashOf))
    return codes
  }

  const requireStrong = (password: string, login: string) => {
    const detail = passwordFault(password, login)
    return detail === null ? Effect.void : Effect.fail(refuse("weakPassword", { detail }))
  }

  /** What is yet to come was not held. */
  const requireHeld = Effect.fnUntraced(function* (heldAt: number) {
    if (heldAt > (yield* Clock.currentTimeMillis) + heldAheadMsMax) return yield* refuse("notHeldYet")
  })

  /** Nobody can record the first administrator's briefing: who holds the first start's link says when it was held and by whom. */
  const isFirst = () => !accounts.list().some(({ roles, enrolled }) => roles.includes("administrator") && enrolled)

  /** Sets password and second factor, ends every earlier session, and answers the recovery codes, shown once. */
  const enrol = Effect.fnUntraced(function* (
    secret: string,
    password: string,
    code: string,
    briefing: { readonly heldAt: number; readonly by: string } | null
  ) {
    const account = yield* invited(secret)
    const first = isFirst()
    if (first && briefing === null) return yield* refuse("badRequest")
    if (first && briefing !== null) yield* requireHeld(briefing.heldAt)
    yield* requireStrong(password, account.login)
    const totp = yield* confirmTotp(account, code)
    const hash = yield* Effect.promise(() => hashPassword(password))
    if (!accounts.closeEnrolment(hashOf(secret))) return yield* refuse("enrolmentOver")
    yield* recorded({ type: "AccountEnrolled", actor: `account:${account.id}`, account: account.id })
    if (first && briefing !== null) {
      const { heldAt, by } = briefing
      yield* recorded({ type: "BriefingRecorded", actor: "os:first-start", account: account.id, heldAt })
      accounts.brief(account.id, heldAt, by)
    }
    accounts.setPassword(account.id, hash)
    keepTotp(account.id, totp)
    sessions.endAll(account.id)
    return { briefed: first || account.briefing !== null, recoveryCodes: newCodes(account.id) }
  })

  return {
    invite,
    inviteAgain,
    /** Whom the link is for, and the secret for the authenticator app. */
    look: (secret: string) =>
      Effect.map(invited(secret), (account) => ({
        account,
        totp: showTotp(account),
        isFirst: isFirst()
      })),
    enrol,
    showTotp,
    confirmTotp,
    keepTotp,
    newCodes,
    requireStrong,
    requireHeld,
    recorded
  }
}
