/** Frames as a conference makes them, from a seed: five events each, with the jitter of clocks, faces and stages. */
import type { StoredEvent } from "../actors/event-store.ts"

/** A full search of the frame, which happens every so many frames and takes longer than following a face. */
const fullSearchEvery = 30

/** Answers the events of the next frames at each call. */
export function framesFrom(seed: number): (frameCount: number) => StoredEvent[] {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
  const noise = (amplitude: number) => Math.round((uniform() + uniform() + uniform() + uniform() - 2) * amplitude)
  let at = 1_763_884_800_000
  let frameIndex = 0
  const face = { xPx: 800, yPx: 300, widthPx: 260, heightPx: 260 }
  let permille = [20, 5, 30, 100, 700, 100, 45]

  return (frameCount) => {
    const events: StoredEvent[] = []
    for (let count = 0; count < frameCount; count++) {
      frameIndex++
      at += 33 + noise(3)
      face.xPx += noise(4)
      face.yPx += noise(3)
      face.widthPx += noise(3)
      face.heightPx = face.widthPx
      permille = permille.map((share) => Math.min(1000, Math.max(0, share + noise(60))))
      const grayUs = 2500 + noise(500)
      const detectUs = frameIndex % fullSearchEvery === 0 ? 20_000 + noise(2000) : 3000 + noise(800)
      const predictUs = 1800 + noise(400)
      const detectedAt = at + Math.round((grayUs + detectUs) / 1000)
      const predictedAt = at + Math.round((grayUs + detectUs + predictUs) / 1000)
      events.push(
        { type: "FrameReceived", at, frameIndex, capturedAt: at - 20 - Math.round(uniform() * 8) },
        { type: "FrameGrayed", at: at + Math.round(grayUs / 1000), grayUs, widthPx: 1920, heightPx: 1080 },
        { type: "FaceDetected", at: detectedAt, detectUs, ...face, faceCount: 1 },
        { type: "ExpressionPredicted", at: predictedAt, predictUs, probabilitiesPermille: permille },
        { type: "ReadingCounted", at: predictedAt, reading: uniform() < 0.9 ? "neutral" : "positive" }
      )
    }
    return events
  }
}
