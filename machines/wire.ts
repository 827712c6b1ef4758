/**
 * The frame protocol's words and bytes, shared by server, SDK and tests; `docs/protocol.md` is its reference.
 * Imports nothing, so that it runs in any browser. It describes messages and checks their form; it decides nothing.
 */

export const protocolVersion = 1

/** Frame header: fixed size, big-endian, followed by the picture's bytes. Table in `docs/protocol.md`. */
export const frameHeaderBytes = 24

export const codecIds = { jpeg: 1, gray8: 2, h264: 3, vp8: 4 } as const
export type Codec = keyof typeof codecIds
export const codecs = Object.keys(codecIds) as readonly Codec[]
/** Each frame a picture by itself: every server takes them, in every conference. */
export const pictureCodecs = ["jpeg", "gray8"] as const satisfies readonly Codec[]
/** Each frame a chunk of encoded video, built upon those before it: in a conference whose `start` or `resume` names the codec. */
export const encodedCodecs = ["h264", "vp8"] as const satisfies readonly Codec[]
export type EncodedCodec = (typeof encodedCodecs)[number]
export const isEncoded = (codec: string): codec is EncodedCodec => (encodedCodecs as readonly string[]).includes(codec)

/** What a server promises to bear, announced in each greeting. */
export interface Bounds {
  /** Picture bytes in one frame, header not counted. */
  readonly frameBytesMax: number
  /** Frames a second; what comes faster is answered `dropped: rate`. */
  readonly framesPerSecondMax: number
  /** Frames a client may have sent and not yet seen answered. */
  readonly inFlightFramesMax: number
  /** How long an interrupted stream can be resumed, in milliseconds. */
  readonly resumeWindowMs: number
  /** A socket that sends nothing for this long is closed, in milliseconds. */
  readonly idleMsMax: number
  /** Bytes of one text message. */
  readonly textBytesMax: number
  /** What this server decodes. A client passes over names that it does not know. */
  readonly codecs: readonly Codec[]
}

/**
 * frameBytesMax: a 1920×1080 luma plane is 2.07 MB and a 1080p JPEG at quality 95 below 1.5 MB; 4 MiB bears both twice.
 * framesPerSecondMax: twice the contract's 30. inFlightFramesMax: 100 ms of latency at 30 fps are three frames, and one.
 */
export const defaultBounds: Bounds = {
  frameBytesMax: 4 * 1024 * 1024,
  framesPerSecondMax: 60,
  inFlightFramesMax: 4,
  resumeWindowMs: 30_000,
  idleMsMax: 30_000,
  textBytesMax: 16 * 1024,
  codecs: pictureCodecs
}

/** Close codes beyond RFC 6455's own. 1009 is the transport's: a message longer than the bounds allow. */
export const closeCodes = {
  /** A message that is not of the protocol: not JSON, unknown type, wrong fields, a damaged frame header. */
  malformed: 4400,
  /** No token, a wrong one, or one that ran out. */
  unauthorised: 4401,
  /** A stream whose role is not *client*: a manager's face is never analysed. */
  roleRefused: 4403,
  /** No such conference here, or it ended. */
  unknownConference: 4404,
  /** The client speaks another version of this protocol. */
  versionRefused: 4406,
  /** Nothing was heard for `idleMsMax`. */
  idle: 4408,
  /** The conference has a stream already. */
  alreadyStreaming: 4409,
  /** A newer stream of the same conference took over. */
  superseded: 4410,
  /** The reader does not read: what is waiting for it passed the bound. */
  slowReader: 4413,
  /** No room for another conference; the message says when to try again. */
  full: 4429,
  /** More messages than one socket may say; the reason says when one may be said again. */
  flood: 4430,
  /** The server is stopping; resume with the token. */
  stopping: 4503,
  /** The conference ended; nothing more is to be said. */
  ended: 4000
} as const
export type CloseReason = keyof typeof closeCodes

export interface FrameHeader {
  readonly codec: Codec
  /** Counts up by one for every frame the client offers, from 1; a gap is recorded as lost. */
  readonly sequence: number
  /** Capture time by the client's clock, milliseconds since 1970. */
  readonly capturedAt: number
  /** Needed for gray8, 0 for the others, which carry their own. */
  readonly widthPx: number
  readonly heightPx: number
}

export type FrameFault = "tooShort" | "version" | "codec" | "length" | "sequence" | "capturedAt" | "dimensions"

const u32Max = 0xffffffff
/** Milliseconds since 1970 in the year 4000: later capture times are nonsense. */
const capturedAtMax = 64_060_588_800_000

/** Writes header and picture as one message. */
export function encodeFrame(header: FrameHeader, picture: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(frameHeaderBytes + picture.length)
  const view = new DataView(message.buffer)
  view.setUint8(0, protocolVersion)
  view.setUint8(1, codecIds[header.codec])
  view.setUint32(4, header.sequence)
  view.setUint32(8, Math.floor(header.capturedAt / 2 ** 32))
  view.setUint32(12, header.capturedAt % 2 ** 32)
  view.setUint16(16, header.widthPx)
  view.setUint16(18, header.heightPx)
  view.setUint32(20, picture.length)
  message.set(picture, frameHeaderBytes)
  return message
}

