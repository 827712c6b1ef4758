/**
 * Dion's door: the control socket on which a conference is started, resumed, consented to, withdrawn from and ended.
 * Every message is checked, every wish gets one answer, and a stream for a manager's face is refused.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import { Cause, Effect, Exit } from "effect"
import { Conferences, type EndedConference } from "../../actors/conferences.ts"
import type { GatewaySocket, SocketPath } from "../../actors/gateway.ts"
import { Operations } from "../../actors/operations.ts"
import { type ControlLink, Edges, Identity, TokenRefused, Tokens } from "../../actors/ports.ts"
import type { ConferenceRefused, StreamOffer } from "../../actors/running-conference.ts"
import {
  type CloseReason,
  type ControlAnswer,
  type ControlRequest,
  closeCodes,
  protocolVersion
} from "../../machines/wire.ts"
import { abuseOf } from "../security/abuse.ts"
import { accessTokenRate, callRate, conferenceRate, makeRateLimiter } from "../security/rate-limit.ts"
import { parseControlRequest } from "./wire-messages.ts"

/** Control sockets at once: the conferences of a large machine, many times over. */
const socketsMax = 1_024
/** As many as one address may open in a row, and some: each holds one message of 16 KiB at most. */
const strangersMax = 256
/** A ping every ten seconds, five consents in a row, an end. */
const messagesPerSecondMax = 20
/** A report and a few answers; a reader this far behind does not read. */
const answerBytesMax = 256 * 1024

interface Connection {
  conference: string | null
  /** A start or resume is being worked on. */
  busy: boolean
  closed: boolean
  readonly link: ControlLink
}

