/**
 * A frame's way through an edge, in the order of `docs/architecture.md`, "A frame's way": intake, vision, answer, batch
 * to the core. At most one frame of a conference is in work and one waits; a newer one replaces the waiting one. Every
 * frame gets exactly one answer. Pixels stay in one reused buffer per stream and go nowhere else.
 */

import { classPermilleOf } from "../machines/reading.ts"
import {
  type Bounds,
  type Codec,
  type DropReason,
  decodeFrameHeader,
  type FrameAnswer,
  frameHeaderBytes
} from "../machines/wire.ts"
import type { FrameOutcome, Picture } from "../models/vision/outcome.ts"
import type { Drops, EdgeMessage, FrameReport } from "./edge-link.ts"
import { type OverloadStep, oneFrameIn } from "./overload.ts"

/** The contract allows 100 ms from frame to answer; a frame that waited this long can no longer make it. */
export const waitingMsMax = 80
/** Outcomes go to the core at least this often, in milliseconds; the core commits every 250. */
export const batchEveryMs = 50
/** A batch goes out early with this many frames: two seconds of one stream at the highest rate. */
const batchFramesMax = 120

/** A socket's side of a stream. */
export interface StreamSocket {
  send(answer: FrameAnswer): void
}

/** What the pipeline needs of the world. */
export interface PipelinePorts<Track> {
  readonly openTrack: (seed: number) => Track
  /** Decodes before its first await, so the picture's bytes may be reused as soon as it has returned. */
  readonly analyse: (track: Track, picture: Picture, monotonicMs: number) => Promise<FrameOutcome>
  readonly monotonicMs: () => number
  readonly epochMs: () => number
  /** Calls soon, after what the operating system has ready was read: a newer frame may then have come. */
  readonly soon: (call: () => void) => void
  readonly tellCore: (message: EdgeMessage) => void
}

/** A stream of one conference on this edge. */
export interface FrameStream {
  readonly conference: string
  readonly epoch: number
  /** Takes a binary message, valid during this call only. A fault means the client does not speak the protocol. */
  readonly offer: (message: Uint8Array) => "malformed" | "version" | null
  /** Acts at once: the result of a frame in work is discarded. */
  readonly setAnalysing: (analysing: boolean) => void
  /** Answers what was sent up to the frame, refuses what comes later, then calls. */
  readonly drain: (throughSequence: number, drained: () => void) => void
  readonly attach: (socket: StreamSocket | null) => void
}

export interface Pipeline {
  readonly openStream: (place: {
    readonly conference: string
    readonly epoch: number
    readonly analysing: boolean
    readonly afterSequence: number
  }) => FrameStream
  readonly setRecording: (recording: boolean) => void
  /** Sends what is batched. Called every `batchEveryMs`, and before anything that must come after the frames. */
  readonly flush: () => void
  /** Share of the time since the last call in which frames were being read, 0 to 1. */
  readonly takeBusyShare: () => number
  /** From the next frame on; the busiest are those whose frames took longest since the step was last said. */
  readonly setStep: (step: OverloadStep) => void
}

interface Waiting {
  sequence: number
  capturedAt: number
  receivedAt: number
  arrivedMs: number
  codec: Codec
  widthPx: number
  heightPx: number
  sizeBytes: number
}

