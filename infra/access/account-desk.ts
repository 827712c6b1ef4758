/**
 * What administrators do to accounts and people to their own: roles, briefings, switching off, links with the bank's
 * directory, factors, devices. Each change
 * is recorded before it takes effect, and the last administrator cannot be taken away.
 */
import type { RegistrationResponseJSON } from "@simplewebauthn/server"
import { Clock, Effect } from "effect"
import type { Person, Role } from "../../actors/access.ts"
import { refuse } from "./access-refused.ts"
import type { Account } from "./accounts.ts"
import type { EnrolmentPorts, makeEnrolment } from "./enrolment.ts"
import type { makePasskeys, Site } from "./passkeys.ts"
import { checkPassword, hashPassword } from "./passwords.ts"

/** Device and passkey labels are people's own words. */
const labelCharactersMax = 60
/** How long ago somebody without a password may have signed in to change how they sign in. */
const freshMsMax = 10 * 60_000

export interface DeskPorts extends EnrolmentPorts {
  readonly enrolment: ReturnType<typeof makeEnrolment>
  readonly passkeys: ReturnType<typeof makePasskeys>
  /** Of the bank's directory; null: none is used. */
  readonly issuer: string | null
}

export function makeAccountDesk({ accounts, sessions, enrolment, passkeys, issuer }: DeskPorts) {
  const { recorded } = enrolment
  const find = (id: string) => {
    const account = accounts.find(id)
    return account === null ? Effect.fail(refuse("unknownAccount")) : Effect.succeed(account)
  }
  const administers = ({ roles, disabledAt, enrolled }: Account) =>
    roles.includes("administrator") && disabledAt === null && enrolled
  /** Whoever would be the last one keeps the role. */
  const requireAnother = (account: Account) => {
    if (!administers(account)) return Effect.void
    const others = accounts.list().filter((other) => other.id !== account.id && administers(other))
    return others.length > 0 ? Effect.void : Effect.fail(refuse("lastAdministrator"))
  }

  const setRoles = Effect.fnUntraced(function* (
    id: string,
    roles: readonly Role[],
    team: string | null,
    actor: string
  ) {
    const account = yield* find(id)
    if (!roles.includes("administrator")) yield* requireAnother(account)
    yield* recorded({ type: "RolesChanged", actor, account: id, roles })
    accounts.setRoles(id, roles, team)
  })

  const brief = Effect.fnUntraced(function* (id: string, heldAt: number, by: string, actor: string) {
    yield* find(id)
    yield* enrolment.requireHeld(heldAt)
    yield* recorded({ type: "BriefingRecorded", actor, account: id, heldAt })
    accounts.brief(id, heldAt, by)
  })

  const setEnabled = Effect.fnUntraced(function* (id: string, enabled: boolean, actor: string) {
    const account = yield* find(id)
    if (!enabled) yield* requireAnother(account)
    yield* recorded({ type: "AccountSwitched", actor, account: id, enabled })
    accounts.setDisabled(id, enabled ? null : yield* Clock.currentTimeMillis)
    if (!enabled) sessions.endAll(id)
  })

  const revoke = Effect.fnUntraced(function* (account: string, session: string | "all", actor: string, keep = "") {
    const open = sessions.ofAccount(account, yield* Clock.currentTimeMillis)
    const ending = session === "all" ? open.filter(({ id }) => id !== keep) : open.filter(({ id }) => id === session)
    if (ending.length === 0 && session !== "all") return yield* refuse("unknownSession")
    yield* recorded({ type: "SessionsRevoked", actor, account, count: ending.length })
    for (const { id } of ending) sessions.end(account, id)
    return ending.length
  })

  /** Says whom of the directory an account belongs to, or with null nobody; sessions of an earlier link end, but for one's own. */
  const link = Effect.fnUntraced(function* (id: string, subject: string | null, actor: string, keep = "") {
    yield* find(id)
    if (issuer === null) return yield* refuse("directoryOff")
    const owner = subject === null ? null : accounts.ownerOfSubject(issuer, subject)
    if (owner !== null && owner !== id) return yield* refuse("subjectTaken")
    const before = accounts.subjectOf(id, issuer)
    if (before === subject) return
    yield* recorded({ type: "DirectoryLinkChanged", actor, account: id, linked: subject !== null })
    accounts.setSubject(id, issuer, subject)
    if (before !== null) sessions.endAll(id, keep)
  })
  /** Whom each account is linked with; null: no directory is used. */
  const subjectOf = (id: string) => (issuer === null ? null : accounts.subjectOf(id, issuer))

  const own = {
    /**
     * The password is asked for again before a factor changes, so that an open screen is not enough. Whoever has none, and came
     * by a passkey or the directory, must have come just now.
     */
    requirePassword: Effect.fnUntraced(function* (person: Person, password: string) {
      const hash = accounts.passwordHashOf(person.account)
      if (hash === null) {
        const now = yield* Clock.currentTimeMillis
        const session = sessions.ofAccount(person.account, now).find(({ id }) => id === person.session)
        if (session !== undefined && now - session.startedAt <= freshMsMax) return
        return yield* refuse("signInAgain")
      }
      if (!(yield* Effect.promise(() => checkPassword(password, hash)))) return yield* refuse("wrongPassword")
    }),
    setPassword: Effect.fnUntraced(function* (person: Person, password: string) {
      yield* enrolment.requireStrong(password, person.login)
      const hash = yield* Effect.promise(() => hashPassword(password))
      yield* recorded(factorChanged(person, "passwordSet"))
      accounts.setPassword(person.account, hash)
      sessions.endAll(person.account, person.session)
    }),
    showTotp: (person: Person) => Effect.map(find(person.account), enrolment.showTotp),
    setTotp: Effect.fnUntraced(function* (person: Person, code: string) {
      const confirmed = yield* enrolment.confirmTotp(yield* find(person.account), code)
      yield* recorded(factorChanged(person, "totpSet"))
      enrolment.keepTotp(person.account, confirmed)
    }),
    newCodes: Effect.fnUntraced(function* (person: Person) {
      yield* recorded(factorChanged(person, "recoveryCodesMade"))
      return enrolment.newCodes(person.account)
    }),
    passkeyOptions: Effect.fnUntraced(function* (person: Person, site: Site) {
      const account = yield* find(person.account)
      const now = yield* Clock.currentTimeMillis
      return yield* Effect.promise(() =>
        passkeys.registrationOptions(site, account, accounts.passkeysOf(account.id), now)
      )
    }),
    addPasskey: Effect.fnUntraced(function* (
      person: Person,
      site: Site,
      response: RegistrationResponseJSON,
      label: string
    ) {
      const now = yield* Clock.currentTimeMillis
      const words = label.trim().slice(0, labelCharactersMax)
      const passkey = yield* Effect.promise(() => passkeys.registered(site, person.account, response, words, now))
      if (passkey === null || accounts.ownerOfPasskey(passkey.id) !== null) return yield* refuse("wrongPasskey")
      yield* recorded(factorChanged(person, "passkeyAdded"))
      accounts.addPasskey(person.account, passkey)
    }),
    removePasskey: Effect.fnUntraced(function* (person: Person, passkey: string) {
      const account = yield* find(person.account)
      if (!accounts.passkeysOf(account.id).some(({ id }) => id === passkey)) return yield* refuse("unknownPasskey")
      const hasPassword = accounts.passwordHashOf(account.id) !== null && account.hasTotp
      if (!hasPassword && account.passkeyCount === 1) return yield* refuse("lastFactor")
      yield* recorded(factorChanged(person, "passkeyRemoved"))
      accounts.removePasskey(account.id, passkey)
    })
  }

  return { usesDirectory: issuer !== null, find, setRoles, brief, setEnabled, link, subjectOf, revoke, own }
}

const factorChanged = (
  person: Person,
  change: "passwordSet" | "totpSet" | "passkeyAdded" | "passkeyRemoved" | "recoveryCodesMade"
) => ({ type: "FactorChanged", actor: `account:${person.account}`, account: person.account, change }) as const