/** Reads a frame's header; the picture is what follows it. A fault is named, never guessed around. */
export function decodeFrameHeader(message: Uint8Array): FrameHeader | FrameFault {
  if (message.length < frameHeaderBytes) return "tooShort"
  const view = new DataView(message.buffer, message.byteOffset, frameHeaderBytes)
  if (view.getUint8(0) !== protocolVersion) return "version"
  const codecId = view.getUint8(1)
  const codec = codecs.find((name) => codecIds[name] === codecId)
  if (codec === undefined || view.getUint16(2) !== 0) return "codec"
  const sequence = view.getUint32(4)
  if (sequence === 0 || sequence === u32Max) return "sequence"
  const capturedAt = view.getUint32(8) * 2 ** 32 + view.getUint32(12)
  if (capturedAt > capturedAtMax) return "capturedAt"
  const widthPx = view.getUint16(16)
  const heightPx = view.getUint16(18)
  const pictureBytes = view.getUint32(20)
  if (pictureBytes !== message.length - frameHeaderBytes) return "length"
  if (codec === "gray8" && (widthPx === 0 || heightPx === 0 || widthPx * heightPx !== pictureBytes)) return "dimensions"
  return { codec, sequence, capturedAt, widthPx, heightPx }
}

/** What a consent can be for. None is pre-ticked, and analysis needs the first. */
export const consentPurposes = [
  "expressionAnalysis",
  "trends",
  "illustrationInteraction",
  "crmTransfer",
  "qualityResearch"
] as const
export type ConsentPurpose = (typeof consentPurposes)[number]

export interface Consent {
  readonly id: string
  readonly textVersion: string
  /** SHA-256 of the text the client saw, in hexadecimal. */
  readonly textSha256: string
  /** The one that the text is for: each purpose is agreed to by itself. */
  readonly purposes: readonly ConsentPurpose[]
  /** Milliseconds since 1970. */
  readonly givenAt: number
}

/** Client to core, on the control socket. */
export type ControlRequest =
  | {
      readonly type: "start"
      readonly accessToken: string
      /** The platform's own number of the call; a second start with it is refused while it runs. */
      readonly conference: string
      /** The platform's own ids; only pseudonyms of them are stored. */
      readonly client: string
      readonly manager: string
      readonly role: "client" | "manager"
      readonly consent: Consent | null
      /** Of the greeting's: what will be sent, and takes room accordingly; without it JPEG. Pictures may be sent in any case. */
      readonly codec?: string
    }
  /** The codec counts from here on; without one JPEG will be sent. */
  | { readonly type: "resume"; readonly resumeToken: string; readonly sentThrough: number; readonly codec?: string }
  | { readonly type: "consent"; readonly consent: Consent }
  /** Of one purpose; without it, of the analysis. */
  | { readonly type: "withdraw"; readonly purpose?: ConsentPurpose }
  | { readonly type: "end"; readonly sentThrough: number }
  | { readonly type: "ping" }

/** Core to client, on the control socket. */
export type ControlAnswer =
  | { readonly type: "greeting"; readonly protocol: number; readonly bounds: Bounds }
  | {
      readonly type: "started" | "resumed"
      readonly conference: string
      readonly streamUrl: string
      /** Signed by the core, for one edge and one conference, good for a minute. */
      readonly streamToken: string
      readonly resumeToken: string
      readonly analysing: boolean
      /** The next frame's sequence is one more, or whatever is higher. */
      readonly afterSequence: number
    }
  | { readonly type: "consentRecorded"; readonly consent: string }
  | { readonly type: "withdrawn" }
  /** The stream's edge is gone: ask for another with `resume`. */
  | { readonly type: "interrupted"; readonly reason: "edgeLost" | "moved" }
  | { readonly type: "report"; readonly conference: string; readonly report: WireReport }
  | { readonly type: "refused"; readonly reason: string; readonly message: string; readonly retryAfterMs?: number }
  | { readonly type: "pong" }

/** The report as it crosses the wire: shares in percent, null when nothing was counted. */
export interface WireReport {
  readonly satisfaction: number | null
  readonly negative: number | null
  readonly neutral: number | null
  readonly positive: number | null
  readonly counted: number
  readonly unreadable: number
  readonly dropped: number
  readonly received: number
  readonly coverage: number | null
  readonly [more: string]: unknown
}

/** Client to edge, on the stream socket; frames are binary. */
export type StreamRequest = { readonly type: "open"; readonly streamToken: string } | { readonly type: "ping" }

export const dropReasons = ["busy", "late", "rate", "noConsent", "damaged", "lost", "journal", "stopping"] as const
export type DropReason = (typeof dropReasons)[number]

/**
 * Edge to client. Every frame gets exactly one `answer`, as soon as it is known; `durable` is cumulative. It rides on
 * the next answer where one is due: on a server that leaves Nagle's algorithm on, a small message of its own made
 * every later answer wait for the client's next frame.
 */
export type StreamAnswer =
  | { readonly type: "greeting"; readonly protocol: number; readonly bounds: Bounds }
  | { readonly type: "opened"; readonly conference: string }
  | FrameAnswer
  | { readonly type: "durable"; readonly throughSequence: number }
  | { readonly type: "pong" }

export type FrameAnswer = FrameOutcomeAnswer & {
  /** Every frame up to this one is recorded for good: what a `durable` message would say. */
  readonly durableThrough?: number
}

type FrameOutcomeAnswer =
  | {
      readonly type: "answer"
      readonly sequence: number
      readonly outcome: "read"
      readonly reading: "negative" | "neutral" | "positive"
      /** Negative, neutral, positive in thousandths. */
      readonly permille: readonly [number, number, number]
      /** x, y, width, height in pixels of the picture sent. */
      readonly face: readonly [number, number, number, number]
    }
  | { readonly type: "answer"; readonly sequence: number; readonly outcome: "unreadable"; readonly reason: string }
  | {
      readonly type: "answer"
      readonly sequence: number
      readonly outcome: "dropped"
      readonly reason: DropReason
      /** What was wrong with a damaged picture. */
      readonly detail?: string
    }
  /** The sequence number was used before: the frame is ignored and counted nowhere. */
  | { readonly type: "answer"; readonly sequence: number; readonly outcome: "duplicate" }
