/**
 * Tells a bank's intrusion detection what the journal of operations records, as it happens: JSON lines in a file, syslog, or
 * both. Each listener goes on where it stopped and is told each event at least once; one that is away holds up nobody. The file is
 * bounded and so is what can be written into it, for refusals are counted before they are recorded (`actors/troubles.ts`).
 */
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Cause, Effect, Stream } from "effect"
import { EventStore } from "../../actors/event-store.ts"
import { operationsStream } from "../../actors/operations.ts"
import { securityEventOf } from "./security-events.ts"
import { type Listener, type SyslogPlace, syslogListener } from "./syslog.ts"

/** How soon an event is told, in milliseconds: a person reacts in minutes. */
const lookEveryMs = 1_000
/** Told in one go after a listener was away; a commit has a few events at most. */
const commitsTogetherMax = 64
/** One file of so much and one older of the same size: about 200,000 events, months of a bank's. Collectors take lines as they come. */
export const fileBytesMax = 32 * 1024 ** 2

export interface SecuritySettings {
  /** JSON lines, appended, mode 0600. */
  readonly file?: string | undefined
  readonly syslog?: SyslogPlace | undefined
}

/** Appends; a file that would grow beyond its bound becomes the one older file. */
function appendBounded(file: string, lines: string): void {
  const before = existsSync(file) ? statSync(file).size : 0
  if (before > 0 && before + Buffer.byteLength(lines) > fileBytesMax) renameSync(file, `${file}.1`)
  appendFileSync(file, lines, { mode: 0o600 })
}

const fileListener = (file: string): Listener => ({
  ready: () => Promise.resolve(),
  tell: async (events) => appendBounded(file, events.map((event) => `${JSON.stringify(event)}\n`).join("")),
  close: () => {}
})

/** The last version of the journal's stream that each listener was told, in one file of the data folder. */
function placesIn(dataFolder: string) {
  const file = join(dataFolder, "security-events.json")
  const read = (): Record<string, number> & { readonly version?: number } =>
    existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}
  return {
    /** Before each listener had a place of its own there was one `version` for all. */
    of: (name: string) => read()[name] ?? read().version ?? 0,
    keep: (name: string, version: number) => {
      writeFileSync(`${file}.new`, JSON.stringify({ ...read(), [name]: version }), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    }
  }
}

/** Tells for as long as the scope lives. */
export const tellSecurityEvents = Effect.fnUntraced(function* (dataFolder: string, { file, syslog }: SecuritySettings) {
  const places = placesIn(dataFolder)
  if (file !== undefined) yield* tell("file", fileListener(file), places)
  if (syslog !== undefined) yield* tell("syslog", syslogListener(syslog), places)
})

const tell = Effect.fnUntraced(function* (name: string, listener: Listener, places: ReturnType<typeof placesIn>) {
  const store = yield* EventStore
  yield* Effect.addFinalizer(() => Effect.sync(listener.close))
  const attempt = (work: () => Promise<void>) => Effect.tryPromise({ try: work, catch: messageOf })
  let version = places.of(name)
  const look = Effect.suspend(() =>
    Effect.andThen(
      attempt(listener.ready),
      store.read(operationsStream, version + 1, "passed").pipe(
        Stream.grouped(commitsTogetherMax),
        Stream.runForEach((commits) => {
          const fresh = commits.flatMap(({ firstVersion, events }) =>
            events.slice(Math.max(0, version + 1 - firstVersion))
          )
          const said = fresh.map((event) => securityEventOf(event as unknown as Record<string, unknown>))
          const told = Effect.sync(() => {
            version = commits.at(-1)!.lastVersion
            places.keep(name, version)
          })
          return Effect.andThen(
            attempt(() => listener.tell(said)),
            told
          )
        })
      )
    )
  )
  let complained = ""
  const toldAgain = Effect.suspend(() => {
    if (complained === "") return Effect.void
    complained = ""
    return Effect.logInfo("Security events are told again", { listener: name })
  })
  const mildly = Effect.catchCause(Effect.andThen(look, toldAgain), (cause) => {
    const why = Cause.pretty(cause)
    if (why === complained) return Effect.void
    complained = why
    return Effect.logError("Security events cannot be told; trying again", { listener: name, why })
  })
  yield* Effect.addFinalizer(() => mildly)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(mildly, Effect.sleep(lookEveryMs))))
})

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
