/**
 * Encodes a clip's JPEG pictures as H.264 or VP8, the way a browser in a call does: no picture waits for a later one, and every
 * two seconds is a key frame. For load runs, tests and what ships; it serves no client.
 */
import type { Frame } from "node-av/lib"
import type { EncodedCodec } from "../../machines/wire.ts"
import { H264Reader } from "../../models/vision/h264-chunk.ts"
import { readVp8Chunk } from "../../models/vision/vp8-chunk.ts"
import { openVideoLibrary } from "../vision/video-library.ts"

export interface EncodedChunk {
  readonly bytes: Uint8Array
  readonly isKey: boolean
}

/** What WebCodecs' own examples give a call's camera. */
export const callBitsPerSecond = 2_500_000

export interface EncodingWish {
  readonly codec: EncodedCodec
  readonly framesPerSecond: number
  /** `callBitsPerSecond` at 1080p. */
  readonly bitsPerSecond: number
  /** The height follows, to an even number. Without it the pictures' own. */
  readonly widthPx?: number
}

export const keyFrameEverySeconds = 2

export async function* encodeClip(
  pictures: AsyncIterable<{ readonly bytes: Uint8Array }>,
  wish: EncodingWish
): AsyncGenerator<EncodedChunk> {
  const library = await openVideoLibrary()
  const { AV_PIX_FMT_YUV420P, Codec, CodecContext, Packet, Rational, SoftwareScaleContext } = library
  const newFrame = (): Frame => {
    const frame = new library.Frame()
    frame.alloc()
    return frame
  }
  const reading = new CodecContext()
  const jpeg = Codec.findDecoderByName(library.FF_DECODER_MJPEG)
  reading.allocContext3(jpeg)
  reading.open2Sync(jpeg)
  const writing = new CodecContext()
  const packet = new Packet()
  packet.alloc()
  const [source, target, scaler] = [newFrame(), newFrame(), new SoftwareScaleContext()]
  const h264 = new H264Reader()
  const refuse = (why: string) => new Error(`Cannot encode "${wish.codec}": ${why}. Use codec jpeg or gray8`)

  const open = () => {
    const name = wish.codec === "h264" ? library.FF_ENCODER_LIBX264 : library.FF_ENCODER_LIBVPX_VP8
    const encoder = Codec.findEncoderByName(name)
    if (encoder === null) throw refuse("this build of FFmpeg has no encoder for it")
    const width = 2 * Math.round((wish.widthPx ?? source.width) / 2)
    target.width = width
    target.height = 2 * Math.round((width * source.height) / source.width / 2)
    target.format = AV_PIX_FMT_YUV420P
    target.getBuffer(0)
    const format = source.format as typeof AV_PIX_FMT_YUV420P
    scaler.getContext(
      source.width,
      source.height,
      format,
      width,
      target.height,
      AV_PIX_FMT_YUV420P,
      library.SWS_BILINEAR
    )
    writing.allocContext3(encoder)
    Object.assign(writing, { width, height: target.height, pixelFormat: AV_PIX_FMT_YUV420P, maxBFrames: 0 })
    writing.timeBase = new Rational(1, wish.framesPerSecond)
    writing.framerate = new Rational(wish.framesPerSecond, 1)
    writing.gopSize = keyFrameEverySeconds * wish.framesPerSecond
    writing.bitRate = BigInt(wish.bitsPerSecond)
    writing.threadCount = 1
    const asInCalls: Record<string, string> =
      wish.codec === "h264"
        ? { preset: "veryfast", tune: "zerolatency", profile: "baseline" }
        : { deadline: "realtime", "cpu-used": "8", "lag-in-frames": "0" }
    for (const [option, value] of Object.entries(asInCalls)) {
      writing.setOption(option, value, library.AV_OPT_TYPE_STRING, library.AV_OPT_SEARCH_CHILDREN)
    }
    const opened = writing.open2Sync(encoder)
    if (opened < 0) throw refuse(`libavcodec answered ${opened}`)
  }

  try {
    let shownCount = 0
    for await (const { bytes } of pictures) {
      packet.data = Buffer.from(bytes)
      const got = reading.sendPacketSync(packet) || reading.receiveFrameSync(source)
      packet.unref()
      if (got < 0) continue
      if (shownCount === 0) open()
      // The encoder may still hold the picture before.
      target.makeWritable()
      scaler.scaleFrameSync(target, source)
      target.pts = BigInt(shownCount)
      shownCount += 1
      writing.sendFrameSync(target)
      while (writing.receivePacketSync(packet) === 0) {
        const chunk = Uint8Array.from(packet.data!)
        packet.unref()
        const read = wish.codec === "h264" ? h264.read(chunk) : readVp8Chunk(chunk)
        if (typeof read === "string") throw refuse(`its own chunk is ${read}`)
        yield { bytes: chunk, isKey: read.isKey }
      }
    }
  } finally {
    for (const frame of [source, target]) frame.free()
    packet.free()
    scaler.freeContext()
    writing.freeContext()
    reading.freeContext()
  }
}
