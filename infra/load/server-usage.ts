/** What a server and its edges take from the machine, read from /proc (Linux): CPU since they began, and resident memory now. */
import { readdirSync, readFileSync } from "node:fs"

/** Clock ticks a second that /proc counts in: the same on every Linux that Node runs on. */
const ticksPerSecond = 100
const pageBytes = 4096

export interface Usage {
  readonly cpuMs: number
  readonly residentBytes: number
}

const fieldsOf = (processId: number): readonly string[] | null => {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, "utf8")
    // The name may hold spaces; what follows the last bracket does not.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  } catch {
    return null
  }
}

/** A process and its children; null where there is no /proc, or the process is gone. */
export function usageOf(processId: number): Usage | null {
  if (fieldsOf(processId) === null) return null
  const family = new Set([processId])
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parents = new Map(all.map((one) => [one, Number(fieldsOf(one)?.[1] ?? 0)]))
  for (let grew = true; grew; ) {
    grew = false
    for (const [one, parent] of parents) {
      if (family.has(parent) && !family.has(one)) {
        family.add(one)
        grew = true
      }
    }
  }
  let cpuMs = 0
  let residentBytes = 0
  for (const one of family) {
    const fields = fieldsOf(one)
    if (fields === null) continue
    cpuMs += ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
    residentBytes += Number(fields[21]) * pageBytes
  }
  return { cpuMs, residentBytes }
}
