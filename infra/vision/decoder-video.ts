/**
 * H.264 and VP8 by FFmpeg, one decoder a stream, on the calling thread: a chunk goes in, and the luma of its picture comes
 * out when somebody wants to look at it, shrunk as every other picture is. It waits for nothing, keeps one picture, and lets
 * nothing near FFmpeg whose header promises more than a stream may cost.
 */
import type { AVPixelFormat } from "node-av/constants"
import type { CodecContext, Frame, Packet, SoftwareScaleContext } from "node-av/lib"
import { type EncodedCodec, encodedCodecs } from "../../machines/wire.ts"
import { H264Reader } from "../../models/vision/h264-chunk.ts"
import type { DamagedReason, Picture } from "../../models/vision/outcome.ts"
import { planeScale, scaledPx } from "../../models/vision/scale.ts"
import { type VideoDecoders, type VideoStream, videoSideMaxPx } from "../../models/vision/video.ts"
import { readVp8Chunk } from "../../models/vision/vp8-chunk.ts"
import { openVideoLibrary, type VideoLibrary } from "./video-library.ts"

/** Streams of one process: twice an edge's conferences, since one that moves here may come before its place is free. */
export const videoStreamsMax = 32

/** Opens the library, or throws saying why there is none here. */
export async function openVideoDecoders(): Promise<VideoDecoders> {
  const library = await openVideoLibrary()
  let openCount = 0
  return {
    codecs: encodedCodecs.filter((codec) => library.Codec.findDecoderByName(decoderName(library, codec)) !== null),
    open() {
      if (openCount >= videoStreamsMax) return null
      openCount += 1
      return new FfmpegStream(library, () => {
        openCount -= 1
      })
    }
  }
}

const decoderName = ({ FF_DECODER_H264, FF_DECODER_VP8 }: VideoLibrary, codec: EncodedCodec) =>
  codec === "h264" ? FF_DECODER_H264 : FF_DECODER_VP8

/** What FFmpeg holds for a stream, freed together. */
interface Native {
  readonly codec: EncodedCodec
  readonly context: CodecContext
  readonly packet: Packet
  /** The picture decoded last, and the one that the next is decoded into. */
  shown: Frame
  spare: Frame
  hasShown: boolean
}

interface Shrinking {
  readonly of: string
  readonly scaler: SoftwareScaleContext
  readonly plane: Frame
}

class FfmpegStream implements VideoStream {
  readonly #library: VideoLibrary
  readonly #closed: () => void
  /** Pixel formats with eight bits of luma in a plane of its own, and what each is called when its luma has the full range. */
  readonly #formats: ReadonlyMap<AVPixelFormat, AVPixelFormat>
  readonly #h264 = new H264Reader()
  #native: Native | undefined
  #shrinking: Shrinking | undefined
  #isOpen = true
  keyFrameWanted = true

