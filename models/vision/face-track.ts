/**
 * Follows one face through a conference: where it was, when the whole picture was last searched, and what to search
 * next. The face is the largest when nobody is followed, then the same one as long as it is found. Time is handed in
 * (a monotonic clock, milliseconds). It sees no pixels.
 */
import type { FaceBox } from "./outcome.ts"

/** Frames from one search of the whole picture to the next while a face is followed: every three seconds at 30 fps. */
export const framesBetweenSearches = 90

/** While no face is followed, the whole picture is searched at most four times a second: that costs as much as ten frames. */
export const lostSearchEveryMs = 250

/** How long a lost face is still looked for where it was, and said to have turned away rather than left. */
export const rememberedMs = 1000

/**
 * Hits behind the followed face, averaged over about fifteen frames. Of real clips, turned by 15 degrees, swayed or dark
 * with noise too, the least average was 4.3; a pattern on the wall that passes for a face has one or two hits now and then.
 */
export const evidenceMin = 3
const evidenceFrames = 15
/**
 * From here on a face is looked for close to where it was. Fewer windows are looked at there, so evidence of fewer than these hits
 * leads back to the larger region long before the face is given up.
 */
const steadyEvidence = 6
/** At first: a second passes before a face of two hits is given up. */
const evidenceAtFirst = 12

/** Overlap (intersection over union) from which on a box is the same face one frame later: a third survives a jump of half a face. */
const sameFaceOverlap = 0.3

/** How long a found box may stand in for a search under load: three frames at 30 fps, in which a head hardly moves. */
export const heldMsMax = 100

/** Mutable, one per conference. */
export interface FaceTrack {
  /** In pixels of the picture as sent; absent before the first face and some time after the last. */
  face: FaceBox | undefined
  seenAtMs: number
  /** Average number of hits behind it. */
  evidence: number
  /** Faces at the last search of the whole picture. */
  faceCount: number
  /** Frames until the whole picture is due; set by the seed at first, so that it stays spread over the conferences. */
  framesUntilDue: number
  searchedAtMs: number
  /** Why no face was found, the last time one was looked for; also the answer for frames between two searches. */
  missedAs: "noFace" | "turnedAway" | "tooDark"
  /** Size of the last picture: a change (another simulcast layer) starts over. */
  widthPx: number
  heightPx: number
}

/** What to search for the next picture; "nothing" when no face is followed and the last search was just now. */
export type SearchStep = "whole" | "region" | "nothing"

/** A new track. The seed spreads the conferences' whole searches over the second, so that they do not fall into one frame. */
export function openFaceTrack(seed: number): FaceTrack {
  return {
    face: undefined,
    seenAtMs: Number.NEGATIVE_INFINITY,
    evidence: 0,
    faceCount: 0,
    framesUntilDue: Math.abs(Math.trunc(seed)) % framesBetweenSearches,
    searchedAtMs: Number.NEGATIVE_INFINITY,
    missedAs: "noFace",
    widthPx: 0,
    heightPx: 0
  }
}

/** Takes note of the next picture and says what to search. */
export function nextStep(track: FaceTrack, widthPx: number, heightPx: number, nowMs: number): SearchStep {
  if (track.widthPx !== widthPx || track.heightPx !== heightPx) {
    track.widthPx = widthPx
    track.heightPx = heightPx
    forget(track)
    track.searchedAtMs = Number.NEGATIVE_INFINITY
  }
  const isDue = track.framesUntilDue === 0
  track.framesUntilDue = isDue ? framesBetweenSearches - 1 : track.framesUntilDue - 1
  const isOld = nowMs - track.seenAtMs > rememberedMs
  if (track.face !== undefined && (isOld || track.evidence < evidenceMin)) forget(track)
  if (track.face === undefined) return maySearchWhole(track, nowMs) ? "whole" : "nothing"
  return isDue && maySearchWhole(track, nowMs) ? "whole" : "region"
}

function forget(track: FaceTrack): void {
  track.face = undefined
  track.missedAs = "noFace"
}

/** Whether so much speaks for the face that it may be looked for close to where it was. */
export function isSteady(track: FaceTrack): boolean {
  return track.evidence >= steadyEvidence
}

/** Whether the face was found so lately that its box may be held instead of searching. */
export function mayHold(track: FaceTrack, nowMs: number): boolean {
  return track.face !== undefined && nowMs - track.seenAtMs <= heldMsMax
}

/** Whether the whole picture may be searched now; also asked when the face was lost within its region. */
export function maySearchWhole(track: FaceTrack, nowMs: number): boolean {
  return nowMs - track.searchedAtMs >= lostSearchEveryMs
}

/**
 * Takes the faces of a search of the whole picture and answers the one to follow, if it was among them. Nobody followed:
 * the largest. Otherwise the one that overlaps most with the face followed; when none does, the caller looks for it in
 * its region first, and takes `largest` only if it is not there.
 */
export function searchedWhole(track: FaceTrack, faces: readonly FaceBox[], nowMs: number): FaceBox | undefined {
  track.searchedAtMs = nowMs
  track.faceCount = faces.length
  const followed = track.face
  if (followed === undefined) return largest(faces)
  let best: FaceBox | undefined
  let bestOverlap = sameFaceOverlap
  for (const face of faces) {
    const shared = overlap(face, followed)
    if (shared >= bestOverlap) {
      best = face
      bestOverlap = shared
    }
  }
  return best
}

/** The face was found with this many hits behind it: follow it. */
export function sawFace(track: FaceTrack, face: FaceBox, hitCount: number, nowMs: number): void {
  if (track.face === undefined) track.evidence = evidenceAtFirst
  track.evidence += (hitCount - track.evidence) / evidenceFrames
  track.face = face
  track.seenAtMs = nowMs
  if (track.faceCount === 0) track.faceCount = 1
}

/**
 * No face was found; `isDark` says that there was hardly any light to find one in. It turned away if it was there a
 * moment ago and not at the edge, where it would have left.
 */
export function missedFace(track: FaceTrack, isDark: boolean): void {
  track.missedAs = isDark
    ? "tooDark"
    : track.face !== undefined && !isAtEdge(track.face, track)
      ? "turnedAway"
      : "noFace"
}

/** Whether a face is nearer to the picture's edge than a quarter of its side. */
function isAtEdge({ xPx, yPx, widthPx, heightPx }: FaceBox, picture: { widthPx: number; heightPx: number }): boolean {
  const marginPx = widthPx / 4
  const right = picture.widthPx - xPx - widthPx
  const below = picture.heightPx - yPx - heightPx
  return Math.min(xPx, yPx, right, below) < marginPx
}

export function largest(faces: readonly FaceBox[]): FaceBox | undefined {
  let best: FaceBox | undefined
  for (const face of faces) {
    if (best === undefined || face.widthPx * face.heightPx > best.widthPx * best.heightPx) best = face
  }
  return best
}

/** Intersection over union. */
export function overlap(a: FaceBox, b: FaceBox): number {
  const width = Math.min(a.xPx + a.widthPx, b.xPx + b.widthPx) - Math.max(a.xPx, b.xPx)
  const height = Math.min(a.yPx + a.heightPx, b.yPx + b.heightPx) - Math.max(a.yPx, b.yPx)
  if (width <= 0 || height <= 0) return 0
  return (width * height) / (a.widthPx * a.heightPx + b.widthPx * b.heightPx - width * height)
}
