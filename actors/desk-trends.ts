/**
 * Trends on demand: folded from the stored list of ended conferences, which follows the journal by checkpoints already, so that they
 * need no store of their own to fall behind. A client's trend is for the manager who led at least one of the conferences; a manager's is
 * for that manager and the team's supervisor. What a client withdrew from counts no more. The read is recorded first.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { clientsMin, trendMsMax, trendOf } from "../projections/trend.ts"
import type { Person } from "./access.ts"
import { DeskAccess, DeskRefused } from "./desk-access.ts"
import { EndedConferences } from "./ended-conferences.ts"
import { Withdrawals } from "./withdrawals.ts"

const nobody = (whose: string) =>
  new DeskRefused({
    fault: "unknownTrend",
    why: `Cannot find the trend of "${whose}": it is none of yours. Choose one from the list of conferences or of the team`
  })

const make = Effect.gen(function* () {
  const access = yield* DeskAccess
  const ended = yield* EndedConferences
  const withdrawals = yield* Withdrawals
  const since = Effect.map(Clock.currentTimeMillis, (now) => now - trendMsMax)
  const ledBy = Effect.fnUntraced(function* (manager: string) {
    return yield* withdrawals.standing(yield* ended.ofManager(manager, yield* since), "trends")
  })

  /** Of the person's own conferences. */
  const ofSelf = Effect.fnUntraced(function* (person: Person) {
    const manager = person.roles.includes("manager") ? yield* access.managerOf(person) : null
    if (manager === null) return trendOf([])
    yield* access.recordRead(person, "trend of own conferences", `trend of manager ${manager}`)
    return trendOf(yield* ledBy(manager))
  })

  const ofManager = Effect.fnUntraced(function* (person: Person, account: string) {
    const member = access.teamOf(person).find((each) => each.account === account)
    if (member === undefined) return yield* nobody(account)
    const manager = yield* access.managerOf(member)
    if (manager === null) return trendOf([], { clientsMin })
    yield* access.recordRead(person, "trend of the team", `trend of manager ${manager}`)
    return trendOf(yield* ledBy(manager), { clientsMin })
  })

  /** Of a client, over all conferences that this client agreed to compare; those of other managers' too, as the consent says. */
  const ofSubject = Effect.fnUntraced(function* (person: Person, subject: string) {
    const readable = yield* access.readable(person)
    const agreed = yield* withdrawals.standing(yield* ended.ofSubject(subject, yield* since), "trends")
    if (!agreed.some(({ manager }) => readable.has(manager))) return yield* nobody(subject)
    yield* access.recordRead(person, "trend of a client", "trend of a client", subject)
    return trendOf(agreed)
  })

  return { ofSelf, ofManager, ofSubject, team: access.teamOf }
})

export class DeskTrends extends Context.Service<DeskTrends, Effect.Success<typeof make>>()("actors/DeskTrends") {
  static readonly layer = Layer.effect(DeskTrends, make)
}
