/**
 * Starts the edges, one a core of the machine, takes those of other machines beside them, gives each conference to the least
 * loaded one and replaces an edge of its own that dies. An edge that cannot even start is tried again with growing pauses, and its last words are logged.
 */
import { availableParallelism } from "node:os"
import { Effect, Layer } from "effect"
import { edgeFor, roomOf } from "../../actors/edge-assignment.ts"
import type { CoreMessage, EdgeMessage, EdgeSettings } from "../../actors/edge-link.ts"
import { type CodecWeights, jpegWeight, weightOn, weightsUnmeasured } from "../../actors/edge-room.ts"
import type { OverloadStep } from "../../actors/overload.ts"
import { type EdgeListener, Edges } from "../../actors/ports.ts"
import type { Codec } from "../../machines/wire.ts"
import { hostInUrl } from "../security/networks.ts"
import type { EdgeBody } from "./edge-body.ts"
import { startEdgeChild } from "./edge-child.ts"
import { watchEdges } from "./edge-watchdog.ts"
import { type LineLink, openLineLink } from "./line-link.ts"

/** Conferences of JPEG of one edge where nobody measured the machine: what one core of 2023 reads at 1080p and 30 fps. */
export const conferencesPerEdgeUnmeasured = 16
/** Between the deaths of an edge and its next start, in milliseconds, doubling up to the second. */
const restartMs = 100
const restartMsMax = 5_000
/** Loading the net and the decoder takes a second on a slow disk; an edge that is not ready by then never will be. */
const readyMsMax = 30_000

interface EdgeProcess {
  readonly edge: string
  readonly body: EdgeBody
  readonly link: LineLink<EdgeSettings | CoreMessage>
  /** Null until it is ready. */
  port: number | null
  gateway: string
  decoder: string
  codecs: readonly Codec[]
  /** Conferences of JPEG, as its machine says or as the core's bears. */
  readonly capacity: number
  /** By id, what each weighs. */
  readonly conferences: Map<string, number>
  busyShare: number
  step: OverloadStep
  /** Of its time in the last window, by conference. */
  shares: ReadonlyMap<string, number>
  draining: boolean
  /** Its last word, by the monotonic clock; null until it is ready. */
  heardAtMs: number | null
  residentBytes: number
  /** Why it was ended by us, as one that should not have been. */
  verdict: string | null
}

export interface EdgeObserver {
  readonly heard: (message: EdgeMessage) => void
  /** One that should not have ended, and why. */
  readonly edgeLost: (edge: string, why: string) => void
}

export interface EdgeOptions extends Omit<EdgeSettings, "edge" | "port"> {
  /** Under which clients reach this machine. */
  readonly name: string
  /** How many; 0 takes one per core of the machine. */
  readonly edges: number
  /** Conferences of JPEG of one edge, as measured or as the operator says; an edge of another machine may say otherwise. */
  readonly conferencesPerEdge?: number | undefined
  /** As measured. */
  readonly weights?: CodecWeights | undefined
  /** A line for the operator that an edge printed: what it fell back to, or why it cannot start. */
  readonly notice: (edge: string, line: string) => void
  /** Hears everything that edges say, and of each that died: for those who count. */
  readonly observer?: EdgeObserver
}

export interface EdgeView {
  readonly edge: string
  /** Under which clients reach its streams. */
  readonly host: string
  /** Null: it runs on another machine. */
  readonly processId: number | null
  readonly gateway: string
  readonly decoder: string
  readonly conferences: number
  /** What they weigh together, and what the edge bears, both in conferences of JPEG. */
  readonly weight: number
  readonly capacity: number
  readonly busyShare: number
  readonly step: OverloadStep
  readonly draining: boolean
}

/** For those who look after the edges; filled in when they have started. */
export interface EdgeControl {
  current: () => readonly EdgeView[]
  /** Starts one more beside the others; answers its name when it is ready. */
  add: () => Promise<string>
  /** Takes one that runs elsewhere; it is replaced from there. Resolves when it is ready, rejects when it never will be. */
  join: (body: EdgeBody) => Promise<string>
  /** It takes no more conferences and ends with its last; a string says why not. Its clients are moved by the caller. */
  drain: (edge: string) => string | null
}

