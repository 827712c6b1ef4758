/**
 * What the server can be watched by, for Prometheus: conferences and room for more, frames by what became of them, times of each
 * stage, restarts of edges, whether the journal takes records and how far it is behind, availability. It counts what edges say and knows nobody.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"
import type { EdgeMessage } from "../../actors/edge-link.ts"
import { type OverloadStep, overloadSteps } from "../../actors/overload.ts"

/** What is asked for in the moment of a scrape. */
export interface Gauged {
  readonly conferences: () => number
  /** Conferences that still fit. */
  readonly room: () => number
  readonly edges: () => readonly {
    readonly edge: string
    readonly conferences: number
    /** What they weigh together, and what the edge bears, in conferences of JPEG. */
    readonly weight: number
    readonly capacity: number
    readonly busyShare: number
    readonly step: OverloadStep
  }[]
  readonly recording: () => boolean
  /** In milliseconds. */
  readonly journalLagMs: () => number
}

/** In seconds: a stage takes tenths of a millisecond to a few, and the contract allows a hundred. */
const stageBuckets = [0.0002, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128]

/** In seconds: a durable step takes one to some tens of milliseconds, and what is shown may run ahead by a quarter of a second. */
const commitBuckets = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.25, 0.5, 1, 2]

/** How often the event loop's delay is looked at, in milliseconds: the library's own ten would wake an idle server a hundred times a second. */
const loopDelayEveryMs = 100

export type Metrics = ReturnType<typeof makeMetrics>

export function makeMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: "mimika_", eventLoopMonitoringPrecision: loopDelayEveryMs })
  const registers = [registry]
  const frames = new Counter({
    name: "mimika_frames_total",
    help: "Frames taken into work, by what became of them",
    labelNames: ["outcome"],
    registers
  })
  const drops = new Counter({
    name: "mimika_frames_dropped_total",
    help: "Frames that were not read, by reason",
    labelNames: ["reason"],
    registers
  })
  const stage = new Histogram({
    name: "mimika_stage_seconds",
    help: "Time of a stage for a frame",
    labelNames: ["stage"],
    buckets: stageBuckets,
    registers
  })
  const commit = new Histogram({
    name: "mimika_commit_seconds",
    help: "From when a commit was due until it was durable",
    buckets: commitBuckets,
    registers
  })
  const ofCodec = (name: string, help: string) => new Counter({ name, help, labelNames: ["codec"], registers })
  const chunks = ofCodec("mimika_video_chunks_total", "Chunks of encoded video that were decoded or tried, by codec")
  const decoding = ofCodec("mimika_video_decode_seconds_total", "Time spent on decoding them")
  const edgeRestarts = new Counter({ name: "mimika_edge_restarts_total", help: "Edges that died", registers })
  const moves = new Counter({
    name: "mimika_conferences_moved_total",
    help: "Conferences that left an overloaded edge",
    registers
  })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const conferences = gauge("mimika_conferences", "Conferences that run")
  const room = gauge("mimika_conferences_room", "Conferences of 1080p JPEG that still fit")
  const edges = gauge("mimika_edges", "Edges that are ready")
  const capacity = gauge(
    "mimika_conferences_capacity",
    "Conferences of 1080p JPEG that the edges which are ready can take in all"
  )
  const ofEdge = (name: string, help: string) => new Gauge({ name, help, labelNames: ["edge"], registers })
  const load = ofEdge("mimika_edge_load", "Share of the last second in which the edge was at work, 0 to 1")
  const held = ofEdge("mimika_edge_conferences", "Conferences of the edge")
  const weighed = ofEdge("mimika_edge_weight", "What they weigh by their codecs, in conferences of 1080p JPEG")
  const borne = ofEdge("mimika_edge_capacity", "What it bears, in conferences of 1080p JPEG")
  const step = ofEdge(
    "mimika_edge_step",
    "What it leaves out: 0 nothing, 1 holds the face, 2 thins the busiest, 3 refuses new"
  )
  const recording = gauge("mimika_recording", "1 while the journal takes records")
  const journalLag = gauge("mimika_journal_lag_seconds", "For how long what waits longest for the journal has been due")
  const available = new Counter({
    name: "mimika_available_seconds_total",
    help: "Time in which an edge was ready and the journal took records",
    registers
  })
  const startedAt = gauge("mimika_started_seconds", "When this server started, seconds since 1970")
  startedAt.setToCurrentTime()
  let gauged: Gauged | null = null

  return {
    /** From where the moment's numbers come. */
    watch(given: Gauged) {
      gauged = given
    },
    heard(message: EdgeMessage) {
      if (message.type !== "frames") return
      for (const { outcome } of message.reports) {
        frames.inc({ outcome: outcome.kind === "read" ? outcome.reading : outcome.kind })
        if (outcome.kind === "damaged") continue
        stage.observe({ stage: "gray" }, outcome.grayUs / 1e6)
        stage.observe({ stage: "detect" }, outcome.detectUs / 1e6)
        if (outcome.kind === "read") stage.observe({ stage: "predict" }, outcome.predictUs / 1e6)
      }
      for (const { reason, count } of message.drops) drops.inc({ reason }, count)
      if (message.decoding === undefined) return
      const { codec, count, us } = message.decoding
      chunks.inc({ codec }, count)
      decoding.inc({ codec }, us / 1e6)
    },
    committed: (lateMs: number) => commit.observe(lateMs / 1_000),
    edgeLost: () => edgeRestarts.inc(),
    moved: () => moves.inc(),
    available: (seconds: number) => available.inc(seconds),
    async text(): Promise<string> {
      if (gauged !== null) {
        conferences.set(gauged.conferences())
        room.set(gauged.room())
        const ready = gauged.edges()
        edges.set(ready.length)
        capacity.set(ready.reduce((sum, each) => sum + each.capacity, 0))
        for (const each of [load, held, weighed, borne, step]) each.reset()
        for (const { edge, conferences, weight, capacity: bears, busyShare, step: taken } of ready) {
          load.set({ edge }, busyShare)
          held.set({ edge }, conferences)
          weighed.set({ edge }, weight)
          borne.set({ edge }, bears)
          step.set({ edge }, overloadSteps.indexOf(taken))
        }
        recording.set(gauged.recording() ? 1 : 0)
        journalLag.set(gauged.journalLagMs() / 1000)
      }
      return registry.metrics()
    },
    contentType: registry.contentType
  }
}
