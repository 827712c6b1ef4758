/** How long what is kept is kept, as routes of the console: read, and set by administrators. The rules are in `actors/retention.ts`. */
import { Effect, Schema } from "effect"
import { Retention, RetentionPolicy } from "../../actors/retention.ts"
import { whyNoPeriods } from "../../machines/retention.ts"
import { Reason } from "./looks.ts"
import { type Route, route } from "./route.ts"
import { read } from "./routes-access.ts"

/** Days by purpose; those that are not named stay. */
const Setting = Schema.Struct({ periods: Schema.Record(Schema.String, Schema.Int), reason: Reason })

class PeriodsRefused extends Schema.TaggedError<PeriodsRefused>()("PeriodsRefused", { why: Schema.String }) {
  override get message() {
    return `Cannot set these periods: ${this.why}`
  }
}

export const retentionRoutes = Effect.gen(function* () {
  const retention = yield* Retention
  const policy = yield* RetentionPolicy
  const routes: readonly Route[] = [
    route("GET /api/retention", () => retention.show),
    route("PUT /api/retention", ({ person, body }) =>
      Effect.gen(function* () {
        const { periods, reason } = yield* read(Setting, body)
        const why = whyNoPeriods({ ...(yield* policy.periods), ...periods })
        if (why !== null) return yield* new PeriodsRefused({ why })
        return { periods: yield* retention.set(periods, `account:${person.account}`, reason) }
      })
    )
  ]
  return routes
})
