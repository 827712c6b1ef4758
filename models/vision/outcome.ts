/**
 * What the edge sees of one frame: a picture goes in, numbers come out. No pixel leaves by these types, and times are
 * microseconds of work, never moments.
 */
import type { Reading, UnreadableReason } from "../../machines/reading.ts"

/**
 * A picture as it came over the wire. `gray8` is a luma plane, row after row without gaps. `video` is the luma of a decoded
 * chunk, shrunk by `planeScale()` already; width and height are those of the picture sent, a row begins every `strideBytes`.
 */
export type Picture =
  | { codec: "jpeg"; bytes: Uint8Array }
  | { codec: "gray8"; bytes: Uint8Array; width: number; height: number }
  | { codec: "video"; bytes: Uint8Array; width: number; height: number; strideBytes: number }

/** Why a picture cannot be decoded. */
export const damagedReasons = [
  /** No bytes. */
  "empty",
  /** Another format. */
  "notJpeg",
  /** The end is missing. */
  "truncated",
  /** A side above the limit. */
  "tooLarge",
  /** Progressive: a decoder cannot stop early, and needs the whole picture's coefficients in memory. */
  "progressive",
  /** Arithmetic, lossless, more than 8 bits, or components in scans of their own. */
  "notBaseline",
  /** Neither grey nor luma with chroma (CMYK, RGB). */
  "colourSpace",
  /** Markers or coded data that make no sense. */
  "corrupt",
  /** A luma plane whose bytes are not width times height, or a side that is no whole number from 1 on. */
  "badLength",
  /** Neither H.264 nor VP8, as the frame's header promised. */
  "notVideo",
  /** It builds on a picture that is not here: only a key frame can be decoded next. */
  "noKeyFrame",
  /** A chunk without a picture to show: parameters alone, or one that comes later than it was sent. */
  "noPicture",
  /** This server cannot decode it; its greeting does not name the codec. */
  "noDecoder"
] as const
export type DamagedReason = (typeof damagedReasons)[number]

/** A face in pixels of the picture as it was sent. */
export interface FaceBox {
  xPx: number
  yPx: number
  widthPx: number
  heightPx: number
}

/** What became of a picture. */
export type FrameOutcome =
  | { kind: "damaged"; reason: DamagedReason }
  | {
      kind: "read"
      grayUs: number
      detectUs: number
      predictUs: number
      widthPx: number
      heightPx: number
      face: FaceBox
      /** Faces seen at the last search of the whole picture, at least 1. */
      faceCount: number
      /** Seven whole numbers that sum to 1000 within rounding, in the order of `expressions`. */
      probabilitiesPermille: readonly number[]
      reading: Reading
      /** Only with the reading "unreadable". */
      unreadableReason?: UnreadableReason
    }
  | {
      kind: "unreadable"
      grayUs: number
      detectUs: number
      widthPx: number
      heightPx: number
      faceCount: number
      reason: UnreadableReason
      /** Absent when no face was found. */
      face?: FaceBox
    }
