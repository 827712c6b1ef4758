/** A clip's frames, round and round. Of encoded video, what could not be decoded is passed over up to the next key frame. It sends nothing. */
import type { Frame } from "../../sdk/mimika.ts"

export type ClipFrame = Omit<Frame, "capturedAt">

/** Answers the frame to send next. The clip's first is a key frame, or all of them are pictures. */
export function roundOf(frames: readonly ClipFrame[], from: number): (keyFrameWanted: boolean) => ClipFrame {
  let at = from % frames.length
  return (keyFrameWanted) => {
    // A picture says nothing of keys and builds on nothing.
    while (keyFrameWanted && frames[at]!.isKey === false) at = (at + 1) % frames.length
    const frame = frames[at]!
    at = (at + 1) % frames.length
    return frame
  }
}
