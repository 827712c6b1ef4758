/**
 * The edge process: takes frames from sockets, reads them and answers, all in one process, so that a frame's bytes
 * cross no thread. It holds no master key and no database, and it ends when its core does.
 */
import { performance } from "node:perf_hooks"
import process from "node:process"
import type { CoreMessage, EdgeMessage, EdgeSettings } from "../../actors/edge-link.ts"
import { conferencesMax } from "../../actors/edge-room.ts"
import type { GatewaySocket, SocketHandlers, SocketPaths } from "../../actors/gateway.ts"
import { afterWindow, atFullWork, holdsFace, loadWindowMs } from "../../actors/overload.ts"
import { batchEveryMs, createPipeline } from "../../actors/pipeline.ts"
import type { FrameStream } from "../../actors/pipeline-ports.ts"
import {
  type CloseReason,
  closeCodes,
  frameHeaderBytes,
  isEncoded,
  protocolVersion,
  type StreamAnswer
} from "../../machines/wire.ts"
import { chooseGateway } from "../gateway/gateway.ts"
import { parseStreamRequest } from "../gateway/wire-messages.ts"
import { verifyStreamToken } from "../keys/tokens.ts"
import { abuseOf } from "../security/abuse.ts"
import { isOwn, networksOf } from "../security/networks.ts"
import { callRate, conferenceRate, makeRateLimiter } from "../security/rate-limit.ts"
import { openVideoDecoders } from "../vision/decoder-video.ts"
import { openVision } from "../vision/vision.ts"
import { collectOften } from "./collecting.ts"
import { retiredExitCode } from "./edge-body.ts"
import { countRefusals } from "./edge-refusals.ts"
import { openLineLink } from "./line-link.ts"
import { warmUp } from "./warm-up.ts"

/** Answers waiting for one reader: 10 s of 60 answers of about 200 bytes. */
const answerBytesMax = 128 * 1024
/**
 * All of an edge's streams may come back at once. Each may hold a frame that never ends, 4.3 MB: 140 MB in all, and an edge at
 * full work leaves 500 below the memory at which it is ended (`test/integration/slow-clients.test.ts`).
 */
const strangersMax = 32
/** And those of the conferences that the core gives it. */
const socketsMax = conferencesMax + strangersMax
/** Beyond 60 a second a frame is answered *rate*, which costs as much as saying it; whoever goes on far beyond that is no camera. */
const messagesPerSecondMax = 1_000

/** How long it may wait for an answer to ride on, in milliseconds: some frames' time. */
const durableAloneMs = 200

/** A stream the core told us to expect. */
interface Admission {
  readonly epoch: number
  readonly stream: FrameStream
  socket: GatewaySocket<Connection> | null
  /** Durable through this frame, and the client was not told yet. */
  durableThrough: number | null
  /** Since when, by the monotonic clock. */
  durableSince: number
}

interface Connection {
  admission: Admission | null
}

