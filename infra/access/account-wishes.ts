/** What an operator asks of the accounts at the server's own door, and how it is granted: by login, on record, as on the administrator's page. */
import { Clock, Effect, Schema } from "effect"
import { roles } from "../../actors/access.ts"
import type { SigningIn } from "./access.ts"
import { refuse } from "./access-refused.ts"

const Words = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200))
/** OpenID Connect Core 1.0, section 2: at most 255 characters of ASCII. */
export const Subject = Schema.String.check(Schema.isPattern(/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/))

export const AccountWish = Schema.Union([
  Schema.Struct({ wish: Schema.Literal("list") }),
  Schema.Struct({
    wish: Schema.Literal("invite"),
    actor: Words,
    login: Words,
    name: Words,
    roles: Schema.Array(Schema.Literals(roles)).check(Schema.isMinLength(1)),
    team: Schema.NullOr(Words)
  }),
  /** A new link for somebody who lost the first, or every factor. */
  Schema.Struct({ wish: Schema.Literal("link"), actor: Words, login: Words }),
  /** `heldAt`: milliseconds since 1970. */
  Schema.Struct({ wish: Schema.Literal("brief"), actor: Words, login: Words, heldAt: Schema.Int, by: Words }),
  /** Null: with nobody of the bank's directory any more. */
  Schema.Struct({ wish: Schema.Literal("directory"), actor: Words, login: Words, subject: Schema.NullOr(Subject) }),
  Schema.Struct({ wish: Schema.Literals(["revoke", "restore"]), actor: Words, login: Words })
])
export type AccountWish = typeof AccountWish.Type

/** `consoleUrl`: where people enrol; null when no pages are served. */
export const grantAccount = Effect.fnUntraced(function* (
  wish: AccountWish,
  { accounts, sessions, enrolment, desk }: SigningIn["Service"],
  consoleUrl: string | null
) {
  const now = yield* Clock.currentTimeMillis
  const shown = () =>
    accounts.list().map(({ id, login, name, roles: held, team, enrolled, briefing, disabledAt }) => ({
      login,
      name,
      roles: held,
      team,
      enrolled,
      briefing,
      disabledAt,
      linked: desk.subjectOf(id) !== null,
      sessionCount: sessions.ofAccount(id, now).length
    }))
  if (wish.wish === "list") return { accounts: shown() }
  const { actor, login } = wish
  const linkOf = ({ secret, endsAt }: { readonly secret: string; readonly endsAt: number }) => ({
    url: `${consoleUrl ?? ""}/enrol#${secret}`,
    endsAt
  })
  if (wish.wish === "invite") {
    const { name, roles: wanted, team } = wish
    return linkOf(yield* enrolment.invite({ login, name, roles: wanted, team }, actor))
  }
  const account = accounts.list().find((one) => one.login === login)
  if (account === undefined) return yield* refuse("unknownAccount")
  if (wish.wish === "link") return linkOf(yield* enrolment.inviteAgain(account, actor))
  if (wish.wish === "brief") yield* desk.brief(account.id, wish.heldAt, wish.by, actor)
  else if (wish.wish === "directory") yield* desk.link(account.id, wish.subject, actor)
  else yield* desk.setEnabled(account.id, wish.wish === "restore", actor)
  return { accounts: shown().filter((one) => one.login === login) }
})
