/**
 * The Merkle tree of RFC 6962 (section 2.1; checks as in RFC 9162, sections 2.1.3 and 2.1.4) over SHA-256: roots,
 * inclusion and consistency proofs, and growth from a frontier of peaks. It keeps no tree: hashes are asked for by
 * place, so any storage will do. It refuses sizes beyond safe integers.
 */
import { scratchOf } from "./scratch.ts"

export type Sha256 = (bytes: Uint8Array) => Uint8Array

export const hashBytes = 32

/** Bytes of any entry whose stream has a name of usual length. */
const entryBytesUsual = 1_024

/** The two ways bytes enter the tree; the first byte keeps a leaf from passing for a node. */
export interface TreeHasher {
  readonly sha256: Sha256
  readonly leaf: (entry: Uint8Array) => Uint8Array
  readonly node: (left: Uint8Array, right: Uint8Array) => Uint8Array
  /** The root of a tree without leaves. */
  readonly empty: Uint8Array
}

/** The hash of the full subtree of `2 ** height` leaves that begins at leaf `index * 2 ** height`. */
export type ReadNode = (height: number, index: number) => Uint8Array

export function treeHasher(sha256: Sha256): TreeHasher {
  const pair = new Uint8Array(1 + 2 * hashBytes)
  pair[0] = 1
  const prefixedScratch = scratchOf(1 + entryBytesUsual)
  return {
    sha256,
    leaf(entry) {
      const prefixed = prefixedScratch(1 + entry.length)
      prefixed[0] = 0
      prefixed.set(entry, 1)
      return sha256(prefixed.subarray(0, 1 + entry.length))
    },
    node(left, right) {
      pair.set(left, 1)
      pair.set(right, 1 + hashBytes)
      return sha256(pair)
    },
    empty: sha256(new Uint8Array(0))
  }
}

/** The largest power of two below `count`, which is at least 2. */
function splitOf(count: number): number {
  let power = 1
  while (power * 2 < count) power *= 2
  return power
}

/** The hash of leaves `start` to `end` (excluded), where `start` is a multiple of every power of two below the length. */
function rangeHash(start: number, end: number, read: ReadNode, hasher: TreeHasher): Uint8Array {
  const count = end - start
  const height = Math.log2(count)
  if (Number.isInteger(height)) return read(height, start / count)
  const middle = start + splitOf(count)
  return hasher.node(rangeHash(start, middle, read, hasher), rangeHash(middle, end, read, hasher))
}

export function rootOf(size: number, read: ReadNode, hasher: TreeHasher): Uint8Array {
  requireCount(size)
  return size === 0 ? hasher.empty : rangeHash(0, size, read, hasher)
}

/** Siblings from the leaf's up to the root's child. */
export function inclusionProof(index: number, size: number, read: ReadNode, hasher: TreeHasher): Uint8Array[] {
  requireCount(size)
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`Cannot prove leaf ${index}: the tree has ${size}. Ask for one of 0 to ${size - 1}`)
  }
  const path: Uint8Array[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      path.push(rangeHash(middle, end, read, hasher))
      end = middle
    } else {
      path.push(rangeHash(start, middle, read, hasher))
      start = middle
    }
  }
  return path.reverse()
}

/** Proves that the tree of `oldSize` leaves is the beginning of the tree of `newSize`; empty when either says nothing. */
export function consistencyProof(oldSize: number, newSize: number, read: ReadNode, hasher: TreeHasher): Uint8Array[] {
  requireCount(oldSize)
  requireCount(newSize)
  if (oldSize > newSize) {
    throw new RangeError(`Cannot prove that ${oldSize} leaves begin a tree of ${newSize}. Ask for a smaller old size`)
  }
  if (oldSize === 0 || oldSize === newSize) return []
  const path: Uint8Array[] = []
  let start = 0
  let end = newSize
  while (end !== oldSize) {
    const middle = start + splitOf(end - start)
    if (oldSize <= middle) {
      path.push(rangeHash(middle, end, read, hasher))
      end = middle
    } else {
      path.push(rangeHash(start, middle, read, hasher))
      start = middle
    }
  }
  // The old root itself is known to whoever checks, unless the old tree ends inside a larger subtree.
  if (start !== 0) path.push(rangeHash(start, end, read, hasher))
  return path.reverse()
}

/** RFC 9162, section 2.1.3.2. */
export function includes(
  leafHash: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  hasher: TreeHasher
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false
  let node = index
  let last = size - 1
  let hash = leafHash
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== hashBytes) return false
    if (node % 2 === 1 || node === last) {
      hash = hasher.node(sibling, hash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = hasher.node(hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(hash, root)
}

/** RFC 9162, section 2.1.4.2. An empty old tree begins every tree, with an empty proof. */
export function isConsistent(
  old: { readonly size: number; readonly root: Uint8Array },
  current: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
  hasher: TreeHasher
): boolean {
  if (!isCount(old.size) || !isCount(current.size) || old.size > current.size) return false
  if (proof.some((hash) => hash.length !== hashBytes)) return false
  if (old.size === 0 && !(proof.length === 0 && sameHash(old.root, hasher.empty))) return false
  if (old.size === current.size) return proof.length === 0 && sameHash(old.root, current.root)
  if (old.size === 0) return true
  const path = Number.isInteger(Math.log2(old.size)) ? [old.root, ...proof] : proof
  const [seed, ...rest] = path
  if (seed === undefined) return false
  let node = old.size - 1
  let last = current.size - 1
  while (node % 2 === 1) {
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  let oldHash = seed
  let currentHash = seed
  for (const sibling of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      oldHash = hasher.node(sibling, oldHash)
      currentHash = hasher.node(sibling, currentHash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      currentHash = hasher.node(currentHash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(oldHash, old.root) && sameHash(currentHash, current.root)
}

/** What a tree needs to grow: the roots of its full subtrees, largest first, one per bit of its size. */
export interface Frontier {
  readonly size: number
  readonly peaks: readonly Uint8Array[]
}

export const emptyFrontier: Frontier = { size: 0, peaks: [] }

export function frontierOf(size: number, read: ReadNode): Frontier {
  requireCount(size)
  const peaks: Uint8Array[] = []
  let start = 0
  while (start < size) {
    const count = splitOf(size - start + 1)
    peaks.push(read(Math.log2(count), start / count))
    start += count
  }
  return { size, peaks }
}

export function grown({ size, peaks }: Frontier, leafHashes: readonly Uint8Array[], hasher: TreeHasher): Frontier {
  const held = [...peaks]
  let count = size
  for (const leafHash of leafHashes) {
    let hash = leafHash
    // Each 1 at the low end of the size is a full subtree that this leaf completes to one twice as large.
    for (let rest = count; rest % 2 === 1; rest = Math.floor(rest / 2)) hash = hasher.node(held.pop()!, hash)
    held.push(hash)
    count += 1
  }
  return { size: count, peaks: held }
}

export function rootOfFrontier({ peaks }: Frontier, hasher: TreeHasher): Uint8Array {
  const [last, ...rest] = [...peaks].reverse()
  if (last === undefined) return hasher.empty
  return rest.reduce((right, left) => hasher.node(left, right), last)
}

export function sameHash(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false
  return true
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function requireCount(size: number): void {
  if (!isCount(size))
    throw new RangeError(`Cannot use ${size} as a size of a tree: it is no safe count. Give a whole number`)
}
