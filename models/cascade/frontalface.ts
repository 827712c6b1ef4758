/**
 * Reads the packed cascade (pack-frontalface.py says its bytes). It evaluates nothing, and refuses bytes that do not
 * end exactly where the last stump ends.
 */

/** A rectangle inside the window, in window pixels. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** One feature with one threshold: two rectangles, or three. The first weighs -1. */
export interface Stump {
  readonly rectangles: readonly Rectangle[]
  /** Weights of the second and third rectangle. */
  readonly weights: readonly number[]
  /** In units of the window's area times its standard deviation. */
  readonly threshold: number
  readonly left: number
  readonly right: number
}

/** A window survives a stage when the sum of its stumps' answers reaches the threshold. */
export interface Stage {
  /** Those of two rectangles first. */
  readonly stumps: readonly Stump[]
  readonly twoRectangleCount: number
  readonly threshold: number
}

export interface Cascade {
  readonly windowPx: number
  readonly stages: readonly Stage[]
}

export function parseCascade(bytes: Uint8Array): Cascade {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const advance = (sizeBytes: number) => {
    at += sizeBytes
    return at - sizeBytes
  }
  const u8 = () => view.getUint8(advance(1))
  const u16 = () => view.getUint16(advance(2), true)
  const f32 = () => view.getFloat32(advance(4), true)
  try {
    const magic = String.fromCharCode(u8(), u8(), u8(), u8())
    const version = u8()
    if (magic !== "MIMC" || version !== 1) throw new RangeError(`it begins with "${magic}", version ${version}`)
    const windowPx = u8()
    const stages: Stage[] = Array.from({ length: u16() }, () => {
      const twoRectangleCount = u16()
      const threeRectangleCount = u16()
      const threshold = f32()
      const stump = (rectangleCount: number): Stump => ({
        rectangles: Array.from({ length: rectangleCount }, () => ({ x: u8(), y: u8(), width: u8(), height: u8() })),
        weights: Array.from({ length: rectangleCount - 1 }, u8),
        threshold: f32(),
        left: f32(),
        right: f32()
      })
      const twos = Array.from({ length: twoRectangleCount }, () => stump(2))
      const threes = Array.from({ length: threeRectangleCount }, () => stump(3))
      return { stumps: [...twos, ...threes], twoRectangleCount, threshold }
    })
    if (at !== bytes.byteLength) throw new RangeError(`${bytes.byteLength - at} bytes follow the last stump`)
    return { windowPx, stages }
  } catch (error) {
    throw new Error(
      `Cannot read the cascade "frontalface.bin": ${(error as Error).message}. ` +
        "Make it again with models/cascade/pack-frontalface.py",
      { cause: error }
    )
  }
}
