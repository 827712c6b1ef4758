/**
 * The core process: holds journal, keys and conferences, starts the edges and opens the control door. It never sees a
 * pixel. Everything lives in one scope: closing it says goodbye to clients, makes durable what was said and stops.
 */
import { randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Context, Effect, Layer, Logger } from "effect"
import { Committer } from "../actors/committer.ts"
import { Conferences } from "../actors/conferences.ts"
import { recordConfiguration } from "../actors/configuration.ts"
import { ConsentCounts } from "../actors/consent-counts.ts"
import { moveAway } from "../actors/edge-assignment.ts"
import { EndedConferences } from "../actors/ended-conferences.ts"
import type { SocketPaths } from "../actors/gateway.ts"
import { Holdings } from "../actors/holdings.ts"
import { Operations } from "../actors/operations.ts"
import { Edges, Identity, Tokens } from "../actors/ports.ts"
import { rebalance } from "../actors/rebalancer.ts"
import { Retention, RetentionPolicy, settingsOf } from "../actors/retention.ts"
import { Subjects } from "../actors/subjects.ts"
import { Withdrawals } from "../actors/withdrawals.ts"
import { codecs, defaultBounds } from "../machines/wire.ts"
import { accessLayer, SigningIn } from "./access/access.ts"
import { agreedBefore, sqliteClientLinks } from "./access/client-links.ts"
import { recordedSettingsOf } from "./access/staff-directory-settings.ts"
import { proveJournal } from "./audit/proving.ts"
import { publishedTexts, textSettings } from "./consents/published-texts.ts"
import { clientDeskIn } from "./console/client-layer.ts"
import type { Console } from "./console/console.ts"
import { deskIn } from "./console/desk-layer.ts"
import { openConsole } from "./console/open-console.ts"
import type { Core, CoreSettings } from "./core-settings.ts"
import type { EdgeBody } from "./edge/edge-body.ts"
import { edgeDoor } from "./edge/edge-door.ts"
import { type EdgeControl, edgeProcesses } from "./edge/edge-processes.ts"
import { makeEdgeReports } from "./edge/edge-reports.ts"
import { watchRecording } from "./edge/recording-watch.ts"
import { analyticsSocket } from "./exchange/analytics-socket.ts"
import { handOverToCrm } from "./exchange/crm-files.ts"
import { accessTokenIn } from "./gateway/access-token.ts"
import { adminDoor, announceAdminDoor } from "./gateway/admin-door.ts"
import { controlDoor } from "./gateway/control-door.ts"
import { chooseGateway } from "./gateway/gateway.ts"
import { tlsCertificate } from "./gateway/tls.ts"
import { proceduralIllustrators } from "./illustration/illustrators.ts"
import { journalAt, journalKindOf } from "./journal/journal.ts"
import { sqliteDirectory } from "./keys/directory-sqlite.ts"
import { fileTokens } from "./keys/tokens.ts"
import { countAvailability } from "./metrics/availability.ts"
import { makeMetrics } from "./metrics/metrics.ts"
import { foldIdentity } from "./projections/fold-identity.ts"
import { sqliteProjectionStore } from "./projections/projection-store-sqlite.ts"
import { sqliteSnapshotCache } from "./projections/snapshot-cache-sqlite.ts"
import { hostInUrl, isEveryAddress, isOwn, networksOf } from "./security/networks.ts"
import { tellSecurityEvents } from "./security/tell-security-events.ts"
import { osActor } from "./subjects/os-actor.ts"
import { fenceAt } from "./subjects/shared-fence.ts"
import { subjectsIn } from "./subjects/subject-stores.ts"
import { shippedModel } from "./vision/shipped-model.ts"

/** Log lines go to standard error: standard output belongs to what was asked for. */
export const logging = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

