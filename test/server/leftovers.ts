/**
 * What a run leaves behind in a server that runs in this process and in its edges: used heap after a forced collection, descriptors,
 * connections. It complains of growth beyond a derived bound, and of nothing that goes away by itself within seconds.
 */
import { readdirSync, readFileSync } from "node:fs"
import process from "node:process"
import { setTimeout } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { heldConnections } from "../contract/slow-clients.ts"
import type { TestServer } from "./core.ts"

/** Code that is compiled and thrown away again: the heap was seen to grow by 2 MB within a hundred rounds and to shrink again. */
const heapNoiseBytesMax = 3 * 1024 ** 2
/** An ended conference stays as a row of numbers and a rate as a name: 3 to 6 kB a round were seen. A socket with its TLS has 30 kB. */
const heapBytesPerRoundMax = 8 * 1024
/** An edge cannot be told to collect; it does so once a minute, and holds a frame's buffer for each stream until then. */
const edgeBytesMax = 64 * 1024 ** 2
/** Of each kind: keep-alive connections of those who look whether the server is well. */
const descriptorsMax = 4
const looksMax = 40
const lookEveryMs = 250

interface Edge {
  readonly processId: number
  readonly residentBytes: number
  readonly descriptors: number
}

export interface Leftovers {
  readonly heapBytes: number
  readonly descriptors: number
  readonly connections: number
  readonly edges: readonly Edge[]
}

function collect(): void {
  setFlagsFromString("--expose-gc")
  const gc = runInNewContext("gc") as () => void
  // The second takes what finalizers of the first let go of.
  gc()
  gc()
}

const descriptorsOf = (processId: number | "self") => readdirSync(`/proc/${processId}/fd`).length

function residentBytesOf(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, "utf8")
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
}

export function leftoversOf({ core }: TestServer): Leftovers {
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  const ports = [core.url, core.console?.url].flatMap((url) => (url === undefined ? [] : [Number(new URL(url).port)]))
  const edges = core.edges().flatMap(({ processId }) => {
    // An edge of another machine has no process here.
    if (processId === null) return []
    return [{ processId, residentBytes: residentBytesOf(processId), descriptors: descriptorsOf(processId) }]
  })
  const connections = ports.reduce((sum, port) => sum + heldConnections(port), 0)
  return { heapBytes: heapUsed + external + arrayBuffers, descriptors: descriptorsOf("self"), connections, edges }
}

function complaints(before: Leftovers, now: Leftovers, rounds: number): readonly string[] {
  const grown = (what: string, from: number, to: number, max: number) =>
    to - from > max ? [`${what} grew by ${to - from}, and may by ${max}`] : []
  const heapMax = heapNoiseBytesMax + rounds * heapBytesPerRoundMax
  return [
    ...grown("the heap in bytes", before.heapBytes, now.heapBytes, heapMax),
    ...grown("descriptors", before.descriptors, now.descriptors, descriptorsMax),
    ...grown("connections", before.connections, now.connections, descriptorsMax),
    ...before.edges.flatMap((edge) => {
      const same = now.edges.find(({ processId }) => processId === edge.processId)
      if (same === undefined) return [`the edge with process ${edge.processId} is gone`]
      return [
        ...grown("an edge's memory in bytes", edge.residentBytes, same.residentBytes, edgeBytesMax),
        ...grown("an edge's descriptors", edge.descriptors, same.descriptors, descriptorsMax)
      ]
    })
  ]
}

/** What is left once what goes away by itself has gone, in words; throws with every complaint when that is too much. */
export async function assertNothingLeft(server: TestServer, before: Leftovers, rounds: number): Promise<string> {
  let left: readonly string[] = []
  for (let look = 0; look < looksMax; look += 1) {
    const now = leftoversOf(server)
    left = complaints(before, now, rounds)
    if (left.length === 0) {
      const more = (from: number, to: number) => `${to - from >= 0 ? "+" : "−"}${Math.abs(to - from)}`
      const kB = (bytes: number) => Math.round(bytes / 1000)
      const edges = now.edges.map(({ residentBytes, descriptors }, index) => {
        const was = before.edges[index]!
        return `an edge's memory ${more(kB(was.residentBytes), kB(residentBytes))} kB, its descriptors ${more(was.descriptors, descriptors)}`
      })
      const heap = `heap ${more(kB(before.heapBytes), kB(now.heapBytes))} kB of ${kB(heapNoiseBytesMax + rounds * heapBytesPerRoundMax)}`
      const ours = `descriptors ${more(before.descriptors, now.descriptors)}, connections ${more(before.connections, now.connections)}`
      return [heap, ours, ...edges].join(", ")
    }
    await setTimeout(lookEveryMs)
  }
  throw new Error(`Something is left after ${rounds} rounds: ${left.join("; ")}`)
}
