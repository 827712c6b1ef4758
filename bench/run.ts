/**
 * Every benchmark, one after the other, and `bench/README.md` with what they printed: machine, versions and commit above it. A
 * benchmark that misses a budget is shown as it is, and makes this exit with 1. Takes about half an hour and says how far it is; let nothing
 * else run. What is not named keeps the section that it had.
 *
 *   npm run bench [-- --only NAME --only NAME...]
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const benches: readonly { readonly name: string; readonly question: string; readonly args?: readonly string[] }[] = [
  { name: "edge", question: "What does a frame cost the whole server, and how many conferences does a core bear?" },
  {
    name: "opencv",
    question: "What would OpenCV take for the same frames, as the prototype uses it and tuned by hand?"
  },
  { name: "detectors", question: "What does our cascade cost beside OpenCV's and opencv-js's, with the same boxes?" },
  { name: "net", question: "What does a face cost the net?" },
  { name: "gateway", question: "What does a gigabyte of frames cost the gateway, and what with ws?" },
  { name: "runtimes", args: ["--rounds", "2"], question: "What does the same cost on Deno?" },
  { name: "journal-throughput", question: "Does the sealed journal keep up, and what does the sealing cost?" },
  { name: "replay", question: "What does it cost to replay an hour?" },
  { name: "rebuild", question: "How fast is a projection built anew?" },
  { name: "journal", question: "How many bytes does a transition take?" },
  { name: "proof", question: "What do proofs cost?" },
  { name: "copy", question: "How fast does a journal move to another store?" },
  { name: "illustrate", question: "How long does a picture take?" },
  { name: "erasure", question: "How long does an erasure take?" }
]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", multiple: true, default: [] } }
})
const wanted = [...values.only, ...positionals]
const strangers = wanted.filter((name) => !benches.some((bench) => bench.name === name))
if (strangers.length > 0) {
  const known = benches.map(({ name }) => name).join(", ")
  process.stderr.write(`Cannot run "${strangers.join('", "')}": there is no such benchmark. Name some of ${known}\n`)
  process.exit(2)
}
const place = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const commit = execFileSync("git", ["log", "-1", "--format=%h of %cs"], { encoding: "utf8" }).trim()
const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`
const { version } = JSON.parse(readFileSync(place("../package.json"), "utf8")) as { version: string }

/** What stands in the table for benchmarks that are not run now; each section says the commit that it was measured on. */
const standing = existsSync(place("./README.md")) ? readFileSync(place("./README.md"), "utf8").split(/^(?=## )/m) : []

const minutes = (ms: number) => `${(ms / 60_000).toFixed(1)} min`
const startedMs = performance.now()
let done = 0
let allKept = true
const sections: string[] = []
for (const { name, question, args = [] } of benches) {
  if (wanted.length > 0 && !wanted.includes(name)) {
    const kept = standing.find((section) => section.includes(`\`node bench/${name}.ts\``))
    if (kept !== undefined) sections.push(`${kept.trimEnd()}\n`)
    continue
  }
  const begunMs = performance.now()
  done += 1
  process.stderr.write(
    `${done} of ${wanted.length || benches.length}, after ${minutes(begunMs - startedMs)}: ${name} …\n`
  )
  const { stdout, stderr, status } = spawnSync(process.execPath, [place(`./${name}.ts`), ...args], { encoding: "utf8" })
  allKept &&= status === 0
  process.stderr.write(`  ${minutes(performance.now() - begunMs)}, exit ${status}\n`)
  const said = `${stdout}${status === 0 ? "" : `exit ${status}\n${stderr.slice(-600)}`}`.trim()
  const isTable = (line: string) => line.startsWith("|")
  // Tables stand as tables, everything else as it was printed.
  const parts: string[] = []
  let lines: string[] = []
  const close = () => {
    if (lines.some((line) => line.trim() !== "")) parts.push(["```", ...lines, "```"].join("\n"))
    lines = []
  }
  let table: string[] = []
  for (const line of said.split("\n")) {
    if (isTable(line)) {
      close()
      table.push(line)
    } else {
      if (table.length > 0) parts.push(table.join("\n"))
      table = []
      lines.push(line)
    }
  }
  if (table.length > 0) parts.push(table.join("\n"))
  close()
  sections.push(`## ${question}\n\n\`node bench/${name}.ts\`, ${commit}\n\n${parts.join("\n\n")}\n`)
}
const head = `# Benchmarks

Each asks one question, has its peer or its limit in the same run, and says which budgets were kept and which were missed. Made by \`npm run bench\` on a machine with nothing else to do.

| | |
|---|---|
| machine | ${cpus().length} × ${cpus()[0]?.model.trim() ?? "?"}, ${memory} |
| runtime | Node ${process.versions.node}, V8 ${process.versions.v8} |
| product | ${version} |
`
writeFileSync(place("./README.md"), `${head}\n${sections.join("\n")}`)
process.stderr.write(
  `${minutes(performance.now() - startedMs)} in all, ${allKept ? "every budget kept" : "a budget was missed: see bench/README.md"}\n`
)
process.exit(allKept ? 0 : 1)
