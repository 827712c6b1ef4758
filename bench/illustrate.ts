/**
 * Question: how much of one core does a prompt cost until its measured 1920×1080 PNG is there, in a process that never drew before and in a warm one?
 * Budget: 300 ms of processor time, cold. Beside it runs the floor: resvg rendering and encoding the finished SVG, without parsing, drawing or measuring.
 *
 *   node bench/illustrate.ts
 *
 * Processor time, medians of fresh processes: wall time on a shared machine says more about its other work.
 */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { measurePicture } from "../infra/illustration/illustrator-procedural.ts"
import { rasterize } from "../infra/illustration/raster-resvg.ts"
import { wideSize } from "../models/illustration/layout.ts"
import { defaultLook } from "../models/illustration/look.ts"
import { drawPicture } from "../models/illustration/picture.ts"
import { parsePrompt } from "../models/illustration/prompt.ts"

const prompts: readonly (readonly [string, string])[] = [
  ["one", "Deposit 4.5% p.a. for 2 years"],
  ["three", "Обычный депозит 10 %, золото в ОМС 11 %, золото в слитках 12 %"],
  ["a range and a loss", "deposit 4%, stocks -6%, index fund 7-10%, $20k for 18 months"],
  ["twelve", Array.from({ length: 12 }, (_, index) => `вклад «${index + 1}» ${index + 4} %`).join(", ")]
]
const processesCount = 7
const warmRounds = 5
const budgetMs = 300

const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Processor time from the prompt to the PNG, and of the floor, in milliseconds. */
const once = (prompt: string): { ours: number; floor: number } => {
  const from = cpuMs()
  const answer = parsePrompt(prompt)
  if (!answer.ok) throw new Error(answer.error.message)
  const picture = drawPicture(answer.brief, defaultLook, 1, wideSize)
  const raster = rasterize(picture.svg)
  if (!measurePicture(picture, raster).truthful) throw new Error("the picture lies")
  raster.png()
  const ours = cpuMs() - from
  const again = cpuMs()
  rasterize(picture.svg).png()
  return { ours, floor: cpuMs() - again }
}

const asked = process.argv[2]
if (asked !== undefined) {
  const cold = once(asked)
  const warm = Array.from({ length: warmRounds }, () => once(asked))
  process.stdout.write(
    JSON.stringify({
      cold: cold.ours,
      warm: median(warm.map(({ ours }) => ours)),
      floor: median(warm.map(({ floor }) => floor))
    })
  )
} else {
  process.stdout.write(
    `prompt to measured PNG, processor time in ms, medians of ${processesCount} processes; budget ${budgetMs} cold\n`
  )
  for (const [name, prompt] of prompts) {
    const runs = Array.from(
      { length: processesCount },
      () =>
        JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), prompt], { encoding: "utf8" })) as {
          cold: number
          warm: number
          floor: number
        }
    )
    const of = (key: "cold" | "warm" | "floor") => median(runs.map((run) => run[key]))
    process.stdout.write(
      `  ${name.padEnd(20)} cold ${of("cold").toFixed(0)}, warm ${of("warm").toFixed(0)}, floor ${of("floor").toFixed(0)}, warm ÷ floor ${(of("warm") / of("floor")).toFixed(2)}\n`
    )
  }
}
