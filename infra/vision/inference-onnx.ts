/**
 * The expression net on ONNX Runtime: one thread, the tensors of a run reused by later ones. Crops that are handed over in one
 * turn of the event loop are read in one run; none ever waits for another. It opens only the weights the manifest names by hash,
 * knows nothing of faces, and gives no reading.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { InferenceSession, Tensor } from "onnxruntime-node"
import { expressions } from "../../machines/reading.ts"
import { cropPx } from "../../models/vision/crop.ts"
import { type Manifest, parseManifest } from "../../models/vision/manifest.ts"

export interface Inference {
  readonly manifest: Manifest
  /**
   * Lets `fill` write one crop (48 x 48 luma, 0 to 255) and answers the probabilities of the seven expressions.
   * `fill` is called before this returns; answering `false` calls the run off, and the answer is undefined.
   */
  predict(fill: (crop: Float32Array) => boolean): Promise<Float32Array | undefined>
  close(): Promise<void>
}

/** Crops of one run at most: four in one take three quarters of the time of four runs, and more hardly gain. */
export const cropsPerRunMax = 4
const cropPixels = cropPx * cropPx

/** Tensors of one run, for each number of crops in it. Runs overlap when frames do; each takes a free set or makes one. */
interface Slot {
  readonly crops: readonly Float32Array[]
  readonly feeds: readonly { readonly x: Tensor }[]
  count: number
  answer: Promise<Float32Array>
}

/** `weights` is the .onnx file; its manifest lies beside it, ending in .json. */
export async function openInference(weights: URL): Promise<Inference> {
  const manifestFile = new URL(weights.href.replace(/\.onnx$/, ".json"))
  const manifest = parseManifest(await readFile(manifestFile, "utf8"), manifestFile.pathname)
  const bytes = await readFile(weights)
  const sha256 = createHash("sha256").update(bytes).digest("hex")
  if (sha256 !== manifest.sha256) {
    throw new Error(
      `Cannot open the weights "${weights.pathname}": their SHA-256 is ${sha256}, the manifest beside them says ${manifest.sha256}. ` +
        "Take both files from one training run"
    )
  }
  // "CPU" by name: the default would try others first. The arena and memory patterns pay off for larger nets only.
  const session = await InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all"
  })
  if (session.inputNames.join() !== "x" || session.outputNames.join() !== "p") {
    throw new Error(
      `Cannot open the weights "${weights.pathname}": they take "${session.inputNames}" and give "${session.outputNames}". ` +
        'Export them with one input "x" and one output "p"'
    )
  }
  const free: Slot[] = []
  let filling: Slot | null = null
  /** After everything that this turn hands over. The answers of a run are copied nowhere: each caller takes its seven. */
  const run = async (slot: Slot) => {
    await null
    if (filling === slot) filling = null
    try {
      const { p } = await session.run(slot.feeds[slot.count - 1]!)
      const probabilities = p?.data
      if (!(probabilities instanceof Float32Array) || probabilities.length !== slot.count * expressions.length) {
        throw new Error(
          `Cannot read the net's answer: ${slot.count} times ${expressions.length} probabilities were due`
        )
      }
      return probabilities
    } finally {
      slot.count = 0
      free.push(slot)
    }
  }
  return {
    manifest,
    async predict(fill) {
      const slot = filling ?? free.pop() ?? makeSlot()
      const index = slot.count
      const crop = slot.crops[index]!
      if (!fill(crop)) {
        if (filling === null) free.push(slot)
        return undefined
      }
      for (let i = 0; i < cropPixels; i++) crop[i]! /= 255
      slot.count += 1
      if (index === 0) slot.answer = run(slot)
      filling = slot.count < cropsPerRunMax ? slot : null
      const probabilities = await slot.answer
      return probabilities.subarray(index * expressions.length, (index + 1) * expressions.length)
    },
    close: () => session.release()
  }
}

function makeSlot(): Slot {
  const pixels = new Float32Array(cropsPerRunMax * cropPixels)
  const counts = Array.from({ length: cropsPerRunMax }, (_, index) => index + 1)
  return {
    crops: counts.map((count) => pixels.subarray((count - 1) * cropPixels, count * cropPixels)),
    feeds: counts.map((count) => {
      return { x: new Tensor("float32", pixels.subarray(0, count * cropPixels), [count, 1, cropPx, cropPx]) }
    }),
    count: 0,
    answer: Promise.resolve(new Float32Array(0))
  }
}
