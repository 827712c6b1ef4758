/**
 * The cascade compiled to wasm, and its memory: the plane the decoders write luma into, and a search over it.
 * It chooses no region, follows no face, and keeps nothing between searches.
 */
import { readFileSync } from "node:fs"
import { type Cascade, parseCascade } from "../../models/cascade/frontalface.ts"
import { type FoundSquare, group } from "../../models/cascade/grouping.ts"
import { type Search, windowPx } from "../../models/cascade/ladder.ts"
import { sideMaxPx } from "../../models/vision/scale.ts"

/** What cascade.as.ts exports. */
interface CascadeExports {
  readonly memory: WebAssembly.Memory
  readonly windowPx: WebAssembly.Global<"i32">
  readonly sideMaxPx: WebAssembly.Global<"i32">
  readonly hitsMax: WebAssembly.Global<"i32">
  readonly stagesMax: WebAssembly.Global<"i32">
  readonly stumpsMax: WebAssembly.Global<"i32">
  readonly stumpBytes: WebAssembly.Global<"i32">
  readonly stageBytes: WebAssembly.Global<"i32">
  readonly planeAt: WebAssembly.Global<"i32">
  readonly stagesAt: WebAssembly.Global<"i32">
  readonly stumpsAt: WebAssembly.Global<"i32">
  readonly splitStumpsAt: WebAssembly.Global<"i32">
  readonly hitsAt: WebAssembly.Global<"i32">
  cornerOffset(x: number, y: number): number
  splitCornerOffset(x: number, y: number): number
  shrink(width: number, height: number, layerWidth: number, layerHeight: number, step: number): void
  scan(layerWidth: number, layerHeight: number, stages: number, step: number): number
}

export interface Detector {
  /** Luma to search, row after row without gaps, valid as long as the detector: decoders write here, crops read here. */
  readonly plane: Uint8Array
  /** Faces in the first `widthPx` x `heightPx` pixels of the plane, the best supported first. */
  find(widthPx: number, heightPx: number, search: Search): FoundSquare[]
  /** Hits that did not fit into a search's bound since the detector was opened. */
  readonly hitsCutOff: number
}

export function openDetector(): Detector {
  const folder = new URL("../../models/cascade/", import.meta.url)
  const module = new WebAssembly.Module(readFileSync(new URL("cascade.wasm", folder)))
  const wasm = new WebAssembly.Instance(module).exports as unknown as CascadeExports
  const cascade = parseCascade(readFileSync(new URL("frontalface.bin", folder)))
  if (wasm.sideMaxPx.value !== sideMaxPx || wasm.windowPx.value !== windowPx || cascade.windowPx !== windowPx) {
    throw new Error(
      `Cannot open the detector: cascade.wasm is for pictures of ${wasm.sideMaxPx.value} px and windows of ${wasm.windowPx.value} px, ` +
        `the rest for ${sideMaxPx} and ${windowPx}. Build it again with npm run build:wasm`
    )
  }
  loadCascade(wasm, cascade)
  return new WasmDetector(wasm, cascade.stages.length)
}

/** Writes the cascade into the wasm memory in the layout cascade.as.ts states. */
function loadCascade(wasm: CascadeExports, { stages }: Cascade): void {
  const stumpCount = stages.reduce((count, stage) => count + stage.stumps.length, 0)
  if (stages.length > wasm.stagesMax.value || stumpCount > wasm.stumpsMax.value) {
    throw new Error(
      `Cannot load the cascade: ${stages.length} stages of ${stumpCount} stumps are more than cascade.wasm has room for. ` +
        "Raise stagesMax and stumpsMax in cascade.as.ts"
    )
  }
  const view = new DataView(wasm.memory.buffer)
  let stageAt = wasm.stagesAt.value
  let stumpsBefore = 0
  for (const { stumps, twoRectangleCount, threshold } of stages) {
    view.setInt32(stageAt, twoRectangleCount, true)
    view.setInt32(stageAt + 4, stumps.length - twoRectangleCount, true)
    view.setFloat32(stageAt + 8, threshold, true)
    stageAt += wasm.stageBytes.value
    const before = stumpsBefore * wasm.stumpBytes.value
    writeStumps(view, wasm.stumpsAt.value + before, stumps, wasm.stumpBytes.value, wasm.cornerOffset)
    writeStumps(view, wasm.splitStumpsAt.value + before, stumps, wasm.stumpBytes.value, wasm.splitCornerOffset)
    stumpsBefore += stumps.length
  }
}

