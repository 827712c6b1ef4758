/**
 * Branches by space colonization: Runions, Lane, Prusinkiewicz, "Modeling Trees with a Space Colonization Algorithm",
 * Eurographics Workshop on Natural Phenomena 2007. Attraction points pull the nearest branch node towards them until it reaches them.
 * Two dimensions, y up, and bounded: it stops when points or rounds run out.
 */

export interface Point {
  readonly x: number
  readonly y: number
}
export interface Branch extends Point {
  /** Index of the node it grew from; the root points at itself. */
  readonly parent: number
  /** Count of tips above it, for the pipe model: thickness grows with the root of the tips it carries. */
  tips: number
}

/** A crown is reached and filled in far fewer rounds than this at the step below. */
const roundsMax = 120

/**
 * Grows nodes from `trunk` (bottom first) towards `points`. `step` is the distance D between nodes; a point within 2·D is reached
 * and taken away (the paper's kill distance), and every point pulls at any distance (its radius of influence is infinite).
 */
export const colonize = (trunk: readonly Point[], points: readonly Point[], step: number): Branch[] => {
  const nodes: Branch[] = trunk.map((point, index) => ({ ...point, parent: Math.max(0, index - 1), tips: 0 }))
  const reach = (step * 2) ** 2
  const open = points.map((point) => ({ point, nearest: 0, distance: Number.POSITIVE_INFINITY }))
  let seen = 0
  for (let round = 0; round < roundsMax && open.length > 0; round += 1) {
    for (let index = seen; index < nodes.length; index += 1) {
      const node = nodes[index]!
      for (const pull of open) {
        const distance = (node.x - pull.point.x) ** 2 + (node.y - pull.point.y) ** 2
        if (distance < pull.distance) {
          pull.distance = distance
          pull.nearest = index
        }
      }
    }
    seen = nodes.length
    const pulls = new Map<number, { x: number; y: number }>()
    for (let index = open.length - 1; index >= 0; index -= 1) {
      const pull = open[index]!
      if (pull.distance < reach) {
        open.splice(index, 1)
        continue
      }
      const node = nodes[pull.nearest]!
      const length = Math.sqrt(pull.distance)
      const sum = pulls.get(pull.nearest) ?? { x: 0, y: 0 }
      sum.x += (pull.point.x - node.x) / length
      sum.y += (pull.point.y - node.y) / length
      pulls.set(pull.nearest, sum)
    }
    for (const [index, sum] of pulls) {
      const node = nodes[index]!
      const length = Math.hypot(sum.x, sum.y)
      if (length < 1e-6) continue
      nodes.push({ x: node.x + (sum.x / length) * step, y: node.y + (sum.y / length) * step, parent: index, tips: 0 })
    }
  }
  const hasChild = new Set(nodes.map((node, index) => (node.parent === index ? -1 : node.parent)))
  for (let index = nodes.length - 1; index > 0; index -= 1) {
    if (!hasChild.has(index)) nodes[index]!.tips = 1
    nodes[nodes[index]!.parent]!.tips += nodes[index]!.tips
  }
  return nodes
}
