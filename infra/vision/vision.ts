/**
 * The edge's eye: a picture goes in, and what was seen in it comes out. Decodes, detects and predicts in one visit by
 * the recipe of docs/vision.md, on one thread, with buffers that are reused from frame to frame. It counts nothing,
 * stores nothing, and lets no pixel out.
 */
import type { UnreadableReason } from "../../machines/reading.ts"
import type { FoundSquare, Square } from "../../models/cascade/grouping.ts"
import type { Search } from "../../models/cascade/ladder.ts"
import { cropSquare } from "../../models/vision/crop.ts"
import type { Decoder } from "../../models/vision/decoder.ts"
import * as tracking from "../../models/vision/face-track.ts"
import type { Manifest } from "../../models/vision/manifest.ts"
import type { DamagedReason, FaceBox, FrameOutcome, Picture } from "../../models/vision/outcome.ts"
import { isDark, refuseCrop, refusePlace } from "../../models/vision/quality.ts"
import { readProbabilities, toPermille } from "../../models/vision/reading.ts"
import {
  isWellWithin,
  type Margins,
  type Region,
  regionAround,
  steadyMargins,
  wideMargins
} from "../../models/vision/region.ts"
import { carefulSearch, otherFacesSearch, regionSearch, wholeSearch } from "../../models/vision/searches.ts"
import { openCropper } from "./cropper-wasm.ts"
import { type DecoderChoice, openDecoder } from "./decoder-choice.ts"
import { openDetector } from "./detector-wasm.ts"
import { type Inference, openInference } from "./inference-onnx.ts"
import { type OpenedPicture, openPicture, showRegion, toScaled, toSource, wholeRegion } from "./luma-plane.ts"

export type { DamagedReason, FaceBox, FrameOutcome, Picture } from "../../models/vision/outcome.ts"
export type FaceTrack = tracking.FaceTrack

/** Faces of a single picture, in its own pixels, the largest first. */
export type StillOutcome =
  | { kind: "damaged"; reason: DamagedReason }
  | { kind: "searched"; widthPx: number; heightPx: number; boxes: FaceBox[]; grayUs: number; detectUs: number }

export interface Vision {
  readonly model: Manifest
  readonly decoder: Decoder["name"]
  /** State of one conference; the seed spreads the searches of whole pictures of many conferences over time. */
  openTrack(seed: number): FaceTrack
  /**
   * Reads one frame. The picture's bytes are read before this returns its promise and never after, so they may be a
   * view of a buffer that is about to be reused. `monotonicMs` is the caller's monotonic clock. Frames of one track
   * must come in order; those of different tracks may overlap.
   */
  analyse(track: FaceTrack, picture: Picture, monotonicMs: number): Promise<FrameOutcome>
  /** While it holds, the last face box stands in for a search for a few frames (`mayHold`). */
  setHolding(holding: boolean): void
  /** Every face of a single picture, by a search of the whole of it. */
  findFaces(picture: Picture): StillOutcome
  close(): Promise<void>
}

export interface VisionOptions extends DecoderChoice {
  /** An .onnx file with its manifest beside it. */
  readonly weights?: URL
}

const shippedWeights = new URL("../../models/weights/expression.onnx", import.meta.url)

export async function openVision(options: VisionOptions = {}): Promise<Vision> {
  const inference = await openInference(options.weights ?? shippedWeights)
  return new OnePassVision(await openDecoder(options), inference)
}

/** A face and the region that lies on the plane right now. */
interface Sighting {
  readonly region: Region
  /** In plane pixels. */
  readonly square: Square
  readonly face: FaceBox
  /** Windows of the usual search that saw it. */
  readonly hitCount: number
}

/** Time spent on one frame so far. */
interface Spent {
  grayMs: number
  detectMs: number
}

class OnePassVision implements Vision {
  readonly model: Manifest
  readonly decoder: Decoder["name"]
  readonly #decoder: Decoder
  readonly #inference: Inference
  readonly #detector = openDetector()
  readonly #cropper = openCropper()
  /** Pixels on the detector's plane that belong to the region shown last. */
  #shownPixels = 0
  #holding = false

  constructor(decoder: Decoder, inference: Inference) {
    this.#decoder = decoder
    this.#inference = inference
    this.decoder = decoder.name
    this.model = inference.manifest
  }

