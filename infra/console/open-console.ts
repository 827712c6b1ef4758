/** The console with everything that it serves: pages, routes and feeds of staff and clients, and the sockets beside them. */
import { Effect } from "effect"
import type { Gateway, ListenOptions } from "../../actors/gateway.ts"
import type { ProvenPlace } from "../audit/proof-log.ts"
import type { ProvenLog } from "../audit/proving.ts"
import { controlDoor } from "../gateway/control-door.ts"
import type { Metrics } from "../metrics/metrics.ts"
import { type ConsoleSettings, startConsole } from "./console.ts"
import { inspectorFeed } from "./inspector-feed.ts"
import { liveFeed } from "./live-feed.ts"
import { auditRoutes } from "./routes-audit.ts"
import { clientRoutes } from "./routes-client.ts"
import { conferenceRoutes } from "./routes-conferences.ts"
import { metricsRoute } from "./routes-metrics.ts"
import { pastRoutes } from "./routes-past.ts"
import { retentionRoutes } from "./routes-retention.ts"
import { subjectRoutes } from "./routes-subjects.ts"

/** Serves until the scope closes. */
export const openConsole = Effect.fnUntraced(function* (
  gateway: Gateway,
  tls: ListenOptions["tls"],
  settings: ConsoleSettings,
  streamHost: string,
  /** The journal, and its log where it is proven. */
  proven: { readonly place: ProvenPlace; readonly log: ProvenLog | null },
  metrics: Metrics
) {
  const routes = yield* conferenceRoutes
  const client = yield* clientRoutes
  // Clients' browsers resume here what a manager started; starting is the platform's, at its own door.
  const sockets = { "/conferences": yield* controlDoor(null) }
  const feeds = [yield* liveFeed, client.feed, yield* inspectorFeed]
  const past = yield* pastRoutes(proven.log?.log ?? null)
  const audit = yield* auditRoutes(proven.place, proven.log)
  const rights = [...(yield* subjectRoutes), ...(yield* retentionRoutes)]
  const all = [...routes, ...client.routes, ...past, ...audit, ...rights, metricsRoute(metrics)]
  return yield* startConsole(gateway, tls, settings, { routes: all, feeds, sockets, streamHost })
})