/** Starts everything in the calling scope. */
export const startCore = Effect.fnUntraced(function* (settings: CoreSettings) {
  const { dataFolder, host, port, name = host, networks = [], edges, conferencesPerEdge, decoder, notice } = settings
  yield* Effect.sync(() => mkdirSync(dataFolder, { recursive: true, mode: 0o700 }))
  const certificate = yield* Effect.promise(() => tlsCertificate(join(dataFolder, "tls")))
  const tls = { certificateFile: certificate.certificateFile, keyFile: certificate.keyFile }
  const { gateway, fallback } = yield* Effect.promise(chooseGateway)
  if (fallback !== null) notice(fallback)

  const notYet = "Cannot drain an edge: the server is starting. Try again"
  const views: EdgeControl = {
    current: () => [],
    add: async () => "",
    join: () => Promise.reject(new Error(notYet)),
    drain: () => notYet
  }
  const seen = new Set<string>()
  /** Edges say the same of the same machine: once is enough. */
  const edgeNotice = (_edge: string, line: string) => {
    if (line === fallback || seen.has(line)) return
    seen.add(line)
    notice(line)
  }
  const metrics = makeMetrics()
  const reports = makeEdgeReports(metrics)
  const bounds = { ...defaultBounds, codecs: settings.codecs ?? codecs }
  const edgeSettings = {
    name,
    host,
    networks,
    tls,
    bounds,
    decoder,
    edges,
    conferencesPerEdge,
    weights: settings.weights,
    notice: edgeNotice,
    observer: reports.observer
  }
  const edgeLayer = Layer.unwrap(
    Effect.map(Tokens, ({ publicKey }) => edgeProcesses({ ...edgeSettings, publicKey }, views))
  )
  const consentTexts = yield* Effect.try({ try: () => publishedTexts(dataFolder), catch: (error) => error as Error })
  const identity = Layer.effect(
    Identity,
    Effect.map(
      Effect.promise(() => shippedModel()),
      (model) => Identity.of({ owner: randomUUID(), bounds, model, consentTexts })
    )
  )
  const outside = Layer.mergeAll(edgeLayer, sqliteDirectory(dataFolder), identity, proceduralIllustrators).pipe(
    Layer.provideMerge(fileTokens(join(dataFolder, "keys"))),
    Layer.provideMerge(journalAt({ folder: dataFolder, url: settings.journalUrl }))
  )
  const layers = Layer.mergeAll(clientDeskIn(dataFolder), Holdings.layer, ConsentCounts.layer).pipe(
    Layer.provideMerge(Layer.mergeAll(subjectsIn(dataFolder), accessLayer, deskIn(dataFolder))),
    Layer.provideMerge(agreedBefore),
    Layer.provideMerge(Withdrawals.layer),
    Layer.provideMerge(sqliteClientLinks(dataFolder)),
    Layer.provideMerge(SigningIn.layer(dataFolder, settings.staffDirectory)),
    Layer.provideMerge(Operations.layer),
    Layer.provideMerge(fenceAt(settings.journalUrl, Conferences.fence, true)),
    Layer.provideMerge(Conferences.layer),
    Layer.provideMerge(Committer.layer),
    Layer.provideMerge(EndedConferences.layer),
    Layer.provideMerge(sqliteProjectionStore(dataFolder, settings.journalUrl)),
    Layer.provideMerge(sqliteSnapshotCache(dataFolder, foldIdentity())),
    Layer.provideMerge(outside)
  )
  const services = yield* Layer.build(layers)
  // Before anything may be said, so that at the end it is stopped after the last word is durable.
  const journalPlace = { folder: dataFolder, url: settings.journalUrl }
  const provenLog = yield* Effect.provide(proveJournal(journalPlace, settings.witnesses ?? []), services)

  const conferences = Context.get(services, Conferences)
  const committer = Context.get(services, Committer)
  committer.observe(metrics.committed)
  metrics.watch({
    conferences: () => conferences.all().length,
    room: () => Context.get(services, Edges).room("jpeg"),
    edges: () => views.current(),
    recording: () => committer.isRecording(),
    journalLagMs: () => committer.lagMs()
  })
  yield* Effect.provide(reports.record, services)
  yield* Context.get(services, Subjects).settle
  const { model } = Context.get(services, Identity)
  const inForce = {
    host,
    edges: `${edges}`,
    decoder,
    journal: journalKindOf(settings.journalUrl),
    ...textSettings(consentTexts),
    ...recordedSettingsOf(settings.staffDirectory ?? null),
    ...settingsOf(yield* Context.get(services, RetentionPolicy).periods)
  }
  const recorded = recordConfiguration({ ...inForce, model: model.sha256, bounds: JSON.stringify(bounds) }, osActor())
  yield* Effect.provide(recorded, services)
  const recoveredCount = yield* conferences.recover
  yield* Effect.forkScoped(Context.get(services, Retention).schedule(osActor()))
  yield* Effect.forkScoped(watchRecording(committer, Context.get(services, Edges)))
  yield* Effect.forkScoped(Effect.provide(rebalance(conferences.all, metrics.moved), services))
  const isThere = () => views.current().length > 0 && committer.isRecording()
  yield* Effect.forkScoped(countAvailability(isThere, metrics.available))

  const { accessToken, accessTokenFile } = yield* Effect.sync(() => accessTokenIn(dataFolder))
  const door = yield* Effect.provide(controlDoor(accessToken), services)
  const drainEdge = (edge: string) => {
    const refused = views.drain(edge)
    if (refused === null) Effect.runForkWith(services)(moveAway(conferences.all(), edge))
    return refused
  }
  const atTheDoor = { list: views.current, add: views.add, drain: drainEdge }
  const open: { pages: Console | null } = { pages: null }
  const admin = yield* Effect.provide(
    adminDoor(dataFolder, metrics.text, atTheDoor, () => open.pages?.url ?? null),
    services
  )
  const analytics = yield* Effect.provide(analyticsSocket(dataFolder), services)
  yield* Effect.provide(handOverToCrm(dataFolder), services)
  yield* Effect.provide(tellSecurityEvents(dataFolder, settings.security ?? {}), services)
  const turnedAway = Context.get(services, Operations).refused
  const allowed = networksOf(networks)
  const http = async (request: Request, from: string) =>
    (isOwn(from, host) ? await admin(request, from) : null) ?? new Response("Nothing is here", { status: 404 })
  const platformTls = { ...tls, clientAuthorityFile: settings.platformAuthorityFile }
  const sockets: SocketPaths<"platform"> = { "/conferences": door, "/analytics": analytics }
  const listening = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        gateway.listen({
          host,
          port,
          tls: platformTls,
          admits: (from) => isOwn(from, host) || allowed.admits(from),
          turnedAway: (why, from) => Effect.runForkWith(services)(turnedAway("conferences", why, from)),
          sockets,
          http
        }),
      catch: (error) => error as Error
    }),
    (opened) =>
      Effect.andThen(
        Effect.promise(() => opened.close()),
        committer.flushed
      )
  )
  const joining = { host, tls, joined: (body: EdgeBody) => void views.join(body).catch(() => {}) }
  const noEdge = (why: string, from: string) => Effect.runForkWith(services)(turnedAway("edges", why, from))
  const elsewhere =
    settings.edgeDoor === undefined ? null : yield* edgeDoor({ ...joining, ...settings.edgeDoor, turnedAway: noEdge })
  open.pages =
    settings.console === undefined
      ? null
      : yield* Effect.provide(
          openConsole(gateway, tls, settings.console, name, { place: journalPlace, log: provenLog }, metrics),
          services
        )
  yield* announceAdminDoor(
    dataFolder,
    `https://${hostInUrl(isEveryAddress(host) ? "localhost" : host)}:${listening.port}`
  )
  const core: Core = {
    url: `wss://${hostInUrl(name)}:${listening.port}/conferences`,
    gateway: gateway.name,
    accessToken,
    accessTokenFile,
    certificateFile: certificate.certificateFile,
    fingerprint: certificate.fingerprint,
    edges: () => views.current(),
    codecs: Context.get(services, Edges).codecs,
    edgePort: elsewhere?.port ?? null,
    drainEdge,
    addEdge: () => views.add(),
    conferences,
    console: open.pages,
    sockets: Object.keys(sockets),
    recoveredCount
  }
  return core
})
