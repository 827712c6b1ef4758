/** What the pipeline needs of the world, and what it is to those who feed it. Types alone; the way of a frame is in `pipeline.ts`. */
import type { EncodedCodec, FrameAnswer } from "../machines/wire.ts"
import type { FrameOutcome, Picture } from "../models/vision/outcome.ts"
import type { VideoStream } from "../models/vision/video.ts"
import type { EdgeMessage } from "./edge-link.ts"
import type { OverloadStep } from "./overload.ts"

/** A socket's side of a stream. */
export interface StreamSocket {
  send(answer: FrameAnswer): void
}

/** What the pipeline needs of the world. */
export interface PipelinePorts<Track> {
  readonly openTrack: (seed: number) => Track
  /** A decoder of one stream's encoded video; null when there is none to be had. */
  readonly openVideo: () => VideoStream | null
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
    /** The encoded video that it named; pictures are taken from every stream. */
    readonly codec: EncodedCodec | null
  }) => FrameStream
  readonly setRecording: (recording: boolean) => void
  /** Sends what is batched. Called every `batchEveryMs`, and before anything that must come after the frames. */
  readonly flush: () => void
  /** Share of the time since the last call in which frames were being read, 0 to 1. */
  readonly takeBusyShare: () => number
  /** Of each conference, its part in the work since the step was last said, as it were with no frame left out: in all 1, or more. */
  readonly parts: () => Readonly<Record<string, number>>
  /** From the next frame on; the busiest are those whose frames took longest since the step was last said. */
  readonly setStep: (step: OverloadStep) => void
}
