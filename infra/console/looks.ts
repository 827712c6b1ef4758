/**
 * Looks at recorded personal data from the console: each is on record with its reason before anything is shown, once a session and
 * thing, and holds for a while. It shows nothing: who does asks here first.
 */
import { Clock, Effect, Schema } from "effect"
import type { Person } from "../../actors/access.ts"
import type { Operations } from "../../actors/operations.ts"

/** Why somebody looks or acts, in their own words; kept in the journal of operations. */
export const Reason = Schema.Trim.check(Schema.isMinLength(3), Schema.isMaxLength(300))
/** How long a reason holds for a thing in a session. */
const lookMsMax = 30 * 60_000
const looksMax = 10_000

export interface Look {
  /** What is shown, such as `conference-<id>`. */
  readonly what: string
  readonly reason: string
  /** Whose it is, where that is known; a pseudonym. */
  readonly subject?: string
}

export function makeLooks(operations: Operations["Service"]) {
  const looks = new Map<string, { readonly until: number; readonly reason: string }>()
  const keyOf = ({ session }: Person, what: string) => `${session} ${what}`

  return {
    /** Done when it is durable; only then may anything be shown. */
    open: Effect.fnUntraced(function* (person: Person, { what, reason, ...more }: Look) {
      const actor = `account:${person.account}`
      yield* operations.record({ type: "PersonalDataRead", actor, purpose: reason, what, ...more })
      if (looks.size >= looksMax) looks.delete(looks.keys().next().value!)
      looks.set(keyOf(person, what), { until: (yield* Clock.currentTimeMillis) + lookMsMax, reason })
    }),
    /** The reason that this person gave for the thing a while ago in this session; null: none that still holds. */
    reasonFor: Effect.fnUntraced(function* (person: Person, what: string) {
      const look = looks.get(keyOf(person, what))
      return look !== undefined && look.until > (yield* Clock.currentTimeMillis) ? look.reason : null
    })
  }
}
