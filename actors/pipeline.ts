/**
 * A frame's way through an edge, in the order of `docs/architecture.md`, "A frame's way": intake, vision, answer, batch
 * to the core. At most one frame of a conference is in work and one waits; a newer one replaces the waiting one. Of encoded video
 * every chunk is decoded as it comes, and only its reading may be dropped. Every frame gets exactly one answer. Pixels stay in one
 * reused buffer or decoder per stream and go nowhere else.
 */

import {
  type Bounds,
  type Codec,
  type DropReason,
  decodeFrameHeader,
  type FrameAnswer,
  type FrameHeader,
  frameHeaderBytes,
  isEncoded
} from "../machines/wire.ts"
import type { DamagedReason, FrameOutcome, Picture } from "../models/vision/outcome.ts"
import type { Drops, FrameReport } from "./edge-link.ts"
import { answerOf } from "./frame-answer.ts"
import type { Pipeline, PipelinePorts, StreamSocket } from "./pipeline-ports.ts"
import { StreamVideo } from "./stream-video.ts"
import { noWork, partsOf, type StreamWork, takeStep } from "./stream-work.ts"

/** The contract allows 100 ms from frame to answer; a frame that waited this long can no longer make it. */
export const waitingMsMax = 80
/** Outcomes go to the core at least this often, in milliseconds: what an edge that dies takes with it. The core commits every 250. */
export const batchEveryMs = 50
/** Frames begun together: each is answered when the last of them is, some milliseconds later at most. */
const togetherMax = 4
/** A batch goes out early with this many frames: two seconds of one stream at the highest rate. */
const batchFramesMax = 120

interface Waiting {
  sequence: number
  capturedAt: number
  receivedAt: number
  arrivedMs: number
  codec: Codec
  widthPx: number
  heightPx: number
  sizeBytes: number
  /** What decoding its chunk took, in milliseconds. */
  decodedMs: number
}

interface Entry extends StreamWork {
  readonly flush: () => void
}

