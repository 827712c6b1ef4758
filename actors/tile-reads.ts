/**
 * Lets pure computations on the tree read tiles from a store that answers later: they run, stop at the first tile that is
 * not there yet, and run again when it is. Tiles never change below the size asked about, so the answer is the same.
 */
import { Effect } from "effect"
import type { ReadNode, TreeHasher } from "../models/proof/merkle-tree.ts"
import { nodesInTiles, type ReadTile } from "../models/proof/tiles.ts"
import type { StoreUnavailable } from "./event-store.ts"

/** Tiles one computation may touch: a path from a leaf to the root and the right edge, on eight levels. */
const tilesMax = 64

class TileNeeded extends Error {
  readonly level: number
  readonly index: number
  constructor(level: number, index: number) {
    super("A tile is needed")
    this.level = level
    this.index = index
  }
}

export const withTiles = Effect.fnUntraced(function* <A>(
  tile: (level: number, index: number) => Effect.Effect<Uint8Array | undefined, StoreUnavailable>,
  hasher: TreeHasher,
  compute: (read: ReadNode) => A
) {
  const held = new Map<string, Uint8Array | undefined>()
  const readTile: ReadTile = (level, index) => {
    const name = `${level}/${index}`
    if (!held.has(name)) throw new TileNeeded(level, index)
    return held.get(name)
  }
  const read = nodesInTiles(readTile, hasher)
  for (;;) {
    try {
      return compute(read)
    } catch (error) {
      if (!(error instanceof TileNeeded) || held.size === tilesMax) throw error
      held.set(`${error.level}/${error.index}`, yield* tile(error.level, error.index))
    }
  }
})
