/** The server's metrics in Prometheus' text, for those with the permission. */
import { Effect } from "effect"
import type { Metrics } from "../metrics/metrics.ts"
import { type Route, route } from "./route.ts"

export const metricsRoute = (metrics: Metrics): Route =>
  route("GET /metrics", () =>
    Effect.map(
      Effect.promise(() => metrics.text()),
      (text) => new Response(text, { headers: { "content-type": metrics.contentType } })
    )
  )
