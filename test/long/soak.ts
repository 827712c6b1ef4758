/** `npm run soak`: conferences at a camera's pace for minutes; prints memory, descriptors and answers once a minute. */
import process from "node:process"
import { Command } from "commander"
import { startServer } from "../server/core.ts"
import { type SoakSample, sampleOf, soak } from "../server/soak-run.ts"

const whole = (text: string) => Number.parseInt(text, 10)
/** Caches and compilers settle in the first minutes; the slope is taken after them. */
const warmUpShare = 0.2

const { minutes, conferences, edges, killEvery } = new Command("soak")
  .description("Run conferences for a while and watch memory, descriptors and answers.")
  .option("--minutes <count>", "", whole, 30)
  .option("--conferences <count>", "", whole, 8)
  .option("--edges <count>", "0 takes one per core", whole, 0)
  .option("--kill-every <seconds>", "kills an edge this often; 0 never", whole, 0)
  .parse()
  .opts<{ minutes: number; conferences: number; edges: number; killEvery: number }>()

/** Least squares, in MB per hour. */
function slopeMbPerHour(samples: readonly SoakSample[]): number {
  const meanSecond = samples.reduce((sum, { second }) => sum + second, 0) / samples.length
  const meanMb = samples.reduce((sum, { edgesMb }) => sum + edgesMb, 0) / samples.length
  const covariance = samples.reduce((sum, { second, edgesMb }) => sum + (second - meanSecond) * (edgesMb - meanMb), 0)
  const variance = samples.reduce((sum, { second }) => sum + (second - meanSecond) ** 2, 0)
  return (covariance / variance) * 3600
}

const server = await startServer({ edges })
let kills = 0
const edgesMbNow = () => sampleOf(server, 0).edgesMb
const everySecond = (second: number) => {
  if (second % 60 === 0) process.stdout.write(`minute ${second / 60} of ${minutes}: ${edgesMbNow()} MB\n`)
  if (killEvery === 0 || second % killEvery !== 0) return
  const [edge] = server.core.edges()
  if (edge === undefined || edge.processId === null) return
  process.kill(edge.processId, "SIGKILL")
  kills += 1
}
const { samples, ...answers } = await soak(server, { conferences, seconds: minutes * 60, everySecond })
await server.stop()
const settled = samples.slice(Math.floor(samples.length * warmUpShare))
const summary = {
  ...answers,
  kills,
  edgesMb: { first: settled[0]?.edgesMb, last: settled.at(-1)?.edgesMb },
  slopeMbPerHour: Math.round(slopeMbPerHour(settled) * 10) / 10,
  edgeDescriptors: { first: settled[0]?.edgeDescriptors, last: settled.at(-1)?.edgeDescriptors }
}
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
process.exit(answers.framesAnswered === answers.framesSent ? 0 : 1)