  setHolding(holding: boolean): void {
    this.#holding = holding
  }

  openTrack(seed: number): FaceTrack {
    return tracking.openFaceTrack(seed)
  }

  async analyse(track: FaceTrack, picture: Picture, monotonicMs: number): Promise<FrameOutcome> {
    const spent: Spent = { grayMs: 0, detectMs: 0 }
    const opened = openPicture(picture)
    if (typeof opened === "string") return { kind: "damaged", reason: opened }
    const sighting = this.#look(track, opened, monotonicMs, spent)
    if (typeof sighting === "string") return { kind: "damaged", reason: sighting }
    const { widthPx, heightPx } = opened
    const seen = () => ({
      grayUs: Math.round(1000 * spent.grayMs),
      detectUs: Math.round(1000 * spent.detectMs),
      widthPx,
      heightPx,
      faceCount: track.faceCount
    })
    if (sighting === undefined) return { kind: "unreadable", ...seen(), reason: track.missedAs }
    const face = wholePixels(sighting.face)
    const startedAt = performance.now()
    let refused: UnreadableReason | undefined
    const probabilities = await this.#inference.predict((crop) => {
      refused = this.#fillCrop(opened, sighting, crop)
      return refused === undefined
    })
    if (probabilities === undefined) return { kind: "unreadable", ...seen(), reason: refused!, face }
    const reading = readProbabilities(probabilities, this.model.limits)
    const outcome = {
      kind: "read" as const,
      ...seen(),
      predictUs: Math.round(1000 * (performance.now() - startedAt)),
      face,
      probabilitiesPermille: toPermille(probabilities),
      reading
    }
    return reading === "unreadable" ? { ...outcome, unreadableReason: "notConfident" } : outcome
  }

  /** Finds the face to read and leaves it on the plane; a string says why the picture is damaged. */
  #look(track: FaceTrack, opened: OpenedPicture, nowMs: number, spent: Spent): Sighting | DamagedReason | undefined {
    const step = tracking.nextStep(track, opened.widthPx, opened.heightPx, nowMs)
    if (step === "nothing") return undefined
    if (this.#holding && step === "region" && tracking.mayHold(track, nowMs))
      return this.#hold(track.face!, opened, spent)
    let sighting: Sighting | DamagedReason | undefined
    if (step === "whole") {
      sighting = this.#lookEverywhere(track, opened, nowMs, spent)
      if (sighting === undefined && track.face !== undefined)
        sighting = this.#lookNear(track, track.face, opened, spent)
    } else {
      sighting = this.#lookNear(track, track.face!, opened, spent)
      if (sighting === undefined && tracking.maySearchWhole(track, nowMs)) {
        sighting = this.#lookEverywhere(track, opened, nowMs, spent)
      }
    }
    if (typeof sighting === "object") tracking.sawFace(track, sighting.face, sighting.hitCount, nowMs)
    else if (sighting === undefined) tracking.missedFace(track, isDark(this.#detector.plane, this.#shownPixels))
    return sighting
  }

  #hold(face: FaceBox, opened: OpenedPicture, spent: Spent): Sighting | DamagedReason {
    const { scaled, region, damaged } = this.#showAround(face, steadyMargins, opened, spent)
    if (damaged) return damaged
    const place = { xPx: scaled.xPx - region.xPx, yPx: scaled.yPx - region.yPx, sidePx: scaled.widthPx }
    return { region, square: place, face, hitCount: 0 }
  }

  /** Close by first where much speaks for the face; then with more room, and at last with care. */
  #lookNear(
    track: FaceTrack,
    last: FaceBox,
    opened: OpenedPicture,
    spent: Spent
  ): Sighting | DamagedReason | undefined {
    if (tracking.isSteady(track)) {
      const close = this.#lookAround(last, steadyMargins, [regionSearch], opened, spent)
      if (typeof close === "string") return close
      if (close !== undefined && isWellWithin(close.face, last, steadyMargins)) return close
    }
    return this.#lookAround(last, wideMargins, [regionSearch, carefulSearch], opened, spent)
  }

  /** Tries the searches in their order until one finds the face; only the first one's hits are evidence. */
  #lookAround(
    last: FaceBox,
    room: Margins,
    searches: readonly ((followedSidePx: number) => Search)[],
    opened: OpenedPicture,
    spent: Spent
  ): Sighting | DamagedReason | undefined {
    const { scaled, region, damaged } = this.#showAround(last, room, opened, spent)
    if (damaged) return damaged
    const startedAt = performance.now()
    let square: FoundSquare | undefined
    let tried = 0
    while (square === undefined && tried < searches.length) {
      square = this.#detector.find(region.widthPx, region.heightPx, searches[tried++]!(scaled.widthPx))[0]
    }
    spent.detectMs += performance.now() - startedAt
    const hitCount = tried === 1 ? (square?.hitCount ?? 0) : 0
    return square && { region, square, face: toSource(opened, region, square), hitCount }
  }

  #showAround(face: FaceBox, room: Margins, opened: OpenedPicture, spent: Spent) {
    const scaled = toScaled(opened, face)
    const region = regionAround(scaled, room, opened.scaledWidthPx, opened.scaledHeightPx, opened.unitPx)
    return { scaled, region, damaged: this.#show(opened, region, spent) }
  }

  #lookEverywhere(
    track: FaceTrack,
    opened: OpenedPicture,
    nowMs: number,
    spent: Spent
  ): Sighting | DamagedReason | undefined {
    const region = wholeRegion(opened)
    const damaged = this.#show(opened, region, spent)
    if (damaged) return damaged
    const startedAt = performance.now()
    const search = track.face === undefined ? wholeSearch : otherFacesSearch(toScaled(opened, track.face).widthPx)
    const squares = this.#detector.find(region.widthPx, region.heightPx, search)
    spent.detectMs += performance.now() - startedAt
    const faces = squares.map((square) => toSource(opened, region, square))
    const face = tracking.searchedWhole(track, faces, nowMs)
    if (face === undefined) return undefined
    const square = squares[faces.indexOf(face)]!
    return { region, square, face, hitCount: square.hitCount }
  }

  #show(opened: OpenedPicture, region: Region, spent: Spent): DamagedReason | undefined {
    const startedAt = performance.now()
    const damaged = showRegion(opened, region, this.#decoder, this.#detector.plane)
    this.#shownPixels = region.widthPx * region.heightPx
    spent.grayMs += performance.now() - startedAt
    return damaged
  }

  #fillCrop(
    opened: OpenedPicture,
    { region, square, face }: Sighting,
    target: Float32Array
  ): UnreadableReason | undefined {
    const crop = cropSquare(square, this.model.cropScale)
    const onPicture = toSource(opened, region, crop)
    const place = { xPx: onPicture.xPx, yPx: onPicture.yPx, sidePx: onPicture.widthPx }
    const refused = refusePlace(face, place, opened.widthPx, opened.heightPx, this.model.limits)
    if (refused) return refused
    this.#cropper.cut(this.#detector.plane, region.widthPx, region.heightPx, crop, target)
    return refuseCrop(target)
  }

  findFaces(picture: Picture): StillOutcome {
    const opened = openPicture(picture)
    if (typeof opened === "string") return { kind: "damaged", reason: opened }
    const spent: Spent = { grayMs: 0, detectMs: 0 }
    const region = wholeRegion(opened)
    const damaged = this.#show(opened, region, spent)
    if (damaged) return { kind: "damaged", reason: damaged }
    const startedAt = performance.now()
    const squares = this.#detector.find(region.widthPx, region.heightPx, wholeSearch)
    const boxes = squares
      .map((square) => wholePixels(toSource(opened, region, square)))
      .sort((a, b) => b.widthPx - a.widthPx)
    return {
      kind: "searched",
      widthPx: opened.widthPx,
      heightPx: opened.heightPx,
      boxes,
      grayUs: Math.round(1000 * spent.grayMs),
      detectUs: Math.round(1000 * (performance.now() - startedAt))
    }
  }

  async close(): Promise<void> {
    this.#decoder.close()
    await this.#inference.close()
  }
}

function wholePixels({ xPx, yPx, widthPx, heightPx }: FaceBox): FaceBox {
  return { xPx: Math.round(xPx), yPx: Math.round(yPx), widthPx: Math.round(widthPx), heightPx: Math.round(heightPx) }
}