/** Without an access token nobody can start: then it is the door of clients' own pages, which resume what a manager started. */
export const controlDoor = Effect.fnUntraced(function* (accessToken: string | null) {
  const calls = makeRateLimiter(callRate)
  const starts = makeRateLimiter(accessTokenRate)
  const acts = makeRateLimiter(conferenceRate)
  const conferences = yield* Conferences
  const operations = yield* Operations
  const tokens = yield* Tokens
  const { bounds } = yield* Identity
  const edges = yield* Edges
  const services = yield* Effect.context<never>()
  const fork = Effect.runForkWith(services)
  const digestOf = (token: string) => createHash("sha256").update(token).digest()
  const expected = accessToken === null ? null : digestOf(accessToken)
  const isAccessToken = (token: string) => expected !== null && timingSafeEqual(digestOf(token), expected)

  const say = (socket: GatewaySocket<Connection>, answer: ControlAnswer) => socket.send(JSON.stringify(answer))
  const close = (socket: GatewaySocket<Connection>, reason: CloseReason, why: string) =>
    socket.close(closeCodes[reason], why)

  const refuse = (socket: GatewaySocket<Connection>, why: string) =>
    fork(operations.refused("conferences", why, socket.remoteAddress))
  const tooMany = (socket: GatewaySocket<Connection>, waitMs: number, what: string) => {
    const message = `Too many ${what}. Try again in ${waitMs} ms`
    refuse(socket, `too many ${what}`)
    say(socket, { type: "refused", reason: "full", message, retryAfterMs: waitMs })
    close(socket, "full", message)
  }
  /** One conference's resumes, consents and withdrawals: each is a commit. True: this one was refused. */
  const isTooOften = (socket: GatewaySocket<Connection>, conference: string) => {
    const waitMs = acts.waitMs(conference, performance.now())
    if (waitMs > 0) tooMany(socket, waitMs, "acts of one conference")
    return waitMs > 0
  }

  /** Answers a refusal on the socket; anything else is a defect and is logged as one. */
  const attempt = <A>(
    socket: GatewaySocket<Connection>,
    wish: Effect.Effect<A, ConferenceRefused | TokenRefused>,
    granted: (answer: A) => void
  ) =>
    fork(
      Effect.map(Effect.exit(wish), (exit) => {
        if (Exit.isSuccess(exit)) return granted(exit.value)
        const error = Cause.squash(exit.cause) as { message: string; reason?: string; retryAfterMs?: number }
        const { message, reason = "unauthorised", retryAfterMs } = error
        if (error instanceof TokenRefused) refuse(socket, error.why)
        socket.attachment.busy = false
        say(socket, { type: "refused", reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
        if (reason === "unauthorised") close(socket, "unauthorised", message)
        else if (reason === "full") close(socket, "full", message)
        else if (reason === "unknownConference") close(socket, "unknownConference", message)
        else if (reason === "alreadyRunning") close(socket, "alreadyStreaming", message)
      })
    )

  /** The client may have hung up while its wish was granted. */
  const take = (
    socket: GatewaySocket<Connection>,
    type: "started" | "resumed",
    offer: StreamOffer | EndedConference
  ) => {
    const { attachment } = socket
    attachment.conference = offer.conference
    if ("report" in offer) {
      const { conference, report } = offer
      say(socket, { type: "report", conference, report: { ...report } })
      return close(socket, "ended", "The conference ended while its client was away")
    }
    if (attachment.closed) conferences.controlClosed(offer.conference, attachment.link)
    else say(socket, { type, ...offer })
  }

  const start = (socket: GatewaySocket<Connection>, request: Extract<ControlRequest, { type: "start" }>) => {
    // As on the platform's own interface, in a header of the handshake; or in the message, for those who can set none.
    if (!isAccessToken(socket.clientAccessToken ?? request.accessToken)) {
      refuse(socket, "wrong access token")
      return close(socket, "unauthorised", "The access token is wrong")
    }
    socket.admit()
    const waitMs = starts.waitMs("the access token", performance.now())
    if (waitMs > 0) return tooMany(socket, waitMs, "calls with one access token")
    if (request.role !== "client") {
      const why = "Only a client's expression is ever analysed; a manager's stream is refused"
      say(socket, { type: "refused", reason: "roleRefused", message: why })
      return close(socket, "roleRefused", why)
    }
    const { conference: call, client, manager, consent, codec } = request
    const { attachment } = socket
    attachment.busy = true
    const started = conferences.start({ call, client, manager, consent, codec }, attachment.link)
    attempt(socket, started, (offer) => take(socket, "started", offer))
  }

  const resume = (
    socket: GatewaySocket<Connection>,
    { resumeToken, ...request }: Extract<ControlRequest, { type: "resume" }>
  ) => {
    const { attachment } = socket
    const resumed = Effect.gen(function* () {
      const { conference } = yield* tokens.verifyResume(resumeToken)
      if (attachment.conference !== null && attachment.conference !== conference) {
        return yield* new TokenRefused({ why: "this socket controls another conference" })
      }
      socket.admit()
      if (isTooOften(socket, conference)) return null
      return yield* conferences.resume(conference, request, attachment.link)
    })
    attempt(socket, resumed, (offer) => offer !== null && take(socket, "resumed", offer))
  }

  const inConference = (socket: GatewaySocket<Connection>, conference: string, request: ControlRequest) => {
    if (request.type !== "end" && isTooOften(socket, conference)) return
    switch (request.type) {
      case "consent": {
        const { consent } = request
        return attempt(socket, conferences.giveConsent(conference, consent), () =>
          say(socket, { type: "consentRecorded", consent: consent.id })
        )
      }
      case "withdraw":
        return attempt(socket, conferences.withdraw(conference, request.purpose ?? "expressionAnalysis"), () =>
          say(socket, { type: "withdrawn" })
        )
      case "end":
        return attempt(socket, conferences.end(conference, request.sentThrough), () => {})
      default:
        return close(socket, "malformed", `"${request.type}" does not fit: the conference runs`)
    }
  }

  const path: SocketPath<Connection> = {
    messageBytesMax: bounds.textBytesMax,
    idleMsMax: bounds.idleMsMax,
    bufferedBytesMax: answerBytesMax,
    socketsMax,
    strangersMax,
    messagesPerSecondMax,
    handlers: {
      open(socket) {
        say(socket, { type: "greeting", protocol: protocolVersion, bounds: { ...bounds, codecs: edges.codecs() } })
        return {
          conference: null,
          busy: false,
          closed: false,
          link: { send: (answer) => void say(socket, answer), close: (reason) => close(socket, reason, "") }
        }
      },
      text(socket, text) {
        const parsed = parseControlRequest(text)
        if ("wrong" in parsed) {
          refuse(socket, "not a message of the protocol")
          return close(socket, "malformed", `Not a message of the protocol: ${parsed.wrong}`)
        }
        const request = parsed.message
        if (request.type === "ping") return void say(socket, { type: "pong" })
        const { conference, busy } = socket.attachment
        if (request.type === "start" || request.type === "resume") {
          const waitMs = calls.waitMs(socket.remoteAddress, performance.now())
          if (waitMs > 0) return tooMany(socket, waitMs, "calls from one address")
        }
        if (request.type === "resume") return resume(socket, request)
        if (conference !== null) return inConference(socket, conference, request)
        if (busy) return close(socket, "malformed", "Wait for the answer to start")
        if (request.type === "start") return start(socket, request)
        return close(socket, "unauthorised", "Send start or resume first")
      },
      binary: (socket) => close(socket, "malformed", "Frames go to the stream socket"),
      closed(socket, code) {
        const { attachment } = socket
        const why = abuseOf(code)
        if (why !== null) refuse(socket, why)
        attachment.closed = true
        if (attachment.conference !== null) conferences.controlClosed(attachment.conference, attachment.link)
      }
    }
  }
  return path
})