  constructor(library: VideoLibrary, closed: () => void) {
    this.#library = library
    this.#closed = closed
    this.#formats = new Map([
      [library.AV_PIX_FMT_YUV420P, library.AV_PIX_FMT_YUVJ420P],
      [library.AV_PIX_FMT_YUV422P, library.AV_PIX_FMT_YUVJ422P],
      [library.AV_PIX_FMT_YUV444P, library.AV_PIX_FMT_YUVJ444P],
      [library.AV_PIX_FMT_YUVJ420P, library.AV_PIX_FMT_YUVJ420P],
      [library.AV_PIX_FMT_YUVJ422P, library.AV_PIX_FMT_YUVJ422P],
      [library.AV_PIX_FMT_YUVJ444P, library.AV_PIX_FMT_YUVJ444P],
      [library.AV_PIX_FMT_GRAY8, library.AV_PIX_FMT_GRAY8]
    ])
  }

  decode(codec: EncodedCodec, bytes: Uint8Array): DamagedReason | undefined {
    if (!this.#isOpen) throw new Error("Cannot decode: the stream is closed. Open another")
    if (this.#native?.codec !== codec) this.#renew(codec)
    const chunk = codec === "h264" ? this.#h264.read(bytes) : readVp8Chunk(bytes)
    if (typeof chunk === "string") return this.#broken(chunk)
    const native = this.#native!
    if (chunk.isKey) {
      // What a damaged chunk left behind ends here.
      if (this.keyFrameWanted) native.context.flushBuffers()
    } else if (this.keyFrameWanted && (chunk.hasPicture || codec === "vp8")) return "noKeyFrame"
    native.packet.data = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.length)
    const taken = native.context.sendPacketSync(native.packet)
    // Parameters alone are no picture, and some versions of FFmpeg call them an error.
    if (taken < 0) return chunk.hasPicture ? this.#broken("corrupt") : "noPicture"
    const reason = this.#receive(native)
    if (reason !== undefined && reason !== "noPicture") return this.#broken(reason)
    if (chunk.isKey) this.keyFrameWanted = false
    return reason
  }

  /** Takes every picture that is ready and keeps the last. */
  #receive(native: Native): DamagedReason | undefined {
    let reason: DamagedReason | undefined = "noPicture"
    for (;;) {
      const got = native.context.receiveFrameSync(native.spare)
      if (got === this.#library.AVERROR_EAGAIN) return reason
      if (got < 0) return "corrupt"
      const { width, height, format, decodeErrorFlags } = native.spare
      if (decodeErrorFlags !== 0) return "corrupt"
      if (!this.#formats.has(format as AVPixelFormat)) return "notBaseline"
      if (width > videoSideMaxPx || height > videoSideMaxPx) return "tooLarge"
      const before = native.shown
      native.shown = native.spare
      native.spare = before
      native.hasShown = true
      reason = undefined
    }
  }

  #broken(reason: DamagedReason): DamagedReason {
    this.keyFrameWanted = true
    return reason
  }

  leftOut(): void {
    this.keyFrameWanted = true
  }

  picture(): Extract<Picture, { codec: "video" }> | undefined {
    const native = this.#native
    if (native?.hasShown !== true) return undefined
    const { width, height } = native.shown
    const { scaler, plane } = this.#shrinkingFor(native.shown)
    const rows = scaler.scaleFrameSync(plane, native.shown)
    if (rows < 0) throw new Error(`Cannot shrink a picture of ${width} x ${height} px: libswscale answered ${rows}`)
    return { codec: "video", bytes: plane.data![0]!, width, height, strideBytes: plane.linesize[0]! }
  }

  /** Pictures of a stream rarely change their size, so what shrinks them is kept. */
  #shrinkingFor({ width, height, format, colorRange }: Frame): Shrinking {
    const { AV_PIX_FMT_GRAY8, AVCOL_RANGE_JPEG, SWS_AREA } = this.#library
    // Cameras' video keeps luma between 16 and 235 unless it says otherwise; libswscale widens it when told.
    const source =
      colorRange === AVCOL_RANGE_JPEG ? this.#formats.get(format as AVPixelFormat)! : (format as AVPixelFormat)
    const of = `${width} ${height} ${source}`
    if (this.#shrinking?.of === of) return this.#shrinking
    this.#freeShrinking()
    const scale = planeScale(width, height)
    const plane = new this.#library.Frame()
    plane.alloc()
    plane.width = scaledPx(width, scale)
    plane.height = scaledPx(height, scale)
    plane.format = AV_PIX_FMT_GRAY8
    plane.getBuffer(0)
    const scaler = new this.#library.SoftwareScaleContext()
    scaler.getContext(width, height, source, plane.width, plane.height, AV_PIX_FMT_GRAY8, SWS_AREA)
    this.#shrinking = { of, scaler, plane }
    return this.#shrinking
  }

  #renew(codec: EncodedCodec): void {
    this.#free()
    this.keyFrameWanted = true
    const { AV_CODEC_FLAG_LOW_DELAY, Codec, CodecContext, Frame, Packet } = this.#library
    const decoder = Codec.findDecoderByName(decoderName(this.#library, codec))
    const context = new CodecContext()
    context.allocContext3(decoder)
    context.threadCount = 1
    // Each picture as soon as it is decoded.
    context.setFlags(AV_CODEC_FLAG_LOW_DELAY)
    // One by one: a dictionary of options is freed twice by node-av 6.1.1, which ends the process.
    context.setOption("err_detect", "explode")
    context.setOption("max_pixels", `${videoSideMaxPx ** 2}`)
    const opened = context.open2Sync(decoder)
    if (opened < 0) throw new Error(`Cannot decode "${codec}": libavcodec answered ${opened}. Send JPEG or luma planes`)
    const [packet, shown, spare] = [new Packet(), new Frame(), new Frame()]
    packet.alloc()
    shown.alloc()
    spare.alloc()
    this.#native = { codec, context, packet, shown, spare, hasShown: false }
  }

  #free(): void {
    this.#freeShrinking()
    if (this.#native === undefined) return
    const { context, packet, shown, spare } = this.#native
    this.#native = undefined
    shown.free()
    spare.free()
    packet.free()
    context.freeContext()
  }

  #freeShrinking(): void {
    this.#shrinking?.plane.free()
    this.#shrinking?.scaler.freeContext()
    this.#shrinking = undefined
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#free()
    this.#closed()
  }
}
