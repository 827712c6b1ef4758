/**
 * Counts who an edge turned away and why, and says it once a second at most, however many they are: an edge has no journal, and
 * its line to the core is for readings.
 */
import type { EdgeRefusals } from "../../actors/edge-link.ts"

/** The edge's reasons are fewer than twenty; a new one beyond this is counted as the rest. */
const whysMax = 32

export function countRefusals(tellCore: (refused: EdgeRefusals) => void) {
  let counted = new Map<string, { count: number; address: string }>()
  return {
    add(why: string, address: string): void {
      const name = counted.has(why) || counted.size < whysMax ? why : "other"
      counted.set(name, { count: (counted.get(name)?.count ?? 0) + 1, address })
    },
    tell(): void {
      const said = counted
      counted = new Map()
      for (const [why, { count, address }] of said) tellCore({ why, count, address })
    }
  }
}
