/**
 * The tree as tiles (c2sp.org/tlog-tiles): rows of up to 256 hashes, each level a 256th of the one below, with
 * paths that any file server can serve. It computes which tiles change as the tree grows, reads any full subtree's hash out
 * of them, and stores nothing.
 */
import { hashBytes, type ReadNode, type TreeHasher } from "./merkle-tree.ts"

/** Hashes in a full tile, which is a subtree of height 8. */
export const tileWidth = 256
const tileHeight = 8

export interface Tile {
  readonly level: number
  /** Its place in the level, from 0. */
  readonly index: number
  /** 1 to 256 hashes, one after another. */
  readonly hashes: Uint8Array
}

/** The hashes of a tile, complete or as far as they go; `undefined` when there are none. */
export type ReadTile = (level: number, index: number) => Uint8Array | undefined

/** Such as `tile/0/x001/x234/067` or, for a partial tile of 5, `tile/0/x001/x234/067.p/5`. */
export function tilePath(level: number | "entries", index: number, width = tileWidth): string {
  if (!Number.isSafeInteger(index) || index < 0 || !Number.isInteger(width) || width < 1 || width > tileWidth) {
    throw new RangeError(`Cannot name tile ${index} of width ${width}: neither may be negative, a width is 1 to 256`)
  }
  if (level !== "entries" && !(Number.isInteger(level) && level >= 0 && level <= 63)) {
    throw new RangeError(`Cannot name a tile of level ${level}: levels are 0 to 63`)
  }
  const elements: string[] = []
  let rest = index
  do {
    const element = String(rest % 1000).padStart(3, "0")
    elements.unshift(elements.length === 0 ? element : `x${element}`)
    rest = Math.floor(rest / 1000)
  } while (rest > 0)
  const partial = width === tileWidth ? "" : `.p/${width}`
  return `tile/${level}/${elements.join("/")}${partial}`
}

/** Hashes that the tree's last tile at the level has: 0 when it ends with a full one. */
export function partialWidth(size: number, level: number): number {
  return Math.floor(size / tileWidth ** level) % tileWidth
}

/** Every tile that leaves appended to a tree of `size` change or begin, level by level, each in its new state. */
export function grownTiles(
  size: number,
  leafHashes: readonly Uint8Array[],
  readTile: ReadTile,
  hasher: TreeHasher
): readonly Tile[] {
  const changed: Tile[] = []
  let added: readonly Uint8Array[] = leafHashes
  for (let level = 0; added.length > 0; level += 1) {
    const before = Math.floor(size / tileWidth ** level)
    const firstTile = Math.floor(before / tileWidth)
    const held = before % tileWidth
    const begun = held === 0 ? new Uint8Array(0) : readTile(level, firstTile)
    if (begun === undefined || begun.length < held * hashBytes) {
      throw new Error(
        `Cannot grow the tree: tile ${tilePath(level, firstTile, held)} is missing. Restore the proof log`
      )
    }
    const row = new Uint8Array((held + added.length) * hashBytes)
    row.set(begun.subarray(0, held * hashBytes))
    for (const [index, hash] of added.entries()) row.set(hash, (held + index) * hashBytes)
    const above: Uint8Array[] = []
    const tileBytes = tileWidth * hashBytes
    for (let at = 0; at < row.length; at += tileBytes) {
      const hashes = row.slice(at, at + tileBytes)
      changed.push({ level, index: firstTile + at / tileBytes, hashes })
      if (hashes.length === tileBytes) above.push(foldedTile(hashes, hasher))
    }
    added = above
  }
  return changed
}

/** Reads hashes of full subtrees out of tiles. */
export function nodesInTiles(readTile: ReadTile, hasher: TreeHasher): ReadNode {
  return (height, index) => {
    const level = Math.floor(height / tileHeight)
    const count = 2 ** (height % tileHeight)
    const first = index * count
    const tile = Math.floor(first / tileWidth)
    const start = (first % tileWidth) * hashBytes
    const hashes = readTile(level, tile)?.subarray(start, start + count * hashBytes)
    if (hashes === undefined || hashes.length !== count * hashBytes) {
      throw new Error(`Cannot read the tree: tile ${tilePath(level, tile)} is missing or cut. Restore the proof log`)
    }
    return foldedTile(hashes, hasher)
  }
}

/** The hash over a power of two of hashes. */
function foldedTile(hashes: Uint8Array, hasher: TreeHasher): Uint8Array {
  let row: Uint8Array[] = []
  for (let at = 0; at < hashes.length; at += hashBytes) row.push(hashes.slice(at, at + hashBytes))
  while (row.length > 1) {
    const above: Uint8Array[] = []
    for (let at = 0; at < row.length; at += 2) above.push(hasher.node(row[at]!, row[at + 1]!))
    row = above
  }
  return row[0]!
}
