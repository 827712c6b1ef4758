/**
 * One JSON message a line over a pair of pipes: the link between a core and the edges it started. It bounds what may
 * wait, and passes over lines that are not ours (a native library's own words) to the log.
 */
import process from "node:process"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"

/** What may wait for the other process before it counts as stuck: two seconds of 1,500 frames/s at about 300 bytes. */
export const linkBufferedBytesMax = 1024 * 1024

/** Null: a line that only begins like one of ours; what takes hostile bytes may write anything. */
function parsed<Incoming>(line: string): Incoming | null {
  try {
    return JSON.parse(line) as Incoming
  } catch {
    return null
  }
}

export interface LineLink<Outgoing> {
  /** False when so much waits that the other side seems stuck; the message still goes out. */
  readonly send: (message: Outgoing) => boolean
}

export function openLineLink<Incoming, Outgoing>(
  input: Readable,
  output: Writable,
  handlers: {
    readonly message: (message: Incoming) => void
    readonly other: (line: string) => void
    readonly closed: () => void
  }
): LineLink<Outgoing> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on("line", (line) => {
    if (!line.startsWith("{")) {
      if (line.trim() !== "") handlers.other(line)
      return
    }
    const message = parsed<Incoming>(line)
    if (message === null) handlers.other(line)
    else handlers.message(message)
  })
  lines.on("close", handlers.closed)
  // A pipe whose reader is gone: `closed` says so, an exception would say it twice.
  output.on("error", () => {})
  let gathering = false
  return {
    send(message) {
      // What is said in one turn goes out as one write, and wakes the other side once.
      if (!gathering) {
        gathering = true
        output.cork()
        process.nextTick(() => {
          gathering = false
          output.uncork()
        })
      }
      output.write(`${JSON.stringify(message)}\n`)
      return output.writableLength < linkBufferedBytesMax
    }
  }
}
