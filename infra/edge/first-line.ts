/** The first line of a stream, with what came after it left in the stream for whoever reads on. */
import type { Readable } from "node:stream"

/** Settings of an edge, its public key among them, are a kilobyte. */
export const firstLineBytesMax = 16 * 1024

/** Null: there was none within the time, it is too long, or the stream ended. */
export function firstLineOf(stream: Readable, withinMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let read = Buffer.alloc(0)
    const done = (line: string | null) => {
      clearTimeout(timer)
      stream.off("data", take)
      stream.off("end", none)
      stream.off("close", none)
      stream.pause()
      resolve(line)
    }
    const none = () => done(null)
    const take = (chunk: Buffer) => {
      read = Buffer.concat([read, chunk])
      const end = read.indexOf(0x0a)
      if (end === -1 && read.length <= firstLineBytesMax) return
      done(end === -1 || end > firstLineBytesMax ? null : read.subarray(0, end).toString())
      // Only now that nobody listens: a stream that flows would hand it to us again.
      if (end !== -1 && read.length > end + 1) stream.unshift(read.subarray(end + 1))
    }
    const timer = setTimeout(none, withinMs)
    stream.on("data", take)
    stream.once("end", none)
    stream.once("close", none)
  })
}
