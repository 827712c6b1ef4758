/**
 * What the journal of operations records, told to a bank's intrusion detection as it happens: JSON lines in a file, RFC 5424 messages
 * over UDP, or both. It goes on where it stopped, tells each event at least once, and names no client. A listener that
 * is away costs nobody anything; the file is bounded and so is what can be written into it, for refusals are counted before they are
 * recorded (`actors/troubles.ts`). Every event stands in a table of `docs/security.md`.
 */
import { createSocket } from "node:dgram"
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { Cause, Effect, Stream } from "effect"
import { EventStore } from "../../actors/event-store.ts"
import { operationsStream } from "../../actors/operations.ts"
import type { OperationsEvent } from "../../machines/operations-events.ts"

/** How soon an event is told, in milliseconds: a person reacts in minutes. */
const lookEveryMs = 1_000
/** RFC 5424: messages about security. */
const facility = 10
/** RFC 5426 asks listeners to take this much; longer messages are cut by some. */
const datagramBytesMax = 2_048
/** RFC 5424, section 6.2.1. */
const severityNumbers = { error: 3, warning: 4, notice: 5, informational: 6 } as const
export type Severity = keyof typeof severityNumbers

/** One file of so much and one older of the same size: about 200,000 events, months of a bank's. Collectors take lines as they come. */
export const fileBytesMax = 32 * 1024 ** 2

/** Something failed that should not; somebody was kept out; somebody changed who may do what, or took data out; the daily round. */
export const severities: Readonly<Record<OperationsEvent["type"], Severity>> = {
  SubjectErasureFailed: "error",
  EdgeEnded: "error",
  AccessRefused: "warning",
  SignInRefused: "warning",
  RolesChanged: "notice",
  FactorChanged: "notice",
  AccountInvited: "notice",
  AccountSwitched: "notice",
  DirectoryLinkChanged: "notice",
  SessionsRevoked: "notice",
  ConfigurationChanged: "notice",
  SubjectExported: "notice",
  SubjectKeyDestroyed: "notice",
  RetentionKeysDestroyed: "notice",
  JournalRestored: "notice",
  LogKeyReplaced: "notice",
  JournalVerified: "notice",
  EdgesOrdered: "notice",
  SignedIn: "informational",
  SignedOut: "informational",
  AccountEnrolled: "informational",
  BriefingRecorded: "informational",
  PersonalDataRead: "informational",
  KeyUsed: "informational",
  SubjectErasureRequested: "informational",
  SubjectFenced: "informational",
  SubjectForgotten: "informational",
  SubjectErased: "informational",
  RetentionDue: "informational",
  RetentionEnforced: "informational",
  BackupReminded: "informational",
  BackupWritten: "informational",
  OperationsCarriedOver: "informational"
}

export interface SecuritySettings {
  /** JSON lines, appended, mode 0600. */
  readonly file?: string | undefined
  /** Of a syslog listener. */
  readonly syslog?: { readonly host: string; readonly port: number } | undefined
}

/**
 * What may leave: who on the bank's side did what, where and why, and from which address somebody was refused or signed in. Clients'
 * pseudonyms, certificates and texts stay.
 */
export const told =
  "actor account address door edge why count setting value key what step holds roles factor change enabled order log outcome".split(
    " "
  )

export interface SecurityEvent {
  readonly type: string
  readonly at: number
  readonly severity: Severity
  readonly [field: string]: unknown
}

export function securityEventOf(event: Readonly<Record<string, unknown>>): SecurityEvent {
  const { type, at } = event as { readonly type: string; readonly at: number }
  const shown = Object.fromEntries(told.filter((field) => field in event).map((field) => [field, event[field]]))
  return { type, at, severity: severityOf(type), ...shown }
}

/** An event of a later version is no smaller a thing for being unknown. */
const severityOf = (type: string): Severity => (severities as Readonly<Record<string, Severity>>)[type] ?? "notice"

/** One message of RFC 5424 with the event as JSON. */
export function syslogMessageOf(event: SecurityEvent, host: string, processId: number): Buffer {
  const priority = facility * 8 + severityNumbers[event.severity]
  const head = `<${priority}>1 ${new Date(event.at).toISOString()} ${host} mimika ${processId} ${event.type} - `
  return Buffer.from(`${head}${JSON.stringify(event)}`).subarray(0, datagramBytesMax)
}

/** Appends; a file that would grow beyond its bound becomes the one older file. */
function appendBounded(file: string, lines: string): void {
  const before = existsSync(file) ? statSync(file).size : 0
  if (before > 0 && before + Buffer.byteLength(lines) > fileBytesMax) renameSync(file, `${file}.1`)
  appendFileSync(file, lines, { mode: 0o600 })
}

/** Tells for as long as the scope lives. */
export const tellSecurityEvents = Effect.fnUntraced(function* (dataFolder: string, { file, syslog }: SecuritySettings) {
  if (file === undefined && syslog === undefined) return
  const store = yield* EventStore
  const place = join(dataFolder, "security-events.json")
  let version = existsSync(place) ? (JSON.parse(readFileSync(place, "utf8")) as { version: number }).version : 0
  const socket = syslog === undefined ? null : createSocket(syslog.host.includes(":") ? "udp6" : "udp4")
  // A listener that is away answers nothing that helps: the file is for what must not be lost.
  socket?.on("error", () => {})
  yield* Effect.addFinalizer(() => Effect.sync(() => socket?.close()))
  const host = hostname()
  /** Done when it is with the system; whether anybody listens is not known over UDP. */
  const send = (event: SecurityEvent) =>
    new Promise<void>((resolve) => {
      if (socket === null || syslog === undefined) resolve()
      else socket.send(syslogMessageOf(event, host, process.pid), syslog.port, syslog.host, () => resolve())
    })

  const look = Effect.gen(function* () {
    const commits = yield* Stream.runCollect(store.read(operationsStream, version + 1, "passed"))
    for (const { firstVersion, lastVersion, events } of commits) {
      const fresh = events.slice(Math.max(0, version + 1 - firstVersion))
      const said = fresh.map((event) => securityEventOf(event as unknown as Record<string, unknown>))
      yield* Effect.promise(() => Promise.all(said.map(send)))
      yield* Effect.sync(() => {
        const lines = said.map((event) => `${JSON.stringify(event)}\n`).join("")
        if (file !== undefined) appendBounded(file, lines)
        version = lastVersion
        writeFileSync(`${place}.new`, JSON.stringify({ version }), { mode: 0o600 })
        renameSync(`${place}.new`, place)
      })
    }
  })
  let complained = ""
  const mildly = Effect.catchCause(look, (cause) => {
    const why = Cause.pretty(cause)
    if (why === complained) return Effect.void
    complained = why
    return Effect.logError("Security events cannot be told; trying again", { why })
  })
  yield* Effect.addFinalizer(() => mildly)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(mildly, Effect.sleep(lookEveryMs))))
})