/** The edges and, for those who look after them, what they are. */
export const edgeProcesses = (options: EdgeOptions, views: EdgeControl) =>
  Layer.effect(
    Edges,
    Effect.gen(function* () {
      const services = yield* Effect.context<never>()
      const fork = Effect.runForkWith(services)
      const running = new Map<string, EdgeProcess>()
      let listener: EdgeListener = { message: () => {}, lost: () => {} }
      let stopping = false
      let started = 0
      let failures = 0
      const { conferencesPerEdge = conferencesPerEdgeUnmeasured, weights = weightsUnmeasured } = options
      const wanted = options.edges === 0 ? availableParallelism() : options.edges

      const heardLoad = (
        entry: EdgeProcess,
        { busyShare, step, residentBytes, shares }: EdgeMessage & { readonly type: "load" }
      ) => {
        const { edge, step: before, link } = entry
        link.send({ type: "heard" })
        Object.assign(entry, { busyShare, step, residentBytes, shares: new Map(Object.entries(shares)) })
        if (step === before) return
        fork(
          Effect.annotateLogs(Effect.logWarning("An edge's load changed what it leaves out"), { edge, before, step })
        )
      }
      /** Takes an edge among the others, wherever it runs; `again` starts another in its place. */
      const take = (body: EdgeBody, again: (() => void) | null): Promise<EdgeProcess> => {
        started += 1
        const edge = `edge-${started}`
        const { promise, resolve, reject } = Promise.withResolvers<EdgeProcess>()
        const timer = setTimeout(body.kill, readyMsMax)
        const link = openLineLink<EdgeMessage, EdgeSettings | CoreMessage>(body.output, body.input, {
          message(message) {
            options.observer?.heard(message)
            if (entry.heardAtMs !== null) entry.heardAtMs = performance.now()
            if (message.type === "load") return heardLoad(entry, message)
            if (message.type !== "ready") return listener.message(edge, message)
            clearTimeout(timer)
            failures = 0
            const { port, gateway, decoder, codecs } = message
            Object.assign(entry, { port, gateway, decoder, codecs })
            entry.heardAtMs = performance.now()
            resolve(entry)
          },
          other: (line) => options.notice(edge, line),
          closed: () => {}
        })
        const entry: EdgeProcess = {
          edge,
          body,
          link,
          port: null,
          gateway: "",
          decoder: "",
          codecs: [],
          capacity: body.capacity ?? conferencesPerEdge,
          conferences: new Map(),
          busyShare: 0,
          step: "full",
          shares: new Map(),
          draining: false,
          heardAtMs: null,
          residentBytes: 0,
          verdict: null
        }
        running.set(edge, entry)
        if (body.notices !== null) {
          openLineLink<never, never>(body.notices, body.input, {
            message: () => {},
            other: (line) => options.notice(edge, line),
            closed: () => {}
          })
        }
        void body.ended.then((how) => {
          clearTimeout(timer)
          running.delete(edge)
          reject(new Error(`Cannot start an edge: ${how} before it was ready`))
          if (stopping) return
          if (entry.draining && entry.conferences.size === 0) return
          options.observer?.edgeLost(edge, entry.verdict ?? how)
          listener.lost(edge)
          fork(Effect.annotateLogs(Effect.logError("An edge died; another is started where it ran"), { edge, how }))
          again?.()
        })
        const { host, publicKey, bounds, decoder, networks } = options
        // Another machine has files and ports of its own, and puts them in.
        const tls = body.processId === null ? { certificateFile: "", keyFile: "" } : options.tls
        link.send({ edge, host, port: 0, tls, publicKey, bounds, decoder, networks })
        return promise
      }
      const startEdge = (): Promise<EdgeProcess> =>
        take(startEdgeChild(options.name), () => {
          const pauseMs = Math.min(restartMs * 2 ** failures, restartMsMax)
          failures += 1
          setTimeout(() => {
            if (!stopping) startEdge().catch(() => {})
          }, pauseMs)
        })

      const unwatch = watchEdges(
        () => running.values(),
        (entry, nowMs) => {
          if (entry.heardAtMs !== null) entry.heardAtMs = nowMs
        },
        (entry, why) => {
          const { edge, body } = entry
          entry.verdict = why
          fork(Effect.annotateLogs(Effect.logError("An edge is ended so that another can take over"), { edge, why }))
          body.kill()
        }
      )
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          stopping = true
          unwatch()
          // An edge ends when its input does; one that does not listen is ended with the core's own process group.
          for (const { body } of running.values()) body.input.end()
        })
      )
      yield* Effect.tryPromise({
        try: () => Promise.all(Array.from({ length: wanted }, startEdge)),
        catch: (error) => error as Error
      })

      const ready = () => [...running.values()].filter((entry) => entry.port !== null)
      views.current = () =>
        ready().map((entry) => {
          const { edge, body, gateway, decoder, capacity, conferences, busyShare, step, draining } = entry
          const held = { conferences: conferences.size, weight: weightOn(entry) / jpegWeight, capacity }
          return {
            edge,
            host: body.host,
            processId: body.processId,
            gateway,
            decoder,
            ...held,
            busyShare,
            step,
            draining
          }
        })
      views.add = async () => (await startEdge()).edge
      views.join = async (body) => {
        const { edge, capacity } = await take(body, null)
        const joined = Effect.logInfo("An edge of another machine joined")
        fork(Effect.annotateLogs(joined, { edge, host: body.host, capacity }))
        return edge
      }
      /** It ends by itself then, and is not replaced. */
      const retire = () => {
        for (const { draining, conferences, link } of running.values()) {
          if (draining && conferences.size === 0) link.send({ type: "retire" })
        }
      }
      views.drain = (edge) => {
        const entry = running.get(edge)
        const cannot = `Cannot drain the edge "${edge}"`
        if (entry === undefined || entry.port === null)
          return `${cannot}: there is none. List them with "mimika edges list"`
        if (!ready().some((other) => other !== entry && !other.draining)) {
          return `${cannot}: no other would take its conferences. Add one first with "mimika edges add"`
        }
        entry.draining = true
        retire()
        return null
      }
      const release = (conference: string) => {
        for (const entry of running.values()) entry.conferences.delete(conference)
        retire()
      }
      return Edges.of({
        assign(conference, codec, wanted) {
          release(conference)
          const chosen = edgeFor(ready(), weights[codec], wanted)
          if (chosen === undefined) return null
          chosen.conferences.set(conference, weights[codec])
          return { edge: chosen.edge, streamUrl: `wss://${hostInUrl(chosen.body.host)}:${chosen.port}/frames` }
        },
        release,
        send: (edge, message) => void running.get(edge)?.link.send(message),
        broadcast(message) {
          for (const entry of ready()) entry.link.send(message)
        },
        listen(next) {
          listener = next
        },
        room: (codec) => roomOf(ready(), weights[codec]),
        work: ready,
        // A conference may be moved to any edge, so it is offered what all of them decode.
        codecs: () => options.bounds.codecs.filter((codec) => ready().every(({ codecs }) => codecs.includes(codec)))
      })
    })
  )
