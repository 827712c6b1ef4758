/** The shipped weights are the ones their manifest speaks of, and answer as they did when they were made. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { InferenceSession, Tensor } from "onnxruntime-node"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cropPx } from "../../models/vision/crop.ts"

const folder = new URL("../../models/weights/", import.meta.url)
const manifest = JSON.parse(readFileSync(new URL("expression.json", folder), "utf8"))
const weights = readFileSync(new URL("expression.onnx", folder))

/** Image k of the manifest's self-test: pixel (x, y) is (x·(k + 1) + y·(5 − k)) mod 256, divided by 255. */
const patternOf = (k: number) =>
  Float32Array.from({ length: cropPx * cropPx }, (_, index) => {
    const [x, y] = [index % cropPx, Math.floor(index / cropPx)]
    return ((((x * (k + 1) + y * (5 - k)) % 256) + 256) % 256) / 255
  })

describe("the shipped weights", () => {
  let session: InferenceSession
  beforeAll(async () => {
    session = await InferenceSession.create(weights, { executionProviders: ["cpu"], intraOpNumThreads: 1 })
  })
  afterAll(() => session.release())

  it("have the hash and the size that their manifest names, within the contract's two megabytes", () => {
    expect(createHash("sha256").update(weights).digest("hex")).toBe(manifest.sha256)
    expect(weights.length).toBe(manifest.bytes)
    expect(weights.length).toBeLessThanOrEqual(2 * 1024 * 1024)
    expect(manifest.multiplyAdds).toBeLessThanOrEqual(15_000_000)
  })

  it("answer the fixed pictures as they did when they were made, alone and in a batch", async () => {
    const expected: readonly (readonly number[])[] = manifest.selfTest.p
    expect(expected.length).toBeGreaterThan(0)
    const batch = new Float32Array(expected.length * cropPx * cropPx)
    for (const [k, probabilities] of expected.entries()) {
      const x = patternOf(k)
      batch.set(x, k * x.length)
      const { p } = await session.run({ x: new Tensor("float32", x, [1, 1, cropPx, cropPx]) })
      // Kernels differ from processor to processor in the last bit of an eight-bit sum.
      for (const [index, probability] of probabilities.entries()) {
        expect(Math.abs(Number(p!.data[index]) - probability), `picture ${k}, expression ${index}`).toBeLessThan(0.02)
      }
    }
    const { p } = await session.run({ x: new Tensor("float32", batch, [expected.length, 1, cropPx, cropPx]) })
    const flat = expected.flat()
    for (const [index, probability] of flat.entries())
      expect(Math.abs(Number(p!.data[index]) - probability)).toBeLessThan(0.02)
  })

  it("give probabilities: between 0 and 1, and 1 in all", async () => {
    const { p } = await session.run({ x: new Tensor("float32", patternOf(2), [1, 1, cropPx, cropPx]) })
    const probabilities = [...(p!.data as Float32Array)]
    expect(probabilities.every((probability) => probability >= 0 && probability <= 1)).toBe(true)
    expect(probabilities.reduce((sum, probability) => sum + probability)).toBeCloseTo(1, 4)
  })
})
