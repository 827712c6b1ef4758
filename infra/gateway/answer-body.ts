/**
 * Pours an answer's body into a connection as fast as its reader takes it, in slices, so that what waits for a slow reader is
 * bounded; a reader that takes nothing for too long is given up. It knows no gateway and sets no header.
 */

import { silentMsMax } from "./gateway-connections.ts"

/** Bytes handed over at once: what one TLS record bears, four times. */
const sliceBytesMax = 64 * 1024

export interface AnswerReader {
  /** False: the reader has not taken what came before; `writable` says when it has. */
  readonly write: (slice: Uint8Array) => boolean
  readonly writable: (then: () => void) => void
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal
}

/** True when the whole body was handed over; false when the reader left or stalled, or the body broke off: cut the connection. */
export async function pour(body: ReadableStream<Uint8Array>, reader: AnswerReader): Promise<boolean> {
  try {
    for await (const chunk of body) {
      for (let at = 0; at < chunk.length; at += sliceBytesMax) {
        if (reader.gone.aborted) return false
        if (!reader.write(chunk.subarray(at, at + sliceBytesMax)) && !(await taken(reader))) return false
      }
    }
    return !reader.gone.aborted
  } catch {
    return false
  }
}

function taken({ writable, gone }: AnswerReader): Promise<boolean> {
  return new Promise((resolve) => {
    if (gone.aborted) return resolve(false)
    const stalled = setTimeout(() => resolve(false), silentMsMax)
    const settle = (whether: boolean) => {
      clearTimeout(stalled)
      gone.removeEventListener("abort", left)
      resolve(whether)
    }
    const left = () => settle(false)
    gone.addEventListener("abort", left)
    writable(() => settle(true))
  })
}
