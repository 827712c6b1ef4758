/**
 * The bank's analytics over WSS: the numbers of each conference in the moment its report stands, where the client agreed to
 * handing over, and how many conferences run. Whoever was away asks for what ended since. It says nothing of the course of a
 * conversation, which no client agrees to hand over, and each handing is recorded first.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Cause, Clock, Effect, Schedule, Schema } from "effect"
import { Conferences } from "../../actors/conferences.ts"
import { EndedConferences } from "../../actors/ended-conferences.ts"
import type { GatewaySocket, SocketPath } from "../../actors/gateway.ts"
import { Operations } from "../../actors/operations.ts"
import { Withdrawals } from "../../actors/withdrawals.ts"
import { closeCodes } from "../../machines/wire.ts"
import type { EndedConferenceRow } from "../../projections/ended-conferences.ts"
import { handedNumbersOf } from "../../projections/handover.ts"
import { abuseOf } from "../security/abuse.ts"
import { analyticsRate, makeRateLimiter } from "../security/rate-limit.ts"

export const analyticsTokenFile = (dataFolder: string) => join(dataFolder, "analytics-token")

/** The bank's collectors, and one being replaced. */
const socketsMax = 16
/** One for each collector, each with a token still to say. */
const strangersMax = 16
const messagesPerSecondMax = 10
/** It says `ping` at least every 20 s. */
const idleMsMax = 60_000
/** A month's numbers of a large branch: 10,000 conferences of some 700 bytes. A reader further behind asks again. */
const bufferedBytesMax = 8 * 1024 * 1024
/** How far back a reader may ask. */
const sinceMsMax = 30 * 24 * 3_600_000
const loadEvery = Schedule.spaced(5_000)

const Opening = Schema.fromJsonString(
  Schema.Struct({
    type: Schema.Literal("open"),
    token: Schema.String.check(Schema.isMaxLength(200)),
    /** Milliseconds since 1970: what ended then or later is said first. */
    since: Schema.optionalKey(Schema.Int)
  })
)

interface Reader {
  opened: boolean
}

export const analyticsSocket = Effect.fnUntraced(function* (dataFolder: string) {
  const conferences = yield* Conferences
  const ended = yield* EndedConferences
  const operations = yield* Operations
  const withdrawals = yield* Withdrawals
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const digest = (text: string) => createHash("sha256").update(text).digest()
  const expected = digest(yield* Effect.sync(() => tokenIn(analyticsTokenFile(dataFolder))))
  const readers = new Set<GatewaySocket<Reader>>()
  const openings = makeRateLimiter(analyticsRate)
  const refuse = ({ remoteAddress }: GatewaySocket<Reader>, why: string) =>
    fork(operations.refused("analytics", why, remoteAddress))

  const recorded = (what: string) =>
    operations.record({ type: "PersonalDataRead", actor: "service:analytics", purpose: "analytics", what })
  const messageOf = (row: EndedConferenceRow) => {
    const { subject, manager } = row
    return JSON.stringify({ type: "report", subject, manager, ...handedNumbersOf(row) })
  }
  /** Nothing leaves that could not be recorded: the reader is cut, and asks again for what it has not heard. */
  const carefully = <E>(step: Effect.Effect<void, E>, cut: () => readonly GatewaySocket<Reader>[]) =>
    Effect.catchCause(step, (cause) => {
      for (const socket of cut()) socket.close(closeCodes.stopping, "The numbers cannot be had now; ask again")
      return Effect.logError("Analytics cannot be told of a conference", { why: Cause.pretty(cause) })
    })

  const tellAll = Effect.fnUntraced(function* (row: EndedConferenceRow) {
    if (readers.size === 0 || (yield* withdrawals.standing([row], "crmTransfer")).length === 0) return
    yield* recorded(`conference-${row.conference}`)
    const message = messageOf(row)
    for (const socket of readers) socket.send(message)
  })
  const stop = ended.listen((row) => {
    if (row.purposes.includes("crmTransfer")) fork(carefully(tellAll(row), () => [...readers]))
  })
  yield* Effect.addFinalizer(() => Effect.sync(stop))

  const load = () => {
    const all = conferences.all()
    const streaming = all.filter(({ streamOpen }) => streamOpen).length
    return JSON.stringify({ type: "load", running: all.length, streaming })
  }
  const tellLoad = Effect.sync(() => {
    const message = load()
    for (const socket of readers) socket.send(message)
  })
  yield* Effect.forkScoped(Effect.repeat(tellLoad, loadEvery))

  /** What ended before is said first; what ends meanwhile may be said twice and is the same. */
  const open = Effect.fnUntraced(function* (socket: GatewaySocket<Reader>, since: number | undefined) {
    readers.add(socket)
    socket.send(JSON.stringify({ type: "opened" }))
    socket.send(load())
    if (since === undefined) return
    const from = Math.max(since, (yield* Clock.currentTimeMillis) - sinceMsMax)
    const rows = yield* withdrawals.standing(yield* ended.since(from), "crmTransfer")
    if (rows.length === 0) return
    yield* recorded(`${rows.length} conferences that ended since ${new Date(from).toISOString()}`)
    for (const row of rows) socket.send(messageOf(row))
  })

  const begin = (socket: GatewaySocket<Reader>, text: string) => {
    const waitMs = openings.waitMs(socket.remoteAddress, performance.now())
    if (waitMs > 0) {
      refuse(socket, "too many openings from one address")
      return socket.close(closeCodes.full, `Too many openings from this address. Try again in ${waitMs} ms`)
    }
    const opening = Schema.decodeUnknownOption(Opening)(text)
    if (opening._tag === "None") return socket.close(closeCodes.malformed, 'Send {"type":"open","token":…} first')
    const { token, since } = opening.value
    if (!timingSafeEqual(digest(token), expected)) {
      refuse(socket, "wrong access token")
      return socket.close(closeCodes.unauthorised, "The access token is wrong")
    }
    socket.admit()
    socket.attachment.opened = true
    fork(carefully(open(socket, since), () => [socket]))
  }

  const path: SocketPath<Reader> = {
    messageBytesMax: 4 * 1024,
    idleMsMax,
    bufferedBytesMax,
    socketsMax,
    strangersMax,
    messagesPerSecondMax,
    handlers: {
      open: () => ({ opened: false }),
      text(socket, text) {
        if (!socket.attachment.opened) begin(socket, text)
        else if (text === "ping") socket.send('{"type":"pong"}')
        else socket.close(closeCodes.malformed, "Say ping, or nothing")
      },
      binary: (socket) => socket.close(closeCodes.malformed, "Analytics sends no bytes"),
      closed(socket, code) {
        readers.delete(socket)
        const why = abuseOf(code)
        if (why !== null) refuse(socket, why)
      }
    }
  }
  return path
})

/** Made at first start, readable by its owner alone. */
function tokenIn(path: string): string {
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true })
  return readFileSync(path, "utf8").trim()
}
