/**
 * The expression net on ONNX Runtime: one thread, the tensors of a run reused by later ones. It opens only the weights
 * the manifest names by hash, knows nothing of faces, and gives no reading.
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

/** Tensors of one run. Runs overlap when frames of several conferences do; each takes a free set or makes one. */
interface Slot {
  readonly crop: Float32Array
  readonly feeds: { readonly x: Tensor }
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
  return {
    manifest,
    async predict(fill) {
      const slot = free.pop() ?? makeSlot()
      try {
        if (!fill(slot.crop)) return undefined
        for (let i = 0; i < slot.crop.length; i++) slot.crop[i]! /= 255
        const { p } = await session.run(slot.feeds)
        const probabilities = p?.data
        if (!(probabilities instanceof Float32Array) || probabilities.length !== expressions.length) {
          throw new Error(`Cannot read the net's answer: ${expressions.length} probabilities were due`)
        }
        return probabilities
      } finally {
        free.push(slot)
      }
    },
    close: () => session.release()
  }
}

function makeSlot(): Slot {
  const crop = new Float32Array(cropPx * cropPx)
  return { crop, feeds: { x: new Tensor("float32", crop, [1, 1, cropPx, cropPx]) } }
}
