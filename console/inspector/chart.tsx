/** A statechart drawn from a machine's own definition, laid out by dagre, with the live state lit. It knows states and transitions only. */
import { graphlib, layout } from "@dagrejs/dagre"
import { useMemo } from "preact/hooks"
import type { AnyStateMachine } from "xstate"
import { replayWords } from "../replay/texts.ts"

const nodeHeightPx = 34
const letterPx = 8
/** Longer lists of events are cut; the title holds all. */
const labelEventsMax = 2
/** An event that leads to one state from so many is said in a line instead of drawn from each. */
const commonSourcesMin = 4

interface Drawn {
  /** Events that lead to one state from nearly everywhere. */
  readonly common: readonly { readonly event: string; readonly to: string }[]
  readonly width: number
  readonly height: number
  readonly nodes: readonly { readonly name: string; readonly x: number; readonly y: number; readonly width: number }[]
  readonly edges: readonly {
    readonly key: string
    readonly path: string
    readonly label: string
    readonly title: string
    readonly x: number
    readonly y: number
  }[]
}

function drawn(machine: AnyStateMachine): Drawn {
  const graph = new graphlib.Graph({ multigraph: false })
  graph.setGraph({ rankdir: "LR", nodesep: 28, ranksep: 34, marginx: 16, marginy: 16 })
  graph.setDefaultEdgeLabel(() => ({}))
  const between = new Map<string, Set<string>>()
  for (const [name, node] of Object.entries(machine.states)) {
    graph.setNode(name, { width: name.length * letterPx + 28, height: nodeHeightPx })
    for (const [event, transitions] of node.transitions) {
      for (const { target } of transitions) {
        const to = target?.[0]?.key
        if (to === undefined || to === name) continue
        const key = `${name}\n${to}`
        between.set(key, (between.get(key) ?? new Set()).add(event))
      }
    }
  }
  const sources = new Map<string, number>()
  for (const [key, events] of between) {
    const to = key.split("\n")[1] ?? ""
    for (const event of events) sources.set(`${event}\n${to}`, (sources.get(`${event}\n${to}`) ?? 0) + 1)
  }
  const isCommon = (event: string, to: string) => (sources.get(`${event}\n${to}`) ?? 0) >= commonSourcesMin
  const common = [...sources]
    .filter(([, count]) => count >= commonSourcesMin)
    .map(([key]) => ({ event: key.split("\n")[0] ?? "", to: key.split("\n")[1] ?? "" }))
  for (const [key, all] of between) {
    const [from = "", to = ""] = key.split("\n")
    const events = new Set([...all].filter((event) => !isCommon(event, to)))
    if (events.size === 0) continue
    const title = [...events].join(", ")
    const cut = events.size > labelEventsMax ? ` +${events.size - labelEventsMax}` : ""
    const label = [...events].slice(0, labelEventsMax).join(", ") + cut
    graph.setEdge(from, to, { label, title, width: label.length * 6, height: 14, labelpos: "c" })
  }
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    common,
    width,
    height,
    nodes: graph
      .nodes()
      .map((name: string) => ({ name, ...(graph.node(name) as { x: number; y: number; width: number }) })),
    edges: graph.edges().map((edge: { v: string; w: string }) => {
      const { points, label, title, x, y } = graph.edge(edge) as unknown as {
        points: { x: number; y: number }[]
        label: string
        title: string
        x: number
        y: number
      }
      const path = points.map((point, index) => `${index === 0 ? "M" : "L"}${point.x} ${point.y}`).join("")
      return { key: `${edge.v} ${edge.w}`, path, label, title, x, y }
    })
  }
}

export function Statechart({ machine, state, label }: { machine: AnyStateMachine; state: string; label: string }) {
  const chart = useMemo(() => drawn(machine), [machine])
  return (
    <>
      <svg
        class="statechart"
        viewBox={`0 0 ${chart.width} ${chart.height}`}
        role="img"
        aria-label={`${label}: ${state}`}
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M0 0l8 4l-8 4z" />
          </marker>
        </defs>
        {chart.edges.map((edge) => (
          <g key={edge.key} class="edge">
            <title>{edge.title}</title>
            <path d={edge.path} marker-end="url(#arrow)" />
            <text x={edge.x} y={edge.y + 3}>
              {edge.label}
            </text>
          </g>
        ))}
        {chart.nodes.map(({ name, x, y, width }) => (
          <g key={name} class={name === state ? "node lit" : "node"}>
            <rect x={x - width / 2} y={y - nodeHeightPx / 2} width={width} height={nodeHeightPx} rx="9" />
            <text x={x} y={y + 5}>
              {name}
            </text>
          </g>
        ))}
      </svg>
      <p class="soft small">
        {replayWords().fromAnywhere}: {chart.common.map(({ event, to }) => `${event} → ${to}`).join(", ")}
      </p>
    </>
  )
}
