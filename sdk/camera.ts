/**
 * From a camera to a conference, in a browser: draws frames small, encodes them as JPEG and sends what the uplink bears. It goes down a
 * ladder by itself when answers lag or the budget is spent (fewer frames, then smaller ones, then a pause), and up again when it
 * is calm. It keeps no frame, and stops the moment it is told to.
 */
import type { Conference } from "./mimika.ts"

/** What may leave in a second, in bytes: 2 Mbit/s. */
export const uplinkBytesPerSecondMax = 250_000
/** JPEG quality: what the reading keeps of a face beyond it is not worth the bytes. */
const quality = 0.7
/**
 * Rungs from best to least. The server looks at about 480 pixels of width, so a larger picture would only cost; the best rung takes less
 * than a tenth of a core and 2 Mbit/s (docs/console.md). Live needs more than a frame a second.
 */
export const ladder = [
  { framesPerSecond: 8, widthPx: 480 },
  { framesPerSecond: 5, widthPx: 480 },
  { framesPerSecond: 3, widthPx: 480 },
  { framesPerSecond: 2, widthPx: 320 }
] as const
/** Frames of ten that could not go: the uplink is too slow for this rung. */
const skippedOfTen = 4
/** A rung is tried again after so long without trouble, in milliseconds; twice as long after each time it failed. */
const upAgainMs = 8_000
const upAgainMsMax = 120_000

/** Which rung to be on: a pure rule over what became of frames. */
export interface Pace {
  readonly rung: number
  /** The last ten frames: whether each could go. */
  readonly went: readonly boolean[]
  /** Since when it has been calm, by a monotonic clock in milliseconds. */
  readonly calmSinceMs: number
  readonly upAfterMs: number
}

export const firstPace: Pace = { rung: 0, went: [], calmSinceMs: 0, upAfterMs: upAgainMs }

export function paceAfter(pace: Pace, went: boolean, nowMs: number): Pace {
  const last = [...pace.went, went].slice(-10)
  const skipped = last.filter((one) => !one).length
  if (skipped >= skippedOfTen && pace.rung < ladder.length - 1) {
    const upAfterMs = Math.min(upAgainMsMax, pace.upAfterMs * 2)
    return { rung: pace.rung + 1, went: [], calmSinceMs: nowMs, upAfterMs }
  }
  if (!went) return { ...pace, went: last, calmSinceMs: nowMs }
  if (pace.rung > 0 && nowMs - pace.calmSinceMs >= pace.upAfterMs) {
    return { ...pace, rung: pace.rung - 1, went: [], calmSinceMs: nowMs }
  }
  return { ...pace, went: last }
}

export interface Camera {
  /** Of the ladder: 0 is the best. */
  readonly rung: () => number
  readonly stop: () => void
}

export interface CameraOptions {
  /** Shows the camera; it must play. */
  readonly video: HTMLVideoElement
  readonly conference: Pick<Conference, "sendFrame" | "skipped">
  /** The client's clock, milliseconds since 1970. */
  readonly epochMs: () => number
  /** Told when the rung changes, for those who show it. */
  readonly onRung?: (rung: number) => void
}

/** Sends until stopped. */
export function streamCamera({ video, conference, epochMs, onRung }: CameraOptions): Camera {
  const canvas = document.createElement("canvas")
  const paper = canvas.getContext("2d", { willReadFrequently: false })
  let pace: Pace = { ...firstPace, calmSinceMs: performance.now() }
  let stopped = false
  let encoding = false
  let allowanceBytes = uplinkBytesPerSecondMax
  let refilledMs = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  const heard = (went: boolean) => {
    const next = paceAfter(pace, went, performance.now())
    if (next.rung !== pace.rung) onRung?.(next.rung)
    pace = next
  }
  const mayLeave = (bytes: number) => {
    const now = performance.now()
    allowanceBytes = Math.min(
      uplinkBytesPerSecondMax,
      allowanceBytes + ((now - refilledMs) / 1000) * uplinkBytesPerSecondMax
    )
    refilledMs = now
    if (bytes > allowanceBytes) return false
    allowanceBytes -= bytes
    return true
  }
  const send = async (blob: Blob | null, capturedAt: number) => {
    if (blob === null || stopped) return
    const bytes = new Uint8Array(await blob.arrayBuffer())
    if (stopped) return
    if (!mayLeave(bytes.length)) return heard(false)
    const busyBefore = conference.skipped.busy
    const sent = conference.sendFrame({ codec: "jpeg", capturedAt, widthPx: 0, heightPx: 0, bytes })
    // While interrupted or without a consent nothing goes, however good the uplink is.
    if (sent !== "skipped" || conference.skipped.busy > busyBefore) heard(sent !== "skipped")
  }
  const take = () => {
    const { widthPx, framesPerSecond } = ladder[pace.rung]!
    timer = setTimeout(take, 1000 / framesPerSecond)
    if (encoding || paper === null || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    const { videoWidth, videoHeight } = video
    if (videoWidth === 0) return
    const width = Math.min(widthPx, videoWidth)
    canvas.width = width
    canvas.height = Math.round((width * videoHeight) / videoWidth)
    paper.drawImage(video, 0, 0, canvas.width, canvas.height)
    encoding = true
    const capturedAt = epochMs()
    canvas.toBlob(
      (blob) => {
        encoding = false
        void send(blob, capturedAt)
      },
      "image/jpeg",
      quality
    )
  }
  take()
  return {
    rung: () => pace.rung,
    stop() {
      stopped = true
      clearTimeout(timer)
      canvas.width = 0
    }
  }
}
