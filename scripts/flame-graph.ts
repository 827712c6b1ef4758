/**
 * A flame graph out of a V8 CPU profile: one SVG that needs nothing else, a rectangle for each function in each place it was called from, as
 * wide as the time on the processor it and its callees took, the callee above its caller. Hovering says name, place, time. Time asleep is
 * left out. It measures nothing itself: `node --cpu-prof` does.
 *
 *   node scripts/flame-graph.ts PROFILE.cpuprofile|FOLDER OUT.svg [--with infra/edge/edge.ts] [--title TEXT] [--skip SECONDS]
 *
 * Of a FOLDER the busiest profile is taken, with `--with` the busiest in which a function of that file ran. `--skip` leaves the first
 * seconds out, in which modules are loaded and compiled.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

/** What of V8's profile is read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  /** The node on top of the stack at each sample. */
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

export interface Flame {
  readonly name: string
  /** File and line, without the path before the project; empty for what V8 itself does. */
  readonly place: string
  selfUs: number
  /** Its own and that of everything called from it. */
  totalUs: number
  readonly callees: Map<string, Flame>
}

const projectFolder = fileURLToPath(new URL("..", import.meta.url))
/** V8's name for time in which nothing ran. */
const asleep = "(idle)"

/** Functions made from text are named after the whole path of their file. */
const withoutFolders = (name: string) => name.replaceAll(/(file:\/\/)?\/[^\s:]*\//g, "…/")

function placeOf(url: string, lineNumber: number): string {
  if (url === "") return ""
  const path = url.startsWith("file://") ? fileURLToPath(url) : url
  const installed = path.lastIndexOf("node_modules/")
  // A path of the machine says nothing and is nobody's business.
  const short = installed >= 0 ? path.slice(installed) : path.replace(projectFolder, "").replace(/^\/.*\//, "…/")
  return short.startsWith("wasm:") ? "wasm" : `${short}:${lineNumber + 1}`
}

/** The tree of what ran after `skipUs`, calls of one function from one place merged. Refuses a profile without samples. */
export function flamesOf({ nodes, samples, timeDeltas }: CpuProfile, skipUs = 0): Flame {
  const selfUs = new Map<number, number>()
  let atUs = 0
  for (const [index, node] of samples.entries()) {
    atUs += timeDeltas[index] ?? 0
    if (atUs < skipUs) continue
    // V8 now and then dates a sample before the last one.
    selfUs.set(node, (selfUs.get(node) ?? 0) + Math.max(0, timeDeltas[index] ?? 0))
  }
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const root: Flame = { name: "all", place: "", selfUs: 0, totalUs: 0, callees: new Map() }
  const [first] = nodes
  if (first === undefined || samples.length === 0) {
    throw new Error("Cannot draw the profile: it has no samples. Profile a process that runs longer")
  }
  // Stacks are deep: a list of what is to be visited rather than recursion.
  const waiting: (readonly [number, Flame])[] = (first.children ?? []).map((id) => [id, root])
  const inOrder: (readonly [Flame, Flame])[] = []
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [id, caller] = next
    const node = byId.get(id)
    if (node === undefined || node.callFrame.functionName === asleep) continue
    const name = withoutFolders(node.callFrame.functionName) || "(anonymous)"
    const place = placeOf(node.callFrame.url, node.callFrame.lineNumber)
    const key = `${name} ${place}`
    const known = caller.callees.get(key)
    const flame = known ?? { name, place, selfUs: 0, totalUs: 0, callees: new Map() }
    if (known === undefined) {
      caller.callees.set(key, flame)
      inOrder.push([flame, caller])
    }
    flame.selfUs += selfUs.get(id) ?? 0
    for (const callee of node.children ?? []) waiting.push([callee, flame])
  }
  for (const [flame] of inOrder) flame.totalUs = flame.selfUs
  // A callee is met after its caller, so backwards every sum is whole when it is handed on.
  for (const [flame, caller] of inOrder.toReversed()) caller.totalUs += flame.totalUs
  return root
}

const widthPx = 1400
const marginPx = 10
const rowPx = 18
const headPx = 62
/** Of the text's font, on average. */
const letterPx = 6.6
/** What is narrower cannot be seen or hovered over. */
const flamePxMin = 0.4

const kinds = [
  {
    label: "own code",
    colour: "#f2a65a",
    is: (flame: Flame) => /^(actors|infra|machines|main|models|projections|sdk)\b/.test(flame.place)
  },
  { label: "packages", colour: "#8fb8de", is: (flame: Flame) => flame.place.startsWith("node_modules/") },
  { label: "WebAssembly", colour: "#a8d08d", is: (flame: Flame) => flame.place === "wasm" },
  { label: "Node.js", colour: "#d3d3d3", is: (flame: Flame) => flame.place.startsWith("node:") },
  { label: "V8, native code, garbage collection", colour: "#e9c8dd", is: () => true }
] as const

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`).replace(/[^\P{Cc}\n]/gu, "")

interface Laid {
  readonly flame: Flame
  readonly fromUs: number
  readonly depth: number
}

/** Every flame wide enough to be seen, the callees of one side by side by name. */
function laidOut(root: Flame, usMin: number): Laid[] {
  const laid: Laid[] = []
  const waiting: Laid[] = [{ flame: root, fromUs: 0, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    laid.push(next)
    let { fromUs } = next
    const callees = [...next.flame.callees.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
    for (const flame of callees) {
      if (flame.totalUs >= usMin) waiting.push({ flame, fromUs, depth: next.depth + 1 })
      fromUs += flame.totalUs
    }
  }
  return laid
}

/** Of at least one microsecond in all; else refuses. */
export function flameGraph(root: Flame, title: string): string {
  if (root.totalUs <= 0) throw new Error("Cannot draw the profile: nothing ran in it. Profile a process at work")
  const pxPerUs = (widthPx - 2 * marginPx) / root.totalUs
  const laid = laidOut(root, flamePxMin / pxPerUs)
  const rows = 1 + Math.max(...laid.map(({ depth }) => depth))
  const heightPx = headPx + rows * rowPx + marginPx
  const ms = (us: number) => `${(us / 1000).toFixed(1)} ms`
  const share = (us: number) => `${((100 * us) / root.totalUs).toFixed(1)} %`
  const drawn = laid.map(({ flame, fromUs, depth }) => {
    const x = (marginPx + fromUs * pxPerUs).toFixed(1)
    const y = heightPx - marginPx - (depth + 1) * rowPx
    const width = flame.totalUs * pxPerUs
    const room = Math.floor((width - 6) / letterPx)
    const label = flame.name.length <= room ? flame.name : `${flame.name.slice(0, Math.max(0, room - 1))}…`
    const where = flame.place === "" ? "" : ` — ${flame.place}`
    const said = `${flame.name}${where}\n${ms(flame.totalUs)}, ${share(flame.totalUs)}; itself ${ms(flame.selfUs)}, ${share(flame.selfUs)}`
    const { colour } = kinds.find(({ is }) => is(flame))!
    const text = room < 3 ? "" : `<text x="${(Number(x) + 3).toFixed(1)}" y="${y + 13}">${escaped(label)}</text>`
    const size = `width="${Math.max(flamePxMin, width - 0.5).toFixed(1)}" height="${rowPx - 1}"`
    return `<g><title>${escaped(said)}</title><rect x="${x}" y="${y}" ${size} fill="${colour}"/>${text}</g>`
  })
  let legendX = marginPx
  const legend = kinds.map(({ label, colour }) => {
    const x = legendX
    legendX += 30 + label.length * letterPx
    return `<rect x="${x}" y="38" width="12" height="12" fill="${colour}"/><text x="${x + 17}" y="48">${escaped(label)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${widthPx} ${heightPx}" width="${widthPx}" height="${heightPx}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">
<style>g:hover rect { stroke: #000; stroke-width: 1 } text { fill: #222; pointer-events: none }</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${marginPx}" y="22" font-size="15">${escaped(title)}: ${ms(root.totalUs)} on the processor</text>
${[...legend, ...drawn].join("\n")}
</svg>
`
}

function profilesOf(place: string): readonly CpuProfile[] {
  const files = statSync(place).isDirectory()
    ? readdirSync(place)
        .filter((name) => name.endsWith(".cpuprofile"))
        .map((name) => join(place, name))
    : [place]
  return files.map((file) => JSON.parse(readFileSync(file, "utf8")) as CpuProfile)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      with: { type: "string", default: "" },
      title: { type: "string", default: "CPU profile" },
      skip: { type: "string", default: "0" }
    }
  })
  const [source, target] = positionals
  if (source === undefined || target === undefined) {
    process.stderr.write(
      'Cannot draw: profile or picture not named. Say "node scripts/flame-graph.ts PROFILE|FOLDER OUT.svg"\n'
    )
    process.exit(2)
  }
  const [busiest] = profilesOf(source)
    .filter(({ nodes }) => nodes.some(({ callFrame }) => callFrame.url.endsWith(values.with)))
    .map((profile) => flamesOf(profile, Number(values.skip) * 1e6))
    .sort((one, other) => other.totalUs - one.totalUs)
  if (busiest === undefined) {
    process.stderr.write(
      `Cannot draw "${source}": no profile in it ran "${values.with}". Profile again, or name another file\n`
    )
    process.exit(1)
  }
  writeFileSync(target, flameGraph(busiest, values.title))
}
