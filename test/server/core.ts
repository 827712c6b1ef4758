/** A real server for tests: core, edges, journal and keys in a fresh folder, on any free port of the loopback address. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Logger, Scope, Stream } from "effect"
import { createActor } from "xstate"
import { conferenceStreamOf } from "../../actors/conference.ts"
import { EventStore } from "../../actors/event-store.ts"
import type { StaffDirectorySettings } from "../../infra/access/staff-directory-settings.ts"
import { demoClip } from "../../infra/clips/clip.ts"
import { startCore } from "../../infra/core.ts"
import type { Core } from "../../infra/core-settings.ts"
import { pinnedSocket } from "../../infra/gateway/pinned-socket.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import type { SecuritySettings } from "../../infra/security/tell-security-events.ts"
import { conferenceMachine } from "../../machines/conference.ts"
import type { ConferenceEvent } from "../../machines/conference-events.ts"
import { shippedConsentTexts } from "../../machines/consent-texts.ts"
import type { Codec, Consent, ConsentPurpose } from "../../machines/wire.ts"
import { emptyReport, evolveReport, reportOf } from "../../projections/report.ts"
import type { ConferenceOptions } from "../../sdk/mimika.ts"

export interface TestServer {
  readonly core: Core
  readonly dataFolder: string
  readonly stop: () => Promise<void>
}

export const freshFolder = () => mkdtempSync(join(tmpdir(), "mimika-test-"))

export async function startServer(
  options: {
    readonly edges?: number
    readonly dataFolder?: string
    readonly journalUrl?: string
    readonly codecs?: readonly Codec[]
    readonly conferencesPerEdge?: number
    readonly notice?: (line: string) => void
    /** Serve the pages too; a number asks for that port. */
    readonly console?: boolean | number
    readonly staffDirectory?: StaffDirectorySettings
    readonly edgeDoor?: { readonly port: number; readonly authorityFile: string }
    readonly security?: SecuritySettings
    /** Whose certificates the platform's door takes. */
    readonly platformAuthorityFile?: string
  } = {}
): Promise<TestServer> {
  const dataFolder = options.dataFolder ?? freshFolder()
  const scope = Effect.runSync(Scope.make())
  const settings = { dataFolder, journalUrl: options.journalUrl, host: "127.0.0.1", port: 0, edges: options.edges ?? 1 }
  const port = typeof options.console === "number" ? options.console : 0
  const pages = options.console ? { console: { host: "127.0.0.1", port, networks: [] } } : {}
  const { staffDirectory = null, edgeDoor, security, platformAuthorityFile } = options
  const core = await Effect.runPromise(
    startCore({
      ...settings,
      ...pages,
      staffDirectory,
      edgeDoor,
      security,
      platformAuthorityFile,
      codecs: options.codecs,
      conferencesPerEdge: options.conferencesPerEdge,
      decoder: "auto",
      notice: options.notice ?? (() => {})
    }).pipe(Scope.provide(scope), Effect.provide(Logger.layer([])))
  )
  return {
    core,
    dataFolder,
    async stop() {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true, force: true })
    }
  }
}

/** A consent to the shipped text of a purpose. */
export function consentTo(purpose: ConsentPurpose, id: string): Consent {
  const { version, sha256 } = shippedConsentTexts.find((text) => text.purpose === purpose)!
  return { id, textVersion: version, textSha256: sha256, purposes: [purpose], givenAt: 1_790_000_000_000 }
}

export const testConsent = consentTo("expressionAnalysis", "consent-1")

/** The options of a conference with this server; the rest is the test's. */
export function sdkOptions(
  place: { readonly url: string; readonly accessToken: string; readonly certificateFile: string },
  call: string,
  more: Partial<ConferenceOptions> = {}
): ConferenceOptions {
  return {
    url: place.url,
    accessToken: place.accessToken,
    conference: call,
    client: "client-1",
    manager: "manager-1",
    role: "client",
    consent: testConsent,
    createSocket: pinnedSocket(readFileSync(place.certificateFile, "utf8")),
    ...more
  }
}

/** Real pictures: the shipped clip's. */
export async function clipPictures(count: number): Promise<readonly Uint8Array[]> {
  const pictures: Uint8Array[] = []
  while (pictures.length < count) {
    for await (const { bytes } of demoClip().frames()) {
      pictures.push(bytes)
      if (pictures.length === count) break
    }
  }
  return pictures
}

/** What the journal alone says of a conference: its events, the machine's last state, and the report. */
export async function replayed(conference: string, folder: string, url?: string) {
  const read = Effect.gen(function* () {
    const store = yield* EventStore
    return yield* Stream.runCollect(store.read(conferenceStreamOf(conference)))
  })
  const commits = await Effect.runPromise(read.pipe(Effect.provide(journalAt({ folder, url, readOnly: true }))))
  const events = commits.flatMap((commit) => commit.events) as unknown as ConferenceEvent[]
  const actor = createActor(conferenceMachine).start()
  const ignored: string[] = []
  let report = emptyReport
  for (const event of events) {
    const before = actor.getSnapshot()
    actor.send(event)
    if (actor.getSnapshot() === before) ignored.push(event.type)
    report = evolveReport(report, event)
  }
  return { events, commits, ignored, snapshot: actor.getSnapshot(), report: reportOf(report) }
}
