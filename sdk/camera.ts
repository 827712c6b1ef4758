/**
 * From a camera to a conference, in a browser: makes frames small, encodes them as H.264 or VP8 where the conference chose it and as JPEG
 * otherwise, and sends what the uplink bears. It goes down a ladder by itself when answers lag or the budget is spent (fewer frames, then
 * smaller ones, then a pause), and up again when it is calm. It keeps no frame, and stops the moment it is told to.
 */
import { type Codec, isEncoded } from "../machines/wire.ts"
import { CameraEncoder, type EncodedPicture, sendableCodecs } from "./camera-encoder.ts"
import { firstPace, ladder, type Pace, paceAfter, videoLadder } from "./camera-pace.ts"
import type { Conference } from "./mimika.ts"

/** What may leave in a second, in bytes: 2 Mbit/s. */
export const uplinkBytesPerSecondMax = 250_000
/** JPEG quality: what the reading keeps of a face beyond it is not worth the bytes. */
const quality = 0.7
/** Key frames in a row that the server could not decode: this browser's encoder and its decoder do not fit, and it goes on with JPEG. */
const keyFramesRefusedMax = 3

export interface Camera {
  /** Of the ladder: 0 is the best. */
  readonly rung: () => number
  /** What is sent now. */
  readonly codec: () => Codec
  readonly stop: () => void
}

export interface CameraOptions {
  /** Shows the camera; it must play. */
  readonly video: HTMLVideoElement
  readonly conference: Pick<Conference, "sendFrame" | "skipped" | "codec" | "keyFrames" | "whySkipped">
  /** The client's clock, milliseconds since 1970. */
  readonly epochMs: () => number
  /** Told when the rung changes, for those who show it. */
  readonly onRung?: (rung: number) => void
}

/** What a camera here can send, best first: the `codecs` of its conference's options. */
export const cameraCodecs = (): Promise<readonly Codec[]> => {
  const { widthPx, framesPerSecond, bitsPerSecond } = videoLadder[0]
  return sendableCodecs({ widthPx, heightPx: (widthPx * 9) / 16, framesPerSecond, bitsPerSecond })
}

/** Sends until stopped. */
export function streamCamera({ video, conference, epochMs, onRung }: CameraOptions): Camera {
  const canvas = document.createElement("canvas")
  const paper = canvas.getContext("2d", { willReadFrequently: false })
  let pace: Pace = { ...firstPace, calmSinceMs: performance.now() }
  let stopped = false
  let encoding = false
  let encoder: CameraEncoder | undefined
  let encoderFailed = false
  let allowanceBytes = uplinkBytesPerSecondMax
  let refilledMs = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  const heard = (went: boolean) => {
    const next = paceAfter(pace, went, performance.now())
    if (next.rung !== pace.rung) onRung?.(next.rung)
    pace = next
  }
  /** Bytes that may leave now; below nothing when a key frame took more. */
  const allowed = () => {
    const now = performance.now()
    const refill = ((now - refilledMs) / 1000) * uplinkBytesPerSecondMax
    allowanceBytes = Math.min(uplinkBytesPerSecondMax, allowanceBytes + refill)
    refilledMs = now
    return allowanceBytes
  }
  const send = (codec: Codec, { bytes, capturedAt, isKey }: EncodedPicture) => {
    const busyBefore = conference.skipped.busy
    const sent = conference.sendFrame({ codec, capturedAt, widthPx: 0, heightPx: 0, bytes, isKey })
    if (sent !== "skipped") allowanceBytes -= bytes.length
    // While interrupted or without a consent nothing goes, however good the uplink is.
    if (sent !== "skipped" || conference.skipped.busy > busyBefore) heard(sent !== "skipped")
  }
  /** The encoder of the codec that the conference chose; undefined for pictures, and for good once one has failed. */
  const encoderFor = (codec: Codec): CameraEncoder | undefined => {
    if (conference.keyFrames.refusedInARow >= keyFramesRefusedMax) encoderFailed = true
    if (encoder !== undefined && (encoderFailed || encoder.codec !== codec)) {
      encoder.close()
      encoder = undefined
    }
    if (encoderFailed || !isEncoded(codec)) return undefined
    encoder ??= new CameraEncoder(
      codec,
      // The conference may have resumed with another codec meanwhile.
      (picture) => void (!stopped && conference.codec === codec && send(codec, picture)),
      () => {
        encoderFailed = true
      }
    )
    return encoder
  }
  const sendPicture = async (blob: Blob | null, capturedAt: number) => {
    if (blob === null || stopped) return
    const bytes = new Uint8Array(await blob.arrayBuffer())
    if (stopped) return
    if (bytes.length > allowed()) return heard(false)
    send("jpeg", { bytes, capturedAt, isKey: true })
  }
  /** Even sides, which H.264 needs. */
  const sizeOf = (widthPx: number) => {
    const width = 2 * Math.round(Math.min(widthPx, video.videoWidth) / 2)
    return { widthPx: width, heightPx: 2 * Math.round((width * video.videoHeight) / video.videoWidth / 2) }
  }
  const take = () => {
    const chosen = encoderFor(conference.codec)
    const { widthPx, framesPerSecond } = (chosen === undefined ? ladder : videoLadder)[pace.rung]!
    timer = setTimeout(take, 1000 / framesPerSecond)
    if (encoding || paper === null || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    if (video.videoWidth === 0) return
    if (chosen === undefined) {
      const size = sizeOf(widthPx)
      Object.assign(canvas, { width: size.widthPx, height: size.heightPx })
      paper.drawImage(video, 0, 0, canvas.width, canvas.height)
      encoding = true
      const capturedAt = epochMs()
      canvas.toBlob(
        (blob) => {
          encoding = false
          void sendPicture(blob, capturedAt)
        },
        "image/jpeg",
        quality
      )
      return
    }
    if (!chosen.mayTake()) return
    // What is not encoded costs nothing; a chunk that is and cannot go costs a key frame.
    const why = conference.whySkipped()
    if (why === "busy" || allowed() <= 0) return heard(false)
    if (why !== null) return
    const { bitsPerSecond } = videoLadder[pace.rung]!
    const wish = { ...sizeOf(widthPx), framesPerSecond, bitsPerSecond }
    chosen.encode(video, epochMs(), wish, conference.keyFrames.wanted)
  }
  take()
  return {
    rung: () => pace.rung,
    codec: () => encoder?.codec ?? "jpeg",
    stop() {
      stopped = true
      clearTimeout(timer)
      encoder?.close()
      canvas.width = 0
    }
  }
}