export async function runEdge(settings: EdgeSettings, link: { readonly send: (message: EdgeMessage) => boolean }) {
  const { edge, host, port, tls, publicKey, networks } = settings
  const notice = (line: string) => void process.stderr.write(`${line}\n`)
  const vision = await openVision({ decoder: settings.decoder, onFallback: notice })
  const wished = settings.bounds.codecs
  const video = wished.some(isEncoded) ? await openVideoDecoders().catch((error) => notice(error.message)) : undefined
  const codecs = wished.filter((codec) => !isEncoded(codec) || video?.codecs.includes(codec))
  const bounds = { ...settings.bounds, codecs }
  await warmUp(vision, video?.open() ?? null, codecs.filter(isEncoded))
  collectOften()
  const { gateway, fallback } = await chooseGateway()
  const admissions = new Map<string, Admission>()
  let recording = true
  let linked = true

  const tellCore = (message: EdgeMessage) => {
    const flows = link.send(message)
    if (flows === linked) return
    linked = flows
    pipeline.setRecording(recording && linked)
  }
  const pipeline = createPipeline(
    {
      openTrack: (seed) => vision.openTrack(seed),
      openVideo: () => video?.open() ?? null,
      analyse: (track, picture, monotonicMs) => vision.analyse(track, picture, monotonicMs),
      monotonicMs: () => performance.now(),
      epochMs: () => Date.now(),
      soon: (call) => setImmediate(call),
      tellCore
    },
    bounds
  )
  /** Says what is durable on its own where no answer came by to say it. */
  const sayDurable = () => {
    for (const admission of admissions.values()) {
      const { socket, durableThrough, durableSince } = admission
      if (durableThrough === null || socket === null || performance.now() - durableSince < durableAloneMs) continue
      admission.durableThrough = null
      say(socket, { type: "durable", throughSequence: durableThrough })
    }
  }
  let overload = atFullWork
  let loopDelayMs = 0
  let tickDueMs = performance.now() + batchEveryMs
  let windowStartedMs = performance.now()
  let loopBefore = performance.eventLoopUtilization?.()
  /** Sockets and TLS keep the loop busy too; where the runtime does not say how busy, frames alone count. */
  const takeLoad = () => {
    const framesShare = pipeline.takeBusyShare()
    const loopNow = performance.eventLoopUtilization?.()
    const share = loopBefore === undefined ? 0 : performance.eventLoopUtilization(loopNow, loopBefore).utilization
    const load = { busyShare: Math.max(framesShare, Number.isFinite(share) ? share : 0), loopDelayMs }
    loopBefore = loopNow
    loopDelayMs = 0
    return load
  }
  setInterval(() => {
    pipeline.flush()
    sayDurable()
    const nowMs = performance.now()
    loopDelayMs = Math.max(loopDelayMs, nowMs - tickDueMs)
    tickDueMs = nowMs + batchEveryMs
    if (nowMs - windowStartedMs < loadWindowMs) return
    windowStartedMs = nowMs
    refusals.tell()
    const load = takeLoad()
    overload = afterWindow(overload, load)
    const parts = Object.entries(pipeline.parts())
    const shares = Object.fromEntries(parts.map(([conference, part]) => [conference, part * load.busyShare]))
    pipeline.setStep(overload.step)
    vision.setHolding(holdsFace(overload.step))
    tellCore({ type: "load", step: overload.step, residentBytes: process.memoryUsage.rss(), shares, ...load })
  }, batchEveryMs)

  const say = (socket: GatewaySocket<Connection>, answer: StreamAnswer) => socket.send(JSON.stringify(answer))
  const close = (socket: GatewaySocket<Connection>, reason: CloseReason, why: string) =>
    socket.close(closeCodes[reason], why)

  const refusals = countRefusals((refused) => tellCore({ type: "refused", ...refused }))
  const refuse = (socket: GatewaySocket<Connection>, reason: CloseReason, why: string, said = why) => {
    refusals.add(why, socket.remoteAddress)
    close(socket, reason, said)
  }
  const addresses = makeRateLimiter(callRate)
  const conferences = makeRateLimiter(conferenceRate)
  const open = (socket: GatewaySocket<Connection>, token: string) => {
    const tooMany = (what: string, waitMs: number) =>
      refuse(socket, "full", `too many streams ${what}`, `Too many streams ${what}. Try again in ${waitMs} ms`)
    // Before the signature is checked: that is what a flood would cost.
    const waitMs = addresses.waitMs(socket.remoteAddress, performance.now())
    if (waitMs > 0) return tooMany("from one address", waitMs)
    const claim = verifyStreamToken(token, publicKey, Date.now())
    if (typeof claim === "string") return refuse(socket, "unauthorised", claim, `The stream token is refused: ${claim}`)
    const againMs = conferences.waitMs(claim.conference, performance.now())
    if (againMs > 0) return tooMany("of one conference", againMs)
    const admission = admissions.get(claim.conference)
    if (claim.edge !== edge || admission === undefined) return close(socket, "unknownConference", "Not expected here")
    if (claim.epoch !== admission.epoch) return close(socket, "superseded", "A newer stream token was given out")
    if (admission.socket !== null) return close(socket, "alreadyStreaming", "The conference has a stream")
    socket.admit()
    admission.socket = socket
    socket.attachment.admission = admission
    admission.stream.attach({
      send(answer) {
        const { durableThrough } = admission
        admission.durableThrough = null
        say(socket, durableThrough === null ? answer : { ...answer, durableThrough })
      }
    })
    say(socket, { type: "opened", conference: claim.conference })
    tellCore({ type: "opened", conference: claim.conference, epoch: claim.epoch })
  }

  const handlers: SocketHandlers<Connection> = {
    open(socket) {
      socket.send(JSON.stringify({ type: "greeting", protocol: protocolVersion, bounds } satisfies StreamAnswer))
      return { admission: null }
    },
    text(socket, text) {
      const parsed = parseStreamRequest(text)
      if ("wrong" in parsed) {
        const said = `Not a message of the protocol: ${parsed.wrong}`
        refuse(socket, "malformed", "not a message of the protocol", said)
      } else if (parsed.message.type === "ping") say(socket, { type: "pong" })
      else if (socket.attachment.admission !== null) close(socket, "malformed", "The stream is open")
      else open(socket, parsed.message.streamToken)
    },
    binary(socket, message) {
      const { admission } = socket.attachment
      if (admission === null) {
        return refuse(socket, "unauthorised", "frames without a token", "Send open with a stream token first")
      }
      const fault = admission.stream.offer(message)
      if (fault === "version") close(socket, "versionRefused", `This server speaks version ${protocolVersion}`)
      else if (fault === "malformed") {
        refuse(socket, "malformed", "a wrong frame header", "The frame header is wrong; see docs/protocol.md")
      }
    },
    closed(socket, code) {
      const { admission } = socket.attachment
      const abuse = abuseOf(code)
      if (abuse !== null) refusals.add(abuse, socket.remoteAddress)
      if (admission === null) return
      const { conference, epoch } = admission.stream
      admission.stream.attach(null)
      admission.stream.drain(0, () => tellCore({ type: "closed", conference, epoch }))
    }
  }

  const obey = (message: CoreMessage) => {
    if (message.type === "recording") {
      recording = message.recording
      pipeline.setRecording(recording && linked)
      return
    }
    if (message.type === "heard" || message.type === "retire") return
    const { conference, epoch } = message
    if (message.type === "admit") {
      admissions.set(conference, {
        epoch,
        stream: pipeline.openStream(message),
        socket: null,
        durableThrough: null,
        durableSince: 0
      })
      return
    }
    const admission = admissions.get(conference)
    if (admission === undefined || admission.epoch !== epoch) return
    switch (message.type) {
      case "analysing":
        admission.stream.setAnalysing(message.analysing)
        pipeline.flush()
        tellCore({ type: "analysisSet", conference, epoch })
        return
      case "drain":
        admission.stream.drain(message.throughSequence, () => tellCore({ type: "drained", conference, epoch }))
        return
      case "durable":
        if (admission.durableThrough === null) admission.durableSince = performance.now()
        admission.durableThrough = message.throughSequence
        return
      case "dismiss":
        admissions.delete(conference)
        if (admission.socket !== null) close(admission.socket, message.reason, "")
        // Its client never came: nothing else would end the stream.
        else admission.stream.drain(0, () => {})
    }
  }

  const allowed = networksOf(networks)
  const listening = await gateway.listen({
    host,
    port,
    tls,
    admits: (address) => isOwn(address, host) || allowed.admits(address),
    turnedAway: refusals.add,
    sockets: {
      "/frames": {
        messageBytesMax: bounds.frameBytesMax + frameHeaderBytes,
        idleMsMax: bounds.idleMsMax,
        bufferedBytesMax: answerBytesMax,
        socketsMax,
        strangersMax,
        messagesPerSecondMax,
        handlers
      }
    } satisfies SocketPaths<"edge">
  })
  if (fallback !== null) notice(fallback)
  tellCore({ type: "ready", port: listening.port, gateway: gateway.name, decoder: vision.decoder, codecs })
  return obey
}

if (import.meta.main) {
  // A terminal's or a service manager's stop reaches every process: an edge ends with its core, which lets frames in flight end.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {})
  let obey: Promise<(message: CoreMessage) => void> | null = null
  const link = openLineLink<EdgeSettings | CoreMessage, EdgeMessage>(process.stdin, process.stdout, {
    message(message) {
      // The first line is the settings; the core says nothing more before it has heard `ready`.
      if (obey === null) {
        obey = runEdge(message as EdgeSettings, link)
        obey.catch((error) => {
          process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
          process.exit(1)
        })
      } else if ((message as CoreMessage).type === "retire") process.exit(retiredExitCode)
      else void obey.then((act) => act(message as CoreMessage))
    },
    other: () => {},
    closed: () => process.exit(0)
  })
}