function writeStumps(
  view: DataView,
  firstAt: number,
  stumps: Cascade["stages"][number]["stumps"],
  stumpBytes: number,
  offsetOf: (x: number, y: number) => number
): void {
  for (const [index, { rectangles, weights, threshold, left, right }] of stumps.entries()) {
    const at = firstAt + index * stumpBytes
    rectangles.forEach(({ x, y, width, height }, i) => {
      view.setInt32(at + 16 * i, offsetOf(x, y), true)
      view.setInt32(at + 16 * i + 4, offsetOf(x + width, y), true)
      view.setInt32(at + 16 * i + 8, offsetOf(x, y + height), true)
      view.setInt32(at + 16 * i + 12, offsetOf(x + width, y + height), true)
    })
    view.setFloat32(at + 48, weights[0]!, true)
    view.setFloat32(at + 52, weights[1] ?? 0, true)
    view.setFloat32(at + 56, threshold, true)
    view.setFloat32(at + 60, left, true)
    view.setFloat32(at + 64, right, true)
  }
}

class WasmDetector implements Detector {
  readonly plane: Uint8Array
  hitsCutOff = 0
  readonly #wasm: CascadeExports
  readonly #stageCount: number
  readonly #corners: Int32Array
  /** Hits of one search in plane pixels: (x, y, side). */
  readonly #hits: Int32Array

  constructor(wasm: CascadeExports, stageCount: number) {
    this.#wasm = wasm
    this.#stageCount = stageCount
    this.plane = new Uint8Array(wasm.memory.buffer, wasm.planeAt.value, sideMaxPx * sideMaxPx)
    this.#corners = new Int32Array(wasm.memory.buffer, wasm.hitsAt.value, 2 * wasm.hitsMax.value)
    this.#hits = new Int32Array(3 * wasm.hitsMax.value)
  }

  find(widthPx: number, heightPx: number, search: Search): FoundSquare[] {
    if (widthPx > sideMaxPx || heightPx > sideMaxPx) {
      throw new RangeError(
        `Cannot search ${widthPx} x ${heightPx} px: the plane holds ${sideMaxPx} x ${sideMaxPx}. Decode at a smaller scale`
      )
    }
    const hitsMax = this.#wasm.hitsMax.value
    let hitCount = 0
    for (const factor of search.factors) {
      const layerWidth = Math.round(widthPx / factor)
      const layerHeight = Math.round(heightPx / factor)
      if (layerWidth < windowPx || layerHeight < windowPx) break
      const step = search.stepPx || (factor > 2 ? 1 : 2)
      this.#wasm.shrink(widthPx, heightPx, layerWidth, layerHeight, step)
      const passed = this.#wasm.scan(layerWidth, layerHeight, this.#stageCount, step)
      const kept = Math.min(passed, hitsMax - hitCount)
      this.hitsCutOff += passed - kept
      const side = Math.round(windowPx * factor)
      for (let i = 0; i < kept; i++) {
        const at = 3 * (hitCount + i)
        this.#hits[at] = Math.round(this.#corners[2 * i]! * factor)
        this.#hits[at + 1] = Math.round(this.#corners[2 * i + 1]! * factor)
        this.#hits[at + 2] = side
      }
      hitCount += kept
    }
    return group(this.#hits, hitCount, search.hitsAbove)
  }
}
