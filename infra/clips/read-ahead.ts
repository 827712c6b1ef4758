/**
 * Reads a clip ahead of its player, so that a slow decoder does not spoil the pace: the first frame is given once the
 * store is full or the clip is over, and the store is refilled behind the player's back. It holds no more than its bound.
 */
import type { ClipFrame } from "./clip.ts"

/** Pictures held at once, in bytes: some 15 s of 1080p at a quality that ffmpeg calls 3. */
export const readAheadBytesMax = 64 * 1024 * 1024

export async function* readAhead(
  frames: AsyncIterable<ClipFrame>,
  bytesMax = readAheadBytesMax
): AsyncGenerator<ClipFrame> {
  const source = frames[Symbol.asyncIterator]()
  const store: ClipFrame[] = []
  let storedBytes = 0
  let over = false
  let failure: unknown
  let filling: Promise<void> | null = null

  const fill = async () => {
    try {
      while (!over && storedBytes < bytesMax) {
        const { done, value } = await source.next()
        if (done === true) over = true
        else {
          store.push(value)
          storedBytes += value.bytes.length
        }
      }
    } catch (error) {
      over = true
      failure = error
    }
    filling = null
  }

  try {
    await fill()
    while (true) {
      if (store.length === 0 && filling !== null) await filling
      const frame = store.shift()
      if (frame === undefined) break
      storedBytes -= frame.bytes.length
      // Half empty, it is filled again; a frame a time would start and stop the decoder all the while.
      if (!over && filling === null && storedBytes < bytesMax / 2) filling = fill()
      yield frame
    }
    if (failure !== undefined) throw failure
  } finally {
    over = true
    await source.return?.()
  }
}
