/**
 * What does the same cost on Deno? The vision chain for a frame of 1080p, round by round in turns, and a small conference on a server of its
 * own with its clients, both in the one runtime and in the other; CPU time of core and edges for each frame. Budget: the chain on Deno costs
 * at most half as much again; no frame of the conference may be lost to the runtime.
 *
 *   node bench/runtimes.ts [--rounds 3] [--seconds 20]
 */
import { execFileSync } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import type { LoadFigures } from "../infra/commands/load.ts"
import { largeClip } from "./large-clip.ts"
import { keptAll, loadSeconds, percentile, sayTable } from "./measure.ts"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, seconds: { type: "string", default: "20" } }
})
const seconds = String(loadSeconds(values.seconds))
const place = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const runtimes = {
  Node: [process.execPath],
  Deno: [place("../node_modules/.bin/deno"), "run", "-A", "--node-modules-dir=manual", "--no-prompt"]
} as const
type Runtime = keyof typeof runtimes
const clip = await largeClip()

function ran(runtime: Runtime, script: string, ...options: readonly string[]): string {
  const [program, ...before] = runtimes[runtime]
  return execFileSync(program, [...before, place(script), ...options], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"]
  })
}

const conferenceOf = (runtime: Runtime) => {
  const wish = ["--conferences", "2", "--fps", "30", "--seconds", seconds, "--codec", "jpeg", "--json"]
  return JSON.parse(ran(runtime, "../main.ts", "load", ...wish, "--edges", "1", "--video", clip.file)) as LoadFigures
}

const node: number[] = []
const deno: number[] = []
for (let round = 0; round < Number(values.rounds); round++) {
  node.push(Number(ran("Node", "./runtime-vision.ts", clip.file)))
  deno.push(Number(ran("Deno", "./runtime-vision.ts", clip.file)))
}
const onNode = conferenceOf("Node")
const onDeno = conferenceOf("Deno")
clip.remove()

const chainRatio = percentile(
  deno.map((ms, round) => ms / node[round]!),
  0.5
)
const row = (name: string, each: readonly number[], ratio: number, figures: LoadFigures) => [
  name,
  percentile(each, 0.5).toFixed(2),
  ratio.toFixed(2),
  figures.cpuMsPerFrame?.toFixed(2) ?? "",
  ((figures.cpuMsPerFrame ?? Number.NaN) / (onNode.cpuMsPerFrame ?? Number.NaN)).toFixed(2),
  `${figures.p50Ms} / ${figures.p99Ms}`,
  `${figures.read + figures.unreadable} of ${figures.sent}`
]
sayTable(
  ["", "chain, CPU ms", "to Node", "conference, CPU ms a frame", "to Node", "p50 / p99, ms", "answered by the eye"],
  [row("Node", node, 1, onNode), row("Deno", deno, chainRatio, onDeno)]
)
const shareOf = ({ read, unreadable, sent }: LoadFigures) => (100 * (read + unreadable)) / sent
const kept = keptAll([
  { what: "vision chain on Deno to Node", value: chainRatio, max: 1.5 },
  { what: "% of the conference's frames that the eye answered, Deno", value: shareOf(onDeno), min: 95 }
])
process.exit(kept ? 0 : 1)
