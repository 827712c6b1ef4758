/**
 * What core and edges say to each other: numbers and ids in small batches, never pixels, never a key. One JSON message
 * a line over the edge's own pipes, so the link ends when either process does.
 */
import type { Bounds, CloseReason, Codec, DropReason, EncodedCodec } from "../machines/wire.ts"
import type { FrameOutcome } from "../models/vision/outcome.ts"
import type { EdgeLoad, OverloadStep } from "./overload.ts"

/** One frame that was taken into work, with what became of it. */
export interface FrameReport {
  readonly sequence: number
  /** By the client's clock, milliseconds since 1970. */
  readonly capturedAt: number
  /** By the server's clock, milliseconds since 1970. */
  readonly receivedAt: number
  readonly outcome: FrameOutcome
}

export interface Drops {
  readonly reason: DropReason
  readonly count: number
}

/** Chunks of encoded video that were decoded, with the time it took in all, in microseconds. */
export interface Decoding {
  readonly codec: EncodedCodec
  readonly count: number
  readonly us: number
}

/** Where a stream is, in every message about it. Messages of an older epoch than the core's are ignored. */
interface StreamPlace {
  readonly conference: string
  readonly epoch: number
}

export interface FrameBatch extends StreamPlace {
  readonly type: "frames"
  readonly reports: readonly FrameReport[]
  readonly drops: readonly Drops[]
  readonly decoding?: Decoding
  /** Every frame up to this one is in this batch or an earlier one. */
  readonly settledThrough: number
}

/** Somebody was turned away, so many times since it was last said. */
export interface EdgeRefusals {
  /** One of a fixed list: nothing that a peer said. */
  readonly why: string
  readonly count: number
  /** Of the last of them. */
  readonly address: string
}

export type EdgeMessage =
  | {
      readonly type: "ready"
      readonly port: number
      readonly gateway: string
      readonly decoder: string
      /** Of those it was told to offer, the ones that it can decode. */
      readonly codecs: readonly Codec[]
    }
  | ({ readonly type: "opened" } & StreamPlace)
  | FrameBatch
  | ({ readonly type: "drained" } & StreamPlace)
  /** The answer to `analysing`: it holds from the next frame on, and what was read before it has been said. */
  | ({ readonly type: "analysisSet" } & StreamPlace)
  | ({ readonly type: "closed" } & StreamPlace)
  | { readonly type: "failed"; readonly why: string }
  | ({ readonly type: "refused" } & EdgeRefusals)
  /** Every `loadWindowMs`: how busy it is, and what it therefore leaves out. */
  | ({
      readonly type: "load"
      readonly step: OverloadStep
      readonly residentBytes: number
      /** Of each conference, the share of the edge's time that it takes when nothing of it is left out. */
      readonly shares: Readonly<Record<string, number>>
    } & EdgeLoad)

export type CoreMessage =
  | ({
      readonly type: "admit"
      readonly analysing: boolean
      readonly afterSequence: number
      /** The encoded video that the conference named; null for pictures alone. */
      readonly codec: EncodedCodec | null
    } & StreamPlace)
  | ({ readonly type: "analysing"; readonly analysing: boolean } & StreamPlace)
  /** Answer what was sent up to this frame, take no more, say `drained`. */
  | ({ readonly type: "drain"; readonly throughSequence: number } & StreamPlace)
  | ({ readonly type: "dismiss"; readonly reason: CloseReason } & StreamPlace)
  | ({ readonly type: "durable"; readonly throughSequence: number } & StreamPlace)
  | { readonly type: "recording"; readonly recording: boolean }
  /** The answer to `load`: the core is there, wherever it is. */
  | { readonly type: "heard" }
  /** End, and let nobody start another in your place. */
  | { readonly type: "retire" }

/** The first line that an edge reads: all it needs, and no secret but its own TLS key file's name. */
export interface EdgeSettings {
  readonly edge: string
  /** Where streams are listened for; a port of 0 takes any free one. */
  readonly host: string
  readonly port: number
  /** Whose addresses may open a stream; none named: everybody's. */
  readonly networks: readonly string[]
  readonly tls: { readonly certificateFile: string; readonly keyFile: string }
  /** PEM, to check stream tokens with. */
  readonly publicKey: string
  readonly bounds: Bounds
  readonly decoder: "auto" | "native" | "wasm"
}
