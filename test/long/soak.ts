/**
 * `npm run soak`: conferences at a camera's pace for minutes. Says once a minute what memory and descriptors are, and at the end whether
 * every frame was answered, an edge's death cost no more than the frames in flight, and nothing grew. Core and clients share a process
 * here; what they hold, compiled code apart, is measured after a collection of garbage. Edges are judged by their memory in a run without kills.
 *
 *   npm run soak [-- --minutes 30] [--conferences 8] [--edges 0] [--kill-every 60]
 */
import process from "node:process"
import { Command } from "commander"
import { type Budget, keptAll } from "../../bench/measure.ts"
import { slopeMbPerHour } from "../../infra/load/load-shape.ts"
import { startServer } from "../server/core.ts"
import { type SoakSample, soak } from "../server/soak-run.ts"

const whole = (text: string) => Number.parseInt(text, 10)
/** Caches and compilers settle in the first minutes; slopes are taken after them. */
const warmUpShare = 0.3
/** In less time a slope says nothing of an hour. */
const slopeMinutesMin = 10
const slopeMbPerHourMax = 1
/** A page or two of the runtime's heap. */
const coreMbAfterMax = 2

const { minutes, conferences, edges, killEvery } = new Command("soak")
  .description("Run conferences for a while and watch memory, descriptors and answers.")
  .option("--minutes <count>", "", whole, 30)
  .option("--conferences <count>", "", whole, 8)
  .option("--edges <count>", "0 takes one per core", whole, 0)
  .option("--kill-every <seconds>", "kills the edge that is there longest this often; 0 never", whole, 0)
  .parse()
  .opts<{ minutes: number; conferences: number; edges: number; killEvery: number }>()

const server = await startServer({ edges })
const sampleEverySeconds = Math.min(60, killEvery || 60)
const sampled = ({ second, edgesMb, edgeDescriptors, coreMb, coreDescriptors }: SoakSample) => {
  if (second % 60 !== 0) return
  const held = `edges ${edgesMb} MB and ${edgeDescriptors} descriptors, core and clients ${coreMb} MB and ${coreDescriptors}`
  process.stdout.write(`minute ${second / 60} of ${minutes}: ${held}\n`)
}
const seconds = minutes * 60
const wish = { conferences, seconds, killEverySeconds: killEvery, sampleEverySeconds, sampled }
const { samples, ...outcome } = await soak(server, wish)
await server.stop()

const settled = samples.slice(Math.floor(samples.length * warmUpShare))
const slopeOf = (mb: (sample: SoakSample) => number) =>
  slopeMbPerHour(settled.map((sample) => ({ atMs: sample.second * 1000, bytes: mb(sample) * 1e6 }))) ?? 0
const [first, last] = [settled[0]!, settled.at(-1)!]
const slopes = { edgesMbPerHour: slopeOf(({ edgesMb }) => edgesMb), coreMbPerHour: slopeOf(({ coreMb }) => coreMb) }
process.stdout.write(`${JSON.stringify({ minutes, conferences, ...outcome, ...slopes, first, last }, null, 2)}\n`)

// Each edge's death interrupts its conferences once, and every frame is at stake that they may have in flight.
const budgets: Budget[] = [
  { what: "frames without an answer", value: outcome.framesSent - outcome.framesAnswered, max: 0 },
  {
    what: "frames lost at interruptions, at most those in flight",
    value: outcome.framesLost,
    max: outcome.framesLostMax
  },
  { what: "descriptors of the edges, more than at first", value: last.edgeDescriptors - first.edgeDescriptors, max: 0 },
  { what: "descriptors of the core, more than at first", value: last.coreDescriptors - first.coreDescriptors, max: 0 }
]
if (minutes < slopeMinutesMin)
  process.stdout.write(`The slopes are not judged: ${minutes} minutes say nothing of an hour\n`)
else {
  budgets.push({ what: "MB an hour, core and clients", value: slopes.coreMbPerHour, max: slopeMbPerHourMax })
  const after = outcome.coreMbAfter - first.coreMb
  budgets.push({
    what: "MB of core and clients after all have ended, more than at first",
    value: after,
    max: coreMbAfterMax
  })
  // Edges that are killed are young ones again and again, and one young process differs from another by some MB.
  if (killEvery === 0) budgets.push({ what: "MB an hour, edges", value: slopes.edgesMbPerHour, max: slopeMbPerHourMax })
}
process.exit(keptAll(budgets) ? 0 : 1)
