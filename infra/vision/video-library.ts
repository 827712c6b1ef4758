/**
 * FFmpeg's libavcodec and libswscale by node-av: the one file that loads them. The package brings a binary for each kind of
 * machine; where it has none, or it does not load, opening says why, and encoded video is not offered.
 */
import type * as Constants from "node-av/constants"
import type * as Library from "node-av/lib"

/** Calls and the numbers that FFmpeg's headers name. */
export type VideoLibrary = typeof Library & typeof Constants

/** What the loaded binary says of itself. */
export interface VideoBuild {
  /** Of FFmpeg, with its builder's name. */
  readonly version: string
  /** The options it was configured with, which decide its licence. */
  readonly configuration: string
}

export async function describeVideoLibrary(): Promise<VideoBuild> {
  const { version, configuration } = (await openVideoLibrary()).getFFmpegInfo()
  return { version, configuration }
}

let opening: Promise<VideoLibrary> | undefined

/** Loads it once, in about a tenth of a second, or throws saying why it cannot be had here. */
export function openVideoLibrary(): Promise<VideoLibrary> {
  opening ??= load()
  return opening
}

async function load(): Promise<VideoLibrary> {
  try {
    const [calls, numbers] = await Promise.all([import("node-av/lib"), import("node-av/constants")])
    // What is wrong with a chunk is its answer's to say; FFmpeg would print a line for each.
    calls.Log.setLevel(numbers.AV_LOG_QUIET)
    return { ...calls, ...numbers }
  } catch (error) {
    const why = (error as Error).message
      .replace(/Require stack:[\s\S]*/, "")
      .replace(/\s+/g, " ")
      .trim()
    throw new Error(
      `Cannot decode H.264 and VP8 on "${process.platform}-${process.arch}": ${why}. ` +
        "Clients are offered JPEG and luma planes; install the package node-av for this machine to offer video"
    )
  }
}