export function createPipeline<Track>(ports: PipelinePorts<Track>, bounds: Bounds): Pipeline {
  /** A longer gap is no loss but a wrong number: the frames of a whole resume window. */
  const gapFramesMax = (bounds.framesPerSecondMax * bounds.resumeWindowMs) / 1000
  const streams = new Set<{ flush: () => void; workedMs: number; oneIn: 1 | 2 }>()
  /** Streams with a waiting frame, oldest turn first: one frame each in turn. */
  const turns: (() => Promise<void>)[] = []
  let recording = true
  let pumping = false
  let workedMs = 0
  let askedMs = ports.monotonicMs()

  /** Whatever a picture does to the vision code costs that frame alone; the core is told, for it is a defect. */
  const brokenOutcome = (error: unknown): FrameOutcome => {
    ports.tellCore({ type: "failed", why: String(error) })
    return { kind: "damaged", reason: "corrupt" }
  }

  const pump = async () => {
    for (let next = turns.shift(); next !== undefined; next = turns.shift()) await next()
    pumping = false
  }
  const takeTurn = (turn: () => Promise<void>) => {
    turns.push(turn)
    if (pumping) return
    pumping = true
    ports.soon(() => void pump())
  }

  const openStream: Pipeline["openStream"] = ({ conference, epoch, analysing: analysingAtFirst, afterSequence }) => {
    const track = ports.openTrack(epoch + conference.charCodeAt(0))
    let socket: StreamSocket | null = null
    let analysing = analysingAtFirst
    let newest = afterSequence
    let buffer = new Uint8Array(0)
    let waiting: Waiting | null = null
    let inWork: number | null = null
    let draining: { readonly through: number; readonly drained: () => void } | null = null
    /** Tokens for the rate bound: one a frame, refilled with time, half a second's worth at most. */
    let tokens = bounds.framesPerSecondMax / 2
    let refilledMs = ports.monotonicMs()
    let reports: FrameReport[] = []
    let drops = new Map<DropReason, number>()

    const drop = (reason: DropReason, count: number) => drops.set(reason, (drops.get(reason) ?? 0) + count)
    const answer = (frameAnswer: FrameAnswer) => socket?.send(frameAnswer)
    const refuse = (sequence: number, reason: DropReason) => {
      drop(reason, 1)
      answer({ type: "answer", sequence, outcome: "dropped", reason })
    }
    const settledThrough = () => (inWork ?? waiting?.sequence ?? newest + 1) - 1

    const flush = () => {
      if (reports.length === 0 && drops.size === 0) return
      const dropList: Drops[] = [...drops].map(([reason, count]) => ({ reason, count }))
      ports.tellCore({ type: "frames", conference, epoch, reports, drops: dropList, settledThrough: settledThrough() })
      reports = []
      drops = new Map()
    }
    const finishDraining = () => {
      if (draining === null || inWork !== null || waiting !== null || newest < draining.through) return
      const { drained } = draining
      draining = { through: 0, drained: () => {} }
      flush()
      drained()
    }

    // 2. Intake: sequence, consent, journal and rate; the latest frame wins.
    const mayPass = (nowMs: number): DropReason | null => {
      if (draining !== null && newest > draining.through) return "stopping"
      if (!analysing) return "noConsent"
      if (!recording) return "journal"
      tokens = Math.min(
        bounds.framesPerSecondMax / 2,
        tokens + ((nowMs - refilledMs) * bounds.framesPerSecondMax) / 1000
      )
      refilledMs = nowMs
      if (tokens < 1) return "rate"
      tokens -= 1
      if (newest % entry.oneIn !== 0) return "busy"
      return null
    }
    const offer = (message: Uint8Array) => {
      const header = decodeFrameHeader(message)
      if (header === "version") return "version"
      if (typeof header === "string") return "malformed"
      const { sequence } = header
      if (sequence <= newest) {
        answer({ type: "answer", sequence, outcome: "duplicate" })
        return null
      }
      if (sequence - newest > gapFramesMax) return "malformed"
      if (sequence > newest + 1) drop("lost", sequence - newest - 1)
      newest = sequence
      const arrivedMs = ports.monotonicMs()
      const refusal = mayPass(arrivedMs)
      if (refusal !== null) refuse(sequence, refusal)
      else {
        if (waiting !== null) refuse(waiting.sequence, "busy")
        else if (inWork === null) takeTurn(work)
        const sizeBytes = message.length - frameHeaderBytes
        if (buffer.length < sizeBytes) buffer = new Uint8Array(sizeBytes)
        buffer.set(message.subarray(frameHeaderBytes))
        waiting = { ...header, receivedAt: ports.epochMs(), arrivedMs, sizeBytes }
      }
      finishDraining()
      return null
    }

    // 3. Vision: gray, detect and predict in one visit; the frame is answered at once.
    const work = async () => {
      const frame = waiting
      if (frame === null) return
      waiting = null
      const nowMs = ports.monotonicMs()
      if (nowMs - frame.arrivedMs > waitingMsMax) refuse(frame.sequence, "late")
      else {
        inWork = frame.sequence
        const outcome = await ports.analyse(track, pictureOf(frame, buffer), nowMs).catch(brokenOutcome)
        inWork = null
        const tookMs = ports.monotonicMs() - nowMs
        workedMs += tookMs
        entry.workedMs += tookMs
        if (!analysing) refuse(frame.sequence, "noConsent")
        else {
          answer(answerOf(frame.sequence, outcome))
          const { sequence, capturedAt, receivedAt } = frame
          reports.push({ sequence, capturedAt, receivedAt, outcome })
        }
      }
      if (waiting !== null) takeTurn(work)
      if (reports.length >= batchFramesMax) flush()
      finishDraining()
    }

    const entry: { flush: () => void; workedMs: number; oneIn: 1 | 2 } = { flush, workedMs: 0, oneIn: 1 }
    streams.add(entry)
    return {
      conference,
      epoch,
      offer,
      setAnalysing(value) {
        analysing = value
        if (value || waiting === null) return
        refuse(waiting.sequence, "noConsent")
        waiting = null
      },
      drain(through, drained) {
        const earlier = draining
        draining = {
          through: Math.max(through, earlier?.through ?? 0),
          drained() {
            streams.delete(entry)
            earlier?.drained()
            drained()
          }
        }
        finishDraining()
      },
      attach(next) {
        socket = next
      }
    }
  }

  return {
    openStream,
    setRecording(value) {
      recording = value
    },
    flush() {
      for (const stream of streams) stream.flush()
    },
    takeBusyShare() {
      const nowMs = ports.monotonicMs()
      const share = nowMs > askedMs ? Math.min(1, workedMs / (nowMs - askedMs)) : 0
      workedMs = 0
      askedMs = nowMs
      return share
    },
    setStep(step) {
      const busiestFirst = [...streams].sort((one, other) => other.workedMs - one.workedMs)
      for (const [rank, stream] of busiestFirst.entries()) {
        stream.oneIn = oneFrameIn(step, rank, busiestFirst.length)
        stream.workedMs = 0
      }
    }
  }
}

const pictureOf = ({ codec, widthPx, heightPx, sizeBytes }: Waiting, buffer: Uint8Array): Picture => {
  const bytes = buffer.subarray(0, sizeBytes)
  return codec === "gray8" ? { codec, bytes, width: widthPx, height: heightPx } : { codec, bytes }
}

function answerOf(sequence: number, outcome: FrameOutcome): FrameAnswer {
  if (outcome.kind === "damaged") {
    return { type: "answer", sequence, outcome: "dropped", reason: "damaged", detail: outcome.reason }
  }
  if (outcome.kind === "unreadable") return { type: "answer", sequence, outcome: "unreadable", reason: outcome.reason }
  const { face, reading, unreadableReason, probabilitiesPermille } = outcome
  if (reading === "unreadable") {
    return { type: "answer", sequence, outcome: "unreadable", reason: unreadableReason ?? "notConfident" }
  }
  return {
    type: "answer",
    sequence,
    outcome: "read",
    reading,
    permille: classPermilleOf(probabilitiesPermille),
    face: [face.xPx, face.yPx, face.widthPx, face.heightPx]
  }
}