export function createPipeline<Track>(ports: PipelinePorts<Track>, bounds: Bounds): Pipeline {
  /** A longer gap is no loss but a wrong number: the frames of a whole resume window. */
  const gapFramesMax = (bounds.framesPerSecondMax * bounds.resumeWindowMs) / 1000
  const streams = new Set<Entry>()
  /** Streams with a waiting frame, oldest turn first: one frame each in turn. */
  const turns: (() => Promise<void>)[] = []
  let recording = true
  let pumping = false
  let workedMs = 0
  let askedMs = ports.monotonicMs()

  /** Whatever a picture does to the vision code costs that frame alone; the core is told, for it is a defect. */
  const failed = (error: unknown) => ports.tellCore({ type: "failed", why: String(error) })
  const brokenOutcome = (error: unknown): FrameOutcome => {
    failed(error)
    return { kind: "damaged", reason: "corrupt" }
  }

  /** What waits is begun together, so that the net reads it in one run; nothing waits for more to come. */
  const pump = async () => {
    while (turns.length > 0) {
      const begunMs = ports.monotonicMs()
      await Promise.all(turns.splice(0, togetherMax).map((turn) => turn()))
      workedMs += ports.monotonicMs() - begunMs
    }
    pumping = false
  }
  const takeTurn = (turn: () => Promise<void>) => {
    turns.push(turn)
    if (pumping) return
    pumping = true
    ports.soon(() => void pump())
  }

  const openStream: Pipeline["openStream"] = ({ conference, epoch, afterSequence, codec, ...place }) => {
    const track = ports.openTrack(epoch + conference.charCodeAt(0))
    const video = new StreamVideo({ ...ports, failed }, codec)
    let socket: StreamSocket | null = null
    let { analysing } = place
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
    const refuse = (sequence: number, reason: DropReason, detail?: DamagedReason) => {
      drop(reason, 1)
      answer({ type: "answer", sequence, outcome: "dropped", reason, ...(detail === undefined ? {} : { detail }) })
    }
    const settledThrough = () => (inWork ?? waiting?.sequence ?? newest + 1) - 1

    const flush = () => {
      if (reports.length === 0 && drops.size === 0) return
      const dropList: Drops[] = [...drops].map(([reason, count]) => ({ reason, count }))
      const decoding = video.takeDecoding()
      ports.tellCore({
        ...{ type: "frames", conference, epoch, reports, drops: dropList, settledThrough: settledThrough() },
        ...(decoding === null ? {} : { decoding })
      })
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

    // 2. Intake: sequence, consent, rate and journal; the latest frame wins.
    const mayPass = (nowMs: number): DropReason | null => {
      if (draining !== null && newest > draining.through) return "stopping"
      if (!analysing) return "noConsent"
      tokens = Math.min(
        bounds.framesPerSecondMax / 2,
        tokens + ((nowMs - refilledMs) * bounds.framesPerSecondMax) / 1000
      )
      refilledMs = nowMs
      if (tokens < 1) return "rate"
      tokens -= 1
      entry.passed += 1
      return null
    }
    const mayBeRead = (): DropReason | null => {
      if (!recording) return "journal"
      return newest % entry.oneIn === 0 ? null : "busy"
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
      if (sequence > newest + 1) {
        drop("lost", sequence - newest - 1)
        video.leftOut()
      }
      newest = sequence
      take(header, message.subarray(frameHeaderBytes))
      finishDraining()
      return null
    }
    const take = (header: FrameHeader, bytes: Uint8Array) => {
      const { sequence, codec } = header
      const arrivedMs = ports.monotonicMs()
      const refused = mayPass(arrivedMs)
      let decodedMs = 0
      if (isEncoded(codec)) {
        if (refused !== null) video.leftOut()
        else {
          const damaged = video.take(codec, bytes)
          decodedMs = ports.monotonicMs() - arrivedMs
          workedMs += decodedMs
          entry.workedMs += decodedMs
          if (damaged === "rate") return refuse(sequence, "rate")
          if (damaged !== undefined) return refuse(sequence, "damaged", damaged)
        }
      }
      // Of a stream's video there is the latest picture alone: who waited for an earlier one gives up the place.
      const overtakes = refused === null && isEncoded(codec) && waiting !== null && isEncoded(waiting.codec)
      const refusal = refused ?? mayBeRead()
      if (refusal === "journal" && overtakes) {
        refuse(waiting!.sequence, "journal")
        waiting = null
      }
      if (refusal !== null && !(refusal === "busy" && overtakes)) return refuse(sequence, refusal)
      if (waiting !== null) refuse(waiting.sequence, "busy")
      else if (inWork === null) takeTurn(work)
      if (!isEncoded(codec)) {
        if (buffer.length < bytes.length) buffer = new Uint8Array(bytes.length)
        buffer.set(bytes)
      }
      waiting = { ...header, receivedAt: ports.epochMs(), arrivedMs, sizeBytes: bytes.length, decodedMs }
    }

    // 3. Vision: gray, detect and predict in one visit; the frame is answered at once.
    const read = async (frame: Waiting, nowMs: number): Promise<FrameOutcome> => {
      if (!isEncoded(frame.codec)) return ports.analyse(track, pictureOf(frame, buffer), nowMs)
      const picture = video.picture()
      const grayMs = frame.decodedMs + ports.monotonicMs() - nowMs
      const outcome = await ports.analyse(track, picture, nowMs)
      return outcome.kind === "damaged" ? outcome : { ...outcome, grayUs: outcome.grayUs + Math.round(1000 * grayMs) }
    }
    const work = async () => {
      const frame = waiting
      if (frame === null) return
      waiting = null
      const nowMs = ports.monotonicMs()
      if (nowMs - frame.arrivedMs > waitingMsMax) refuse(frame.sequence, "late")
      else {
        inWork = frame.sequence
        const reading = read(frame, nowMs).catch(brokenOutcome)
        // Up to here it was this stream's own work; the run of the net is shared by all that were begun together.
        entry.workedMs += ports.monotonicMs() - nowMs
        entry.read += 1
        const outcome = await reading
        inWork = null
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

    const entry: Entry = { ...noWork(conference), flush }
    streams.add(entry)
    return {
      conference,
      epoch,
      offer,
      setAnalysing(value) {
        analysing = value
        if (value) return
        video.close()
        if (waiting === null) return
        refuse(waiting.sequence, "noConsent")
        waiting = null
      },
      drain(through, drained) {
        const earlier = draining
        draining = {
          through: Math.max(through, earlier?.through ?? 0),
          drained() {
            streams.delete(entry)
            video.close()
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
    parts: () => partsOf(streams),
    setStep: (step) => takeStep(streams, step)
  }
}

const pictureOf = ({ codec, widthPx, heightPx, sizeBytes }: Waiting, buffer: Uint8Array): Picture => {
  const bytes = buffer.subarray(0, sizeBytes)
  return codec === "gray8" ? { codec, bytes, width: widthPx, height: heightPx } : { codec: "jpeg", bytes }
}
