/**
 * What the shipped net answers for one labelled file: for a face cut out already, always a class; for a photo, what the
 * edge's eye reads; for a clip, its most frequent reading.
 */
import { type Reading, type ReadingClass, readings } from "../../machines/reading.ts"
import { classProbabilities, readProbabilities } from "../../models/vision/reading.ts"
import { ClipUnreadable, ffmpegClip, storedClip } from "../clips/clip.ts"
import { PictureDamaged, stillPicture } from "../clips/still-picture.ts"
import { type CropReader, openCropReader } from "../vision/crop-reader.ts"
import { type FrameOutcome, openVision, type Vision } from "../vision/vision.ts"
import type { LabelledFile } from "./evaluate-folders.ts"

export interface FaceAnswer {
  readonly reading: Reading
  /** Of the class read, 0 to 1; over a clip, the mean of its readable frames. 0 when unreadable. */
  readonly confidence: number
  /** Of a clip: its frames by reading. */
  readonly frames?: Readonly<Record<Reading, number>>
  /** Why the file could not be decoded; such a file is unreadable. */
  readonly damaged?: string
}

export interface FaceReader {
  readonly weightsSha256: string
  answer(file: LabelledFile): Promise<FaceAnswer>
  close(): Promise<void>
}

export interface FaceReaderOptions {
  readonly detect: boolean
  readonly decoder: "auto" | "native" | "wasm"
  readonly tell: (line: string) => void
}

const weights = new URL("../../models/weights/expression.onnx", import.meta.url)

export async function openFaceReader({ detect, decoder, tell }: FaceReaderOptions): Promise<FaceReader> {
  if (!detect) {
    const reader = await openCropReader({ weights, decoder })
    return {
      weightsSha256: reader.model.sha256,
      answer: (file) => countingDamage(() => answerOfCrop(reader, file)),
      close: () => reader.close()
    }
  }
  const vision = await openVision({ decoder, weights, onFallback: tell })
  return {
    weightsSha256: vision.model.sha256,
    answer: (file) =>
      countingDamage(() => (file.kind === "clip" ? answerOfClip(vision, file, tell) : answerOfPhoto(vision, file))),
    close: () => vision.close()
  }
}

/** A damaged file is an answer; a missing program is not. */
async function countingDamage(answer: () => Promise<FaceAnswer>): Promise<FaceAnswer> {
  try {
    return await answer()
  } catch (error) {
    const isDamage =
      error instanceof PictureDamaged || (error instanceof ClipUnreadable && !error.why.includes("is not installed"))
    if (!isDamage) throw error
    return { reading: "unreadable", confidence: 0, damaged: error.message }
  }
}

async function answerOfCrop(reader: CropReader, { path }: LabelledFile): Promise<FaceAnswer> {
  const probabilities = await reader.read(path, await stillPicture(path))
  // No threshold: a face that somebody cut out is never refused.
  const reading = readProbabilities(probabilities, { topProbabilityMin: 0, faceSidePixelsMin: 0 }) as ReadingClass
  return { reading, confidence: classProbabilities(probabilities)[reading] }
}

async function answerOfPhoto(vision: Vision, { path }: LabelledFile): Promise<FaceAnswer> {
  const outcome = await vision.analyse(vision.openTrack(0), await stillPicture(path), 0)
  if (outcome.kind === "damaged") throw new PictureDamaged({ file: path, why: `its data are ${outcome.reason}` })
  return mostFrequent([outcome])
}

async function answerOfClip(vision: Vision, { path }: LabelledFile, tell: (line: string) => void): Promise<FaceAnswer> {
  const clip = path.toLowerCase().endsWith(".clip") ? storedClip(path) : await ffmpegClip(path, { warn: tell })
  const track = vision.openTrack(0)
  const outcomes: FrameOutcome[] = []
  for await (const { bytes, capturedAtMs } of clip.frames()) {
    outcomes.push(await vision.analyse(track, { codec: "jpeg", bytes }, capturedAtMs))
  }
  return { ...mostFrequent(outcomes), frames: framesByReading(outcomes) }
}

function framesByReading(outcomes: readonly FrameOutcome[]): Readonly<Record<Reading, number>> {
  const counts = { negative: 0, neutral: 0, positive: 0, unreadable: 0 }
  for (const outcome of outcomes) counts[outcome.kind === "read" ? outcome.reading : "unreadable"] += 1
  return counts
}

/** The reading most frames have, Unreadable among them; of equally many, the one the net is surer of. */
export function mostFrequent(outcomes: readonly FrameOutcome[]): FaceAnswer {
  const counts = framesByReading(outcomes)
  const sums = { negative: 0, neutral: 0, positive: 0, unreadable: 0 }
  let readCount = 0
  for (const outcome of outcomes) {
    if (outcome.kind !== "read" || outcome.reading === "unreadable") continue
    readCount += 1
    const probabilities = classProbabilities(outcome.probabilitiesPermille)
    for (const [name, permille] of Object.entries(probabilities)) sums[name as ReadingClass] += permille / 1000
  }
  let best: Reading = "unreadable"
  for (const name of readings) {
    if (counts[name] > counts[best] || (counts[name] === counts[best] && sums[name] > sums[best])) best = name
  }
  return { reading: best, confidence: best === "unreadable" ? 0 : Math.min(1, sums[best] / readCount) }
}
