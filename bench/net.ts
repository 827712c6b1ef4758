/**
 * What does a face cost the net? CPU time of this process, all threads, through the product's own inference: crops that come
 * one at a time, and as many together as a run takes. Budget: 200 µs a face on one core. Rounds of the two take turns; the
 * figures are medians over the rounds.
 *
 *     node bench/net.ts
 */
import process from "node:process"
import { cropsPerRunMax, openInference } from "../infra/vision/inference-onnx.ts"
import { cpuMsSince, keptAll, percentile, sayTable } from "./measure.ts"

const warmUpRounds = 10
const rounds = 60
const runsPerRound = 100
const microsecondsMax = 200

const inference = await openInference(new URL("../models/weights/expression.onnx", import.meta.url))
/** Any picture: the net's time does not depend on what it sees. */
const fill = (crop: Float32Array) => {
  for (let index = 0; index < crop.length; index++) crop[index] = (index * 7) % 256
  return true
}

/** Microseconds a face of one round. */
async function microsecondsAFace(together: number): Promise<number> {
  const before = process.cpuUsage()
  for (let run = 0; run < runsPerRound; run++) {
    await Promise.all(Array.from({ length: together }, () => inference.predict(fill)))
  }
  return (1000 * cpuMsSince(before)) / (runsPerRound * together)
}

const kinds = [1, cropsPerRunMax]
const spent = new Map(kinds.map((together) => [together, [] as number[]]))
for (let round = -warmUpRounds; round < rounds; round++) {
  for (const together of kinds) {
    const took = await microsecondsAFace(together)
    if (round >= 0) spent.get(together)!.push(took)
  }
}
await inference.close()
const medianOf = (together: number) => percentile(spent.get(together)!, 0.5)
sayTable(
  ["faces together", "CPU µs a face", "10 % of the rounds below", "90 % below"],
  kinds.map((together) => [
    together,
    ...[0.5, 0.1, 0.9].map((share) => Math.round(percentile(spent.get(together)!, share)))
  ])
)
if (!keptAll([{ what: "CPU µs a face, one at a time", value: medianOf(1), max: microsecondsMax }])) process.exitCode = 1
