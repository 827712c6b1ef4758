/**
 * Texts that every journal repeats, so that a commit holds a number instead: shapes of events (the type, then
 * every key in order) and values. Commits on disk refer to these by position: append only, never change or remove.
 * A text that is missing here is no error; its commits are just longer.
 */
export const knownTexts: readonly string[] = [
  "true",
  "false",
  "null",
  '"negative"',
  '"neutral"',
  '"positive"',
  '"unreadable"',
  '"noFace"',
  '"tooSmall"',
  '"turnedAway"',
  '"tooDark"',
  '"blurred"',
  '"notConfident"',
  '"FrameReceived","type","at","frameIndex","capturedAt"',
  '"FrameGrayed","type","at","grayUs","widthPx","heightPx"',
  '"FaceDetected","type","at","detectUs","xPx","yPx","widthPx","heightPx","faceCount"',
  '"ExpressionPredicted","type","at","predictUs","probabilitiesPermille"',
  '"ReadingCounted","type","at","reading"'
]
