/** What a person may wish of retention, at the server's admin door or, with no server running, at the stores themselves: the same words and the same code behind. */
import { Effect, Schema } from "effect"
import { Retention, type RetentionOutcome } from "../../actors/retention.ts"
import type { RetentionPeriods } from "../../machines/retention.ts"
import type { RetentionView } from "../../projections/retention-runs.ts"

export const RetentionWish = Schema.Struct({
  wish: Schema.Literals(["show", "set", "run"]),
  actor: Schema.String,
  purpose: Schema.String,
  /** Days by purpose, for `set`. */
  periods: Schema.Record(Schema.String, Schema.Int)
})
export type RetentionWish = typeof RetentionWish.Type

export type RetentionAnswer =
  | ({ readonly wish: "show" } & RetentionView)
  | { readonly wish: "set"; readonly periods: RetentionPeriods }
  | ({ readonly wish: "run" } & RetentionOutcome)

export const grantRetention = Effect.fnUntraced(function* ({ wish, actor, purpose, periods }: RetentionWish) {
  const retention = yield* Retention
  if (wish === "show") return { wish, ...(yield* retention.show) } as RetentionAnswer
  if (wish === "set") return { wish, periods: yield* retention.set(periods, actor, purpose) } as RetentionAnswer
  return { wish, ...(yield* retention.run(actor, true)) } as RetentionAnswer
})
